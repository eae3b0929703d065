/** Commits as git has them, signed with SSH keys, without git: for tests that need one of each kind. */
import { generateKeyPairSync, hash, type KeyObject, sign } from "node:crypto";
import { decodeBase64Url } from "../../src/encoding/base64.ts";
import { gitObjectId } from "../../src/encoding/git-object.ts";
import { sshFingerprint } from "../../src/pki/ssh/public-key.ts";
import { writeSshString } from "../../src/pki/ssh/wire.ts";

export interface Developer {
  readonly name: string;
  /** As the policy has it. */
  readonly fingerprint: string;
  readonly key: KeyObject;
  readonly blob: Uint8Array;
}

export function makeDeveloper(name: string): Developer {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const point = decodeBase64Url(publicKey.export({ format: "jwk" }).x ?? "");
  const blob = Buffer.concat(["ssh-ed25519", point].map(writeSshString));
  return { name, key: privateKey, blob, fingerprint: sshFingerprint(blob) };
}

export interface RawCommit {
  readonly id: string;
  readonly raw: Uint8Array;
}

function who(name: string): string {
  return `${name} <${name}@acme.io> 1700000000 +0000`;
}

interface CommitOptions {
  /** Who wrote it, which anybody may write. */
  readonly author?: string;
  readonly parent?: string;
  /** All of them, where there is not one. */
  readonly parents?: readonly string[];
  /** Not at all, or something else than the commit. */
  readonly signed?: "well" | "badly" | "not";
}

export function makeCommit(signer: Developer, options: CommitOptions = {}): RawCommit {
  const { author = signer.name, parent, parents = parent === undefined ? [] : [parent], signed = "well" } = options;
  const before = parents.map((id) => `parent ${id}\n`).join("");
  const head = headOf({ before, author, committer: signer.name });
  const signature = signCommit(Buffer.from(signed === "well" ? head + TEXT : TEXT), signer);
  return rawCommit(head, signed === "not" ? undefined : signature);
}

/** A first commit, signed by whatever writes a signature in armour. */
export async function makeCommitSignedBy(
  signBytes: (payload: Uint8Array) => Promise<string>,
  { author, committer }: { readonly author: string; readonly committer: string },
): Promise<RawCommit> {
  const head = headOf({ before: "", author, committer });
  return rawCommit(head, await signBytes(Buffer.from(head + TEXT)));
}

const TEXT = "\nA change\n";

function headOf({ before, author, committer }: { readonly before: string; readonly author: string; readonly committer: string }): string {
  return `tree ${"4".repeat(40)}\n${before}author ${who(author)}\ncommitter ${who(committer)}\n`;
}

function rawCommit(head: string, signature: string | undefined): RawCommit {
  const signed = signature === undefined ? "" : `gpgsig ${signature.trimEnd().replaceAll("\n", "\n ")}\n`;
  const raw = Buffer.from(head + signed + TEXT);
  return { raw, id: gitObjectId("commit", raw, "sha1") };
}

/** Source: OpenSSH PROTOCOL.sshsig. */
function signCommit(payload: Uint8Array, { key, blob }: Developer): string {
  const magic = Buffer.from("SSHSIG");
  const parts = ["git", "", "sha512"];
  const signed = Buffer.concat([magic, ...[...parts, hash("sha512", payload, "buffer")].map(writeSshString)]);
  const signature = Buffer.concat(["ssh-ed25519", sign(null, signed, key)].map(writeSshString));
  const version = Buffer.from([0, 0, 0, 1]);
  const bytes = Buffer.concat([magic, version, ...[blob, ...parts, signature].map(writeSshString)]);
  return `-----BEGIN SSH SIGNATURE-----\n${bytes.toString("base64").replace(/.{70}/g, "$&\n")}\n-----END SSH SIGNATURE-----`;
}

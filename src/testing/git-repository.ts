/** Makes a git repository with one commit that is signed with an SSH key: for the demo, which is not to need the keys of whoever runs it. */
import { generateKeyPairSync, hash, type KeyObject, sign } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";
import { decodeBase64Url } from "../encoding/base64.ts";
import { sshFingerprint } from "../pki/ssh/public-key.ts";
import { writeSshString } from "../pki/ssh/wire.ts";

export interface Committer {
  readonly name: string;
  readonly mail: string;
  readonly key: KeyObject;
  /** The public key as SSH writes it. */
  readonly blob: Uint8Array;
  /** `SHA256:…`. */
  readonly fingerprint: string;
}

export function createCommitter(name: string, mail: string): Committer {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const point = decodeBase64Url(publicKey.export({ format: "jwk" }).x ?? "");
  const blob = Buffer.concat(["ssh-ed25519", point].map(writeSshString));
  return { name, mail, key: privateKey, blob, fingerprint: sshFingerprint(blob) };
}

/** Returns the commit's id. */
export async function writeRepository(folder: string, { name, mail, key, blob }: Committer, message: string): Promise<string> {
  const write = async (type: string, content: Uint8Array): Promise<string> => {
    const object = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
    const id = hash("sha1", object, "hex");
    await put(join(folder, ".git", "objects", id.slice(0, 2), id.slice(2)), deflateSync(object));
    return id;
  };
  const tree = await write("tree", new Uint8Array());
  const who = `${name} <${mail}> ${Math.floor(Date.now() / 1000)} +0000`;
  const [head, text] = [`tree ${tree}\nauthor ${who}\ncommitter ${who}\n`, `\n${message}\n`];
  const signature = signAsGit(Buffer.from(head + text), { key, blob });
  const id = await write("commit", Buffer.from(`${head}gpgsig ${signature.trimEnd().replaceAll("\n", "\n ")}\n${text}`));
  await put(join(folder, ".git", "HEAD"), "ref: refs/heads/main\n");
  await put(join(folder, ".git", "config"), "[core]\n\trepositoryformatversion = 0\n");
  await put(join(folder, ".git", "refs", "heads", "main"), `${id}\n`);
  return id;
}

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** Source: OpenSSH PROTOCOL.sshsig. */
function signAsGit(payload: Uint8Array, { key, blob }: Pick<Committer, "key" | "blob">): string {
  const [magic, parts] = [Buffer.from("SSHSIG"), ["git", "", "sha512"]];
  const signed = Buffer.concat([magic, ...[...parts, hash("sha512", payload, "buffer")].map(writeSshString)]);
  const signature = Buffer.concat(["ssh-ed25519", sign(null, signed, key)].map(writeSshString));
  const whole = Buffer.concat([magic, Buffer.from([0, 0, 0, 1]), ...[blob, ...parts, signature].map(writeSshString)]);
  const lines = whole.toString("base64").replaceAll(/.{70}/g, "$&\n").trimEnd();
  return `-----BEGIN SSH SIGNATURE-----\n${lines}\n-----END SSH SIGNATURE-----\n`;
}

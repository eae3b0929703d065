/** Signatures that `ssh-keygen -Y sign` and git make. Source: OpenSSH PROTOCOL.sshsig, PROTOCOL.u2f; RFC 5656 3.1.2, RFC 8332. */
import { constants, hash, verify } from "node:crypto";
import { showForeign } from "../../core/display.ts";
import { Malformed } from "../../core/malformed.ts";
import { decodeBase64 } from "../../encoding/base64.ts";
import { decodeSshKey, sshFingerprint, type SshKey } from "./public-key.ts";
import { malformedSsh, SshReader, writeSshString } from "./wire.ts";

export type SshVerification =
  /** By the key of this fingerprint. Whose it is, is another question. */
  | { readonly outcome: "valid"; readonly fingerprint: string }
  | { readonly outcome: "invalid"; readonly why: string }
  /** Of a kind that is not read here, so that it may be a good one. */
  | { readonly outcome: "unsupported"; readonly why: string };

const MAGIC = Buffer.from("SSHSIG");
const ARMOUR = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]{1,16384})\n-----END SSH SIGNATURE-----\n?$/;

/** `namespace`: what it must have been made for; a signature of a file or mail must not pass for one of a commit. */
export function verifySshSignature(
  armoured: string,
  { payload, namespace }: { readonly payload: Uint8Array; readonly namespace: string },
): SshVerification {
  try {
    return verifyDecoded(decode(armoured), { payload, namespace });
  } catch (error) {
    if (error instanceof Malformed) return { outcome: "invalid", why: error.message };
    throw error;
  }
}

interface SshSignature {
  readonly publicKey: Uint8Array;
  readonly namespace: string;
  readonly reserved: Uint8Array;
  readonly hash: string;
  readonly signature: Uint8Array;
}

function decode(armoured: string): SshSignature {
  const base64 = ARMOUR.exec(armoured)?.[1];
  if (base64 === undefined) throw malformedSsh("it is not in the armour that OpenSSH writes");
  const reader = new SshReader(decodeBase64(base64.replaceAll("\n", "")));
  if (!MAGIC.equals(reader.take(MAGIC.length)) || reader.uint32() !== 1) throw malformedSsh("it does not begin as one of version 1");
  const signature = {
    publicKey: reader.string(),
    namespace: reader.text(),
    reserved: reader.string(),
    hash: reader.text(),
    signature: reader.string(),
  };
  reader.end();
  return signature;
}

function verifyDecoded(
  signed: SshSignature,
  { payload, namespace }: { readonly payload: Uint8Array; readonly namespace: string },
): SshVerification {
  if (signed.namespace !== namespace)
    return { outcome: "invalid", why: `it was made for "${showForeign(signed.namespace, 100)}", and not for ${namespace}` };
  if (signed.hash !== "sha256" && signed.hash !== "sha512") throw malformedSsh("it names another hash than SHA-256 and SHA-512");
  const key = decodeSshKey(signed.publicKey);
  if (key === undefined) {
    const type = new SshReader(signed.publicKey).text();
    return { outcome: "unsupported", why: `it is by a key of type "${showForeign(type, 100)}"` };
  }
  const digest = hash(signed.hash, payload, "buffer");
  const bytes = Buffer.concat([MAGIC, ...[signed.namespace, signed.reserved, signed.hash, digest].map(writeSshString)]);
  if (!isOver(bytes, signed.signature, key)) return { outcome: "invalid", why: "it is not that of its key over these bytes" };
  return { outcome: "valid", fingerprint: sshFingerprint(signed.publicKey) };
}

/** `ssh-rsa`, which is with SHA-1, is none of them. */
const RSA_HASHES: ReadonlyMap<string, "sha256" | "sha512"> = new Map([
  ["rsa-sha2-256", "sha256"],
  ["rsa-sha2-512", "sha512"],
]);

function isOver(bytes: Uint8Array, signature: Uint8Array, { key, kind, application }: SshKey): boolean {
  const reader = new SshReader(signature);
  const [type, value] = [reader.text(), reader.string()];
  const signed = application === undefined ? bytes : seenByToken(bytes, application, reader);
  reader.end();
  const isToken = application !== undefined;
  switch (kind.type) {
    case "ed25519":
      return type === (isToken ? "sk-ssh-ed25519@openssh.com" : "ssh-ed25519") && value.length === 64 && verify(null, signed, key, value);
    case "ecdsa": {
      if (type !== (isToken ? "sk-ecdsa-sha2-nistp256@openssh.com" : `ecdsa-sha2-${kind.name}`)) return false;
      return verify(kind.hash, signed, { key, dsaEncoding: "ieee-p1363" }, readNumbers(value, kind.bytes));
    }
    case "rsa": {
      const algorithm = RSA_HASHES.get(type);
      if (algorithm === undefined || value.length > kind.bytes) return false;
      // As OpenSSH does: a number whose first bytes are zero may come without them.
      const padded = Buffer.concat([Buffer.alloc(kind.bytes - value.length), value]);
      return verify(algorithm, signed, { key, padding: constants.RSA_PKCS1_PADDING }, padded);
    }
  }
}

const USER_PRESENT = 0x01;

/** What a security token signs in place of the bytes: their hash, and whether somebody touched it. */
function seenByToken(bytes: Uint8Array, application: Uint8Array, reader: SshReader): Uint8Array {
  const [flags, counter] = [reader.byte(), reader.take(4)];
  if ((flags & USER_PRESENT) === 0) throw malformedSsh("nobody touched the token that made it");
  return Buffer.concat([hash("sha256", application, "buffer"), Uint8Array.of(flags), counter, hash("sha256", bytes, "buffer")]);
}

function readNumbers(value: Uint8Array, length: number): Uint8Array {
  const reader = new SshReader(value);
  const numbers = [reader.positive(), reader.positive()].map((number) => {
    if (number.length > length) throw malformedSsh("a number of it is too large for its curve");
    return Buffer.concat([Buffer.alloc(length - number.length), number]);
  });
  reader.end();
  return Buffer.concat(numbers);
}

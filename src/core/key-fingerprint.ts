/** How policies and messages name a public key. */
import { hash } from "node:crypto";

/** `SHA256:` and unpadded base64, the way of OpenSSH, over the key's SubjectPublicKeyInfo in DER. */
export function keyFingerprint(spki: Uint8Array): string {
  return fingerprintOfDigest(hash("sha256", spki, "base64"));
}

/** The same of a SHA-256 in padded base64. */
export function fingerprintOfDigest(base64: string): string {
  return `SHA256:${base64.replace(/=+$/, "")}`;
}

/** How policies and messages name a public key. */
import { hash } from "node:crypto";

/** `SHA256:` and unpadded base64, the way of OpenSSH, over the key's SubjectPublicKeyInfo in DER. */
export function keyFingerprint(spki: Uint8Array): string {
  return `SHA256:${hash("sha256", spki, "base64").replace(/=+$/, "")}`;
}

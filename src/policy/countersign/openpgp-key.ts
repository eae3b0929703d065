/** Public keys of OpenPGP in a policy: the whole key, in armour, or its file with the file's digest. */
import { LIMITS } from "../../core/limits.ts";
import { decodePgpArmour, openPgpFingerprint } from "../../encoding/openpgp.ts";
import type { Place } from "./place.ts";
import { type KeySurroundings, readNamedFile } from "./public-key.ts";

export interface OpenPgpKey {
  /** Of the primary key: 40 or 64 hex digits, in upper case. */
  readonly fingerprint: string;
  readonly bytes: Uint8Array;
}

const WRITE = "gpg --armor --export --export-options export-minimal FINGERPRINT writes it";

/** Never shows the text: somebody may have taken the private key. */
export function readOpenPgpKey(place: Place, around: KeySurroundings): OpenPgpKey {
  const named = place.kind === "map" ? readNamedFile(place, around) : { text: place.text("{ file: keys/eva.asc, sha256: … }"), place };
  const text = named.text.replaceAll("\r\n", "\n").trimEnd();
  if (/^(0x)?([0-9a-f]{40}|[0-9a-f]{64})$/i.test(text.replaceAll(" ", "")))
    return named.place.refuse(
      "is a fingerprint, which says whose the key is and verifies nothing",
      `write the key beside the policy and { file: keys/eva.asc, sha256: "…" } here; ${WRITE}`,
    );
  const bytes = decodePgpArmour(text, { label: "PUBLIC KEY BLOCK", maxBytes: LIMITS.keyFileBytes });
  if (bytes === undefined) return named.place.refuse("does not hold exactly one public key of OpenPGP in armour", WRITE);
  const read = openPgpFingerprint(bytes);
  return "fingerprint" in read ? { ...read, bytes } : named.place.refuse(`holds ${read.holds}`, WRITE);
}

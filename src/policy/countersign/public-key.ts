/** Public keys of a policy: a fingerprint, the key in PEM, or its file with the file's digest. */
import { createPublicKey } from "node:crypto";
import { digestHex, digestOf } from "../../core/digest.ts";
import { keyFingerprint } from "../../core/key-fingerprint.ts";
import { decodePem, encodePem } from "../../encoding/pem.ts";
import { Complaints } from "./complaints.ts";
import { OBJECTS } from "./fields.ts";
import { type Place, quote } from "./place.ts";

/** The file under a path of the policy's folder. It throws what it likes; that becomes the complaint's cause. */
export type ReadFile = (path: string) => Uint8Array;

export interface KeySurroundings {
  readonly readFile: ReadFile | undefined;
  /** Told each key that is there as a whole, in PEM. */
  readonly keepKey?: (fingerprint: string, pem: string) => void;
}

export interface PublicKey {
  readonly fingerprint: string;
  /** SubjectPublicKeyInfo in DER; absent where the policy has the fingerprint alone. */
  readonly publicKey?: Uint8Array;
}

const EXAMPLE = '"SHA256:…", a public key in PEM, or { file: keys/ci.pub, sha256: … }';
const HEX = /^[0-9a-f]{64}$/;

/** `SHA256:` and the unpadded base64 of the SHA-256 of the key's SubjectPublicKeyInfo, as OpenSSH writes its own fingerprints. */
export function readKey(place: Place, around: KeySurroundings): PublicKey {
  if (place.kind === "map") return readKeyFile(place, around);
  const text = place.text(EXAMPLE);
  if (text.includes("-----BEGIN")) return readWholeKey(text, place, around);
  if (isFingerprint(text, place)) return { fingerprint: text };
  if (/^[\w./-]+\.(pem|pub|key)$/.test(text)) {
    return place.refuse(
      `is ${quote(text)}, which is a path`,
      `write { file: ${quote(text)}, sha256: "…" }, with what sha256sum prints of the file`,
    );
  }
  return place.refuse(`is ${quote(text)}, which is no key`, `write ${EXAMPLE}`);
}

/** False for what is something else; complains about what is nearly one. */
function isFingerprint(text: string, place: Place): boolean {
  const [, base64] = /^SHA256:([A-Za-z0-9+/]{43})$/.exec(text) ?? [];
  // The last character has two bits to spare: with them set it would be a second spelling of one key.
  if (base64 !== undefined && Buffer.from(base64, "base64").toString("base64") === `${base64}=`) return true;
  if (!/^SHA256:[A-Za-z0-9+/]{43}=$/.test(text)) return false;
  return place.refuse("has a fingerprint that ends in =", `write ${quote(text.slice(0, -1))}`);
}

export function readFingerprint(place: Place, example: string): string {
  const text = place.text(example);
  return isFingerprint(text, place) ? text : place.refuse(`is ${quote(text)}, which is no fingerprint of a key`, `write ${example}`);
}

function readKeyFile(place: Place, around: KeySurroundings): PublicKey {
  const { text, place: file } = readNamedFile(place, around);
  return readWholeKey(text, file, around);
}

/** What is in a file of this digest beside the policy, and where it is named. */
export function readNamedFile(
  place: Place,
  { readFile }: Pick<KeySurroundings, "readFile">,
): { readonly text: string; readonly place: Place } {
  const { file, sha256 } = place.object<{
    file: { readonly path: string; readonly place: Place };
    sha256: { readonly hex: string; readonly place: Place };
  }>(OBJECTS.keyFile, (fields) => ({
    file: () => {
      const found = fields.required("file");
      return { path: checkPath(found.text("keys/ci.pub"), found), place: found };
    },
    sha256: () => {
      const found = fields.required("sha256");
      return { hex: readHex(found), place: found };
    },
  }));
  const bytes = load(file.path, file.place, readFile);
  const actual = digestHex(digestOf(bytes));
  if (actual === sha256.hex) return { text: new TextDecoder().decode(bytes), place: file.place };
  const remedy = `if the key was meant to change, write ${actual}`;
  return sha256.place.refuse(`is not the digest of ${quote(file.path)}: the file is another than the one that was named`, remedy);
}

/** 64 hex digits in the one spelling that digests have. */
export function readHex(place: Place): string {
  const text = place.text("64 hex digits");
  if (HEX.test(text)) return text;
  const plain = text.replace(/^sha256:|:/gi, "").toLowerCase();
  if (HEX.test(plain)) return place.refuse("is not written as 64 lower-case hex digits", `write ${plain}`);
  return place.refuse(`is ${quote(text)}, and must be 64 lower-case hex digits`, "write what sha256sum prints (of a certificate, in DER)");
}

/** A policy and its keys are one folder, which can be copied or sent; a path out of it would lead elsewhere at every place. */
function checkPath(path: string, place: Place): string {
  const isBelow = !/[\\:]|\p{Cc}/u.test(path) && !path.startsWith("/") && !path.split("/").includes("..");
  return isBelow
    ? path
    : place.refuse(`is ${quote(path)}, which does not lead below the policy's folder`, "write a relative path such as keys/ci.pub");
}

function load(path: string, place: Place, readFile: ReadFile | undefined): Uint8Array {
  if (readFile === undefined) {
    return place.refuse(
      `names ${quote(path)}, and this policy has no folder in which a file could be`,
      'write the key itself: "SHA256:…", or in PEM',
    );
  }
  try {
    return readFile(path);
  } catch (error) {
    return place.refuse(`names ${quote(path)}, which cannot be read`, "check the path, which begins at the policy's folder", error);
  }
}

/** Never shows the text: somebody may have taken the private key. */
function readWholeKey(text: string, place: Place, { keepKey }: KeySurroundings): PublicKey {
  const remedy = "openssl pkey -in KEY -pubout writes the public key";
  let spki: Buffer;
  try {
    const [block, ...others] = decodePem(text);
    if (block === undefined || others.length > 0) return place.refuse("does not hold exactly one public key in PEM", remedy);
    if (block.label !== "PUBLIC KEY") return place.refuse(`holds a ${block.label}, and must hold a PUBLIC KEY`, remedy);
    spki = createPublicKey({ key: Buffer.from(block.bytes), format: "der", type: "spki" }).export({ format: "der", type: "spki" });
    if (!spki.equals(block.bytes)) return place.refuse("holds a public key that is not written as it must be", remedy);
  } catch (error) {
    if (error instanceof Complaints) throw error;
    return place.refuse("holds no public key that can be read", remedy, error);
  }
  const fingerprint = keyFingerprint(spki);
  keepKey?.(fingerprint, encodePem("PUBLIC KEY", spki));
  return { fingerprint, publicKey: spki };
}

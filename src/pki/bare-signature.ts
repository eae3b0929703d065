/** Signatures that leave the algorithm to the key: what the key's kind makes of it. Source: sigstore, algorithm registry. */
import { constants, type KeyObject, sign, verify } from "node:crypto";
import { keyKindOf } from "./key-kind.ts";

interface BareAlgorithm {
  /** As a verdict shows it. */
  readonly name: string;
  /** Null where the algorithm hashes by itself. */
  readonly hash: "sha256" | "sha384" | "sha512" | null;
  /** How node:crypto is told of it; of ECDSA it makes DER by itself. */
  readonly how: { readonly padding?: number; readonly saltLength?: number };
}

const PKCS1: BareAlgorithm = { name: "RSA PKCS #1 v1.5, SHA-256", hash: "sha256", how: { padding: constants.RSA_PKCS1_PADDING } };
/** Go's signers take the longest salt that fits, others that of the hash. */
const PSS: BareAlgorithm = {
  name: "RSA PSS, SHA-256",
  hash: "sha256",
  how: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO },
};
const ED25519: BareAlgorithm = { name: "Ed25519", hash: null, how: {} };
const CURVES: Readonly<Record<"P-256" | "P-384" | "P-521", readonly [BareAlgorithm, ...BareAlgorithm[]]>> = {
  "P-256": [ecdsa("P-256", "sha256")],
  // Old clients hashed with SHA-256 whatever the curve.
  "P-384": [ecdsa("P-384", "sha384"), ecdsa("P-384", "sha256")],
  "P-521": [ecdsa("P-521", "sha512"), ecdsa("P-521", "sha256")],
};

function ecdsa(curve: string, hash: "sha256" | "sha384" | "sha512"): BareAlgorithm {
  return { name: `ECDSA ${curve}, ${hash.replace("sha", "SHA-")}`, hash, how: {} };
}

const SMALLEST_RSA = 2048;

/** How a key may sign, its own way first; none for a key of another kind, or too weak a one. */
function algorithmsOf(key: KeyObject): readonly BareAlgorithm[] {
  if (key.asymmetricKeyType === "ed25519") return [ED25519];
  const kind = keyKindOf(key);
  if (kind.type === "rsa") return kind.bits >= SMALLEST_RSA ? [PKCS1, PSS] : [];
  return kind.type === "ec" ? CURVES[kind.curve] : [];
}

/** Whether a key can sign and verify by itself. */
export function canSignBare(key: KeyObject): boolean {
  return algorithmsOf(key).length > 0;
}

/** The name of the algorithm by which `value` is this key's over `bytes`, or `undefined` if it is not. */
export function verifyBare(publicKey: KeyObject, signed: { readonly bytes: Uint8Array; readonly value: Uint8Array }): string | undefined {
  return algorithmsOf(publicKey).find(({ hash, how }) => verify(hash, signed.bytes, { key: publicKey, ...how }, signed.value))?.name;
}

/** By the key's own way; the key must be one that can. */
export function signBare(privateKey: KeyObject, bytes: Uint8Array): Uint8Array {
  const [algorithm] = algorithmsOf(privateKey);
  if (algorithm === undefined) throw new TypeError("a key of this kind cannot sign by itself");
  return sign(algorithm.hash, bytes, { key: privateKey, ...algorithm.how });
}

/** Who can sign: a key, with its certificates if it has some, wherever the key lives. */
import type { SignatureAlgorithm } from "./algorithm.ts";

export interface Signer {
  /** Absent for a key of a kind that the Notary Project does not allow. */
  readonly algorithm?: SignatureAlgorithm;
  /** Certificates in DER, leaf first, root last; none for a bare key. */
  readonly chain: readonly Uint8Array[];
  /** Signs the bytes with `algorithm`; hashing is the signer's. RSASSA-PSS with salt as long as the hash, or ECDSA as r‖s. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
  /** The key by itself, for formats that leave the algorithm to it; absent where it lives in a place that only knows `algorithm`. */
  readonly bare?: BareSigner;
}

interface BareSigner {
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
  /** What the key's kind makes of it: ECDSA in DER, RSA with PKCS #1 v1.5 and SHA-256, pure Ed25519. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

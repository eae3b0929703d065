/** Who can sign: a key with its certificates, wherever the key lives. */
import type { SignatureAlgorithm } from "./algorithm.ts";

export interface Signer {
  readonly algorithm: SignatureAlgorithm;
  /** Certificates in DER, leaf first, root last. */
  readonly chain: readonly Uint8Array[];
  /** Signs the bytes; hashing is the signer's. RSASSA-PSS with salt as long as the hash, or ECDSA as r‖s. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

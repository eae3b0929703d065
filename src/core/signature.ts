/** A decoded signature, whatever format it came in: the bytes that count, and what it merely claims. */
import type { SignatureAlgorithm } from "./algorithm.ts";

/** How the signature says that its time is to be understood. */
export type TimeScheme =
  /** The signing time is the signer's word; only a timestamp proves time. */
  | "signer"
  /** The signer is an authority whose signing time is itself the proof. */
  | "authority";

/** What a signature says of itself. Nothing here is true until the checks have passed. */
export interface Claims {
  readonly subject: { readonly mediaType: string; readonly digest: string; readonly size: number };
  readonly signingTime?: Date;
  readonly expiry?: Date;
  readonly timeScheme: TimeScheme;
  /** The signing scheme as the format writes it, for display. */
  readonly scheme: string;
  /** The signed user metadata. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Free text by the signing program; not covered by the signature. */
  readonly signingAgent?: string;
}

export interface Signature {
  readonly claimed: Claims;
  /** Exactly the bytes that were signed, as received. */
  readonly signedBytes: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  /** RSASSA-PSS, or ECDSA as r‖s. */
  readonly value: Uint8Array;
  /** Certificates in DER, leaf first, as received. */
  readonly chain: readonly Uint8Array[];
  /** RFC 3161 tokens in DER; not covered by the signature, verified by the time check. */
  readonly timestamps: readonly Uint8Array[];
}

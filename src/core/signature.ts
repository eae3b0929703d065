/** A decoded signature, whatever format it came in: the bytes that count, and what it merely claims. */
import type { SignatureAlgorithm } from "./algorithm.ts";
import type { Statement } from "./evidence.ts";

/** How the signature says that its time is to be understood. */
export type TimeScheme =
  /** The signing time is the signer's word; only a timestamp proves time. */
  | "signer"
  /** The signer is an authority whose signing time is itself the proof. */
  | "authority";

/** What a signature says of itself. Nothing here is true until the checks have passed. */
export interface Claims {
  /** With a statement, the first that it is about; its media type and size are not said then. */
  readonly subject: { readonly digest: string; readonly mediaType?: string; readonly size?: number };
  readonly signingTime?: Date;
  readonly expiry?: Date;
  readonly timeScheme: TimeScheme;
  /** The signing scheme as the format writes it, for display. */
  readonly scheme: string;
  /** The signed user metadata. */
  readonly annotations: Readonly<Record<string, string>>;
  /** What is said about the subject, where it is more than that it was signed. */
  readonly statement?: Statement;
  /** Free text by the signing program; not covered by the signature. */
  readonly signingAgent?: string;
}

export interface Signature {
  readonly claimed: Claims;
  /** Exactly the bytes that were signed, as received. */
  readonly signedBytes: Uint8Array;
  /** Absent where the envelope leaves it to the key. */
  readonly algorithm?: SignatureAlgorithm;
  /** With `algorithm`: RSASSA-PSS, or ECDSA as r‖s. Without: what the key's kind makes of it, ECDSA in DER. */
  readonly value: Uint8Array;
  /** Certificates in DER, leaf first, as received; none where a bare key has signed. */
  readonly chain: readonly Uint8Array[];
  /** Which bare key it says it is by: `SHA256:…` as in a policy; absent where it does not say. */
  readonly keyHint?: string;
  /** RFC 3161 tokens in DER; not covered by the signature, verified by the time check. */
  readonly timestamps: readonly Uint8Array[];
  /** What timestamps may have been made of in place of the value, because it holds the value: the envelope. */
  readonly stampedEnvelope?: Uint8Array;
  /** How many entries of transparency logs came along; this version does not look at them. */
  readonly logEntries?: number;
}

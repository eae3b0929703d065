/** Who says by when a signature existed, and is believed. */
export interface Timestamper {
  /** Throws `timestamp/unavailable` if no authority gives a token that can be used. */
  stamp(
    signatureValue: Uint8Array,
    options: { readonly hash: "sha256" | "sha384" | "sha512"; readonly signal?: AbortSignal },
  ): Promise<Stamp>;
}

export interface Stamp {
  /** An RFC 3161 TimeStampToken; it has been verified. */
  readonly token: Uint8Array;
  readonly from: Date;
  readonly to: Date;
  /** The authority's name by its certificate, as RFC 4514 writes it; foreign text. */
  readonly authority: string;
}

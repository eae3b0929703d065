/** The shape of a signature format: how envelopes are told, decoded and written. */
import type { Descriptor } from "./descriptor.ts";
import type { Statement } from "./evidence.ts";
import type { Signature } from "./signature.ts";
import type { Signer } from "./signer.ts";

/** What is to be signed. A format cuts times to what it can write. */
export interface SigningRequest {
  readonly subject: Descriptor;
  /** What is said about the subject, where it is more than that it is signed; only formats that carry statements can. */
  readonly statement?: Statement;
  /** Signed user metadata. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly signingTime: Date;
  readonly expiry?: Date;
  readonly signingAgent: string;
  /** Has the finished signature's value stamped; the token is written beside it. */
  readonly stamp?: (signatureValue: Uint8Array) => Promise<Uint8Array>;
}

/** A codec for one kind of envelope. */
export interface Format {
  /** The envelope, decoded; `null` for "not mine". Throws `Malformed` for "mine but broken". */
  decode(envelope: Uint8Array, mediaType: string): Signature | null;
  encode(request: SigningRequest, signer: Signer): Promise<Uint8Array>;
  /**
   * What an envelope states, whoever has signed it; `undefined` where that is no more than that its subject was signed.
   * Absent where envelopes hold no statements. Throws `Malformed`.
   */
  statementIn?(envelope: Uint8Array): Statement | undefined;
  /** The DSSE envelope in it by itself, as JSON; absent where envelopes hold none. Throws `Malformed`. */
  plainDsse?(envelope: Uint8Array): Uint8Array | undefined;
}

/** The manifest that carries an envelope, read. */
export interface CarriedEnvelope {
  readonly envelope: Descriptor;
  readonly subject?: Descriptor;
  /** What the manifest says of the predicate of the statement in it; not signed there. */
  readonly predicateType?: string;
}

/** How a signature manifest may be laid out. `legacy`: the type in config.mediaType; `artifact`: in artifactType. */
export type ManifestForm = "legacy" | "artifact";

/** A family of formats that share one manifest layout. */
export interface Carrier {
  readonly artifactTypes: readonly string[];
  /** SHA-256 fingerprints (lower-case hex) that a listing's annotations claim for the chain: they order the work, they decide nothing. */
  claimedFingerprints(annotations: Readonly<Record<string, string>>): readonly string[];
  /** The envelope's place in a manifest; `null` for "not mine". Throws `Malformed` for "mine but broken". */
  readManifest(bytes: Uint8Array, manifest: Descriptor): CarriedEnvelope | null;
  writeManifest(options: {
    readonly subject: Descriptor;
    readonly envelope: Uint8Array;
    readonly mediaType: string;
    readonly chain: readonly Uint8Array[];
    readonly signingTime: Date;
    readonly form: ManifestForm;
    /** Of the statement, where one is signed. */
    readonly predicateType?: string;
  }): WrittenManifest;
}

/** A manifest ready to push, with the blobs that it names. */
export interface WrittenManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Uint8Array }[];
}

/** One row of the table of formats; the codec itself is loaded when the first of its envelopes is met. */
export interface FormatRow {
  readonly name: string;
  readonly mediaTypes: readonly string[];
  /** Larger ones are refused by what their descriptor says, before they are fetched. */
  readonly maxEnvelopeBytes: number;
  /** It carries the signer's certificates, and can be written with no bare key. */
  readonly needsCertificate: boolean;
  readonly carrier: Carrier;
  load(): Promise<Format>;
}

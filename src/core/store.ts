/** Where images and what hangs on them are kept: a registry, a layout folder, or memory. */
import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** A manifest as the store holds it; the bytes have the descriptor's digest and size. */
export interface StoredManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** What a listing could not tell, or refused to believe. */
export interface ListingNote {
  readonly code: "listing/cut-off" | "listing/unreachable" | "listing/foreign-page" | "listing/malformed-entry" | "listing/not-an-index";
  readonly message: string;
}

export interface Listing {
  /** Distinct by digest, in no order that means anything. */
  readonly referrers: readonly Descriptor[];
  /** False if something was cut off or did not answer: absence then proves nothing. */
  readonly complete: boolean;
  readonly notes: readonly ListingNote[];
  /** The places that there are and that answered, if only with nothing: the referrers API, the fallback tag, a local index. */
  readonly sources: readonly ("api" | "tag" | "index")[];
}

/** The half of a store that verifying needs. */
export interface ReadonlyStore {
  /** Registry and repository, or path, as a person knows it. */
  readonly name: string;
  /**
   * The manifest that a tag or digest names. With both, the digest decides.
   * Throws `Malformed` `integrity/digest-mismatch` if the bytes are not those of the digest asked for.
   */
  resolve(target: { readonly tag?: string; readonly digest?: Digest }, options?: CallOptions): Promise<StoredManifest>;
  /**
   * The bytes of a blob or manifest, at most `descriptor.size` of them, with its digest.
   * Throws `Malformed` `integrity/digest-mismatch` or `integrity/size-mismatch` for other bytes,
   * `CountersignError` `store/not-found` or `store/unreachable` if there are none.
   */
  fetch(descriptor: Descriptor, options?: CallOptions): Promise<Uint8Array>;
  /** What refers to `subject`, filtered by artifact type if given. Never throws for what a stranger can cause: see `notes`. */
  referrers(subject: Digest, options?: CallOptions & { readonly artifactTypes?: readonly string[] }): Promise<Listing>;
}

/** How a new referrer is made findable. */
export type ReferrersMode = "auto" | "api" | "tag";

/** What a push of a referrer did: which index it is in now. */
export interface AttachResult {
  readonly via: "api" | "tag" | "index";
}

export interface Store extends ReadonlyStore {
  /** Pushes a blob unless it is there. */
  pushBlob(descriptor: Descriptor, bytes: Uint8Array, options?: CallOptions): Promise<void>;
  /** Pushes a manifest, under a tag too if given. Its blobs must be there. */
  pushManifest(descriptor: Descriptor, bytes: Uint8Array, options?: CallOptions & { readonly tag?: string }): Promise<void>;
  /** Pushes a manifest with a `subject` and sees to it that a listing of the subject finds it. */
  attach(
    manifest: Descriptor,
    bytes: Uint8Array,
    options: CallOptions & { readonly subject: Descriptor; readonly mode?: ReferrersMode },
  ): Promise<AttachResult>;
}

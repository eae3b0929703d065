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

export interface ResolvedManifest extends StoredManifest {
  /** Of the only image of a layout, which was asked for without a tag: the one that it has, if it is one. */
  readonly tag?: string;
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
  resolve(target: { readonly tag?: string; readonly digest?: Digest }, options?: CallOptions): Promise<ResolvedManifest>;
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

/** What is pushed: bytes, or whatever opens them anew for each time that they are sent. */
export type Content = Uint8Array | (() => AsyncIterable<Uint8Array>);

/** Whether a blob was there, was taken over from another repository of the registry, or was sent. */
export type BlobPush = "held" | "mounted" | "pushed";

interface PushOptions {
  readonly tag?: string;
  /** Another manifest leads to it, so that a layout's index need not. */
  readonly isPart?: boolean;
  /** What the image is called, registry and all: a layout keeps it, a registry knows it. */
  readonly imageName?: string;
}

export interface Store extends ReadonlyStore {
  /**
   * A blob of any size as it comes. The last piece is handed on only when size and digest of the whole have been
   * checked, so whoever has read to the end has what was asked for. Throws as `fetch` does, and does not try again.
   */
  open(descriptor: Descriptor, options?: CallOptions): AsyncIterable<Uint8Array>;
  /** Whether it is known to be there: some registries cannot be asked. */
  has(descriptor: Descriptor, options?: CallOptions): Promise<boolean>;
  /** Every tag. Throws `store/too-large` for more than `LIMITS.tagListEntries`. */
  tags(options?: CallOptions): Promise<readonly string[]>;
  /**
   * Pushes a blob unless it is there. `mountFrom` is a repository of the same registry that has it. What comes from a
   * function is pushed once and not tried again: only its owner knows whether that can help.
   */
  pushBlob(descriptor: Descriptor, content: Content, options?: CallOptions & { readonly mountFrom?: string }): Promise<BlobPush>;
  /** Pushes a manifest, under a tag too if given. Its blobs must be there. */
  pushManifest(descriptor: Descriptor, bytes: Uint8Array, options?: CallOptions & PushOptions): Promise<void>;
  /** Pushes manifests with the same `subject` and sees to it that a listing of the subject finds them. */
  attach(
    manifests: readonly StoredManifest[],
    options: CallOptions & { readonly subject: Descriptor; readonly mode?: ReferrersMode },
  ): Promise<AttachResult>;
  /** Whoever has written says when it is whole: until then an archive keeps it aside. Elsewhere nothing is waiting. */
  commit(options?: CallOptions): Promise<void>;
}

/** An image index as a list that can be added to without losing anything that somebody else wrote into it. */
import { refuseCaseVariants } from "../core/case-variants.ts";
import { type Descriptor, isObject, parseDescriptor } from "../core/descriptor.ts";
import { type Digest, tryParseDigest } from "../core/digest.ts";
import { Malformed } from "../core/malformed.ts";
import { OCI_INDEX } from "../core/media-types.ts";
import { decodeJson, encodeJson } from "../encoding/json.ts";
import { MANIFEST_MEMBERS } from "../encoding/manifest.ts";

/** `entries` stay as they were parsed: an unknown member, or an entry that we cannot read, is kept when the index is written. */
export interface IndexDocument {
  readonly members: Readonly<Record<string, unknown>>;
  readonly entries: readonly unknown[];
}

export const EMPTY_INDEX: IndexDocument = { members: { schemaVersion: 2, mediaType: OCI_INDEX }, entries: [] };

/** Throws `Malformed` `listing/not-an-index`, or what strict JSON throws. */
export function decodeIndex(bytes: Uint8Array, options: { readonly maxBytes: number }): IndexDocument {
  const document = decodeJson(bytes, options);
  if (!isObject(document)) throw new Malformed("listing/not-an-index", "the document is not an object");
  refuseCaseVariants(document, MANIFEST_MEMBERS);
  const { manifests, ...members } = document;
  const type = members["mediaType"];
  if (type !== undefined && type !== OCI_INDEX) throw new Malformed("listing/not-an-index", "the document is not an OCI index");
  // oras writes null for an index that it emptied.
  if (manifests !== null && !Array.isArray(manifests)) throw new Malformed("listing/not-an-index", "the document has no list of manifests");
  return { members, entries: manifests ?? [] };
}

export function encodeIndex(index: IndexDocument): Uint8Array {
  return encodeJson({ ...index.members, manifests: index.entries });
}

/** The digest that an entry names, if it names one that we can read. */
export function entryDigest(entry: unknown): Digest | undefined {
  const digest = isObject(entry) ? entry["digest"] : undefined;
  return typeof digest === "string" ? tryParseDigest(digest) : undefined;
}

/** What an index holds, handed on to the one that is made of it: thousands may be made, each from the last. */
const HELD = new WeakMap<IndexDocument, Set<Digest | undefined>>();

/** The index with those of `descriptors` that it does not hold yet, each once, at its end. */
export function withEntries(index: IndexDocument, descriptors: readonly Descriptor[]): IndexDocument {
  const held = HELD.get(index) ?? new Set(index.entries.map(entryDigest));
  HELD.delete(index);
  const added = descriptors.filter(({ digest }) => !held.has(digest) && held.add(digest));
  const larger = { members: index.members, entries: [...index.entries, ...added] };
  HELD.set(larger, held);
  return larger;
}

/** The readable entries, and those that are not. */
export interface ParsedEntries {
  readonly descriptors: readonly Descriptor[];
  readonly broken: readonly unknown[];
}

export function parseEntries(entries: readonly unknown[]): ParsedEntries {
  const descriptors: Descriptor[] = [];
  const broken: unknown[] = [];
  for (const entry of entries) {
    try {
      descriptors.push(parseDescriptor(entry));
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      broken.push(entry);
    }
  }
  return { descriptors, broken };
}

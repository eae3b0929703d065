/** A store with one image and one signature, for envelopes that come from elsewhere and for judging thousands of them. */
import type { Descriptor } from "../../src/core/descriptor.ts";
import { type Digest, digestOf } from "../../src/core/digest.ts";
import { CountersignError } from "../../src/core/errors.ts";
import type { Listing, ReadonlyStore } from "../../src/core/store.ts";
import { MANIFEST_TYPE, SIGNATURE_TYPE } from "./plan.ts";

/** The image need not be there: what a verdict rests on is its descriptor. */
export function storeOf(subject: Descriptor, envelope: { readonly mediaType: string; readonly bytes: Uint8Array }): ReadonlyStore {
  const layer = { mediaType: envelope.mediaType, digest: digestOf(envelope.bytes), size: envelope.bytes.length };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: SIGNATURE_TYPE, digest: digestOf(Buffer.from("{}")), size: 2 },
      layers: [layer],
      subject,
      annotations: {},
    }),
  );
  return storeOfManifest(subject, { bytes: manifest, blobs: [envelope.bytes] });
}

/** The listing names `bytes` as a signature's manifest, whatever they are. */
export function storeOfManifest(
  subject: Descriptor,
  manifest: { readonly bytes: Uint8Array; readonly blobs: readonly Uint8Array[] },
): ReadonlyStore {
  const { bytes, blobs } = manifest;
  const contents = new Map<Digest, Uint8Array>([bytes, ...blobs].map((content) => [digestOf(content), content]));
  const entry: Descriptor = { mediaType: MANIFEST_TYPE, digest: digestOf(bytes), size: bytes.length, artifactType: SIGNATURE_TYPE };
  const listing: Listing = { referrers: [entry], complete: true, notes: [], sources: ["index"] };
  return {
    name: "one-signature",
    resolve: () => Promise.resolve({ descriptor: subject, bytes: new Uint8Array() }),
    referrers: () => Promise.resolve(listing),
    fetch: ({ digest }) => {
      const found = contents.get(digest);
      if (found !== undefined) return Promise.resolve(found);
      return Promise.reject(new CountersignError("store/not-found", `Cannot read "${digest}": it is not there`));
    },
  };
}

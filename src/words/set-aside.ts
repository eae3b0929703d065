/** A store that keeps aside what is written, so that somebody else can bring it to its place. What is read comes from where the image is. */
import type { Descriptor } from "../core/descriptor.ts";
import type { Store, StoredManifest } from "../core/store.ts";

export interface SetAside {
  readonly store: Store;
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Uint8Array }[];
  /** In the order in which they were written. */
  readonly attached: readonly { readonly subject: Descriptor; readonly manifest: StoredManifest }[];
}

/** For what is small: all of it is held in memory. */
export function setAside(beside: Store): SetAside {
  const blobs: { descriptor: Descriptor; bytes: Uint8Array }[] = [];
  const attached: { subject: Descriptor; manifest: StoredManifest }[] = [];
  return {
    blobs,
    attached,
    store: {
      ...beside,
      pushBlob: async (descriptor, content) => {
        if (!(content instanceof Uint8Array)) return refuse();
        blobs.push({ descriptor, bytes: content });
        return "pushed";
      },
      pushManifest: async () => refuse(),
      attach: async (manifests, { subject }) => {
        for (const manifest of manifests) attached.push({ subject, manifest });
        return { via: "index" };
      },
      commit: () => Promise.resolve(),
    },
  };
}

function refuse(): never {
  throw new TypeError("what hangs on an image can be set aside, and nothing else");
}

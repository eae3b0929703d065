/** Copies one image into the demo's registry: manifest, configuration, layers, and the images of an index. */
import { type Descriptor, parseDescriptor } from "../../core/descriptor.ts";
import { CountersignError } from "../../core/errors.ts";
import { MANIFEST_TYPES } from "../../core/media-types.ts";
import type { Store } from "../../core/store.ts";
import { decodeManifest } from "../../encoding/manifest.ts";

/** The demo's registry is in memory. */
const MAX_BYTES = 256 * 1024 * 1024;

interface Budget {
  left: number;
}

export async function copyImage(
  from: { readonly store: Store; readonly reference: Parameters<Store["resolve"]>[0] },
  to: { readonly store: Store; readonly tag: string },
): Promise<Descriptor> {
  const { descriptor, bytes } = await from.store.resolve(from.reference);
  await copyParts(bytes, { from: from.store, to: to.store, budget: { left: MAX_BYTES } });
  await to.store.pushManifest(descriptor, bytes, { tag: to.tag });
  return descriptor;
}

async function copyParts(
  manifest: Uint8Array,
  between: { readonly from: Store; readonly to: Store; readonly budget: Budget },
): Promise<void> {
  const { from, to, budget } = between;
  for (const part of partsOf(manifest)) {
    budget.left -= part.size;
    if (budget.left < 0) {
      throw new CountersignError(
        "store/too-large",
        `Cannot copy the image for the demo: it is larger than ${MAX_BYTES / 1024 / 1024} MiB`,
        {
          remedy: "choose a smaller image, or run the commands by hand on your own registry",
        },
      );
    }
    const bytes = await from.fetch(part);
    if (MANIFEST_TYPES.includes(part.mediaType)) {
      await copyParts(bytes, between);
      await to.pushManifest(part, bytes);
    } else {
      await to.pushBlob(part, bytes);
    }
  }
}

function partsOf(manifest: Uint8Array): readonly Descriptor[] {
  const { config, layers, manifests } = decodeManifest(manifest);
  const listed = [config === undefined ? [] : [config], layers, manifests].flatMap((part) => (Array.isArray(part) ? part : []));
  return listed.map(parseDescriptor);
}

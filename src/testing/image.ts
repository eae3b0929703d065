/** Packs files as a real OCI image and puts it into a store: for the demo and for tests that need something to sign. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { type Descriptor, parseDescriptor } from "../core/descriptor.ts";
import { type Digest, digestOf } from "../core/digest.ts";
import { OCI_MANIFEST } from "../core/media-types.ts";
import type { ReadonlyStore, Store } from "../core/store.ts";
import { decodeManifest } from "../encoding/manifest.ts";

const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";
const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";

export interface PackedFile {
  /** Path inside the image, without a leading slash. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable?: boolean;
}

export interface ImageOptions {
  readonly files: readonly PackedFile[];
  readonly tag?: string;
  readonly entrypoint?: readonly string[];
  /** An image whose layers come first. */
  readonly on?: { readonly store: ReadonlyStore; readonly digest: Digest };
}

/** Pushes an image with one layer of its own under `tag`; the same files give the same digest. Returns its manifest's descriptor. */
export async function pushImage(store: Store, options: ImageOptions): Promise<Descriptor> {
  const tar = await packTar(
    options.files.map(({ path, bytes, executable }) => ({
      header: { name: path, type: "file" as const, size: bytes.length, mode: executable === true ? 0o755 : 0o644, mtime: new Date(0) },
      body: bytes,
    })),
  );
  const layer = gzipSync(tar, { level: 6 });
  const base = options.on === undefined ? { layers: [], diffIds: [] } : await takeOver(options.on, store);
  const config = encode({
    architecture: "amd64",
    os: "linux",
    config: options.entrypoint === undefined ? {} : { Entrypoint: options.entrypoint },
    rootfs: { type: "layers", diff_ids: [...base.diffIds, `sha256:${createHash("sha256").update(tar).digest("hex")}`] },
  });
  const layerDescriptor = describe(LAYER_TYPE, layer);
  const configDescriptor = describe(CONFIG_TYPE, config);
  const manifest = encode({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: configDescriptor,
    layers: [...base.layers, layerDescriptor],
  });
  const descriptor = describe(OCI_MANIFEST, manifest);
  await Promise.all([store.pushBlob(layerDescriptor, layer), store.pushBlob(configDescriptor, config)]);
  await store.pushManifest(descriptor, manifest, options.tag === undefined ? {} : { tag: options.tag });
  return descriptor;
}

interface Base {
  readonly layers: readonly Descriptor[];
  readonly diffIds: readonly string[];
}

/** Its layers are put beside the others. */
async function takeOver({ store, digest }: NonNullable<ImageOptions["on"]>, to: Store): Promise<Base> {
  const { config, layers } = decodeManifest((await store.resolve({ digest })).bytes);
  const described = Array.isArray(layers) ? layers.map(parseDescriptor) : [];
  await Promise.all(described.map(async (layer) => to.pushBlob(layer, await store.fetch(layer))));
  const { rootfs } = JSON.parse(new TextDecoder().decode(await store.fetch(parseDescriptor(config))));
  return { layers: described, diffIds: rootfs.diff_ids };
}

function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** Packs files as a real OCI image and puts it into a store: for the demo and for tests that need something to sign. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import type { Descriptor } from "../core/descriptor.ts";
import { digestOf } from "../core/digest.ts";
import { OCI_MANIFEST } from "../core/media-types.ts";
import type { Store } from "../core/store.ts";

const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";
const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";

export interface PackedFile {
  /** Path inside the image, without a leading slash. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable?: boolean;
}

/** Pushes an image of one layer under `tag`; the same files give the same digest. Returns its manifest's descriptor. */
export async function pushImage(
  store: Store,
  options: { readonly files: readonly PackedFile[]; readonly tag?: string; readonly entrypoint?: readonly string[] },
): Promise<Descriptor> {
  const tar = await packTar(
    options.files.map(({ path, bytes, executable }) => ({
      header: { name: path, type: "file" as const, size: bytes.length, mode: executable === true ? 0o755 : 0o644, mtime: new Date(0) },
      body: bytes,
    })),
  );
  const layer = gzipSync(tar, { level: 6 });
  const config = encode({
    architecture: "amd64",
    os: "linux",
    config: options.entrypoint === undefined ? {} : { Entrypoint: options.entrypoint },
    rootfs: { type: "layers", diff_ids: [`sha256:${createHash("sha256").update(tar).digest("hex")}`] },
  });
  const layerDescriptor = describe(LAYER_TYPE, layer);
  const configDescriptor = describe(CONFIG_TYPE, config);
  const manifest = encode({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: configDescriptor, layers: [layerDescriptor] });
  const descriptor = describe(OCI_MANIFEST, manifest);
  await Promise.all([store.pushBlob(layerDescriptor, layer), store.pushBlob(configDescriptor, config)]);
  await store.pushManifest(descriptor, manifest, options.tag === undefined ? {} : { tag: options.tag });
  return descriptor;
}

function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

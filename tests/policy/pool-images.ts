/** The images of the pool: two, of which the second runs as root; an index of both; what does not run; and what they may be built on. */
import type { Descriptor } from "../../src/core/descriptor.ts";
import { digestOf } from "../../src/core/digest.ts";
import { IN_TOTO, OCI_INDEX, OCI_MANIFEST } from "../../src/core/media-types.ts";
import type { Store } from "../../src/core/store.ts";
import { encodeJson } from "../../src/encoding/json.ts";

const IMAGES = ["one", "two"] as const;
export const INDEX = "index";
/** One image of the index is in an index of its own. */
export type ManifestName = (typeof IMAGES)[number] | typeof INDEX | "nested" | "statements";

export const CONFIGS = {
  one: { user: "1000", ports: ["8080/tcp"], layers: ["os", "node", "one"] },
  two: { user: "root", ports: ["22/tcp"], layers: ["os", "two"] },
} as const;

/** `far` is in a repository that no policy lists. */
export const BASES = {
  os: { repository: "base.acme.io/os", layers: ["os"] },
  node: { repository: "base.acme.io/node", layers: ["os", "node"] },
  other: { repository: "base.acme.io/other", layers: ["other"] },
  far: { repository: "far.example/node", layers: ["os", "node"] },
} as const;
export type BaseName = keyof typeof BASES;

interface Pushed {
  readonly manifests: ReadonlyMap<ManifestName, Descriptor>;
  readonly configs: ReadonlyMap<ManifestName, Descriptor>;
}

/** Frozen verdicts name them by digest, from before they had the layers of a base. */
export async function pushImages(store: Store, { areBased }: { readonly areBased: boolean }): Promise<Pushed> {
  const [one, two] = await Promise.all(
    IMAGES.map((name) => pushImage(store, name, { ...CONFIGS[name], ...(areBased ? {} : { layers: undefined }) })),
  );
  if (one === undefined || two === undefined) throw new TypeError("there are two images");
  const empty = await pushBlob(store, IN_TOTO, {});
  const statements = await pushManifest(store, OCI_MANIFEST, { config: empty, layers: [empty] });
  const nested = await pushManifest(store, OCI_INDEX, {
    manifests: [{ ...two.image, platform: { os: "unknown", architecture: "unknown" } }],
  });
  const labelled = { ...statements, platform: { os: "unknown", architecture: "unknown" } };
  const index = await pushManifest(store, OCI_INDEX, { manifests: [one.image, nested, labelled] });
  return {
    manifests: new Map<ManifestName, Descriptor>([
      ["one", one.image],
      ["two", two.image],
      ["nested", nested],
      ["statements", statements],
      ["index", index],
    ]),
    configs: new Map<ManifestName, Descriptor>([
      ["one", one.config],
      ["two", two.config],
    ]),
  };
}

export async function pushBases(store: Store): Promise<ReadonlyMap<BaseName, Descriptor>> {
  const bases = new Map<BaseName, Descriptor>();
  for (const [name, { layers }] of Object.entries(BASES)) {
    const { image } = await pushImage(store, name, { user: "", ports: [], layers });
    bases.set(name as BaseName, image);
  }
  return bases;
}

async function pushImage(
  store: Store,
  name: string,
  about: { readonly user: string; readonly ports: readonly string[]; readonly layers: readonly string[] | undefined },
): Promise<{ readonly image: Descriptor; readonly config: Descriptor }> {
  const { user, ports, layers = [name] } = about;
  const blobs = await Promise.all(layers.map((layer) => pushBlob(store, "application/vnd.oci.image.layer.v1.tar", { name: layer })));
  const config = await pushBlob(store, "application/vnd.oci.image.config.v1+json", {
    architecture: name,
    os: "linux",
    config: { User: user, ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])) },
    ...(about.layers === undefined ? {} : { rootfs: { type: "layers", diff_ids: blobs.map(({ digest }) => digest) } }),
  });
  return { image: await pushManifest(store, OCI_MANIFEST, { config, layers: blobs }), config };
}

async function pushBlob(store: Store, mediaType: string, value: unknown): Promise<Descriptor> {
  const bytes = encodeJson(value);
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.pushBlob(descriptor, bytes);
  return descriptor;
}

async function pushManifest(store: Store, mediaType: string, parts: object): Promise<Descriptor> {
  const bytes = encodeJson({ schemaVersion: 2, mediaType, ...parts });
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.pushManifest(descriptor, bytes);
  return descriptor;
}

/** Copies an image of 1 GB in 20 layers with 30 signatures from one registry to another, beside oras and skopeo. */
import { randomFillSync } from "node:crypto";
import { join } from "node:path";
import type { Descriptor } from "../src/core/descriptor.ts";
import { digestOf } from "../src/core/digest.ts";
import { OCI_MANIFEST } from "../src/core/media-types.ts";
import type { Store } from "../src/core/store.ts";
import { parseReference, setup, sign } from "../src/index.ts";
import { type RealRegistry, startDockerRegistry } from "../tests/real/registries.ts";
import { type Command, runOnce } from "./measure.ts";
import type { World } from "./world.ts";

/** As it is installed: how Node is started makes a difference to the memory. */
export const PROGRAM: string = join(import.meta.dirname, "..", "bin", "countersign");
const LAYERS = 20;
const LAYER_BYTES = 50_000_000;
export const SIGNATURES = 30;
const ROUNDS = 3;

export interface CopyTimes {
  readonly name: string;
  readonly medianMs: number;
  readonly peakBytes: number;
}

/** Each program in turn, each time to a registry of its own, where nothing is that could be mounted; ours is the first. */
export async function measureCopies(world: World): Promise<readonly CopyTimes[]> {
  const source = await startDockerRegistry();
  try {
    await pushLargeImage(world, source);
    const from = `${source.host}/large:1`;
    const programs: readonly ((to: string) => Command)[] = [
      (to) => ({ name: "countersign", argv: [PROGRAM, "copy", from, to] }),
      (to) => ({ name: "oras cp -r", argv: ["oras", "cp", "-r", "--from-plain-http", "--to-plain-http", from, to] }),
      (to) => ({
        name: "skopeo copy --all",
        argv: [
          "skopeo",
          "--insecure-policy",
          "copy",
          "--all",
          "--src-tls-verify=false",
          "--dest-tls-verify=false",
          `docker://${from}`,
          `docker://${to}`,
        ],
      }),
    ];
    const runs = programs.map((): { name: string; ms: number[]; peakBytes: number } => ({ name: "", ms: [], peakBytes: 0 }));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, commandTo] of programs.entries()) {
        const destination = await startDockerRegistry();
        const command = commandTo(`${destination.host}/large:1`);
        const { ms, peakBytes } = await runOnce({ ...command, env: world.env, watchMemory: true }).finally(() => destination.close());
        const run = runs[index];
        if (run === undefined) continue;
        run.name = command.name;
        run.ms.push(ms);
        run.peakBytes = Math.max(run.peakBytes, peakBytes);
      }
    }
    return runs.map(({ name, ms, peakBytes }) => ({
      name,
      peakBytes,
      medianMs: ms.toSorted((a, b) => a - b)[Math.floor(ms.length / 2)] ?? NaN,
    }));
  } finally {
    await source.close();
  }
}

async function pushLargeImage(world: World, { host }: RealRegistry): Promise<void> {
  const opened = await setup({ env: world.env });
  try {
    const store = await opened.openStore(parseReference(`${host}/large:1`));
    const descriptor = await pushLayers(store);
    const signer = await opened.openSigner({ key: "trusted" });
    for (let count = 0; count < SIGNATURES; count++)
      await sign(parseReference(`${host}/large@${descriptor.digest}`), { store, signer, annotations: { count: String(count) } });
  } finally {
    opened.close();
  }
}

/** The image of 1 GB, under the tag `1`. */
export async function pushLayers(store: Store): Promise<Descriptor> {
  const config = await push(store, "application/vnd.oci.image.config.v1+json", Buffer.from('{"architecture":"amd64","os":"linux"}'));
  const layers: Descriptor[] = [];
  for (let layer = 0; layer < LAYERS; layer++)
    layers.push(await push(store, "application/vnd.oci.image.layer.v1.tar", randomFillSync(Buffer.alloc(LAYER_BYTES))));
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers }));
  const descriptor = describe(OCI_MANIFEST, manifest);
  await store.pushManifest(descriptor, manifest, { tag: "1" });
  return descriptor;
}

async function push(store: Store, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const descriptor = describe(mediaType, bytes);
  await store.pushBlob(descriptor, bytes);
  return descriptor;
}

function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

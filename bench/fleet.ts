/** Many images: 1,000 digests, each with a signature of its own, judged by one new process; and by notation, one process an image. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inParallel } from "../src/core/in-parallel.ts";
import { parseReference, setup, sign } from "../src/index.ts";
import { pushImage } from "../src/testing/image.ts";
import { type Command, runOnce } from "./measure.ts";
import { COUNTERSIGN, type World } from "./world.ts";

export const FLEET_SIZE = 1000;
/** Notation's loop is measured on some of them; its time for each does not depend on how many there are. */
const LOOP_SIZE = 100;
const REPOSITORIES = 10;

export interface Fleet {
  /** `repository@digest`, without a host. */
  readonly images: readonly string[];
}

export interface FleetTimes {
  readonly oursMs: number;
  readonly peakBytes: number;
  /** For as many images as ours. */
  readonly loopMs: number;
}

export async function createFleet(world: World): Promise<Fleet> {
  const opened = await setup({ env: world.env });
  const signer = await opened.openSigner({ key: "trusted" });
  const images = await inParallel(
    Array.from({ length: FLEET_SIZE }, (_, number) => number),
    8,
    async (number) => {
      const repository = `fleet/app-${number % REPOSITORIES}`;
      const tagged = parseReference(`127.0.0.1:${world.registryPort}/${repository}:${number}`);
      const store = await opened.openStore(tagged);
      const { digest } = await pushImage(store, {
        tag: String(number),
        files: [{ path: "app", bytes: new TextEncoder().encode(`image ${number}`) }],
      });
      await sign(parseReference(`127.0.0.1:${world.registryPort}/${repository}@${digest}`), { store, signer });
      return `${repository}@${digest}`;
    },
  );
  opened.close();
  return { images };
}

export async function measureFleet(world: World, fleet: Fleet, port: number): Promise<FleetTimes> {
  const references = fleet.images.map((image) => `127.0.0.1:${port}/${image}`);
  const list = join(world.folder, `fleet-${port}.txt`);
  writeFileSync(list, references.join("\n"));
  const ours: Command = {
    name: "countersign",
    argv: [...COUNTERSIGN, "verify", "--from", list, "--output", "jsonl"],
    env: world.env,
    watchMemory: true,
  };
  const { ms: oursMs, peakBytes } = await runOnce(ours);

  const started = performance.now();
  for (const reference of references.slice(0, LOOP_SIZE)) {
    await runOnce({ name: "notation", argv: ["notation", "verify", "--insecure-registry", reference], env: world.env });
  }
  const loopMs = ((performance.now() - started) / LOOP_SIZE) * references.length;
  return { oursMs, peakBytes, loopMs };
}

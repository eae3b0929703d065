/** Promotes: an image that has entered already, far away; and one of 1 GB, beside the same as a mere copy. */
import { startDelayProxy } from "../tests/fixtures/delay-proxy.ts";
import { createPromotionWorld, type PromotionWorld } from "../tests/fixtures/promotion-world.ts";
import { type RealRegistry, startDockerRegistry } from "../tests/real/registries.ts";
import { parseReference, sign } from "../src/index.ts";
import { PROGRAM, pushLayers, SIGNATURES } from "./copy.ts";
import { type Command, measureInTurn, runOnce } from "./measure.ts";
import { COUNTERSIGN } from "./world.ts";

const LARGE_ROUNDS = 3;
const GATES = `  build: { needs: [ { signature: { by: ci } } ] }
  prod: { after: build, approve: { by: ana, valid: 72h }, stay: { superseded: 30d } }`;

export interface PromotionTimes {
  /** Of an image that has its tag and its record, as a whole process. */
  readonly heldMs: number;
  readonly promoteMs: number;
  /** The same image, by `copy`. */
  readonly copyMs: number;
}

export async function measurePromotions({
  rounds,
  roundTripMs,
}: {
  readonly rounds: number;
  readonly roundTripMs: number;
}): Promise<PromotionTimes> {
  return { heldMs: await measureHeld(rounds, roundTripMs), ...(await measureLarge()) };
}

function promotion(world: PromotionWorld, image: string, program: readonly string[]): Command {
  const words = ["promote", image, `${world.prod}:1`, "--gate", "prod", ...world.keyOf("promoter"), "--config", world.config];
  return { name: "promote", argv: [...program, ...words] };
}

async function approve(world: PromotionWorld, image: string): Promise<void> {
  await world.expect(0, "approve", image, "--gate", "prod", ...world.keyOf("ana"), "--yes");
}

async function measureHeld(rounds: number, roundTripMs: number): Promise<number> {
  const registries = await Promise.all([startDockerRegistry(), startDockerRegistry()]);
  const proxies = await Promise.all(registries.map(({ port }) => startDelayProxy(port, { roundTripMs })));
  const [source = "", destination = ""] = proxies.map(({ port }) => `127.0.0.1:${port}`);
  const world = await createPromotionWorld({ source, destination, gates: GATES });
  try {
    const image = await world.image();
    await approve(world, image);
    await world.promote(0, image, `${world.prod}:1`);
    const [measured] = await measureInTurn([promotion(world, image, COUNTERSIGN)], rounds);
    return measured?.medianMs ?? NaN;
  } finally {
    world.close();
    await Promise.all([...proxies, ...registries].map((one) => one.close()));
  }
}

/** Each time to a registry of its own; the policy knows them all by the one proxy that is before them. */
async function measureLarge(): Promise<Pick<PromotionTimes, "promoteMs" | "copyMs">> {
  const source = await startDockerRegistry();
  let destination: RealRegistry | undefined;
  const proxy = await startDelayProxy(() => destination?.port ?? 0, { roundTripMs: 0 });
  const world = await createPromotionWorld({ source: source.host, destination: `127.0.0.1:${proxy.port}`, gates: GATES });
  try {
    const image = await pushSigned(world);
    const commands: readonly Command[] = [
      promotion(world, image, [PROGRAM]),
      { name: "copy", argv: [PROGRAM, "copy", image, `${world.prod}:1`] },
    ];
    const times = commands.map((): number[] => []);
    for (let round = 0; round < LARGE_ROUNDS; round++) {
      for (const [index, command] of commands.entries()) {
        destination = await startDockerRegistry();
        times[index]?.push((await runOnce(command).finally(() => destination?.close())).ms);
      }
    }
    const [promoteMs = NaN, copyMs = NaN] = times.map((ms) => ms.toSorted((a, b) => a - b)[Math.floor(ms.length / 2)] ?? NaN);
    return { promoteMs, copyMs };
  } finally {
    world.close();
    await proxy.close();
    await source.close();
  }
}

async function pushSigned(world: PromotionWorld): Promise<string> {
  const store = await world.store(world.build);
  const { digest } = await pushLayers(store);
  const image = `${world.build}@${digest}`;
  await world.expect(0, "sign", image, ...world.keyOf("ci"));
  const [, key = "", , certificate = ""] = world.keyOf("ci");
  const signer = await world.opened.openSigner({ key, certificate });
  for (let count = 1; count < SIGNATURES; count++)
    await sign(parseReference(image), { store, signer, annotations: { count: String(count) } });
  await approve(world, image);
  return image;
}

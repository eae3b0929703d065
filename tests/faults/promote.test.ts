/**
 * `kill -9` of a promotion before its writes, to registries and to files: the tag is not there, or is as it was, or is
 * the new image with its record; the same command again makes it whole. And what else may happen while one is under way.
 * Requests that only read leave a destination as it is, so that a kill between two writes is a kill before the second;
 * of writes that are under way together any may have come in. `COUNTERSIGN_MATRIX=whole` takes all of them, not some.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import type { Digest } from "../../src/core/digest.ts";
import { inParallel } from "../../src/core/in-parallel.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Store } from "../../src/core/store.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { type Fault, type ProxiedRequest, startFaultProxy } from "../fixtures/fault-proxy.ts";
import { envOfSources } from "../fixtures/programs.ts";
import { createPromotionWorld, type PromotionWorld } from "../fixtures/promotion-world.ts";
import { everythingAt } from "../fixtures/rich-image.ts";
import { needsPrograms } from "../real/programs.ts";
import { startDockerRegistry, startOlareg } from "../real/registries.ts";

const COMMAND = new URL("../fixtures/command-process.ts", import.meta.url).pathname;
const KILL_AT_STEP = new URL("../fixtures/kill-at-step.ts", import.meta.url).href;
const AT_ONCE = 3;
const MOST = process.env["COUNTERSIGN_MATRIX"] === "whole" ? Infinity : 12;
const READS = new Set(["GET", "HEAD"]);

const GATES = `  build: { needs: [ { signature: { by: ci } } ] }
  prod: { after: build, stay: { superseded: 30d } }`;

const source = await startRegistry();
after(() => source.close());

type OnRequest = (request: ProxiedRequest) => Fault | undefined | Promise<Fault | undefined>;

interface Place {
  readonly world: PromotionWorld;
  /** `app/at-3` -> what happens to its requests; `undefined` for nothing. */
  readonly faults: Map<string, OnRequest>;
  /** Of the destination. */
  readonly host: string;
}

/** A policy with one product for each repository, behind a proxy that does to each what is asked. */
async function startPlace(context: TestContext, port: number, close: () => Promise<void>): Promise<Place> {
  const faults = new Map<string, OnRequest>();
  const proxy = await startFaultProxy(port, (request) => {
    const [, repository = ""] = /^\/v2\/(app\/[^/]+)\//.exec(request.url) ?? [];
    return faults.get(repository)?.(request);
  });
  const world = await createPromotionWorld({
    source: source.host,
    destination: proxy.host,
    gates: GATES,
    products: `  app/{app}: { build: "${source.host}/app/{app}", prod: "${proxy.host}/app/{app}" }`,
  });
  context.after(async () => {
    world.close();
    await proxy.close();
    await close();
  });
  return { world, faults, host: proxy.host };
}

interface Ended {
  readonly signal: string | null;
  readonly stdout: string;
}

/** `started` gets a function that kills the promotion and comes back when it is dead. */
function runPromotion(
  args: readonly string[],
  { imports, started }: { readonly imports?: string; readonly started?: (kill: () => Promise<void>) => void } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [...(imports === undefined ? [] : ["--import", imports]), COMMAND, ...args], {
    env: envOfSources(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  const ended = new Promise<Ended>((done, fail) => {
    child.once("error", fail);
    child.once("close", (code, signal) => {
      if (code === 0 || signal === "SIGKILL") done({ signal, stdout });
      else fail(new Error(`the promotion ended with ${code ?? signal}`));
    });
  });
  started?.(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return ended;
}

/** All of them, or where they are many some that lie evenly between: others the next time. */
function chosen(count: number): readonly number[] {
  const stride = Math.max(1, Math.ceil(count / MOST));
  const first = 1 + Math.floor(Math.random() * stride);
  return Array.from({ length: count }, (_, place) => place + 1).filter((number) => number % stride === first % stride);
}

function digestIn(pinned: string): string {
  return pinned.split("@")[1] ?? "";
}

async function tagAt(store: Store, tag: string): Promise<Digest | undefined> {
  try {
    return (await store.resolve({ tag })).descriptor.digest;
  } catch {
    return undefined;
  }
}

function codesOf({ requirements }: Verdict): readonly string[] {
  return requirements.flatMap(({ because = [] }) => because.map(({ code }) => code));
}

/** What a killed promotion has left behind, and what the next one makes of it. */
async function checkLeft(left: {
  readonly world: PromotionWorld;
  readonly store: Store;
  readonly image: string;
  /** That had the tag before. */
  readonly old: string | undefined;
  readonly place: string;
  readonly as: readonly string[];
}): Promise<void> {
  const { world, image, old, place, as } = left;
  const tagged = await tagAt(left.store, "1");
  if (tagged !== undefined) {
    const verdict = await world.verdict(place, ...as);
    const isNew = tagged === digestIn(image);
    assert.ok(isNew || tagged === digestIn(old ?? ""), "the tag is of one of the two");
    // Once it is told that it is replaced, the old one is out; that is told before it is.
    if (isNew || verdict.outcome === "pass") assert.deepEqual([verdict.outcome, verdict.question], ["pass", "stay"]);
    else assert.deepEqual(codesOf(verdict), ["promotion/replaced"]);
  }
  await world.promote(0, image, place, ...as);
  const verdict = await world.verdict(place, ...as);
  assert.deepEqual([verdict.outcome, verdict.question], ["pass", "stay"]);
  assert.equal(verdict.subject.descriptor?.digest, digestIn(image));
  // Whatever is listed is there, whole.
  const store = await world.store(place);
  const { referrers, complete } = await store.referrers(verdict.subject.descriptor.digest);
  assert.ok(complete);
  for (const { digest } of referrers) assert.deepEqual((await everythingAt(store, { digest }))["notes"], []);
}

for (const { program, start } of [
  { program: "docker-registry", start: () => startDockerRegistry({ storage: "inmemory" }) },
  { program: "olareg", start: startOlareg },
] as const) {
  for (const hasOld of [false, true]) {
    const where = hasOld ? "where another image has the tag" : "where there is no tag";
    test(`${program}, ${where}: promote is killed before writes to its destination`, async (context) => {
      if (!needsPrograms(context, program)) return;
      const registry = await start();
      const { world, faults, host } = await startPlace(context, registry.port, () => registry.close());

      async function attempt(fatal: number): Promise<number> {
        const name = fatal === Infinity ? "never" : `at-${fatal}`;
        const repository = `app/${name}`;
        const place = `${host}/${repository}:1`;
        const built = { repository: `${source.host}/${repository}` };
        const old = hasOld ? await world.image(built) : undefined;
        if (old !== undefined) await world.promote(0, old, place);
        const image = await world.image(built);
        let kill: (() => Promise<void>) | undefined;
        let count = 0;
        faults.set(repository, async ({ method }) => {
          if (READS.has(method) || ++count < fatal) return undefined;
          await kill?.();
          return { kind: "reset", when: "before" };
        });
        const args = ["promote", image, place, "--gate", "prod", ...world.keyOf("promoter"), "--config", world.config];
        const { signal } = await runPromotion(args, { started: (how) => (kill = how) });
        faults.delete(repository);
        assert.equal(signal, fatal === Infinity ? null : "SIGKILL", `killed before write ${fatal}`);
        await checkLeft({ world, store: await world.store(place), image, old, place, as: [] });
        return count;
      }

      const count = await attempt(Infinity);
      await inParallel(chosen(count), AT_ONCE, attempt);
      context.diagnostic(`${count} writes`);
    });
  }
}

for (const form of ["oci", "oci-archive"] as const) {
  test(`${form}: promote is killed before each change of a file`, async (context) => {
    const there = await startRegistry();
    const { world } = await startPlace(context, there.port, () => there.close());
    const image = await world.image();
    const as = ["--as", world.prod];

    async function attempt(fatal: number): Promise<number> {
      const folder = join(world.folder, `${form}-${fatal}`);
      mkdirSync(folder);
      const place = `${form}:${join(folder, "image")}:1`;
      const args = ["promote", image, place, ...as, "--gate", "prod", ...world.keyOf("promoter"), "--config", world.config];
      const { signal, stdout } = await runPromotion([...args, String(fatal)], { imports: KILL_AT_STEP });
      assert.equal(signal, fatal === 0 ? null : "SIGKILL", `killed at step ${fatal}`);
      const store = await world.opened.openStore(parseReference(place), { create: true });
      await checkLeft({ world, store, image, old: undefined, place, as });
      return Number(stdout);
    }

    const count = await attempt(0);
    await inParallel(chosen(count), AT_ONCE, attempt);
    context.diagnostic(`${count} steps`);
  });
}

/** Two images of one product; `at` is told each request to the destination while the first one is promoted. */
async function promoteTwo(
  context: TestContext,
  at: (request: ProxiedRequest, second: () => Promise<unknown>) => Promise<void>,
): Promise<{
  readonly world: PromotionWorld;
  readonly images: readonly string[];
  readonly codes: readonly number[];
  readonly place: string;
}> {
  const there = await startRegistry();
  const { world, faults, host } = await startPlace(context, there.port, () => there.close());
  const [place, built] = [`${host}/app/two:1`, { repository: `${source.host}/app/two` }];
  const [old, first, second] = [await world.image(built), await world.image(built), await world.image(built)];
  await world.promote(0, old, place);
  const promote = (image: string): ReturnType<PromotionWorld["run"]> =>
    world.run("promote", image, place, "--gate", "prod", ...world.keyOf("promoter"));
  let other: ReturnType<PromotionWorld["run"]> | undefined;
  faults.set("app/two", async (request) => {
    if (other === undefined) await at(request, () => (other = promote(second)));
    return undefined;
  });
  const codes = [(await promote(first)).code, (await other)?.code ?? -1];
  faults.delete("app/two");
  return { world, images: [first, second], codes, place };
}

test("whoever finds that the tag was moved before he moves it is told, and his image says that another has it", async (context) => {
  // The first is about to look at the tag for the last time.
  let looks = 0;
  const two = await promoteTwo(context, async ({ method, url }, second) => {
    if (method === "GET" && url.endsWith("/manifests/1") && ++looks === 2) await second();
  });
  assert.deepEqual(two.codes, [4, 0]);
  const { world, images, place } = two;
  const [first = "", second = ""] = images.map(digestIn);
  const verdict = await world.verdict(place);
  assert.deepEqual([verdict.outcome, verdict.subject.descriptor?.digest], ["pass", second]);
  const lost = await world.verdict(`${place.slice(0, -2)}@${first}`, "--enter");
  assert.deepEqual([lost.outcome, codesOf(lost)], ["deny", ["promotion/replaced"]]);
  // It never had the tag, so that this is no way back.
  await world.promote(0, images[0] ?? "", place);
  assert.equal((await world.verdict(place)).subject.descriptor?.digest, first);
});

test("of two who move the tag at the same moment one has it, it stays, and the other one's image does not", async (context) => {
  const two = await promoteTwo(context, async ({ method, url }, second) => {
    if (method === "PUT" && url.endsWith("/manifests/1")) await second();
  });
  const { world, images, place, codes } = two;
  const [first = "", second = ""] = images.map(digestIn);
  // The second had it for a moment, and saw that the first one was about to move it.
  assert.deepEqual(codes, [4, 0]);
  assert.equal(await tagAt(await world.store(place), "1"), first);
  assert.equal((await world.verdict(place)).outcome, "deny");
  const other = await world.verdict(`${place.slice(0, -2)}@${second}`, "--enter");
  assert.deepEqual([other.outcome, codesOf(other)], ["deny", ["promotion/replaced"]]);
  await world.promote(0, images[0] ?? "", place);
  assert.deepEqual([(await world.verdict(place)).outcome, (await world.verdict(place)).subject.descriptor?.digest], ["pass", first]);
});

test("evidence that is deleted at the destination while it is promoted leaves the tag where it was", async (context) => {
  const there = await startRegistry();
  const { world, faults, host } = await startPlace(context, there.port, () => there.close());
  const place = `${host}/app/gone:1`;
  const image = await world.image({ repository: `${source.host}/app/gone` });
  // Whatever was attached is lost as soon as the policy is kept, which is before it is judged there.
  let isLost = false;
  faults.set("app/gone", async ({ method, url }) => {
    if (isLost || method !== "PUT" || !url.includes("/manifests/sha256:")) return undefined;
    const digest = digestIn(image);
    const listed = await (await fetch(`http://${there.host}/v2/app/gone/referrers/${digest}`)).text();
    const { manifests = [] } = JSON.parse(listed) as { manifests?: { digest: string }[] };
    for (const one of manifests) {
      isLost = true;
      await fetch(`http://${there.host}/v2/app/gone/manifests/${one.digest}`, { method: "DELETE" });
    }
    return undefined;
  });
  await world.promote(1, image, place);
  faults.delete("app/gone");
  assert.equal(await tagAt(await world.store(place), "1"), undefined);
  await world.promote(0, image, place);
});

test("a source whose tag is moved meanwhile is what it was when it was looked at", async (context) => {
  const there = await startRegistry();
  const { world, faults, host } = await startPlace(context, there.port, () => there.close());
  const built = { repository: `${source.host}/app/moving`, tag: "next" };
  const image = await world.image(built);
  let moved: Promise<string> | undefined;
  faults.set("app/moving", async () => void (await (moved ??= world.image(built))));
  const place = `${host}/app/moving:1`;
  await world.promote(0, `${source.host}/app/moving:next`, place, "--unsafe-tag");
  assert.ok(moved);
  assert.equal(await tagAt(await world.store(place), "1"), digestIn(image));
});

for (const refused of ["manifests with a subject", "the tag that lists them"] as const) {
  test(`a destination that has no referrers API, and refuses ${refused}, gets no tag`, async (context) => {
    const there = await startRegistry({ referrersApi: false });
    const { world, faults, host } = await startPlace(context, there.port, () => there.close());
    const image = await world.image({ repository: `${source.host}/app/refuses` });
    const start = refused === "the tag that lists them" ? "/manifests/sha256-" : "/manifests/sha256:";
    let refusals = 0;
    faults.set("app/refuses", ({ method, url }) => {
      if (method !== "PUT" || !url.includes(start) || url.includes(digestIn(image))) return undefined;
      refusals += 1;
      return { kind: "answer", status: 405 };
    });
    const said = await world.promote(4, image, `${host}/app/refuses:1`);
    assert.ok(refusals > 0);
    assert.match(said.stderr, /\(store\/read-only\)/);
    assert.equal(await tagAt(await world.store(`${host}/app/refuses`), "1"), undefined);
  });
}

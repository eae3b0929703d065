/**
 * `policy sign` where it is killed before each of its requests, and where somebody else signs another document of the same
 * version between any two of them: the tag holds a whole policy at all times, and of two who sign at least one is told.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, type TestContext, test } from "node:test";
import { digestOf } from "../../src/core/digest.ts";
import { inParallel } from "../../src/core/in-parallel.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Said } from "../e2e/terminal.ts";
import { startFaultProxy } from "../fixtures/fault-proxy.ts";
import { createPolicyWorld, type PolicyMachine, policyText } from "../fixtures/policy-world.ts";
import { envOfSources } from "../fixtures/programs.ts";
import { needsPrograms } from "../real/programs.ts";
import { type RealRegistry, startDockerRegistry, startOlareg } from "../real/registries.ts";

const LAUNCHER = new URL("../../src/cli/launcher.ts", import.meta.url).pathname;
/** Each killed writer is a process of its own. */
const AT_ONCE = 3;

const world = await createPolicyWorld();
after(() => world.close());

const V1 = policyText(1);
const [ANAS, BOS] = ["of ana", "of bo"].map((note) => policyText(2, { after: V1, note })) as [string, string];
const [V1_FILE, ANAS_FILE, BOS_FILE] = [V1, ANAS, BOS].map(world.write) as [string, string, string];

const REGISTRIES = [
  ["docker-registry", () => startDockerRegistry({ storage: "inmemory" })],
  ["olareg", startOlareg],
] as const;

async function start(context: TestContext, [program, open]: (typeof REGISTRIES)[number]): Promise<RealRegistry | undefined> {
  if (!needsPrograms(context, program)) return undefined;
  const registry = await open();
  context.after(() => registry.close());
  return registry;
}

function sign(machine: PolicyMachine, file: string, place: string, key: readonly string[]): Promise<Said> {
  return machine.run("policy", "sign", file, place, ...key);
}

/** The document under the tag, which whoever has seen nothing yet may use. */
async function assertUsable(repository: string): Promise<string> {
  const machine = world.machine();
  const judged = await machine.judge(`oci://${repository}`);
  assert.equal(judged.code, 0, judged.stderr);
  return (await machine.run("policy", "show", `oci://${repository}`)).stdout;
}

async function signFirst(repository: string): Promise<void> {
  const first = await sign(world.machine(), V1_FILE, `oci://${repository}`, world.ana);
  assert.equal(first.code, 0, first.stderr);
}

for (const kind of REGISTRIES) {
  test(`${kind[0]}: policy sign is killed before each of its requests`, async (context) => {
    const registry = await start(context, kind);
    if (registry === undefined) return;

    async function attempt(fatal: number): Promise<number> {
      const path = `killed/${fatal === Infinity ? "never" : `at-${fatal}`}`;
      const repository = `${registry?.host}/${path}`;
      await signFirst(repository);
      const machine = world.machine();
      const proxy = await startFaultProxy(registry?.port ?? 0, async ({ number }) => {
        if (number < fatal) return undefined;
        child.kill("SIGKILL");
        await ended;
        return { kind: "reset", when: "before" };
      });
      const child = spawn(process.execPath, [LAUNCHER, "policy", "sign", ANAS_FILE, `oci://${proxy.host}/${path}`, ...world.ana], {
        env: { ...envOfSources(), ...machine.env },
        stdio: "ignore",
      });
      const ended = new Promise<NodeJS.Signals | number | null>((done) => child.once("close", (code, signal) => done(signal ?? code)));
      assert.equal(await ended, fatal === Infinity ? 0 : "SIGKILL", `killed before request ${fatal}`);
      await proxy.close();
      const left = await assertUsable(repository);
      assert.ok(left === V1 || left === ANAS, left);
      if (fatal === Infinity) assert.equal(left, ANAS);
      const again = await sign(machine, ANAS_FILE, `oci://${repository}`, world.ana);
      assert.equal(again.code, 0, again.stderr);
      assert.equal(await assertUsable(repository), ANAS);
      return proxy.requests.length;
    }

    const count = await attempt(Infinity);
    await inParallel(
      Array.from({ length: count }, (_, at) => at + 1),
      AT_ONCE,
      attempt,
    );
    context.diagnostic(`${count} requests`);
  });

  test(`${kind[0]}: between any two requests of one who signs, another signs another document of the same version`, async (context) => {
    const registry = await start(context, kind);
    if (registry === undefined) return;
    const codes = new Set<string>();

    /** Bo signs before Ana's request of this number. */
    async function attempt(when: number): Promise<number> {
      const path = `raced/${when === Infinity ? "never" : `at-${when}`}`;
      const repository = `${registry?.host}/${path}`;
      await signFirst(repository);
      let bos: Said | undefined;
      const proxy = await startFaultProxy(registry?.port ?? 0, async ({ number }) => {
        if (number === when) bos = await sign(world.machine(), BOS_FILE, `oci://${repository}`, world.bo);
        return undefined;
      });
      const anas = await sign(world.machine(), ANAS_FILE, `oci://${proxy.host}/${path}`, world.ana);
      await proxy.close();
      for (const said of [anas, bos])
        if (said !== undefined && said.code !== 0) codes.add(`${/\((policy\/[a-z-]+)\)/.exec(said.stderr)?.[1]}`);
      const held = await assertUsable(repository);
      if (when === Infinity) {
        assert.equal(anas.code, 0, anas.stderr);
        assert.equal(held, ANAS);
      } else {
        assert.ok(bos !== undefined);
        assert.ok(anas.code === 3 || bos.code === 3, `nobody was told, at ${when}`);
        // Whoever was not told has what he signed under the tag.
        if (anas.code === 0) assert.equal(held, ANAS);
        if (bos.code === 0 && anas.code !== 0 && !/policy\/forked/.test(anas.stderr)) assert.equal(held, BOS);
      }
      return proxy.requests.length;
    }

    const count = await attempt(Infinity);
    await inParallel(
      Array.from({ length: count }, (_, at) => at + 1),
      AT_ONCE,
      attempt,
    );
    context.diagnostic(`${count} requests`);
    // Before Ana has begun, while she signs, and after she has looked for the last time before she moves the tag.
    assert.deepEqual([...codes].toSorted(), ["policy/forked", "policy/invalid", "policy/overtaken"]);
  });
}

test("a tag that somebody takes right after it was moved is not said to have been moved", async (context) => {
  const registry = await start(context, REGISTRIES[1]);
  if (registry === undefined) return;
  const path = "policies/taken";
  await signFirst(`${registry.host}/${path}`);
  const store = await world.opened.openStore(parseReference(`${registry.host}/${path}`));
  const first = await store.resolve({ tag: "latest" });
  let isMoved = false;
  const proxy = await startFaultProxy(registry.port, async ({ method, url }) => {
    if (isMoved) await store.pushManifest(first.descriptor, first.bytes, { tag: "latest" });
    isMoved = method === "PUT" && url.endsWith("/manifests/latest");
    return undefined;
  });
  const said = await sign(world.machine(), ANAS_FILE, `oci://${proxy.host}/${path}`, world.ana);
  await proxy.close();
  assert.equal(said.code, 3, said.stderr);
  assert.match(said.stderr, /Cannot move the tag "latest" .* to version 2 of policy "shop": it now holds version 1 .*policy\/overtaken/);
});

test("many who sign another document each, all at once: one is under the tag, and at most one was not told of the others", async (context) => {
  const registry = await start(context, REGISTRIES[0]);
  if (registry === undefined) return;
  const repository = `${registry.host}/policies/crowd`;
  await signFirst(repository);
  const texts = Array.from({ length: 6 }, (_, at) => policyText(2, { after: V1, note: `writer ${at}` }));
  const said = await Promise.all(texts.map((text) => sign(world.machine(), world.write(text), `oci://${repository}`, world.ana)));
  for (const { code, stderr } of said) assert.ok(code === 0 || (code === 3 && /policy\/(forked|overtaken|invalid)/.test(stderr)), stderr);
  assert.ok(said.filter(({ code }) => code === 0).length <= 1);
  assert.ok(texts.includes(await assertUsable(repository)));
});

test("the same document by two at once is no race: both signatures count", async (context) => {
  const registry = await start(context, REGISTRIES[1]);
  if (registry === undefined) return;
  const repository = `${registry.host}/policies/both`;
  await signFirst(repository);
  const said = await Promise.all([world.ana, world.bo].map((key) => sign(world.machine(), ANAS_FILE, `oci://${repository}`, key)));
  for (const { code, stderr } of said) assert.equal(code, 0, stderr);
  const machine = world.machine();
  machine.configure("", { atLeast: 2 });
  assert.equal((await machine.judge(`oci://${repository}`)).code, 0);
  const shown = await machine.run("policy", "show", `oci://${repository}`, "--history", "--output", "json");
  const { versions } = shown.json() as { readonly versions: readonly { readonly digest: string; readonly signedBy: readonly object[] }[] };
  assert.deepEqual([versions[0]?.digest, versions[0]?.signedBy.length], [digestOf(Buffer.from(ANAS)), 2]);
});

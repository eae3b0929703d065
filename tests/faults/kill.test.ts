/**
 * `kill -9` of a process that signs or copies, before its requests, and before its changes of files: nothing
 * that dangles is taken for a signature, and the same command again makes it whole.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import type { Digest } from "../../src/core/digest.ts";
import { inParallel } from "../../src/core/in-parallel.ts";
import { parseDestination, parseReference } from "../../src/core/reference.ts";
import type { Store } from "../../src/core/store.ts";
import { copy } from "../../src/copy.ts";
import { evaluate } from "../../src/evaluate.ts";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { type Setup, setup } from "../../src/setup.ts";
import { sign } from "../../src/sign.ts";
import { pushImage } from "../../src/testing/image.ts";
import { startFaultProxy } from "../fixtures/fault-proxy.ts";
import { createNotationHome } from "../fixtures/notation-home.ts";
import { envOfSources } from "../fixtures/programs.ts";
import { attachNote, cosignTag, everythingAt, isThere, makeImage } from "../fixtures/rich-image.ts";
import { needsPrograms } from "../real/programs.ts";
import { type RealRegistry, startDockerRegistry, startOlareg } from "../real/registries.ts";

const WRITER = new URL("../fixtures/writer-process.ts", import.meta.url).pathname;
const KILL_AT_STEP = new URL("../fixtures/kill-at-step.ts", import.meta.url).href;
/** Each writer takes a process of its own. */
const AT_ONCE = 3;
const MOST = 20;

const home = createNotationHome();
let opened: Setup;

before(async () => {
  const chain = await createTestChain();
  home.addKey("test", chain);
  home.trust("test", chain);
  home.policy();
  opened = await setup({ env: home.env });
});
after(() => {
  opened.close();
  home.remove();
});

interface Ended {
  readonly signal: string | null;
  readonly stdout: string;
}

/** `started` gets a function that kills the writer and comes back when it is dead. */
function runWriter(
  args: readonly string[],
  options: { readonly imports?: string; readonly started?: (kill: () => Promise<void>) => void } = {},
): Promise<Ended> {
  const { imports, started } = options;
  const child = spawn(process.execPath, [...(imports === undefined ? [] : ["--import", imports]), WRITER, ...args], {
    env: { ...envOfSources(), ...home.env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  const ended = new Promise<Ended>((done, fail) => {
    child.once("error", fail);
    child.once("close", (code, signal) => {
      if (code === 0 || signal === "SIGKILL") done({ signal, stdout });
      else fail(new Error(`the writer ended with ${code ?? signal}`));
    });
  });
  started?.(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return ended;
}

interface Attempt {
  readonly host: string;
  /** The store as everybody else sees it. */
  readonly store: Store;
}

/** Runs the writer once for each request that it makes, and kills it before that one. `check` sees what is left. */
async function killAtEachRequest(
  registry: RealRegistry,
  parts: {
    readonly prepare: (attempt: Attempt) => Promise<void>;
    readonly args: (host: string, repository: string) => readonly string[];
    readonly check: (attempt: Attempt) => Promise<void>;
  },
): Promise<number> {
  async function attempt(fatal: number): Promise<number> {
    const repository = `killed/${fatal === Infinity ? "never" : `at-${fatal}`}`;
    const store = await opened.openStore(parseReference(`${registry.host}/${repository}`));
    const there = { host: `${registry.host}/${repository}`, store };
    await parts.prepare(there);
    let kill: (() => Promise<void>) | undefined;
    const proxy = await startFaultProxy(registry.port, async ({ number }) => {
      if (number < fatal) return undefined;
      await kill?.();
      return { kind: "reset", when: "before" };
    });
    const { signal } = await runWriter(parts.args(proxy.host, repository), { started: (how) => (kill = how) });
    await proxy.close();
    assert.equal(signal, fatal === Infinity ? null : "SIGKILL", `killed before request ${fatal}`);
    await parts.check(there);
    return proxy.requests.length;
  }
  const count = await attempt(Infinity);
  await inParallel(chosen(count), AT_ONCE, attempt);
  return count;
}

/** All of them, or where they are many some that lie evenly between: others the next time. */
function chosen(count: number): readonly number[] {
  const stride = Math.ceil(count / MOST);
  const first = 1 + Math.floor(Math.random() * stride);
  return Array.from({ length: count }, (_, place) => place + 1).filter((number) => number % stride === first % stride);
}

/** Whatever is listed is there, whole. */
async function assertNothingDangles(store: Store, subject: Digest): Promise<void> {
  const { referrers, complete } = await store.referrers(subject);
  assert.ok(complete);
  for (const { digest } of referrers) assert.deepEqual((await everythingAt(store, { digest }))["notes"], []);
}

/** Every signature that is seen counts, and is seen once; returns how many there are. */
async function countSignatures(text: string, store: Store): Promise<number> {
  const policy = await opened.loadPolicy();
  const { trust, clock } = opened;
  const verdict = await evaluate(parseReference(text), { store, policy, trust, clock, explain: true, as: "registry.example/app" });
  const digests = verdict.signatures.map(({ digest }) => digest);
  assert.equal(new Set(digests).size, digests.length);
  assert.ok(
    verdict.signatures.every(({ outcome }) => outcome === "counts"),
    JSON.stringify(verdict.signatures),
  );
  assert.equal(verdict.outcome, digests.length === 0 ? "deny" : "pass");
  return digests.length;
}

const REGISTRIES = [
  ["docker-registry", () => startDockerRegistry({ storage: "inmemory" })],
  ["olareg", startOlareg],
] as const;

async function startRegistry(context: TestContext, [program, start]: (typeof REGISTRIES)[number]): Promise<RealRegistry | undefined> {
  if (!needsPrograms(context, program)) return undefined;
  const registry = await start();
  context.after(() => registry.close());
  return registry;
}

const FILES = [{ path: "app", bytes: Buffer.from("app") }];

for (const kind of REGISTRIES) {
  test(`${kind[0]}: sign is killed before each of its requests`, async (context) => {
    const registry = await startRegistry(context, kind);
    if (registry === undefined) return;
    const digests = new Map<string, Digest>();
    const count = await killAtEachRequest(registry, {
      prepare: async ({ host, store }) => void digests.set(host, (await pushImage(store, { files: FILES, tag: "v1" })).digest),
      args: (host, repository) => ["sign", `${host}/${repository}:v1`],
      check: async ({ host, store }) => {
        const digest = digests.get(host);
        assert.ok(digest !== undefined);
        await assertNothingDangles(store, digest);
        const left = await countSignatures(`${host}:v1`, store);
        await sign(parseReference(`${host}@${digest}`), { store, signer: await opened.openSigner({ key: "test" }) });
        await assertNothingDangles(store, digest);
        const now = await countSignatures(`${host}:v1`, store);
        // What the killed writer had announced, the next one puts into the index with its own.
        assert.ok(now === left + 1 || now === left + 2, `${left} before, ${now} after`);
      },
    });
    context.diagnostic(`${count} requests`);
  });

  test(`${kind[0]}: copy is killed before each request to its destination`, async (context) => {
    const registry = await startRegistry(context, kind);
    if (registry === undefined) return;
    const source = `oci:${join(home.folder, `source-${kind[0]}`)}`;
    const from = await prepareSource(source);
    const wanted = await everythingAt(from, { tag: "v1" });
    const { digest } = (await from.resolve({ tag: "v1" })).descriptor;
    const count = await killAtEachRequest(registry, {
      prepare: () => Promise.resolve(),
      args: (host, repository) => ["copy", `${source}:v1`, `${host}/${repository}:v1`],
      check: ({ host, store }) => checkCopy({ text: host, store, digest, wanted, again: { source, from } }),
    });
    context.diagnostic(`${count} requests`);
  });
}

/** An image with two signatures, a note on one of them, and something of cosign's. */
async function prepareSource(text: string): Promise<Store> {
  const store = await opened.openStore(parseReference(text), { create: true });
  const image = await pushImage(store, { files: FILES, tag: "v1" });
  const signer = await opened.openSigner({ key: "test" });
  const reference = parseReference(`${text}@${image.digest}`);
  const { signature } = await sign(reference, { store, signer });
  await sign(reference, { store, signer, format: "notary-cose" });
  await attachNote(store, signature, "a note on a signature");
  const tagged = await makeImage(store, [Buffer.from("of cosign's")]);
  await store.pushManifest(tagged.descriptor, tagged.bytes, { tag: cosignTag(image, "sig") });
  await store.commit();
  return store;
}

/** Under the tag there is everything or nothing; what is listed is whole; and once more, all of it arrives. */
async function checkCopy(copied: {
  readonly text: string;
  readonly store: Store;
  readonly digest: Digest;
  readonly wanted: object;
  readonly again: { readonly source: string; readonly from: Store };
}): Promise<void> {
  const { text, store, digest, wanted, again } = copied;
  if (await isThere(store, { tag: "v1" })) assert.deepEqual(await everythingAt(store, { tag: "v1" }), wanted);
  if (await isThere(store, { digest })) await assertNothingDangles(store, digest);
  await copy(parseReference(`${again.source}:v1`), parseDestination(`${text}:v1`), { from: again.from, to: store });
  assert.deepEqual(await everythingAt(store, { tag: "v1" }), wanted);
  assert.equal(await countSignatures(`${text}:v1`, store), 2);
}

for (const prefix of ["oci", "oci-archive"] as const) {
  for (const verb of ["sign", "copy"] as const) {
    test(`${prefix}: ${verb} is killed before each change of a file`, async (context) => {
      const source = `oci:${join(home.folder, `source-${prefix}-${verb}`)}`;
      const from = await prepareSource(source);
      const wanted = await everythingAt(from, { tag: "v1" });
      const { digest } = (await from.resolve({ tag: "v1" })).descriptor;

      async function attempt(fatal: number): Promise<number> {
        const folder = join(home.folder, `${prefix}-${verb}-${fatal}`);
        mkdirSync(folder);
        const text = `${prefix}:${join(folder, "image")}`;
        const open = (): Promise<Store> => opened.openStore(parseReference(text), { create: true });
        // To be signed, it is there before.
        if (verb === "sign") await copy(parseReference(`${source}:v1`), parseDestination(`${text}:v1`), { from, to: await open() });
        const args = verb === "sign" ? ["sign", `${text}:v1`] : ["copy", `${source}:v1`, `${text}:v1`];
        const { signal, stdout } = await runWriter([...args, String(fatal)], { imports: KILL_AT_STEP });
        assert.equal(signal, fatal === 0 ? null : "SIGKILL", `killed at step ${fatal}`);
        const store = await open();
        if (verb === "copy") {
          await checkCopy({ text, store, digest, wanted, again: { source, from } });
        } else {
          await assertNothingDangles(store, digest);
          const left = await countSignatures(`${text}:v1`, store);
          assert.ok(left === 2 || left === 3);
          await sign(parseReference(`${text}:v1`), { store, signer: await opened.openSigner({ key: "test" }) });
          await assertNothingDangles(store, digest);
          assert.equal(await countSignatures(`${text}:v1`, store), left + 1);
        }
        assert.deepEqual(
          readdirSync(folder).filter((name) => name.endsWith(".lock")),
          [],
        );
        return Number(stdout);
      }

      const count = await attempt(0);
      await inParallel(chosen(count), AT_ONCE, attempt);
      context.diagnostic(`${count} steps`);
    });
  }
}

/**
 * The network fails in every way at every request, once or for good: the answer is the right one, or that it could not be
 * found out. An unsigned image never passes, a signed one is never denied.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inParallel } from "../../src/core/in-parallel.ts";
import type { Fault, OnRequest, ProxiedRequest } from "../fixtures/fault-proxy.ts";
import { CALM, FOR_EVER, ONCE, type OneFault, RESIGNED } from "./faults.ts";
import { BARE, KINDS, type Outcome, Scene, SIGNED } from "./scene.ts";

/** Cases at the same time, each with a proxy and a client of its own. */
const PARALLEL = 12;
const IS_FALLBACK_TAG = /\/manifests\/sha256-[0-9a-f]+$/;

/** Which requests a lasting fault is for. */
const ROUTES: readonly { readonly name: string; readonly isHit: (request: ProxiedRequest) => boolean; readonly isListing?: boolean }[] = [
  { name: "everything", isHit: () => true, isListing: true },
  { name: "the tag", isHit: ({ url }) => url.endsWith("/manifests/v1"), isListing: true },
  { name: "the referrers API", isHit: ({ url }) => url.includes("/referrers/"), isListing: true },
  { name: "the fallback tag", isHit: ({ url }) => IS_FALLBACK_TAG.test(url), isListing: true },
  { name: "manifests by digest", isHit: ({ url }) => url.includes("/manifests/sha256:") },
  { name: "blobs", isHit: ({ url }) => url.includes("/blobs/") },
];

const honest: OnRequest = () => undefined;
const firstOnly = (number: number, fault: Fault) => (request: ProxiedRequest) => (request.number === number ? fault : undefined);

for (const kind of KINDS) {
  describe(kind.name, () => {
    test("verify: one fault at any request is mended", async (context) => {
      const scene = await Scene.open(context, kind);
      if (scene === undefined) return;
      for (const { repository, right } of [
        { repository: SIGNED, right: "pass" },
        { repository: BARE, right: "deny" },
      ]) {
        const clean: { result: Outcome; requests: readonly ProxiedRequest[] } = await scene.through(honest, (port) =>
          scene.verify(repository, port, CALM),
        );
        assert.deepEqual(clean.result, { answer: right });
        await inParallel(combine(faultsOf(kind, ONCE), clean.requests.length), PARALLEL, async ([once, number]) => {
          const { result } = await scene.through(firstOnly(number, once.fault), (port) =>
            scene.verify(repository, port, once.http ?? CALM),
          );
          const allowed = once.mayStayUnknown === true ? [right, "unknown"] : [right];
          assert.ok(allowed.includes(result.answer), `${once.name} at request ${number} of ${repository}: ${JSON.stringify(result)}`);
        });
      }
    });

    test("sign: one fault at any request is mended, and leaves one signature", async (context) => {
      const scene = await Scene.open(context, kind);
      if (scene === undefined) return;
      await scene.push("team/clean");
      const clean = await scene.through(honest, (port) => scene.sign("team/clean", port, CALM));
      assert.deepEqual(clean.result, { answer: "pass" });
      await inParallel(combine(faultsOf(kind, ONCE), clean.requests.length), PARALLEL, async ([once, number]) => {
        const repository = `team/sign-${ONCE.indexOf(once)}-${number}`;
        await scene.push(repository);
        const { result } = await scene.through(firstOnly(number, once.fault), (port) => scene.sign(repository, port, once.http ?? CALM));
        const what = `${once.name} at request ${number}: ${JSON.stringify(result)}`;
        if (once.mayStayUnknown === true && result.answer === "unknown") return;
        assert.equal(result.answer, "pass", what);
        assert.equal(await scene.count(repository), 1, what);
        assert.deepEqual(await scene.verify(repository), { answer: "pass" }, what);
      });
    });

    test("tree and inspect: one fault at any request is mended, or they say that they are not complete", async (context) => {
      const scene = await Scene.open(context, kind);
      if (scene === undefined) return;
      const clean = await scene.through(honest, (port) => scene.look(SIGNED, port, CALM));
      assert.equal(clean.result.complete, true);
      await inParallel(combine(faultsOf(kind, ONCE), clean.requests.length), PARALLEL, async ([once, number]) => {
        const { result } = await scene.through(firstOnly(number, once.fault), (port) => scene.look(SIGNED, port, once.http ?? CALM));
        const what = `${once.name} at request ${number}: ${JSON.stringify(result)}`;
        if (once.mayStayUnknown === true && !result.complete) return;
        assert.deepEqual(result, clean.result, what);
      });
    });

    test("a fault that lasts: never a wrong answer, and no listing is no answer", async (context) => {
      const scene = await Scene.open(context, kind);
      if (scene === undefined) return;
      // Nothing is faulty before the first request that a fault is for, so it is the same as without faults.
      const clean = await scene.through(honest, (port) => scene.verify(BARE, port, CALM));
      await inParallel(
        faultsOf(kind, FOR_EVER).flatMap((lasting) => ROUTES.map((route) => ({ lasting, route }))),
        PARALLEL,
        async ({ lasting, route }) => {
          const onRequest = (request: ProxiedRequest): Fault | undefined => (route.isHit(request) ? lasting.fault : undefined);
          const what = `${route.name}, ${lasting.name}`;
          const signed = await scene.through(onRequest, (port) => scene.verify(SIGNED, port, lasting.http ?? RESIGNED));
          assert.notEqual(signed.result.answer, "deny", `${what}: ${JSON.stringify(signed.result)}`);
          // Nothing hangs on it, so only the way to its tag and its listing can hide anything.
          const isHidden = route.isListing === true && clean.requests.some(route.isHit);
          const bare = await scene.through(onRequest, (port) => scene.verify(BARE, port, isHidden ? (lasting.http ?? RESIGNED) : CALM));
          assert.equal(bare.result.answer, isHidden ? "unknown" : "deny", `${what}: ${JSON.stringify(bare.result)}`);
          const looked = await scene.through(onRequest, (port) => scene.look(SIGNED, port, lasting.http ?? RESIGNED));
          if (looked.result.complete) assert.deepEqual(looked.result, await scene.look(SIGNED), what);
        },
      );
    });

    test("signing again: whatever byte of the fallback index comes damaged, both signatures are listed after", async (context) => {
      const scene = await Scene.open(context, kind);
      if (scene === undefined) return;
      const places = Array.from({ length: 12 }, (_, number) => number * 47);
      await inParallel(places, PARALLEL, async (at) => {
        const repository = `team/flip-${at}`;
        await scene.push(repository);
        assert.deepEqual(await scene.sign(repository), { answer: "pass" });
        let left = 1;
        const { result } = await scene.through(
          ({ method, url }) => (method === "GET" && IS_FALLBACK_TAG.test(url) && left-- > 0 ? { kind: "flip", at } : undefined),
          (port) => scene.sign(repository, port, CALM),
        );
        const what = `byte ${at}: ${JSON.stringify(result)}`;
        assert.equal(result.answer, "pass", what);
        assert.equal(await scene.count(repository), 2, what);
        assert.equal((await scene.look(repository)).complete, true, what);
      });
    });

    test("signing while a fault lasts says so, and signing again afterwards ends with a valid signature", async (context) => {
      const scene = await Scene.open(context, kind);
      if (scene === undefined) return;
      await inParallel(
        faultsOf(kind, FOR_EVER).filter(({ hasBody }) => hasBody !== true),
        PARALLEL,
        async ({ name, fault, http }) => {
          const repository = `team/again-${name.replaceAll(" ", "-")}`;
          await scene.push(repository);
          const { result } = await scene.through(
            (request) => (request.method === "PUT" ? fault : undefined),
            (port) => scene.sign(repository, port, http ?? CALM),
          );
          assert.deepEqual(result, { answer: "unknown", code: "store/unreachable" }, name);
          assert.notEqual((await scene.verify(repository)).answer, "unknown", name);
          assert.deepEqual(await scene.sign(repository), { answer: "pass" }, name);
          assert.deepEqual(await scene.verify(repository), { answer: "pass" }, name);
        },
      );
    });
  });
}

function faultsOf({ program }: { readonly program?: string }, faults: readonly OneFault[]): readonly OneFault[] {
  return program === undefined ? faults : faults.filter(({ isOwnOnly }) => isOwnOnly !== true);
}

/** Each fault at each request. */
function combine(faults: readonly OneFault[], requests: number): readonly (readonly [fault: OneFault, number: number])[] {
  return faults.flatMap((fault) => Array.from({ length: requests }, (_, index) => [fault, index + 1] as const));
}

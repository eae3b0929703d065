/** How long a token is used, and for what. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Scope, type Token, TokenCache } from "./token-cache.ts";

const PULL: Scope = { repository: "team/app", access: "pull" };
const PUSH: Scope = { ...PULL, access: "push" };
const MOUNT: Scope = { ...PUSH, alsoPull: "team/base" };

const token =
  (header: string, lifetimeSeconds = 100) =>
  (): Promise<Token> =>
    Promise.resolve({ header, lifetimeSeconds });

test("a token is used for nine tenths of its life, counted from its arrival", async () => {
  let now = 5_000;
  const cache = new TokenCache(() => now);
  const { promise, resolve } = Promise.withResolvers<Token>();
  const renewed = cache.renew(PULL, () => promise);
  now = 20_000;
  resolve({ header: "one", lifetimeSeconds: 100 });
  assert.equal(await renewed, "one");
  now = 20_000 + 89_999;
  assert.equal(await cache.find(PULL), "one");
  now = 20_000 + 90_000;
  assert.equal(await cache.find(PULL), undefined);
  await cache.renew(PULL, token("two"));
  assert.equal(await cache.find(PULL), "two");
});

test("a token serves what it was asked for, and one for push serves pull", async () => {
  const cache = new TokenCache(() => 0);
  await cache.renew(PULL, token("pull"));
  assert.deepEqual(await Promise.all([PULL, PUSH, MOUNT, undefined].map((scope) => cache.find(scope))), [
    "pull",
    undefined,
    undefined,
    undefined,
  ]);
  await cache.renew(PUSH, token("push"));
  await cache.renew(MOUNT, token("mount"));
  await cache.renew(undefined, token("registry"));
  assert.deepEqual(await Promise.all([PULL, PUSH, MOUNT, undefined].map((scope) => cache.find(scope))), [
    "push",
    "push",
    "mount",
    "registry",
  ]);
  assert.equal(await cache.find({ repository: "team/other", access: "pull" }), undefined);
});

test("who asks while a token is under way gets that one; a failure is everyone's, and is not kept", async () => {
  const cache = new TokenCache(() => 0);
  const { promise, reject } = Promise.withResolvers<Token>();
  const renewed = cache.renew(PULL, () => promise);
  const found = cache.find(PULL);
  reject(new Error("no token"));
  await assert.rejects(renewed, /no token/);
  await assert.rejects(found, /no token/);
  assert.equal(await cache.find(PULL), undefined);
});

test("whoever stops waiting stops only for himself; the exchange ends with the last", async () => {
  const cache = new TokenCache();
  const exchange = Promise.withResolvers<Token>();
  let isEnded = false;
  const fetch = (signal: AbortSignal): Promise<Token> => {
    signal.addEventListener("abort", () => (isEnded = true));
    return exchange.promise;
  };
  const [first, second] = [new AbortController(), new AbortController()];
  const asked = cache.renew(PULL, fetch, first);
  const joined = cache.find(PULL, second.signal);
  first.abort();
  await assert.rejects(asked, { code: "job/aborted" });
  assert.ok(!isEnded);
  const other = cache.find(PULL);
  second.abort();
  await assert.rejects(joined, { code: "job/aborted" });
  assert.ok(!isEnded);
  exchange.resolve({ header: "one", lifetimeSeconds: 60 });
  assert.equal(await other, "one");

  const last = new AbortController();
  const never = new Promise<Token>(() => undefined);
  const alone = cache.renew(PUSH, (signal) => Promise.race([fetch(signal).then(() => never), never]), last);
  last.abort();
  await assert.rejects(alone, { code: "job/aborted" });
  assert.ok(isEnded);
  await cache.renew(PUSH, token("two"));
  assert.equal(await cache.find(PUSH), "two");
});

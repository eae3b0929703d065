/** Many references: order, exit codes, deadlines. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { CountersignError, type ExitCode } from "../core/errors.ts";
import type { Deadline } from "./deadline.ts";
import { exitOfBatch, forEachReference } from "./batch.ts";

const OPTIONS = { concurrency: 2, timeoutMs: 60_000, signal: undefined };

test("results stand in the order asked, whichever is done first", async () => {
  const done: string[] = [];
  const next: string[] = [];
  const items = await forEachReference(
    ["a.example/slow", "a.example/fast", "a.example/faster"],
    async (reference) => {
      if (reference.kind === "registry" && reference.repository === "slow") await sleep(30);
      return reference.kind;
    },
    { ...OPTIONS, done: (item) => done.push(item.reference), next: (item) => next.push(item.reference) },
  );
  assert.deepEqual(
    items.map(({ reference }) => reference),
    ["a.example/slow", "a.example/fast", "a.example/faster"],
  );
  assert.equal(done.at(-1), "a.example/slow");
  assert.deepEqual(next, ["a.example/slow", "a.example/fast", "a.example/faster"], "each is shown once those before it have been");
});

test("one failure leaves the others alone", async () => {
  const items = await forEachReference(["not a reference", "a.example/b"], async () => "fine", OPTIONS);
  assert.deepEqual(
    items.map((item) => ("failure" in item ? item.failure.code : item.result)),
    ["reference/invalid", "fine"],
  );
});

test("a reference that takes too long is stopped, and says so", async () => {
  const [item] = await forEachReference(["a.example/b"], (_, signal) => sleep(60_000, "late", { signal }), { ...OPTIONS, timeoutMs: 5 });
  assert.ok(item !== undefined && "failure" in item);
  assert.equal(item.failure.code, "job/aborted");
  assert.match(item.failure.message, /a\.example\/b.*longer than/);
});

test("an interrupt stops what has not begun", async () => {
  const items = await forEachReference(["a.example/b"], async () => "done", { ...OPTIONS, signal: AbortSignal.abort() });
  assert.ok(items.every((item) => "failure" in item && item.failure.code === "job/interrupted"));
});

test("the exit code: no before unknown before wrong before yes", async () => {
  const codes: Readonly<Record<string, () => ExitCode>> = {
    yes: () => 0,
    no: () => 1,
    wrong: () => {
      throw new CountersignError("reference/invalid", "m");
    },
    setup: () => {
      throw new CountersignError("registry/unauthorized", "m");
    },
    unknown: () => {
      throw new CountersignError("store/unreachable", "m");
    },
  };
  const exit = async (...names: readonly string[]): Promise<number> => {
    const items = await forEachReference(
      names.map((name) => `a.example/${name}`),
      async (reference) => (reference.kind === "registry" ? codes[reference.repository]?.() : undefined) ?? 0,
      OPTIONS,
    );
    return exitOfBatch(items, (code) => code);
  };
  assert.equal(await exit("yes", "yes"), 0);
  assert.equal(await exit("yes", "unknown", "no", "wrong"), 1);
  assert.equal(await exit("yes", "wrong", "unknown", "setup"), 4);
  assert.equal(await exit("yes", "wrong", "setup"), 3);
  assert.equal(await exit("yes", "wrong"), 2);
});

test("time stands still for what has a limit of its own, and goes on after it", async () => {
  const [item] = await forEachReference(["a.example/b"], workThatPauses, { ...OPTIONS, timeoutMs: 100 });
  assert.ok(item !== undefined && "failure" in item);
  assert.equal(item.failure.code, "job/aborted");
});

async function workThatPauses(_: unknown, signal: AbortSignal, deadline: Deadline): Promise<string> {
  await deadline.pausedFor(() => sleep(300));
  assert.equal(signal.aborted, false);
  return sleep(60_000, "late", { signal });
}

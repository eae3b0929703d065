import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as holds, property, string } from "fast-check";
import { algorithmForKey, ALGORITHMS } from "./algorithm.ts";
import { ByteBudget, SubjectBudget } from "./budget.ts";
import { parseDescriptor } from "./descriptor.ts";
import { digestMatches, digestOf, tryParseDigest } from "./digest.ts";
import { showForeign, showForeignDocument, showForeignJson } from "./display.ts";
import { causesOf, CountersignError, ERRORS } from "./errors.ts";
import { finding, FINDINGS, findingRow } from "./finding.ts";
import { Malformed } from "./malformed.ts";

test("foreign text cannot drive a terminal, hide, or reorder a line", () => {
  const hostile = [
    "\u001b[2J",
    "\r",
    "\n",
    "\u0007",
    "\u009b31m",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\u2028",
    "\u00ad",
    "\u{e0041}",
    "\ud800",
    "\u0000",
    "\u061c",
  ];
  for (const character of hostile) {
    const shown = showForeign(`a${character}b`);
    assert.match(shown, /^a(\\u\{[0-9a-f]+\})+.*b$/u, JSON.stringify(character));
    assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  }
  assert.equal(showForeign("Österreich 日本 O'Neil, 💡"), "Österreich 日本 O'Neil, 💡");
  assert.ok(showForeign("x".repeat(5000)).length <= 1025);
});

test("a foreign document keeps its lines and tabs, and JSON its meaning", () => {
  assert.equal(showForeignDocument("a:\tb\r\n# \u001b[2J\rc\n\u202e\n"), "a:\tb\n# \\u{1b}[2J\\u{d}c\n\\u{202e}\n");
  const value = { "\u009b31m": ["\u{e0041}\u202e", "\n\t\u007f\ud800", "ü 🙂"] };
  const shown = showForeignJson(JSON.stringify(value, null, 2));
  assert.deepEqual(JSON.parse(shown), value);
  assert.equal(showForeign(shown.replaceAll("\n", "")), shown.replaceAll("\n", ""));
  assert.ok(shown.includes("ü 🙂"));
});

test("showing any text twice changes nothing more than showing it once", () => {
  holds(property(string({ unit: "binary" }), (text) => showForeign(showForeign(text)) === showForeign(text)));
});

test("digests", () => {
  const bytes = new TextEncoder().encode("{}");
  assert.equal(digestOf(bytes), "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  for (const algorithm of ["sha256", "sha384", "sha512"] as const) {
    const digest = digestOf(bytes, algorithm);
    assert.equal(tryParseDigest(digest), digest);
    assert.ok(digestMatches(bytes, digest));
    assert.ok(!digestMatches(bytes.subarray(1), digest));
  }
  for (const text of [
    "sha256:",
    "sha256:zz",
    `SHA256:${"a".repeat(64)}`,
    `sha256:${"a".repeat(63)}`,
    `sha512:${"a".repeat(64)}`,
    "../../etc",
  ]) {
    assert.equal(tryParseDigest(text), undefined, text);
  }
});

const GOOD = { mediaType: "a/b", digest: `sha256:${"0".repeat(64)}`, size: 1 };

test("descriptors keep what we know and refuse the wrong kinds", () => {
  assert.deepEqual({ ...parseDescriptor({ ...GOOD, unknown: 1 }) }, GOOD);
  const faults = [
    null,
    [],
    "x",
    { ...GOOD, mediaType: "" },
    { ...GOOD, mediaType: 1 },
    { ...GOOD, digest: "sha256:.." },
    { ...GOOD, size: -1 },
  ];
  const more = [
    { ...GOOD, size: 1.5 },
    { ...GOOD, size: 2 ** 62 },
    { ...GOOD, size: "1" },
    { ...GOOD, annotations: [] },
    { ...GOOD, annotations: { a: 1 } },
  ];
  for (const fault of [...faults, ...more, { ...GOOD, data: 1 }, { ...GOOD, artifactType: {} }, { ...GOOD, platform: [] }]) {
    assert.throws(
      () => parseDescriptor(fault),
      (error) => error instanceof Malformed && error.code === "descriptor/invalid",
      JSON.stringify(fault),
    );
  }
});

test("an annotation named __proto__ is a name like any other", () => {
  const { annotations } = parseDescriptor(
    JSON.parse(`{"mediaType":"a/b","digest":"${GOOD.digest}","size":1,"annotations":{"__proto__":"x"}}`),
  );
  assert.equal(annotations?.["__proto__"], "x");
});

test("every algorithm follows from its key alone", () => {
  for (const row of ALGORITHMS) {
    const key = row.key.type === "rsa" ? row.key : { type: "ec" as const, curve: row.key.curve as "P-256" };
    assert.equal(algorithmForKey(key), row.name);
  }
  assert.equal(algorithmForKey({ type: "rsa", bits: 1024 }), undefined);
  assert.equal(algorithmForKey({ type: "other", name: "ed25519" }), undefined);
});

test("tables: every error has a remedy and an exit code, every finding that is no pass has a remedy", () => {
  for (const [code, [exit, http, summary, remedy]] of Object.entries(ERRORS)) {
    assert.match(code, /^[a-z]+\/[a-z0-9-]+$/);
    assert.ok(exit > 0 && http >= 400 && summary.length > 0 && remedy.length > 0, code);
  }
  for (const code of Object.keys(FINDINGS) as (keyof typeof FINDINGS)[]) {
    const row = findingRow(code);
    assert.match(code, /^[a-z0-9]+\/[a-z0-9-]+$/);
    assert.ok(!row.remedy.startsWith("@"), `${code}: ${row.remedy} is no shared remedy`);
    assert.equal(row.remedy === "", row.outcome === "pass" || row.outcome === "skipped", code);
  }
  assert.equal(finding("expiry", "expiry/expired", "x").outcome, "fail");
});

test("causes are told outermost first, and a ring of causes ends", () => {
  const error = new CountersignError("store/unreachable", "Cannot x", { cause: new Error("a", { cause: new Error("b") }) });
  assert.deepEqual(causesOf(error), ["a", "b"]);
  const ring = new Error("ring");
  ring.cause = ring;
  assert.ok(causesOf(ring).length <= 8);
});

test("the byte budget lets no more in than there is, and everyone in the end", async () => {
  const budget = new ByteBudget(10);
  let inFlight = 0;
  let most = 0;
  const work = (bytes: number): Promise<void> =>
    budget.use(bytes, async () => {
      inFlight += Math.min(bytes, 10);
      most = Math.max(most, inFlight);
      await new Promise((later) => setImmediate(later));
      inFlight -= Math.min(bytes, 10);
    });
  await Promise.all([3, 4, 5, 9, 1, 100, 2, 10].map(work));
  assert.ok(most <= 10 && most >= 7, String(most));
  await assert.rejects(budget.use(1, () => Promise.reject(new Error("x"))));
  await work(10);
});

test("a subject's budget says no and takes nothing", () => {
  const budget = new SubjectBudget(10, 60_000);
  assert.ok(budget.spend(6));
  assert.ok(!budget.spend(5));
  assert.ok(budget.spend(4));
  assert.ok(new SubjectBudget(10, -1).isLate());
});

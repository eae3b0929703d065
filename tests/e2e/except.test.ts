/** People make exceptions and break the glass on the command line: what is signed, refused, asked and told, by every door. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Verdict } from "../../src/core/verdict.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { type ApprovalWorld, createApprovalWorld } from "../fixtures/approval-world.ts";
import { findFaults } from "../json-schema.ts";
import type { Said } from "./terminal.ts";

const PURL = "pkg:npm/left-pad@1.0.0";
const APPROVE = "{ by: release, valid: 72h }, needs: [ { scan: { by: ci, deny: critical } }, { test: { by: ci } } ]";
const MORE = `exceptions: { by: [ana], for: [scan, test], max: 30d }
breakGlass: { by: [bo, eva], waive: [scan, test, approvals], max: 4h, afterwards: { by: ana, within: 24h }, stayMax: 7d }
`;

const registry = await startRegistry();
const world = await createApprovalWorld({ host: registry.host, approve: APPROVE, more: MORE });
after(async () => {
  world.close();
  await registry.close();
});

function documentOf(said: Said): Record<string, unknown> {
  const document = said.json();
  assert.deepEqual(findFaults(document), []);
  return document as Record<string, unknown>;
}

function scanFile(at: Date = new Date()): string {
  const path = join(world.folder, "scan.json");
  const result = [
    {
      id: "CVE-2026-1",
      severity: [{ method: "label", score: "critical" }],
      annotations: [{ package: "left-pad", version: "1.0.0", purl: PURL }],
    },
  ];
  const scanner = { uri: "pkg:github/acme/scanner@1", version: "1", db: { version: "7", lastUpdate: at.toISOString() }, result };
  writeFileSync(path, JSON.stringify({ scanner, metadata: { scanFinishedOn: at.toISOString() } }));
  return path;
}

/** One with a critical finding, that has no test result, and that nobody has approved. */
async function scanned(): Promise<string> {
  const image = await world.image();
  const type = ["--type", "https://in-toto.io/attestation/vulns/v0.2"];
  await world.expect(0, "attest", image, "--predicate", scanFile(), ...type, ...world.keyOf("ci"));
  return image;
}

function except(name: string, image: string, ...words: readonly string[]): readonly string[] {
  return ["except", image, "--gate", "prod", "--reason", "it cannot be reached", "--yes", ...world.keyOf(name), ...words];
}

const OF_SCAN = ["--for", "scan", "--advisory", "CVE-2026-1", "--purl", PURL, "--expires", "7d"];

async function verdictOf(of: ApprovalWorld, image: string, ...words: readonly string[]): Promise<Verdict> {
  const said = await of.run(["verify", image, "--gate", "prod", "--output", "json", ...words]);
  assert.deepEqual(findFaults(said.json()), []);
  return said.json() as Verdict;
}

test("a finding and a missing test are excepted, and each verdict tells by whom, until when and why", async () => {
  const image = await scanned();
  await world.expect(0, "approve", image, "--gate", "prod", "--despite", "--reason", "excepted next", "--yes", ...world.keyOf("ana"));
  await world.expect(1, "verify", image, "--gate", "prod");
  const said = await world.expect(0, ...except("ana", image, ...OF_SCAN, "--ticket", "SEC-12"));
  assert.match(said.stdout, /✓ excepted {2}\S+@sha256:[0-9a-f]{64} {3}ana · gate prod · shop\/api\n/);
  assert.match(said.stdout, /an exception from scan: CVE-2026-1 in pkg:npm\/left-pad@1\.0\.0, until /);
  assert.match(said.stdout, /✗ gate prod now: deny/);
  const document = documentOf(await world.expect(0, ...except("ana", image, "--for", "test", "--expires", "12h", "--output", "json")));
  assert.deepEqual([document["waives"], document["person"], document["isBreakGlass"]], [["test"], "ana", false]);
  const passed = await world.expect(0, "verify", image, "--gate", "prod");
  assert.match(
    passed.stdout,
    /✓ scan .*\n {6}waived by ana, until \S+, for CVE-2026-1 in pkg:npm\/left-pad@1\.0\.0 alone\n {10}reason: it cannot be reached/,
  );
  assert.match(passed.stdout, /✓ test.*\n {6}waived by ana, until \S+\n/);
  const { relaxations, validUntil } = await verdictOf(world, image);
  assert.equal(relaxations.length, 2);
  assert.match(
    relaxations.join("\n"),
    /scan at gate prod: ana excepts CVE-2026-1 in pkg:npm\/left-pad@1\.0\.0 until \S+ \(it cannot be reached\)/,
  );
  assert.equal(validUntil?.enter, document["expiresOn"]);
});

test("glass that is broken lets in what has no approval, until somebody else has approved it; once a month each", async () => {
  const image = await scanned();
  const broken = documentOf(await world.expect(0, ...except("bo", image, "--break-glass", "--output", "json")));
  assert.deepEqual(broken["waives"], ["approvals", "scan", "test"]);
  const passed = await world.expect(0, "verify", image, "--gate", "prod");
  assert.match(passed.stdout, /✓ approvals {3}0 of 1\n {6}glass broken by bo, until \S+\n/);
  assert.match(
    (await verdictOf(world, image)).relaxations.join("\n"),
    /approvals at gate prod: bo has broken the glass until .*; to be approved afterwards by /,
  );
  assert.match((await world.expect(3, ...except("bo", image, "--break-glass"))).stderr, /bo has broken the glass here at .*; eva may/);
  await world.expect(0, ...except("eva", image, "--break-glass"));
  const approve = ["approve", image, "--gate", "prod", "--yes", "--afterwards", String(broken["statement"])];
  assert.match((await world.expect(3, ...approve, ...world.keyOf("finn"))).stderr, /finn is not asked; gate prod asks ana/);
  await world.expect(2, "approve", image, "--gate", "prod", "--yes", "--afterwards", `sha256:${"0".repeat(64)}`, ...world.keyOf("ana"));
  await world.expect(0, ...approve, ...world.keyOf("ana"));
  const approved = await verdictOf(world, image);
  assert.match(approved.relaxations.join("\n"), /bo has broken the glass until .*; approved afterwards by ana/);
  assert.ok(approved.restsOnRegistry?.includes("whether the glass was broken at gate prod before"));
  const told = await world.expect(0, "history", image, "--gate", "prod");
  assert.match(
    told.stdout,
    /glass broken for approvals, scan, test at gate prod by bo, until \S+ \(used\)\n[^\n]+\n {8}approved afterwards by ana/,
  );
});

test("a rejection stands though the glass is broken", async () => {
  const image = await scanned();
  await world.expect(0, ...except("bo", image, "--break-glass"));
  await world.expect(0, "approve", image, "--gate", "prod", "--reject", "--reason", "not tested", "--yes", ...world.keyOf("ana"));
  assert.match((await world.expect(1, "verify", image, "--gate", "prod")).stdout, /✗ approvals/);
});

test("what the policy would not count is not signed, and it is told what would do", async () => {
  const image = await scanned();
  const rows: readonly (readonly [number, readonly string[], RegExp])[] = [
    [3, except("mallory", image, ...OF_SCAN), /the policy knows nobody by .*; ana may/],
    [3, except("bo", image, ...OF_SCAN), /bo may not; ana may/],
    [3, except("ana", image, ...OF_SCAN.slice(0, -1), "31d"), /lets it hold for 30d[^]*try: --expires 30d, or less/],
    [
      3,
      except("ana", image, "--for", "approvals", "--expires", "1d"),
      /lets nobody except approvals[^]*try: what may be excepted: scan, test/,
    ],
    [3, except("ana", image, "--for", "scan", "--expires", "1d"), /has to name the one finding[^]*try: --advisory ID --purl PURL/],
    [3, except("ana", image, "--for", "test"), /not said until when[^]*try: --expires 30d, or less/],
    [3, except("ana", image, "--for", "scan", "--purl", PURL, "--expires", "1d"), /has to name the flaw/],
    [2, except("ana", image, "--for", "scan", "--advisory", "CVE-2026-1", "--expires", "1d"), /in one package alone/],
    [2, except("ana", image), /not said from what/],
    [2, ["except", image, "--gate", "prod", "--for", "test", "--yes", ...world.keyOf("ana")], /no reason was given/],
    [
      2,
      ["except", image, "--for", "test", "--reason", "x", "--yes", ...world.keyOf("ana")],
      /no gate was named[^]*--gate \w+, or --gate prod/,
    ],
    [
      2,
      ["except", image, "--gate", "prod", "--for", "test", "--reason", "x", "--expires", "1d", ...world.keyOf("ana")],
      /nobody at a terminal to ask/,
    ],
    [2, except("ana", image.replace(/@.*/, ":latest"), ...OF_SCAN), /a digest is wanted/],
  ];
  for (const [code, args, message] of rows) assert.match((await world.expect(code, ...args)).stderr, message, args.join(" "));
  await world.expect(1, "verify", image, "--gate", "prod");
});

test("at a terminal the person sees what is asked for, who signs and what has to follow, and is asked", async () => {
  const image = await scanned();
  const glass = except("bo", image, "--break-glass").filter((word) => word !== "--yes");
  const no = await world.run(glass, { isTerminal: true, answers: ["no"] });
  assert.notEqual(no.code, 0);
  assert.match(no.stderr, /✗ deny/);
  assert.match(no.stderr, /you are bo: the glass is broken for approvals, scan, test, as shop\/api at gate prod/);
  assert.match(no.stderr, /for 4h, because: it cannot be reached\n {2}ana must approve it afterwards, within 24h/);
  assert.match(no.stderr, /Break the glass\? Type yes/);
  await world.expect(1, "verify", image, "--gate", "prod");
  assert.equal((await world.run(glass, { isTerminal: true, answers: ["yes"] })).code, 0);
  await world.expect(0, "verify", image, "--gate", "prod");
});

test("policy explain says who may except what, and for how long", async () => {
  const image = await world.image({ unsigned: true });
  const { stdout } = await world.expect(0, "policy", "explain", image, "--gate", "prod");
  assert.match(stdout, /except {4}ana may except scan, test, for 30d at most\n/);
  assert.match(stdout, /except {4}bo, eva may break the glass for scan, test, approvals, for 4h at most; ana must approve it within 24h\n/);
  documentOf(await world.expect(0, "policy", "explain", image, "--gate", "prod", "--output", "json"));
});

test("a gate before asks for it: that is the gate to name", async () => {
  const image = await world.image({ unsigned: true });
  const said = await world.expect(
    3,
    ...except("bo", image, "--break-glass", "--for", "scan").map((word) => (word === "prod" ? "build" : word)),
  );
  assert.match(said.stderr, /gate build itself asks for no scan/);
});

test("what is signed aside and attached by somebody else counts as if it had been pushed", async () => {
  const image = await scanned();
  const out = join(world.folder, "exception.tar");
  await world.expect(0, ...except("bo", image, "--break-glass", "--out", out));
  await world.expect(1, "verify", image, "--gate", "prod");
  await world.expect(0, "attach", image, out);
  await world.expect(0, "verify", image, "--gate", "prod");
});

test("an exception that has ended, or is of a policy that has changed since, counts by no door", async () => {
  const image = await scanned();
  await world.expect(0, ...except("bo", image, "--break-glass"));
  const manifest = join(world.folder, "pod.yaml");
  writeFileSync(manifest, `apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [ { name: a, image: "${image}" } ] }\n`);
  const doors = (...more: readonly string[]): readonly (readonly string[])[] => [
    ["verify", image, "--gate", "prod", ...more],
    ["verify", "--from", join(world.folder, "images"), "--gate", "prod", ...more],
    ["verify", image, "--gate", "prod", "--output", "ref", ...more],
  ];
  writeFileSync(join(world.folder, "images"), `${image}\n`);
  for (const door of doors()) await world.expect(0, ...door);
  await world.expect(0, "verify", "--manifests", manifest, "--gate", "prod");
  const later = new Date(Date.now() + 4 * 3_600_000 + 60_000).toISOString();
  for (const door of doors("--at", later)) await world.expect(1, ...door);
});

test("whoever pins a policy is shown who may set aside what, before he agrees", async () => {
  const { stderr } = await world.expect(2, "policy", "trust", world.policy);
  assert.match(stderr, /^ {2}exceptions: scan, test by ana, for no longer than 30d$/m);
  assert.match(stderr, /^ {2}breaking the glass: approvals, scan, test by any 1 of \{bo, eva\}, for no longer than 4h; approved within/m);
});

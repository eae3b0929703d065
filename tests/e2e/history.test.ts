/** The story of an image, and the file from which a second process without a network judges it again. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseReference } from "../../src/core/reference.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import type { HistoryReport } from "../../src/history.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { type ApprovalWorld, createApprovalWorld } from "../fixtures/approval-world.ts";
import { LAUNCHER } from "../fixtures/programs.ts";
import { findFaults } from "../json-schema.ts";

const registry = await startRegistry();
const world: ApprovalWorld = await createApprovalWorld({
  host: registry.host,
  more: "exceptions: { by: [bo], for: [approvals], max: 30d }\n",
});
after(async () => {
  world.close();
  await registry.close();
});

let image = "";
before(async () => {
  image = await world.image({ tag: "1.0" });
  const speak = (name: string, ...words: readonly string[]): Promise<unknown> =>
    world.expect(0, "approve", image, "--gate", "prod", ...world.keyOf(name), "--yes", ...words);
  await speak("ana", "--ticket", "SHOP-1\u001b[31m");
  await speak("finn", "--reject", "--reason", "not tested");
  await speak("finn");
  await world.expect(0, "sign", image, ...world.keyOf("mallory"));
});

async function tell(reference: string, ...words: readonly string[]): Promise<HistoryReport> {
  const said = await world.expect(0, "history", reference, "--output", "json", ...words);
  assert.deepEqual(findFaults(said.json()), []);
  return said.json() as HistoryReport;
}

test("everybody's words are told in their order, with who it was, by which proof, and what counts; gates are a line", async () => {
  const report = await tell(image);
  assert.deepEqual(report.gates, [
    { gate: "build", outcome: "pass" },
    { gate: "prod", outcome: "pass" },
  ]);
  const told = report.events.map(({ person, party, signer, kind, content, outcome, proof, word }) =>
    [person ?? party ?? signer, kind, content !== undefined && "says" in content ? content.says : "", outcome, proof, word?.counts].join(
      " ",
    ),
  );
  assert.deepEqual(told.toSorted(), [
    "CN=mallory,O=Acme,C=US signature  does-not-count claim ",
    "ana approval approved counts claim true",
    "ci signature  counts claim ",
    "finn approval approved counts claim true",
    "finn approval rejected counts claim false",
  ]);
  const times = report.events.map(({ at }) => Date.parse(at ?? ""));
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  const { stdout } = await world.expect(0, "history", image);
  assert.match(stdout, /^\S+@sha256:[0-9a-f]{64} {3}shop\/api · policy shop v1, pinned\n {2}build ✓ → prod ✓\n/);
  assert.match(stdout, /✓ ana {2,}approved it at gate prod {3}by its own word\n +ticket: SHOP-1\\u\{1b\}\[31m\n/);
  assert.match(stdout, /✓ finn {2,}rejected it at gate prod.*\n +reason: not tested\n +does not count: approvals\/superseded/);
  assert.match(stdout, /✗ CN=mallory,O=Acme,C=US \(not known\) {2}signed it/);
});

test("several images are told in a list, and what could not be told stands there too", async () => {
  const missing = `${world.prod}@sha256:${"0".repeat(64)}`;
  const said = await world.expect(4, "history", image, missing, "--output", "json");
  assert.deepEqual(findFaults(said.json()), []);
  const { items } = said.json() as { readonly items: readonly { readonly kind: string }[] };
  assert.deepEqual(
    items.map(({ kind }) => kind),
    ["History", "Error"],
  );
});

test("live exceptions are told with whether something passes by them, and no longer once they have lapsed", async () => {
  const other = await world.image();
  await world.expect(
    0,
    "except",
    other,
    "--gate",
    "prod",
    "--for",
    "approvals",
    "--reason",
    "the fair",
    "--expires",
    "1h",
    ...world.keyOf("bo"),
    "--yes",
  );
  const { exceptions, gates } = await tell(other);
  assert.deepEqual(
    exceptions.map(({ person, gate, waives, reason, isUsed, isBreakGlass }) => ({ person, gate, waives, reason, isUsed, isBreakGlass })),
    [{ person: "bo", gate: "prod", waives: ["approvals"], reason: "the fair", isUsed: true, isBreakGlass: false }],
  );
  assert.deepEqual(gates.at(-1), { gate: "prod", outcome: "pass" });
  const { stdout } = await world.expect(0, "history", other);
  assert.match(stdout, /live exceptions:\n {4}approvals waived at gate prod by bo, until \S+ \(used\)\n {8}reason: the fair/);
  const later = new Date(Date.now() + 2 * 3_600_000).toISOString();
  assert.deepEqual((await tell(other, "--at", later)).exceptions, []);
});

test("a bundle holds no layers, and a second process without a network judges the image by it, with its own policy alone", async () => {
  const bundle = join(world.folder, "api.tar");
  const said = await world.expect(0, "history", `${world.prod}:1.0`, "--bundle", bundle, "--output", "json");
  assert.deepEqual(findFaults(said.json()), []);
  assert.match((await world.expect(2, "history", image, "--bundle", bundle)).stderr, /file\/exists/);
  const archive = await world.opened.openStore(parseReference(`oci-archive:${bundle}`));
  const { bytes } = await archive.resolve({ tag: "1.0" });
  const { config, layers } = JSON.parse(Buffer.from(bytes).toString("utf8"));
  await archive.fetch(config);
  await assert.rejects(archive.fetch(layers[0]), /not-found|is not there/);

  const offline = (...words: readonly string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [LAUNCHER, ...words, "--offline"], {
      encoding: "utf8",
      env: { HOME: world.folder, PATH: process.env["PATH"] ?? "" },
    });
  const judged = offline(
    "verify",
    `oci-archive:${bundle}`,
    "--as",
    world.prod,
    "--gate",
    "prod",
    "--config",
    world.config,
    "--output",
    "json",
  );
  assert.equal(judged.status, 0, `${judged.stdout}${judged.stderr}`);
  const live = (await world.expect(0, "verify", image, "--gate", "prod", "--output", "json")).json() as Verdict;
  const { requirements } = JSON.parse(String(judged.stdout)) as Verdict;
  assert.deepEqual(essence(requirements), essence(live.requirements));

  // The anchors that came along are shown, and nobody is believed because of them.
  const { kept } = await tell(`oci-archive:${bundle}`, "--as", world.prod, "--offline");
  assert.deepEqual(kept.map(({ kind }) => kind).toSorted(), ["anchors", "policy"]);
  assert.match(
    (await world.expect(0, "tree", `oci-archive:${bundle}`, "--offline")).stdout,
    /─ policy, as it was when it was used\n[^]*─ anchors that were used, never trusted for lying here\n/,
  );
  const bare = join(world.folder, "bare");
  cpSync(world.policy, join(bare, "policy.yaml"));
  const refused = offline("verify", `oci-archive:${bundle}`, "--as", world.prod, "--gate", "prod", "--config", bare);
  assert.notEqual(refused.status, 0);
  assert.match(String(refused.stderr), /trust\/store-missing/);
  assert.ok(readFileSync(bundle).includes("kept-anchors"));
});

/** What a verdict rests on, without what says when and where it was made. */
function essence(all: Verdict["requirements"]): unknown {
  return all.map(({ gate, name, outcome, counted }) => ({ gate, name, outcome, counted }));
}

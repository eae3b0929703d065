/** An image goes into production by broken glass: it is recorded so, what runs stays, and nothing new is let in by it later. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { createPromotionWorld, policyText } from "../fixtures/promotion-world.ts";

const [source, destination] = await Promise.all([startRegistry(), startRegistry()]);
const world = await createPromotionWorld({
  source: source.host,
  destination: destination.host,
  more: "breakGlass: { by: bo, waive: [approvals], max: 4h, afterwards: { by: ana, within: 24h }, stayMax: 7d }\n",
});
after(async () => {
  world.close();
  await Promise.all([source.close(), destination.close()]);
});

test("what came in by broken glass is recorded so and stays; asked whether it may enter, it is denied once the way in is closed", async () => {
  const built = await world.image();
  await world.promote(1, built, `${world.prod}:1`);
  const glass = ["--gate", "prod", "--break-glass", "--reason", "it burns", "--yes", ...world.keyOf("bo")];
  await world.expect(0, "except", built, ...glass);
  await world.promote(0, built, `${world.prod}:1`);
  const verdict = await world.verdict(`${world.prod}:1`);
  assert.deepEqual([verdict.outcome, verdict.question], ["pass", "stay"]);
  assert.match(verdict.relaxations.join("\n"), /approvals at gate prod: bo has broken the glass/);
  const late = new Date(Date.now() + 20 * 86_400_000).toISOString();
  const stays = await world.verdict(`${world.prod}:1`, "--at", late);
  assert.deepEqual([stays.outcome, stays.question], ["pass", "stay"]);
  const enters = await world.verdict(`${world.prod}:1`, "--at", late, "--enter");
  assert.deepEqual([enters.outcome, enters.question], ["deny", "enter"]);
  const refused = enters.requirements.flatMap(({ refusedExceptions = [] }) => refusedExceptions.flatMap(({ because }) => because));
  assert.deepEqual(
    refused.map(({ code }) => code),
    ["exceptions/lapsed"],
  );
});

test("a rejection after it has come in takes it out", async () => {
  const built = await world.image();
  await world.expect(0, "except", built, "--gate", "prod", "--break-glass", "--reason", "it burns", "--yes", ...world.keyOf("bo"));
  await world.promote(0, built, `${world.prod}:2`);
  const there = built.replace(world.build, world.prod);
  await world.expect(0, "approve", there, "--gate", "prod", "--reject", "--reason", "not tested", "--yes", ...world.keyOf("ana"));
  assert.equal((await world.verdict(there)).outcome, "deny");
});

test("a scan that broken glass waived is not asked for again of what runs; one that an exception excused is, once that has lapsed", async () => {
  const scan = "scan: { by: scanner, maxAge: 24h, deny: critical }";
  await world.trust(
    policyText({
      source: source.host,
      destination: destination.host,
      gates: `  build: { needs: [ { signature: { by: ci } } ] }
  prod: { after: build, needs: [ { ${scan} } ], stay: { scan: { maxAge: 60d } } }`,
      more: `exceptions: { by: [ana], for: [scan], max: 7d }
breakGlass: { by: bo, waive: [scan], max: 4h, afterwards: { by: ana, within: 24h }, stayMax: 7d }\n`,
    }),
  );
  const [broken, excused] = [await world.image(), await world.image()];
  await world.expect(0, "except", broken, "--gate", "prod", "--break-glass", "--reason", "it burns", "--yes", ...world.keyOf("bo"));
  const file = join(world.folder, "scan.json");
  const [id, purl, scanned] = ["CVE-2026-1", "pkg:npm/left-pad@1.3.0", new Date(Date.now() - 3_600_000).toISOString()];
  const annotations = [{ package: "left-pad", version: "1.3.0", purl }];
  const scanner = {
    uri: "pkg:github/acme/scanner@1",
    version: "1",
    db: { uri: "https://acme.example/db", version: "7", lastUpdate: scanned },
  };
  const result = [{ id, severity: [{ method: "nvd", score: "critical" }], annotations }];
  writeFileSync(file, JSON.stringify({ scanner: { ...scanner, result }, metadata: { scanStartedOn: scanned, scanFinishedOn: scanned } }));
  const type = "https://in-toto.io/attestation/vulns/v0.2";
  await world.expect(0, "attest", excused, "--predicate", file, "--type", type, ...world.keyOf("scanner"));
  const finding = ["--for", "scan", "--advisory", id, "--purl", purl, "--expires", "6d", "--reason", "not reached"];
  await world.expect(0, "except", excused, "--gate", "prod", ...finding, "--yes", ...world.keyOf("ana"));
  const later = new Date(Date.now() + 20 * 86_400_000).toISOString();
  const told: unknown[] = [];
  for (const [tag, image] of [
    ["broken", broken],
    ["excused", excused],
  ] as const) {
    await world.promote(0, image, `${world.prod}:${tag}`);
    for (const at of [[], ["--at", later]]) {
      const { outcome, question } = await world.verdict(`${world.prod}:${tag}`, ...at);
      told.push([tag, outcome, question].join(" "));
    }
  }
  assert.deepEqual(told, ["broken pass stay", "broken pass stay", "excused pass stay", "excused deny stay"]);
});

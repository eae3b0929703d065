/** An image goes into production by broken glass: it is recorded so, what runs stays, and nothing new is let in by it later. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { createPromotionWorld } from "../fixtures/promotion-world.ts";

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
  await world.expect(0, "approve", there, "--gate", "prod", "--reject", "--yes", ...world.keyOf("ana"));
  assert.equal((await world.verdict(there)).outcome, "deny");
});

/** Approvals as they really are: signed by certificates and bare keys, bundled and attached, judged by a policy that was read from its document. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDigest } from "../../src/core/digest.ts";
import { PRODUCT_ANNOTATION } from "../../src/core/policy.ts";
import type { ReadonlyStore } from "../../src/core/store.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { HOUR, NOW } from "../evidence/world.ts";
import { findFaults } from "../json-schema.ts";
import { makeCommit, makeDeveloper } from "./commits.ts";
import { BY_OTHERS_KEYS, DEVELOPERS, makeShop, PEOPLE, type Shop } from "./shop.ts";

const { eva, finn, gus, ana } = PEOPLE;

function approvalsOf({ requirements }: Verdict) {
  const report = requirements.find(({ kind }) => kind === "approval");
  assert.ok(report !== undefined);
  return report;
}

function countedIn(verdict: Verdict): string {
  const { outcome, counted } = approvalsOf(verdict);
  return [verdict.outcome, outcome, ...counted.map(({ person }) => person).toSorted()].join(" ");
}

test("one approves by a certificate and another by a bare key; the verdict says until when, and what rests on the registry alone", async () => {
  const shop = await makeShop();
  assert.equal(countedIn(await shop.verify()), "deny deny");
  await shop.say(eva);
  assert.equal(countedIn(await shop.verify()), "deny deny eva");
  await shop.say(finn, { expiresOn: new Date(NOW.getTime() + HOUR) });
  const verdict = await shop.verify();
  assert.equal(countedIn(verdict), "pass pass eva finn");
  assert.deepEqual(findFaults(JSON.parse(JSON.stringify(verdict))), []);
  assert.equal(verdict.validUntil?.enter, new Date(NOW.getTime() + HOUR).toISOString());
  assert.deepEqual(verdict.restsOnRegistry, ["rejections at gate prod"]);
  assert.deepEqual(
    verdict.evidence
      ?.filter(({ content }) => content === "approval")
      .map(({ carrier }) => carrier)
      .toSorted(),
    ["attached", "bundle"],
  );
  // The gate before does not ask.
  assert.equal((await shop.verify({ gate: "build" })).outcome, "pass");
});

test("an image that is approved is not approved under another name", async () => {
  const shop = await makeShop();
  await Promise.all([shop.say(eva), shop.say(finn)]);
  const other = approvalsOf(await shop.verify({ app: "web" }));
  assert.equal(other.outcome, "deny");
  assert.deepEqual(
    other.words?.map(({ because }) => because?.map(({ code }) => code)),
    [["approvals/other-gate"], ["approvals/other-gate"]],
  );
  // Nor by a signature that names another product.
  const named = await makeShop();
  await named.say(eva);
  await named.say(gus, { annotations: { [PRODUCT_ANNOTATION]: "shop/web" } });
  assert.equal(countedIn(await named.verify()), "deny deny eva");
});

test("a rejection holds, also by somebody who may not approve, and whoever removes it from the listing is not believed further than he can be", async () => {
  const shop = await makeShop();
  await Promise.all([shop.say(eva), shop.say(finn)]);
  const no = await shop.say(gus, { decision: "rejected", reason: "it is slow" });
  const verdict = await shop.verify();
  assert.equal(countedIn(verdict), "deny deny eva finn");
  assert.deepEqual(findFaults(JSON.parse(JSON.stringify(verdict))), []);
  const without: ReadonlyStore = {
    ...shop.store,
    referrers: async (subject, options) => {
      const listing = await shop.store.referrers(subject, options);
      return { ...listing, referrers: listing.referrers.filter(({ digest }) => digest !== no) };
    },
  };
  assert.equal(countedIn(await shop.verify({ store: without })), "pass pass eva finn");
  const cut: ReadonlyStore = {
    ...without,
    referrers: async (subject, options) => ({ ...(await without.referrers(subject, options)), complete: false }),
  };
  assert.match(countedIn(await shop.verify({ store: cut })), /^unknown unknown/);
  await shop.say(gus, { supersedes: [no] });
  assert.equal(countedIn(await shop.verify()), "pass pass eva finn gus");
});

test("a rejection by somebody of the policy who is asked no more holds, if he may have been asked then", async () => {
  const shop = await makeShop();
  await Promise.all([shop.say(eva), shop.say(finn), shop.say(ana)]);
  assert.equal(countedIn(await shop.verify()), "pass pass eva finn");
  await shop.say(ana, { decision: "rejected" });
  assert.equal(countedIn(await shop.verify()), "pass pass eva finn");
  await shop.say(ana, { decision: "rejected", policyDigest: parseDigest(`sha256:${"a".repeat(64)}`) });
  assert.equal(countedIn(await shop.verify()), "deny deny eva finn");
});

test("whoever overrules a rejection is one more than are asked for, and the verdict says so", async () => {
  const shop = await makeShop({ approve: { atLeast: 1 } });
  const overrules = [await shop.say(gus, { decision: "rejected" })];
  await shop.say(eva, { overrules });
  assert.match(countedIn(await shop.verify()), /^deny deny/);
  await shop.say(finn, { overrules });
  const verdict = await shop.verify();
  assert.equal(countedIn(verdict), "pass pass eva finn");
  assert.deepEqual(verdict.relaxations, ["gus has rejected it at gate prod, and eva and finn have overruled it"]);
});

test("a policy of which the first version is not known takes no approval", async () => {
  const shop = await makeShop();
  await Promise.all([shop.say(eva), shop.say(finn)]);
  const { chain: _, ...policy } = shop.policy;
  const report = approvalsOf(await shop.verify({ policy }));
  assert.equal(report.outcome, "unknown");
  assert.deepEqual(
    report.because?.map(({ code }) => code),
    ["approvals/chain-unknown"],
  );
});

test("whoever wrote a commit may not approve the image, as its own bytes show", async () => {
  const approve = { not: ["author"] };
  const own = await makeShop({ approve, commits: [makeCommit(DEVELOPERS.eva)] });
  await Promise.all([own.say(eva), own.say(finn)]);
  const denied = await own.verify();
  assert.equal(countedIn(denied), "deny deny finn");
  assert.match(JSON.stringify(approvalsOf(denied).words), /eva authored commit [0-9a-f]{7}"/);
  await own.say(gus);
  assert.equal(countedIn(await own.verify()), "pass pass finn gus");

  // Ana has written eva's name into a commit, or into one before it.
  const forged = makeCommit(DEVELOPERS.ana, { author: "eva" });
  const named = await makeShop({ approve, commits: [forged, makeCommit(DEVELOPERS.ana, { parent: forged.id })] });
  await Promise.all([named.say(eva), named.say(finn)]);
  assert.equal(countedIn(await named.verify()), "deny deny finn");
  await named.disown(eva, forged.id);
  assert.equal(countedIn(await named.verify()), "deny deny eva finn");
  await named.say(gus);
  assert.equal(countedIn(await named.verify()), "pass pass eva finn gus");

  const unknown = await makeShop({ approve, commits: [makeCommit(makeDeveloper("mallory"))] });
  await Promise.all([unknown.say(eva), unknown.say(finn)]);
  assert.match(countedIn(await unknown.verify()), /^unknown unknown/);
});

async function outcomeOf(shop: Shop): Promise<string> {
  return (await shop.verify()).outcome;
}

test("whoever signs with the key of somebody who is kept out is kept out", async () => {
  // Eva's certificate is of gus's key here, and gus has built it.
  const built = await makeShop({ approve: { atLeast: 1, not: ["builder"] }, builtBy: "gus" });
  await built.say(BY_OTHERS_KEYS.eva);
  assert.equal(`builder ${await outcomeOf(built)}`, "builder deny");
  await built.say(eva);
  assert.equal(`builder ${await outcomeOf(built)}`, "builder pass");

  const approve = { atLeast: 1, not: [{ "approver-of": "build" }] };
  const before = await makeShop({ approve, before: { atLeast: 1 } });
  await before.say(gus, { gate: "build" });
  await before.say(BY_OTHERS_KEYS.eva);
  assert.equal(`approver-of ${await outcomeOf(before)}`, "approver-of deny");
  await before.say(eva, { ticket: "1" });
  assert.equal(`approver-of ${await outcomeOf(before)}`, "approver-of pass");

  // One of both counts there, whichever it is.
  for (const second of [eva, finn]) {
    const shared = await makeShop({ approve, before: { atLeast: 1 } });
    await shared.say(eva, { gate: "build" });
    await shared.say(BY_OTHERS_KEYS.finn, { gate: "build" });
    await shared.say(second);
    assert.equal(`sharing ${await outcomeOf(shared)}`, "sharing deny");
  }
});

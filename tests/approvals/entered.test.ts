/** What was built into an image that has entered before is not new, if a promoter's record says that it has, and how. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { planApproval } from "../../src/words/approval-plan.ts";
import { attest } from "../../src/attest.ts";
import type { PromotionSaid } from "../../src/core/decision.ts";
import { parseDigest } from "../../src/core/digest.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { evaluate } from "../../src/evaluate.ts";
import { withBeliefs } from "../../src/policy/verifier/beliefs.ts";
import { writePromotion } from "../../src/statements/decisions/promotion.ts";
import { PROMOTION_V1 } from "../../src/statements/predicate-types.ts";
import { HOUR, makeKeyHolder, NOW } from "../evidence/world.ts";
import { makeCommit } from "./commits.ts";
import { DEVELOPERS, makeShop, PEOPLE, type Shop, trustOfShop } from "./shop.ts";

const promoter = makeKeyHolder("promoter");
const member = { name: "promoter", kind: "person", identities: [promoter.identity], isOfProduct: true } as const;

const first = makeCommit(DEVELOPERS.eva);
const later = makeCommit(DEVELOPERS.ana, { parents: [first.id] });

async function record(shop: Shop, by: typeof promoter, change: Partial<PromotionSaid> = {}): Promise<void> {
  const selection = shop.policy.select("prod.acme.io/api", "prod");
  assert.ok(selection.kind === "gate" && selection.gate.head !== undefined);
  const { gateTerms: _, ...head } = selection.gate.head;
  const at = new Date(NOW.getTime() - HOUR);
  const chain = parseDigest(shop.policy.digest);
  const image = `prod.acme.io/api@${shop.digest}`;
  const said: PromotionSaid = {
    head: { ...head, policyChain: chain },
    signedAt: at,
    policyDigest: chain,
    event: "entered",
    from: image,
    to: image,
    tags: [],
    evidence: [],
    judged: { from: at, to: at },
    lifts: [],
    relaxations: [],
    ...change,
  };
  const predicate = writePromotion(said, { digest: shop.digest, builder: "https://example.com" });
  await attest(parseReference(image), {
    store: shop.store,
    signer: by.signer,
    predicateType: PROMOTION_V1,
    predicate,
    clock: { now: () => at },
  });
}

/** Built from a new commit of ana's upon one of eva's, and approved by eva and finn, who name what entered last. */
async function judge(before: Shop | undefined): Promise<Verdict> {
  const shop = await makeShop({ approve: { not: ["author"] }, commits: [first, later] });
  const since = before === undefined ? {} : { since: before.digest };
  for (const name of ["eva", "finn"] as const) await shop.say(PEOPLE[name], since);
  return evaluate(parseReference(`prod.acme.io/api@${shop.digest}`), {
    store: shop.store,
    policy: withBeliefs(shop.policy, { witnesses: [], promoters: { members: [member], atLeast: 1 } }),
    gate: "prod",
    trust: trustOfShop(),
    clock: { now: () => NOW },
    openStore: () => Promise.resolve(before?.store ?? shop.store),
  });
}

function counted({ requirements }: Verdict): string {
  const report = requirements.find(({ kind }) => kind === "approval");
  return [report?.outcome, ...(report?.counted ?? []).map(({ person }) => person).toSorted()].join(" ");
}

async function makeBefore(): Promise<Shop> {
  return makeShop({ approve: { not: ["author"] }, commits: [first] });
}

test("an author of what has entered before may approve what is new", async () => {
  const before = await makeBefore();
  await record(before, promoter);
  assert.equal(counted(await judge(before)), "pass eva finn");
});

test("without a record, by a stranger's, or by an exception it has not entered properly", async () => {
  assert.equal(counted(await judge(undefined)), "deny finn");
  const unrecorded = await makeBefore();
  assert.equal(counted(await judge(unrecorded)), "deny finn");
  await record(unrecorded, makeKeyHolder("mallory"));
  assert.equal(counted(await judge(unrecorded)), "deny finn");
  const relaxed = await makeBefore();
  await record(relaxed, promoter, { relaxations: ["the scan was excepted"] });
  assert.equal(counted(await judge(relaxed)), "deny finn");
});

/** Whether gus is told that the image before has entered, to whom only what came since is shown. */
async function isShownAsEntered(before: Shop): Promise<boolean | undefined> {
  const shop = await makeShop({ approve: { not: ["author"] }, commits: [first, later] });
  const plan = await planApproval(parseReference(`prod.acme.io/api@${shop.digest}`), {
    store: shop.store,
    policy: { ...withBeliefs(shop.policy, { witnesses: [], promoters: { members: [member], atLeast: 1 } }), trust: "pinned" },
    gate: "prod",
    trust: trustOfShop(),
    clock: { now: () => NOW },
    openStore: () => Promise.resolve(before.store),
    signer: PEOPLE.gus.signer,
    verb: "reject",
    last: { ...parseReference(`prod.acme.io/api@${before.digest}`), digest: before.digest },
  });
  assert.ok("head" in plan && plan.changes !== undefined);
  assert.deepEqual([plan.changes.since, plan.changes.commits.map(({ id }) => id)], [before.digest, [later.id]]);
  return plan.changes.isRecorded;
}

test("an image that somebody has given the tag is not shown as one that has entered, unless a promoter has recorded that", async () => {
  const before = await makeBefore();
  assert.equal(await isShownAsEntered(before), false);
  await record(before, makeKeyHolder("mallory"));
  assert.equal(await isShownAsEntered(before), false);
  await record(before, promoter);
  assert.equal(await isShownAsEntered(before), true);
});

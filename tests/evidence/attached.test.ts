/** A statement attached to an image, from `attest` to the verdict. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CountersignError } from "../../src/core/errors.ts";
import { gateAsking, HOUR, makeAttester, makeEvidenceWorld, needsScan, NOW, scanPredicate, trustOf } from "./world.ts";

const scanner = await makeAttester("scanner");
const stranger = await makeAttester("stranger");
const trust = trustOf([scanner, stranger]);
const policy = gateAsking([needsScan({ maxAge: 86_400 })], [scanner]);
const at = (hoursAgo: number): Date => new Date(NOW.getTime() - hoursAgo * HOUR);

test("what the scanner says counts, in both envelopes; what a stranger says does not", async () => {
  for (const format of ["notary-jws", "notary-cose"]) {
    const world = await makeEvidenceWorld(trust);
    assert.equal((await world.judge(policy)).outcome, "deny");
    await world.attestAs(stranger, scanPredicate({ at: at(1) }), { format });
    assert.equal((await world.judge(policy)).outcome, "deny");
    const { evidence, signature } = await world.attestAs(scanner, scanPredicate({ at: at(2) }), { format });
    const verdict = await world.judge(policy);
    assert.equal(verdict.outcome, "pass");
    assert.deepEqual(verdict.requirements[0]?.counted, [{ signature: signature.digest, evidence: evidence.digest, party: "scanner" }]);
    assert.equal(verdict.evidence?.length, 2);
    // The scan gets too old a day after it was made, long before its signer's certificate ends.
    assert.equal(verdict.validUntil?.enter, "2026-09-02T10:00:00.000Z");
  }
});

test("a newer scan that finds something takes back the older one", async () => {
  const world = await makeEvidenceWorld(trust);
  await world.attestAs(scanner, scanPredicate({ at: at(5) }));
  await world.attestAs(scanner, scanPredicate({ at: at(2), findings: [{ id: "CVE-2026-1", severity: "critical" }] }));
  const verdict = await world.judge(policy);
  assert.equal(verdict.outcome, "deny");
  assert.deepEqual(verdict.requirements[0]?.missing, ["it has a critical finding"]);
});

test("a scan that is too old is no", async () => {
  const world = await makeEvidenceWorld(trust);
  await world.attestAs(scanner, scanPredicate({ at: at(30) }));
  const verdict = await world.judge(policy);
  assert.equal(verdict.outcome, "deny");
  assert.equal(verdict.requirements[0]?.refusedEvidence?.[0]?.because[0]?.code, "evidence/too-old");
});

test("a statement that cannot be fetched leaves the answer open", async () => {
  const world = await makeEvidenceWorld(trust);
  const { evidence } = await world.attestAs(scanner, scanPredicate({ at: at(2) }));
  const hidden = {
    ...world.store,
    fetch: (descriptor: { readonly digest: string }, call: object) =>
      descriptor.digest === evidence.digest
        ? Promise.reject(new CountersignError("store/unreachable", "Cannot read it: nobody answers"))
        : world.store.fetch(descriptor as never, call),
  };
  assert.equal((await world.judge(policy, { store: hidden })).outcome, "unknown");
});

test("a signature of the image is not one of a statement, and a statement is none of the image", async () => {
  const world = await makeEvidenceWorld(trust);
  await world.attestAs(scanner, scanPredicate({ at: at(2) }));
  const signed = gateAsking([{ kind: "signature", name: "signature", by: ["scanner"], byText: "scanner", atLeast: 1 }], [scanner]);
  assert.equal((await world.judge(signed)).outcome, "deny");
});

test("a predicate that breaks the rules of its type proves nothing and blocks nothing", async () => {
  const world = await makeEvidenceWorld(trust);
  await world.attestAs(scanner, { scanner: {} });
  assert.equal((await world.judge(policy)).outcome, "deny");
  await world.attestAs(scanner, scanPredicate({ at: at(2) }));
  assert.equal((await world.judge(policy)).outcome, "pass");
});

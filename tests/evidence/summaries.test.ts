/** Verdicts that others emit: what they say, and when one stands in for what is not found here. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Digest, digestOf } from "../../src/core/digest.ts";
import { CountersignError } from "../../src/core/errors.ts";
import type { Policy } from "../../src/core/policy.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { ReadonlyStore } from "../../src/core/store.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { crlDistributionPoints } from "../../src/pki/x509/extension-writer.ts";
import { withBeliefs } from "../../src/policy/verifier/beliefs.ts";
import { JsonPlace } from "../../src/statements/json-place.ts";
import { readOurSummary, type Summary, writeVerificationSummary } from "../../src/statements/predicates/verification-summary.ts";
import { policyDigestOf, statementHead } from "../../src/words/policy-for-writing.ts";
import { writeApproval } from "../../src/statements/decisions/approval.ts";
import { APPROVAL_V1 } from "../../src/statements/predicate-types.ts";
import { emitVerdict, levelOf, summaryOf } from "../../src/verdict-summary.ts";
import { identityOf, policyAsking } from "../advisories/scene.ts";
import {
  type Attester,
  type EvidenceWorld,
  HOUR,
  makeAttester,
  makeEvidenceWorld,
  makeKeyHolder,
  NOW,
  scanPredicate,
  trustOf,
} from "./world.ts";

const VSA = "https://slsa.dev/verification_summary/v1";
const REPOSITORY = "registry.example/app";
const scanner = await makeAttester("scanner");
const judge = makeKeyHolder("judge");
const certified = await makeAttester("judge-2");
const revocable = await makeAttester("revocable", [crlDistributionPoints(["http://crl.example/list"])]);
const trust = trustOf([scanner, certified, revocable]);
const NEEDS = [{ scan: { by: "scanner", deny: "critical", maxAge: "24h" } }];

async function policyOf(more: object = {}, needs: readonly object[] = NEEDS): Promise<Policy> {
  return { ...(await policyAsking(needs, { parties: { scanner: identityOf(scanner) }, ...more })), trust: "pinned" };
}

/** As a verifier judges by it that takes the word of these. */
function taking(policy: Policy, issuers: readonly Attester[] = [judge]): Policy {
  const members = issuers.map(({ identity }, at) => ({
    name: `issuer:${at}`,
    kind: "person" as const,
    identities: [identity],
    isOfProduct: true,
  }));
  return withBeliefs(policy, { witnesses: [], summaryIssuers: { members, atLeast: 1 } });
}

/** A place where the scan is, and a summary of what was derived there; and one where nothing but the summary is. */
interface Places {
  readonly there: EvidenceWorld;
  readonly here: EvidenceWorld;
  readonly derived: Verdict;
  readonly summary: Summary;
}

async function openPlaces(policy: Policy): Promise<Places> {
  const [there, here] = await Promise.all([makeEvidenceWorld(trust), makeEvidenceWorld(trust)]);
  await there.attestAs(scanner, scanPredicate({ at: new Date(NOW.getTime() - HOUR) }));
  const derived = await there.judge(policy);
  assert.equal(derived.outcome, "pass", JSON.stringify(derived.requirements));
  return { there, here, derived, summary: summaryOf(derived, { policy, repository: REPOSITORY }).summary };
}

async function hang({ here }: Places, summary: Summary, by: Attester = judge): Promise<string> {
  return (await here.attestAs(by, writeVerificationSummary(summary), { type: VSA })).evidence.digest;
}

function whyNot({ findings }: Verdict): readonly string[] {
  return findings.filter(({ code }) => code === "summary/not-taken").map(({ message }) => message);
}

test("a verdict says what was judged by which policy, on what it rests, and until when", async () => {
  const policy = await policyOf();
  const { there, derived } = await openPlaces(policy);
  const emitted = await emitVerdict(there.reference, {
    verdict: derived,
    policy,
    repository: REPOSITORY,
    store: there.store,
    signer: judge.signer,
    clock: { now: () => NOW },
  });
  const [need] = derived.requirements;
  assert.ok(need !== undefined && policy.chain !== undefined);
  const selection = policy.select(REPOSITORY, "build");
  const written = writeVerificationSummary(emitted.summary);
  assert.deepEqual(written, {
    verifier: { id: "https://countersign.dev/verifier/v1", version: { countersign: "0.1.0" } },
    timeVerified: "2026-09-01T12:00:00Z",
    resourceUri: `${REPOSITORY}@${there.digest}`,
    policy: { uri: "tag:countersign.dev,2026:policy/shop", digest: { sha256: policy.digest.slice(7) } },
    inputAttestations: need.counted
      .flatMap(({ signature, evidence = "" }) => [signature, evidence])
      .toSorted()
      .map((digest) => ({ digest: { sha256: digest.slice(7) } })),
    verificationResult: "PASSED",
    verifiedLevels: ["COUNTERSIGN_GATE_BUILD"],
    "https://countersign.dev/vsa#head": {
      policyChain: policy.chain,
      policy: "shop",
      product: "app",
      gate: "build",
      gateDigest: selection.kind === "gate" ? selection.gate.head?.gateDigest : "",
      repository: REPOSITORY,
    },
    "https://countersign.dev/vsa#question": "enter",
    "https://countersign.dev/vsa#validUntil": new Date(NOW.getTime() + 23 * HOUR).toISOString().replace(".000", ""),
    "https://countersign.dev/vsa#relaxations": [],
  });
  assert.deepEqual(readOurSummary(new JsonPlace(written, "predicate")), emitted.summary);
  // It hangs on the image, is signed, and speaks to none of the policy's own needs.
  assert.equal((await there.judge(policy)).outcome, "pass");
});

test("a no is emitted as a no, and what is not known, not trusted or not derived is not emitted", async () => {
  const policy = await policyOf();
  const { here, derived } = await openPlaces(policy);
  const asked = { policy, repository: REPOSITORY };
  const denied = await here.judge(policy);
  const { isPassed, verifiedLevels } = summaryOf(denied, asked).summary;
  assert.deepEqual([denied.outcome, isPassed, verifiedLevels], ["deny", false, ["FAILED"]]);
  assert.throws(() => summaryOf({ ...derived, outcome: "unknown" }, asked), { code: "verdict/unknown" });
  assert.throws(() => summaryOf(derived, { ...asked, policy: { ...policy, trust: "unpinned" } }), { code: "policy/unpinned" });
  const { chain: _, ...follower } = policy;
  assert.throws(() => summaryOf(derived, { ...asked, policy: follower }), { code: "policy/no-chain" });
  const taken = { statement: policy.digest, by: "judge", judgedAt: "", validUntil: "" };
  assert.throws(() => summaryOf({ ...derived, taken }, asked), { code: "usage/invalid" });
});

function gates(...names: readonly string[]): Pick<Policy, "gates"> {
  return { gates: names.map((name) => ({ name, actions: undefined, trustStores: [], places: [] })) };
}

test("two gates that would be one level are told apart by whoever names them, and no level is SLSA's", async () => {
  assert.equal(levelOf("prod-eu.1", gates("prod-eu.1", "prod")), "COUNTERSIGN_GATE_PROD_EU_1");
  assert.equal(levelOf("SLSA_BUILD_LEVEL_3", gates("SLSA_BUILD_LEVEL_3")), "COUNTERSIGN_GATE_SLSA_BUILD_LEVEL_3");
  assert.throws(() => levelOf("prod-eu", gates("prod-eu", "Prod_EU")), { code: "usage/invalid" });
});

test("nobody's verdict stands in for anything, unless the verifier says whose", async () => {
  const policy = await policyOf();
  const places = await openPlaces(policy);
  await hang(places, places.summary);
  assert.equal((await places.here.judge(policy)).outcome, "deny");
  assert.equal((await places.here.judge(taking(policy, [makeKeyHolder("another")]))).outcome, "deny");
});

for (const by of [judge, certified]) {
  test(`a verdict that is taken shows in the answer, with whose it is and how long it holds (${by.name})`, async () => {
    const policy = await policyOf();
    const places = await openPlaces(policy);
    const statement = await hang(places, { ...places.summary, relaxations: ["revocation is only logged"] }, by);
    const verdict = await places.here.judge(taking(policy, [by]));
    assert.equal(verdict.outcome, "pass", whyNot(verdict).join());
    const until = new Date(NOW.getTime() + 23 * HOUR).toISOString();
    assert.deepEqual(verdict.taken, { statement, by: "issuer:0", judgedAt: NOW.toISOString(), validUntil: until });
    assert.deepEqual(verdict.relaxations, [
      "taken from a summary by issuer:0: scan at gate build",
      "the summary by issuer:0 says: revocation is only logged",
    ]);
    assert.deepEqual(
      verdict.requirements.map(({ outcome, takenFrom, missing }) => [outcome, takenFrom, missing]),
      [["pass", statement, []]],
    );
    assert.deepEqual(verdict.validUntil, { enter: until });
  });
}

const OTHER: Digest = digestOf(Buffer.from("another"));

for (const [what, because, change] of [
  ["says FAILED", /FAILED/, () => ({ isPassed: false, verifiedLevels: ["FAILED"] })],
  ["is of another product", /about gate/, ({ head }) => ({ head: { ...head, product: "web" } })],
  ["is of another gate", /about gate/, ({ head }) => ({ head: { ...head, gate: "prod" } })],
  ["is of a gate that asked something else", /about gate/, ({ head }) => ({ head: { ...head, gateDigest: OTHER } })],
  ["is of another chain of policies", /about gate/, ({ head }) => ({ head: { ...head, policyChain: OTHER } })],
  ["is of another place", /about gate/, ({ head }) => ({ head: { ...head, repository: "registry.example/other" } })],
  ["is from an older policy (CVE-2026-44544)", /another version/, ({ policy }) => ({ policy: { ...policy, digest: OTHER } })],
  ["names another resource (Conforma CA-6)", /about registry/, () => ({ resourceUri: `registry.example/other@${OTHER}` })],
  ["answers another question", /may stay/, () => ({ question: "stay" })],
  ["does not say how long it holds", /how long/, () => ({ validUntil: undefined })],
  ["has run out", /held until/, () => ({ validUntil: NOW })],
  ["is of a time to come", /to come/, () => ({ timeVerified: new Date(NOW.getTime() + HOUR) })],
] satisfies readonly (readonly [string, RegExp, (summary: Summary) => object])[]) {
  test(`a verdict is not taken that ${what}`, async () => {
    const policy = await policyOf();
    const places = await openPlaces(policy);
    await hang(places, { ...places.summary, ...change(places.summary) } as Summary);
    const verdict = await places.here.judge(taking(policy));
    assert.equal(verdict.outcome, "deny", "summary/not-taken");
    assert.match(whyNot(verdict).join(), because, "summary/not-taken");
    assert.equal(verdict.taken, undefined);
  });
}

test("a foreign summary, which says nothing of our gates, is not taken", async () => {
  const policy = await policyOf();
  const places = await openPlaces(policy);
  const foreign = Object.entries(writeVerificationSummary(places.summary)).filter(([name]) => !name.startsWith("https:"));
  await places.here.attestAs(judge, Object.fromEntries(foreign), { type: VSA });
  const verdict = await places.here.judge(taking(policy));
  assert.deepEqual([verdict.outcome, whyNot(verdict).length], ["deny", 1]);
});

test("whoever is asked at the gate gives no verdict on it, by whatever they are known", async () => {
  const policy = await policyOf();
  const places = await openPlaces(policy);
  await hang(places, places.summary, scanner);
  const verdict = await places.here.judge(taking(policy, [scanner]));
  assert.deepEqual([verdict.outcome, verdict.taken], ["deny", undefined], "identity/ambiguous");
  // A VEX that excuses is asked for too, and a person who approves.
  const vex = await policyOf({ parties: { scanner: identityOf(scanner), judge: identityOf(judge) } }, [
    { scan: { by: "scanner", deny: "critical", maxAge: "24h", unless: { vex: { by: "judge" } } } },
  ]);
  const excused = await openPlaces(vex);
  await hang(excused, excused.summary);
  assert.equal((await excused.here.judge(taking(vex))).outcome, "deny", "identity/ambiguous");
});

test("a no that is seen here is not overruled by somebody's yes", async () => {
  const policy = await policyOf();
  const places = await openPlaces(policy);
  await hang(places, places.summary);
  const findings = [{ id: "CVE-2026-1", severity: "critical" }];
  await places.here.attestAs(scanner, scanPredicate({ at: new Date(NOW.getTime() - HOUR / 2), findings }));
  const verdict = await places.here.judge(taking(policy));
  assert.deepEqual([verdict.outcome, verdict.taken], ["deny", undefined], "evidence/vulnerable");
});

test("what a verdict rests on must not be revoked today, as far as it is here", async () => {
  const policy = await policyOf({ parties: { scanner: identityOf(scanner), revocable: identityOf(revocable) } }, [
    { scan: { by: ["scanner", "revocable"], deny: "critical", maxAge: "24h" } },
  ]);
  const places = await openPlaces(policy);
  const { signature } = await places.here.attestAs(revocable, scanPredicate({ at: new Date(NOW.getTime() - HOUR) }));
  assert.equal((await places.here.judge(policy)).outcome, "unknown");
  await hang(places, { ...places.summary, inputs: [...places.summary.inputs, signature.digest] });
  const verdict = await places.here.judge(taking(policy));
  assert.equal(verdict.outcome, "unknown", "summary/not-taken");
  assert.match(whyNot(verdict).join(), /may be revoked/, "summary/not-taken");
  await hang(places, places.summary);
  assert.equal((await places.here.judge(taking(policy))).outcome, "pass");
});

test("a list of revocations that cannot be read leaves open whether a verdict counts", async () => {
  const policy = await policyOf();
  const places = await openPlaces(policy);
  await hang(places, places.summary);
  const list = parseReference("registry.example/revocations");
  assert.ok(list.kind === "registry");
  const members = [{ name: "issuer:0", kind: "person" as const, identities: [judge.identity], isOfProduct: true }];
  const beliefs = { witnesses: [], summaryIssuers: { members, atLeast: 1 }, revocations: { list, maxAge: 3600 } };
  const verdict = await places.here.judge(withBeliefs(policy, beliefs));
  assert.deepEqual([verdict.outcome, verdict.taken], ["deny", undefined], "revocation/list-unread");
});

test("a verdict that is listed and cannot be had may be one that is taken", async () => {
  const policy = await policyOf();
  const places = await openPlaces(policy);
  const statement = await hang(places, places.summary);
  const { store } = places.here;
  const down: ReadonlyStore = {
    ...store,
    fetch: (descriptor, call) =>
      descriptor.digest === statement
        ? Promise.reject(new CountersignError("store/unreachable", "Cannot read it: nobody answers"))
        : store.fetch(descriptor, call),
  };
  const verdict = await places.here.judge(taking(policy), { store: down });
  assert.equal(verdict.outcome, "unknown", "not unknown");
  assert.match(whyNot(verdict).join(), /could not be read/);
  assert.equal((await places.here.judge(policy, { store: down })).outcome, "deny");
});

/** The summary, as if it were of another policy. */
function about(policy: Policy, summary: Summary): Summary {
  const selection = policy.select(REPOSITORY, "build");
  assert.ok(selection.kind === "gate" && selection.gate.head !== undefined);
  const head = statementHead(policy, selection.gate.head);
  return { ...summary, head, policy: { ...summary.policy, digest: policyDigestOf(policy) } };
}

const APPROVING = {
  people: { ana: identityOf(certified) },
  gates: { build: { needs: NEEDS, approve: { by: "ana", valid: "24h" } } },
};

test("approvals that are not here may be taken from a verdict, and a rejection that is here is none", async () => {
  const places = await openPlaces(await policyOf());
  const policy = await policyOf(APPROVING);
  const summary = about(policy, places.summary);
  await hang(places, summary);
  const verdict = await places.here.judge(taking(policy));
  assert.equal(verdict.outcome, "pass", whyNot(verdict).join());
  assert.deepEqual(verdict.relaxations, ["taken from a summary by issuer:0: scan at gate build, approvals at gate build"]);
  const selection = policy.select(REPOSITORY, "build");
  const gateTerms = selection.kind === "gate" ? selection.gate.head?.gateTerms : undefined;
  assert.ok(gateTerms !== undefined);
  const said = { head: summary.head, signedAt: new Date(NOW.getTime() - HOUR), policyDigest: summary.policy.digest, gateTerms };
  const none = { evidence: [], supersedes: [], overrules: [], despite: false } as const;
  await places.here.attestAs(certified, writeApproval({ ...said, ...none, decision: "rejected" }), { type: APPROVAL_V1 });
  const rejected = await places.here.judge(taking(policy));
  assert.deepEqual([rejected.outcome, rejected.taken], ["deny", undefined], "approvals/rejected");
});

test("a rule that does not hold today is a no, whatever a verdict said before", async () => {
  const places = await openPlaces(await policyOf());
  const policy = await policyOf({ rules: [{ name: "never", gate: "build", expr: "now != now", message: "The build gate is shut" }] });
  await hang(places, about(policy, places.summary));
  const verdict = await places.here.judge(taking(policy));
  assert.deepEqual([verdict.outcome, verdict.taken], ["deny", undefined], "rule/not-met");
});

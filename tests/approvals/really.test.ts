/** Approvals as they really are: signed by certificates and bare keys, bundled and attached, judged by a policy that was read from its document. */
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { test } from "node:test";
import { attest } from "../../src/attest.ts";
import type { ApprovalSaid } from "../../src/core/decision.ts";
import { parseDigest } from "../../src/core/digest.ts";
import { PRODUCT_ANNOTATION } from "../../src/core/policy.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { ReadonlyStore, Store } from "../../src/core/store.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { evaluate } from "../../src/evaluate.ts";
import { type CountersignPolicy, decodePolicy } from "../../src/policy/countersign/document.ts";
import { openMemoryStore } from "../../src/registry/memory.ts";
import { writeApproval } from "../../src/statements/decisions/approval.ts";
import { writeDisown } from "../../src/statements/decisions/disown.ts";
import { APPROVAL_V1, DISOWN_V1, PROVENANCE_V1, SOURCE_V1 } from "../../src/statements/predicate-types.ts";
import { writeSource } from "../../src/statements/source/predicate.ts";
import { pushImage } from "../../src/testing/image.ts";
import { type Attester, HOUR, makeAttester, makeKeyHolder, NOW, trustOf } from "../evidence/world.ts";
import { findFaults } from "../json-schema.ts";
import { makeCommit, makeDeveloper, type RawCommit } from "./commits.ts";

const [ci, web, eva, gus, ana] = (await Promise.all(["ci-api", "ci-web", "eva", "gus", "ana"].map((name) => makeAttester(name)))) as [
  Attester,
  Attester,
  Attester,
  Attester,
  Attester,
];
const finn = makeKeyHolder("finn");
const CERTIFIED = [ci, web, eva, gus, ana];
const [evaCommits, anaCommits] = [makeDeveloper("eva"), makeDeveloper("ana")];
const BUILDER = "https://ci.acme.io/runner";

function certificate(name: string): object {
  return { certificate: { anchor: "ca:acme", subject: { CN: name, O: "Acme", C: "US" } } };
}

function pemOf({ identity }: Attester): string {
  const { publicKey } = identity as { publicKey: Uint8Array };
  return String(createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" }).export({ type: "spki", format: "pem" }));
}

/** `approve` of gate prod. */
function makePolicy(approve: object = {}, more: object = {}): Promise<CountersignPolicy> {
  const gates = {
    build: { needs: [{ provenance: { by: "ci", builder: BUILDER, source: "git+https://git.acme.io/{app}", ref: "refs/heads/main" } }] },
    prod: { after: "build", approve: { by: "release", atLeast: 2, valid: "72h", ...approve } },
  };
  const document = {
    apiVersion: "countersign.dev/v1",
    kind: "Policy",
    name: "shop",
    version: 1,
    products: { "shop/{app}": { build: "build.acme.io/{app}", prod: "prod.acme.io/{app}" } },
    people: {
      eva: { ...certificate("eva"), git: [{ ssh: evaCommits.fingerprint }], authors: ["eva@acme.io"] },
      finn: { key: pemOf(finn) },
      gus: certificate("gus"),
      ana: { ...certificate("ana"), git: [{ ssh: anaCommits.fingerprint }], authors: ["ana@acme.io"] },
    },
    parties: { ci: certificate("ci-{app}"), release: { people: ["eva", "finn", "gus"] } },
    gates,
    ...more,
  };
  return decodePolicy(Buffer.from(JSON.stringify(document)), { source: "shop.yaml" });
}

interface Shop {
  readonly store: Store;
  readonly policy: CountersignPolicy;
  approve(
    by: Attester,
    parts?: Partial<ApprovalSaid> & { readonly app?: string; readonly annotations?: Readonly<Record<string, string>> },
  ): Promise<string>;
  disown(by: Attester, commit: RawCommit): Promise<void>;
  verify(options?: {
    readonly app?: string;
    readonly gate?: string;
    readonly store?: ReadonlyStore;
    readonly policy?: CountersignPolicy;
  }): Promise<Verdict>;
}

/** An image that ci has built from a commit of ana's, unless told. */
async function makeShop({
  approve = {},
  commits = [makeCommit(anaCommits)],
}: { readonly approve?: object; readonly commits?: readonly RawCommit[] } = {}): Promise<Shop> {
  const policy = await makePolicy(approve);
  const store = openMemoryStore();
  const { digest } = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }] });
  const image = parseReference(`prod.acme.io/api@${digest}`);
  const clock = { now: () => new Date(NOW.getTime() - HOUR) };
  const headOf = (app: string) => {
    const selection = policy.select(`prod.acme.io/${app}`, "prod");
    assert.ok(selection.kind === "gate" && selection.gate.head !== undefined);
    const { gateTerms, ...head } = selection.gate.head;
    return { gateTerms, head: { ...head, policyChain: parseDigest(policy.digest) } };
  };
  const say = async (by: Attester, predicateType: string, predicate: unknown, annotations = {}): Promise<string> => {
    const { evidence } = await attest(image, { store, signer: by.signer, predicateType, predicate, clock, annotations });
    return evidence.digest;
  };
  const head = commits.at(-1)?.id ?? "";
  const product = { [PRODUCT_ANNOTATION]: "shop/api" };
  const resolved = { uri: "git+https://git.acme.io/api@refs/heads/main", digest: { gitCommit: head } };
  const provenance = {
    buildDefinition: { buildType: "https://ci.acme.io/v1", externalParameters: {}, resolvedDependencies: [resolved] },
    runDetails: { builder: { id: BUILDER } },
  };
  await say(ci, PROVENANCE_V1, provenance, product);
  await say(ci, SOURCE_V1, writeSource({ objectFormat: "sha1", head, commits: commits.map(({ raw }) => raw), tags: [] }), product);
  const said = (app: string) => ({ head: headOf(app).head, signedAt: clock.now(), policyDigest: parseDigest(policy.digest) });
  return {
    store,
    policy,
    approve: (by, { app = "api", annotations, ...parts } = {}) =>
      say(
        by,
        APPROVAL_V1,
        writeApproval({
          ...said(app),
          gateTerms: headOf(app).gateTerms,
          decision: "approved",
          evidence: [],
          supersedes: [],
          overrules: [],
          despite: false,
          ...parts,
        }),
        annotations,
      ),
    disown: async (by, { id }) => void (await say(by, DISOWN_V1, writeDisown({ ...said("api"), commit: id }))),
    verify: ({ app = "api", gate = "prod", ...more } = {}) =>
      evaluate(parseReference(`${gate}.acme.io/${app}@${digest}`), {
        store,
        policy,
        gate,
        trust: trustOf(CERTIFIED),
        clock: { now: () => NOW },
        ...more,
      }),
  };
}

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
  await shop.approve(eva);
  assert.equal(countedIn(await shop.verify()), "deny deny eva");
  await shop.approve(finn, { expiresOn: new Date(NOW.getTime() + HOUR) });
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
  await Promise.all([shop.approve(eva), shop.approve(finn)]);
  const other = approvalsOf(await shop.verify({ app: "web" }));
  assert.equal(other.outcome, "deny");
  assert.deepEqual(
    other.words?.map(({ because }) => because?.map(({ code }) => code)),
    [["approvals/other-gate"], ["approvals/other-gate"]],
  );
  // Nor by a signature that names another product.
  const named = await makeShop();
  await named.approve(eva);
  await named.approve(gus, { annotations: { [PRODUCT_ANNOTATION]: "shop/web" } });
  assert.equal(countedIn(await named.verify()), "deny deny eva");
});

test("a rejection holds, also by somebody who may not approve, and whoever removes it from the listing is not believed further than he can be", async () => {
  const shop = await makeShop();
  await Promise.all([shop.approve(eva), shop.approve(finn)]);
  const no = await shop.approve(gus, { decision: "rejected", reason: "it is slow" });
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
  await shop.approve(gus, { supersedes: [parseDigest(no)] });
  assert.equal(countedIn(await shop.verify()), "pass pass eva finn gus");
});

test("a rejection by somebody of the policy who is asked no more holds, if he may have been asked then", async () => {
  const shop = await makeShop();
  await Promise.all([shop.approve(eva), shop.approve(finn), shop.approve(ana)]);
  assert.equal(countedIn(await shop.verify()), "pass pass eva finn");
  await shop.approve(ana, { decision: "rejected" });
  assert.equal(countedIn(await shop.verify()), "pass pass eva finn");
  await shop.approve(ana, { decision: "rejected", policyDigest: parseDigest(`sha256:${"a".repeat(64)}`) });
  assert.equal(countedIn(await shop.verify()), "deny deny eva finn");
});

test("whoever overrules a rejection is one more than are asked for, and the verdict says so", async () => {
  const shop = await makeShop({ approve: { atLeast: 1 } });
  const overrules = [parseDigest(await shop.approve(gus, { decision: "rejected" }))];
  await shop.approve(eva, { overrules });
  assert.match(countedIn(await shop.verify()), /^deny deny/);
  await shop.approve(finn, { overrules });
  const verdict = await shop.verify();
  assert.equal(countedIn(verdict), "pass pass eva finn");
  assert.deepEqual(verdict.relaxations, ["gus has rejected it at gate prod, and eva and finn have overruled it"]);
});

test("a policy of which the first version is not known takes no approval", async () => {
  const shop = await makeShop();
  await Promise.all([shop.approve(eva), shop.approve(finn)]);
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
  const own = await makeShop({ approve, commits: [makeCommit(evaCommits)] });
  await Promise.all([own.approve(eva), own.approve(finn)]);
  const denied = await own.verify();
  assert.equal(countedIn(denied), "deny deny finn");
  assert.match(JSON.stringify(approvalsOf(denied).words), /eva authored commit [0-9a-f]{7}"/);
  await own.approve(gus);
  assert.equal(countedIn(await own.verify()), "pass pass finn gus");

  // Ana has written eva's name into a commit, or into one before it.
  const forged = makeCommit(anaCommits, { author: "eva" });
  const named = await makeShop({ approve, commits: [forged, makeCommit(anaCommits, { parent: forged.id })] });
  await Promise.all([named.approve(eva), named.approve(finn)]);
  assert.equal(countedIn(await named.verify()), "deny deny finn");
  await named.disown(eva, forged);
  assert.equal(countedIn(await named.verify()), "deny deny eva finn");
  await named.approve(gus);
  assert.equal(countedIn(await named.verify()), "pass pass eva finn gus");

  const unknown = await makeShop({ approve, commits: [makeCommit(makeDeveloper("mallory"))] });
  await Promise.all([unknown.approve(eva), unknown.approve(finn)]);
  assert.match(countedIn(await unknown.verify()), /^unknown unknown/);
});

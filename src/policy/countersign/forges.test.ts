import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Gate, Selection } from "../../core/policy.ts";
import { diffPolicies, type PolicyDiff } from "./diff.ts";
import { type CountersignPolicy, decodePolicy } from "./document.ts";
import { gateDigestsOf } from "./gate-digest.ts";

const FORGE_KEY = `SHA256:${"B".repeat(42)}A`;
const OTHER_KEY = `SHA256:${"C".repeat(42)}A`;
const PGP_KEY = readFileSync(join(import.meta.dirname, "../../../tests/fixtures/policy-documents/keys/ana.asc"), "utf8");
const FORGES = `forges: { github: { git: [ { ssh: "${FORGE_KEY}" } ] } }`;
const POLICY = `
apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
products:
  shop: { build: "build.acme.io/shop", prod: "prod.acme.io/shop" }
people:
  ana: { certificate: { anchor: "ca:acme", subject: { CN: Ana, O: Acme } }, authors: [ana@acme.io] }
  bo: { certificate: { anchor: "ca:acme", subject: { CN: Bo, O: Acme } }, git: [ { ssh: "SHA256:${"A".repeat(43)}" } ], authors: [bo@acme.io] }
parties:
  ci: { certificate: { anchor: "ca:acme", subject: { CN: ci, O: Acme } } }
gates:
  build:
    needs: [ { provenance: { by: ci, builder: "https://ci.acme.io", source: "git+https://git.acme.io/shop", ref: refs/heads/main, commit: { signedBy: people } } } ]
  prod: { after: build, approve: { by: [ana, bo], not: [author], valid: 72h } }
`;

function load(text: string): Promise<CountersignPolicy> {
  return decodePolicy(Buffer.from(text), { source: "shop.yaml" });
}

function withForges(forges = FORGES, policy = POLICY): string {
  return policy.replace("gates:", `${forges}\ngates:`);
}

function selected(policy: CountersignPolicy): Extract<Selection, { kind: "gate" }> {
  const selection = policy.select("prod.acme.io/shop", "prod");
  assert.ok(selection.kind === "gate");
  return selection;
}

function openPgpKeysAt({ requirements }: Gate): number {
  return requirements.flatMap((one) => (one.kind === "evidence" || one.kind === "approval" ? (one.openPgpKeys ?? []) : [])).length;
}

async function diff(from: string, to: string): Promise<PolicyDiff> {
  const [before, after] = await Promise.all([load(from), load(to)]);
  return diffPolicies(before.loaded, after.loaded);
}

async function warningsOf(text: string): Promise<readonly string[]> {
  return (await load(text)).warnings;
}

test("a forge is known by its keys where authors are kept out, and is nobody else", async () => {
  const [without, listed] = await Promise.all([load(POLICY), load(withForges())]);
  assert.equal(selected(without).people?.forges, undefined);
  assert.deepEqual(selected(listed).people?.forges, [{ name: "github", gitKeys: [FORGE_KEY] }]);
  assert.deepEqual(selected(listed).people?.committers, selected(without).people?.committers);
  assert.deepEqual(
    selected(listed)
      .everybody?.()
      .map(({ name }) => name),
    ["ana", "bo", "ci"],
  );
  const pgp = selected(await load(withForges(`forges: { github: { git: [ { openpgp: ${JSON.stringify(PGP_KEY)} } ] } }`)));
  assert.equal(openPgpKeysAt(pgp.gate), 1);
  // Whoever must have signed commits is no forge.
  assert.deepEqual(pgp.before.map(openPgpKeysAt), [0]);
});

test("approvals stay what they are when a forge is listed, as when people get other keys", async () => {
  const [before, after] = (await Promise.all([load(POLICY), load(withForges())])).map(({ loaded }) => gateDigestsOf(loaded)("prod"));
  assert.deepEqual(after, before);
});

test("a forge that is believed and was not makes the gates easier at which authors are kept out, and is told", async () => {
  const listed = await diff(POLICY, withForges());
  assert.deepEqual(listed.changes, [{ part: "forge", name: "github", what: "git", is: FORGE_KEY }]);
  const easier = "the forge github is believed about who has written the commits that it signs, and was not before";
  assert.deepEqual(listed.gates, [{ gate: "prod", was: 2, is: 2, easier: [easier] }]);
  const another = await diff(withForges(), withForges(FORGES.replace(FORGE_KEY, OTHER_KEY)));
  assert.deepEqual(another.changes, [{ part: "forge", name: "github", what: "git", was: FORGE_KEY, is: OTHER_KEY }]);
  assert.deepEqual(another.gates, [{ gate: "prod", was: 2, is: 2, easier: [easier] }]);
  assert.deepEqual((await diff(withForges(), POLICY)).gates, []);
  assert.deepEqual((await diff(withForges(), withForges(FORGES.replace("github", "hub")))).gates, []);
  const anybody = POLICY.replace(" not: [author],", "");
  assert.deepEqual((await diff(anybody, withForges(FORGES, anybody))).gates, []);
});

test("of whom no mail is known nobody knows what he has written at a forge, and the policy's reader is warned", async () => {
  const mailless = POLICY.replace(", authors: [bo@acme.io]", "");
  assert.deepEqual(await warningsOf(withForges()), []);
  assert.deepEqual(await warningsOf(mailless), []);
  assert.deepEqual(await warningsOf(withForges(FORGES, mailless)), [
    "gates.prod.approve.not[0] cannot tell what is written at github by bo: the policy has no mail of theirs under authors",
  ]);
  assert.deepEqual(await warningsOf(withForges(FORGES, mailless.replace(" not: [author],", ""))), []);
});

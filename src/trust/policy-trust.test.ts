import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf, parseDigest } from "../core/digest.ts";
import type { FoundVersion } from "../core/policy.ts";
import { decodePolicyDocument, type PolicyFile } from "./policy-file.ts";
import { pinnedPolicy } from "./policy-trust.ts";

const AT = new Date("2026-11-25T10:00:00Z");

function notaryPolicy(name: string): Uint8Array {
  const signatureVerification = { level: "strict" };
  const [trustStores, trustedIdentities] = [["ca:acme"], ["*"]];
  return Buffer.from(
    JSON.stringify({
      version: "1.0",
      trustPolicies: [{ name, registryScopes: ["*"], signatureVerification, trustStores, trustedIdentities }],
    }),
  );
}

const [EARLIER, LATER] = [notaryPolicy("earlier"), notaryPolicy("later")];

async function findPast(kept: Uint8Array, named: Uint8Array = EARLIER): Promise<FoundVersion | undefined> {
  const policy = await decodePolicyDocument(LATER, { source: "the test" });
  const file: PolicyFile = { place: { kind: "stdin", text: "the test" }, bytes: LATER, policy };
  const past = [{ digest: parseDigest(digestOf(EARLIER)), until: AT }];
  const pins = new Map([[policy.name, { digest: parseDigest(policy.digest), past }]]);
  const digest = digestOf(named);
  const found = pinnedPolicy(file, { pins }).policy;
  return found.versionOf?.({ digest, judged: { from: AT, to: AT }, findKept: () => Promise.resolve({ bytes: kept, gaps: [] }) });
}

test("the document that was pinned judges, wherever it comes from", async () => {
  const found = await findPast(EARLIER);
  assert.deepEqual([found?.policy?.digest, found?.policy?.trust, found?.gaps], [digestOf(EARLIER), "pinned", []]);
});

test("another document than the one that was pinned judges nothing", async () => {
  assert.deepEqual(await findPast(notaryPolicy("another")), { gaps: [] });
  assert.deepEqual(await findPast(notaryPolicy("another"), notaryPolicy("another")), { gaps: [] });
});

test("one that does not load may have been a yes", async () => {
  const found = await findPast(Buffer.from("{}"));
  assert.equal(found?.policy, undefined);
  assert.equal(found?.gaps.length, 1);
});

/** What those who are not asked can do to evidence of those who are: nothing. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import type { EvidenceRequirement } from "../../src/core/requirement.ts";
import { parseReference } from "../../src/core/reference.ts";
import { keyFingerprint } from "../../src/core/key-fingerprint.ts";
import { createBareSigner } from "../../src/keys/signer.ts";
import { sign } from "../../src/sign.ts";
import {
  type Attester,
  type EvidenceWorld,
  gateAsking,
  HOUR,
  makeAttester,
  makeEvidenceWorld,
  makeKeyHolder,
  needsScan,
  NOW,
  scanPredicate,
  trustOf,
} from "./world.ts";

const scanner = await makeAttester("scanner");
const ci = await makeAttester("ci");
const stranger = await makeAttester("stranger");
const trust = trustOf([scanner, ci]);
const critical = [{ id: "CVE-2026-1", severity: "critical" }];

function at(hoursAgo: number): Date {
  return new Date(NOW.getTime() - hoursAgo * HOUR);
}

async function cosign(world: EvidenceWorld, digest: string, { signer }: Attester, hoursAgo: number): Promise<void> {
  await sign(parseReference(`registry.example/app@${digest}`), { store: world.store, signer, clock: { now: () => at(hoursAgo) } });
}

test("a failing scan is seen however many signatures of others hang on it", async () => {
  const policy = gateAsking([needsScan({ maxAge: 864_000 })], [scanner, ci]);
  for (const other of [ci, stranger]) {
    const world = await makeEvidenceWorld(trust);
    await world.attestAs(scanner, scanPredicate({ at: at(5) }));
    const { evidence } = await world.attestAs(scanner, scanPredicate({ at: at(2), findings: critical }));
    for (let number = 0; number < 40; number++) await cosign(world, evidence.digest, other, 1 + number / 3600);
    assert.equal((await world.judge(policy)).outcome, "deny");
  }
});

test("a stranger's own scan with many signatures leaves nothing open", async () => {
  const policy = gateAsking([needsScan({ maxAge: 864_000 })], [scanner, ci]);
  const world = await makeEvidenceWorld(trust);
  await world.attestAs(scanner, scanPredicate({ at: at(5) }));
  const { evidence } = await world.attestAs(stranger, scanPredicate({ at: at(2) }));
  for (let number = 0; number < 40; number++) await cosign(world, evidence.digest, stranger, 1 + number / 3600);
  assert.equal((await world.judge(policy)).outcome, "pass");
});

const TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1";
const needsTest: EvidenceRequirement = needsScan({
  name: "test",
  about: { content: "test" },
  judge: (content) => (content.kind === "test" && content.result !== "passed" ? [{ code: "evidence/test-failed", message: "failed" }] : []),
});

function result(isGood: boolean, names = ["a"]): object {
  return { result: isGood ? "PASSED" : "FAILED", configuration: [], passedTests: names, warnedTests: [], failedTests: isGood ? [] : ["b"] };
}

test("only those who are asked say when it was", async () => {
  const policy = gateAsking([needsTest], [scanner, ci]);
  const world = await makeEvidenceWorld(trust);
  await world.attestAs(scanner, result(true), { type: TEST_RESULT, hoursAgo: 9 });
  const { evidence } = await world.attestAs(scanner, result(false), { type: TEST_RESULT, hoursAgo: 1 });
  assert.equal((await world.judge(policy)).outcome, "deny");
  await cosign(world, evidence.digest, ci, 100);
  assert.equal((await world.judge(policy)).outcome, "deny");
});

test("what those who are asked say no time of has no age, whoever else signs it", async () => {
  const tester = makeKeyHolder("scanner");
  const policy = gateAsking([{ ...needsTest, maxAge: 86_400 }], [tester, ci]);
  const world = await makeEvidenceWorld(trust);
  // Too large for a bundle, so that others can sign it too.
  const names = Array.from({ length: 900_000 }, (_, number) => `t${number}`);
  const { evidence } = await world.attestAs(tester, result(true, names), { type: TEST_RESULT });
  await cosign(world, evidence.digest, ci, 1);
  assert.equal((await world.judge(policy)).outcome, "unknown");
});

test("random bytes in the name of an Ed25519 key hold up nobody", async () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const signer = createBareSigner({ key: privateKey, keyName: "edward" });
  const publicKey = signer.bare?.publicKey ?? new Uint8Array();
  const edward: Attester = {
    name: "edward",
    signer,
    root: new Uint8Array(),
    identity: { kind: "key", fingerprint: keyFingerprint(publicKey), publicKey },
  };
  const policy = gateAsking([needsScan()], [scanner, edward]);
  const world = await makeEvidenceWorld(trust);
  await world.attestAs(scanner, scanPredicate({ at: at(2) }));
  const liar: Attester = {
    ...edward,
    signer: {
      chain: [],
      sign: () => Promise.resolve(new Uint8Array(64)),
      bare: { publicKey, sign: () => Promise.resolve(Buffer.alloc(64, 7)) },
    },
  };
  await assert.rejects(world.attestAs(liar, scanPredicate({ at: at(1) })), { code: "key/invalid" });
  const honest = await world.attestAs(edward, scanPredicate({ at: at(1), findings: critical }));
  const bytes = Buffer.from(await world.store.fetch(honest.evidence));
  assert.ok(bytes.length > 0);
  // Edward is not asked about scans.
  assert.equal((await world.judge(policy)).outcome, "pass");
});

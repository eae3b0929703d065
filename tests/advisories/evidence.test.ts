/** What has gone wrong elsewhere with statements about images, done here by whoever may push beside the image. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { digestHex } from "../../src/core/digest.ts";
import { IN_TOTO } from "../../src/core/media-types.ts";
import { parseReference } from "../../src/core/reference.ts";
import { encodeJson } from "../../src/encoding/json.ts";
import { sign } from "../../src/sign.ts";
import { pushImage } from "../../src/testing/image.ts";
import {
  type EvidenceWorld,
  HOUR,
  makeAttester,
  makeEvidenceWorld,
  makeKeyHolder,
  NOW,
  SCAN_TYPE,
  scanPredicate,
  trustOf,
} from "../evidence/world.ts";
import { assertDenied, CARRIERS, codesOf, type Envelope, hangStatement, identityOf, move, policyAsking } from "./scene.ts";

const REVIEW = "https://acme.io/review/v1";
const keyed = makeKeyHolder("ci");
const certified = await makeAttester("ci");
const trust = trustOf([certified]);
const asKey = { parties: { ci: identityOf(keyed) } };
const asCertificate = { parties: { ci: identityOf(certified) } };
const scan = scanPredicate({ at: new Date(NOW.getTime() - HOUR) });

/** A statement of a review that went well, and whatever else is asked for. */
function review({ digest }: EvidenceWorld, change: object = {}): Uint8Array {
  return encodeJson({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: digestHex(digest) } }],
    predicateType: REVIEW,
    predicate: { result: "ok" },
    ...change,
  });
}

const asksReview = await policyAsking([{ attestation: { by: "ci", type: REVIEW } }], asKey);
const asksOkReview = await policyAsking([{ attestation: { by: "ci", type: REVIEW, expr: 'predicate.result == "ok"' } }], asKey);

test("no evidence at all is a no for every kind of need, and never an empty yes (CVE-2025-25204)", async () => {
  const world = await makeEvidenceWorld(trust);
  const needs = [
    { signature: { by: "ci" } },
    { provenance: { by: "ci" } },
    { sbom: { by: "ci" } },
    { scan: { by: "ci", deny: "low" } },
    { test: { by: "ci" } },
    { vex: { by: "ci" } },
    { attestation: { by: "ci", type: REVIEW } },
  ];
  for (const need of needs) {
    const verdict = await world.judge(await policyAsking([need], asKey));
    assert.deepEqual([verdict.outcome, verdict.requirements[0]?.outcome], ["deny", "deny"], JSON.stringify(need));
  }
});

test("a valid statement of another type counts for nothing, in any carrier, whatever the manifest claims (CVE-2022-35929)", async () => {
  const needs = [{ sbom: { by: "ci" } }, { attestation: { by: "ci", type: "https://spdx.dev/Document" } }];
  for (const carrier of CARRIERS) {
    for (const need of needs) {
      const policy = await policyAsking([need], asKey);
      for (const claimedType of [SCAN_TYPE, "https://spdx.dev/Document"]) {
        const world = await makeEvidenceWorld(trust);
        await hangStatement(world, carrier, {
          by: keyed,
          bytes: review(world, { predicateType: SCAN_TYPE, predicate: scan }),
          claimedType,
        });
        const verdict = await world.judge(policy);
        assert.equal(verdict.outcome, "deny", `${carrier}, as ${claimedType}`);
        assert.deepEqual(verdict.requirements[0]?.counted, []);
      }
    }
  }
});

test("an attestation that is asked for without an expression is still asked for, of its type and signer (CVE-2022-35930)", async () => {
  const world = await makeEvidenceWorld(trust);
  assert.equal((await world.judge(asksReview)).outcome, "deny");
  await world.attestAs(makeKeyHolder("stranger"), { result: "ok" }, { type: REVIEW });
  assert.equal((await world.judge(asksReview)).outcome, "deny");
  await world.attestAs(keyed, { result: "ok" }, { type: `${REVIEW}/draft` });
  assert.equal((await world.judge(asksReview)).outcome, "deny");
  await world.attestAs(keyed, { result: "ok" }, { type: REVIEW });
  assert.equal((await world.judge(asksReview)).outcome, "pass");
});

const MALFORMED: readonly (readonly [what: string, code: string, bytes: (world: EvidenceWorld) => Uint8Array])[] = [
  ["no bytes that are JSON", "json/syntax", (world) => review(world).subarray(1)],
  ["bytes after the JSON", "json/syntax", (world) => Buffer.concat([review(world), Buffer.from("{}")])],
  ["a byte order mark", "json/syntax", (world) => Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), review(world)])],
  ["what is not UTF-8", "json/utf8", (world) => Buffer.concat([review(world), Buffer.of(0xff)])],
  ["a predicate type twice", "json/duplicate-member", (world) => twice(review(world), "predicateType", "https://spdx.dev/Document")],
  ["a list", "statement/invalid", () => Buffer.from("[]")],
  ["no type of statement", "statement/invalid", (world) => review(world, { _type: undefined })],
  ["another type of statement", "statement/invalid", (world) => review(world, { _type: "https://in-toto.io/Statement/v2" })],
  ["no predicate type", "statement/invalid", (world) => review(world, { predicateType: undefined })],
  ["a predicate type that is a list", "statement/invalid", (world) => review(world, { predicateType: [REVIEW] })],
  ["no subject", "statement/invalid", (world) => review(world, { subject: [] })],
  ["a subject that is null", "statement/invalid", (world) => review(world, { subject: [null] })],
  ["a predicate that is a list", "statement/invalid", (world) => review(world, { predicate: [{ result: "ok" }] })],
];

function twice(bytes: Uint8Array, name: string, value: string): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString("utf8").replace("{", `{"${name}":"${value}",`));
}

for (const [what, code, bytes] of MALFORMED) {
  test(`a signed statement that is malformed is no success: ${what} (CVE-2026-39395)`, async () => {
    for (const carrier of CARRIERS) {
      const world = await makeEvidenceWorld(trust);
      await hangStatement(world, carrier, { by: keyed, bytes: bytes(world), claimedType: REVIEW });
      assertDenied(await world.judge(asksReview), code);
    }
  });
}

function retyped(dsse: object): object {
  return { ...dsse, payloadType: IN_TOTO };
}

function signedTwice(dsse: object): object {
  return { ...dsse, signatures: Object.values(dsse).flatMap((one: unknown) => (Array.isArray(one) ? [one[0], one[0]] : [])) };
}

test("a signed envelope with another type of payload, or a second signature, is no success (CVE-2026-39395)", async () => {
  const cases: readonly (readonly [code: string, envelope: Envelope])[] = [
    ["dsse/payload-type", { payloadType: "application/json" }],
    // What was signed as another type is not to be had as this one either.
    ["identity/key-unknown", { payloadType: "application/json", change: retyped }],
    ["dsse/signatures", { change: signedTwice }],
  ];
  for (const carrier of ["bundle", "cosign-attestation"] as const) {
    for (const [code, envelope] of cases) {
      const world = await makeEvidenceWorld(trust);
      await hangStatement(world, carrier, { by: keyed, bytes: review(world), claimedType: REVIEW, ...envelope });
      assertDenied(await world.judge(asksReview), code);
    }
  }
});

test("the good twin of all malformed ones passes in each carrier", async () => {
  for (const carrier of CARRIERS) {
    const world = await makeEvidenceWorld(trust);
    await hangStatement(world, carrier, { by: keyed, bytes: review(world), claimedType: REVIEW });
    const verdict = await world.judge(asksOkReview);
    assert.equal(verdict.outcome, "pass", `${carrier}: ${codesOf(verdict).join(", ")}`);
  }
});

/** Two images in stores of their own. */
async function twoWorlds(): Promise<{
  readonly from: EvidenceWorld;
  readonly to: { world: EvidenceWorld; subject: Awaited<ReturnType<typeof pushImage>> };
}> {
  const from = await makeEvidenceWorld(trust);
  const world = await makeEvidenceWorld(trust);
  const other = await pushImage(world.store, { files: [{ path: "other", bytes: Buffer.from("other") }] });
  const { mediaType, digest, size } = other;
  return { from, to: { world, subject: { mediaType, digest, size } } };
}

test("a bundle of another image, moved here, counts for nothing (CVE-2026-22703)", async () => {
  const { from, to } = await twoWorlds();
  const { evidence } = await from.attestAs(keyed, { result: "ok" }, { type: REVIEW });
  await move(evidence, { from, to });
  assertDenied(await to.world.judge(asksReview, { about: to.subject.digest }), "subject/mismatch");
  assert.equal((await from.judge(asksReview)).outcome, "pass");
});

test("an attached statement that is moved loses its signature, and takes no other's along (CVE-2022-36056)", async () => {
  const { from, to } = await twoWorlds();
  const policy = await policyAsking([{ attestation: { by: "ci", type: REVIEW } }], asCertificate);
  const { evidence, signature } = await from.attestAs(certified, { result: "ok" }, { type: REVIEW });
  const moved = await move(evidence, { from, to });
  assert.equal((await to.world.judge(policy, { about: to.subject.digest })).outcome, "deny");
  await move(signature, { from, to: { ...to, subject: { mediaType: moved.mediaType, digest: moved.digest, size: moved.size } } });
  assertDenied(await to.world.judge(policy, { about: to.subject.digest }), "subject/mismatch");
  assert.equal((await from.judge(policy)).outcome, "pass");
});

test("a statement about another image counts for nothing, though one who is asked has signed its artifact", async () => {
  const world = await makeEvidenceWorld(trust);
  const other = { digest: { sha256: "ab".repeat(32) } };
  const cases = [[other], [{ digest: { sha512: digestHex(world.digest).repeat(2) } }], [{ name: world.digest, digest: other.digest }]];
  for (const subject of cases) {
    const place = await makeEvidenceWorld(trust);
    await hangStatement(place, "attached", { by: keyed, bytes: review(place, { subject }), claimedType: REVIEW });
    assertDenied(await place.judge(asksReview), "evidence/subject");
  }
});

test("a signature of another image of the same store counts for nothing where it is hung up", async () => {
  const { to } = await twoWorlds();
  const { world, subject } = to;
  const { signature } = await sign(parseReference(`registry.example/app@${world.digest}`), {
    store: world.store,
    signer: certified.signer,
    clock: { now: () => NOW },
  });
  await move(signature, { from: world, to });
  const policy = await policyAsking([{ signature: { by: "ci" } }], asCertificate);
  assertDenied(await world.judge(policy, { about: subject.digest }), "subject/mismatch");
});

test("one who signs twice, in two formats and with two identities, is one of the two that are asked for (CVE-2026-49834)", async () => {
  const ana = await makeAttester("ana");
  const bo = await makeAttester("bo");
  const anaKey = makeKeyHolder("ana");
  const people = { ana: { ...identityOf(ana), ...identityOf(anaKey) }, bo: identityOf(bo) };
  const policy = await policyAsking([{ signature: { by: ["ana", "bo"], atLeast: 2 } }], { people });
  const world = await makeEvidenceWorld(trustOf([ana, bo]));
  const signAs = (by: typeof ana, format?: string): Promise<unknown> =>
    sign(world.reference, {
      store: world.store,
      signer: by.signer,
      clock: { now: () => NOW },
      ...(format === undefined ? {} : { format }),
    });
  await signAs(ana, "notary-jws");
  await signAs(ana, "notary-jws");
  await signAs(ana, "notary-cose");
  await signAs(anaKey);
  const verdict = await world.judge(policy);
  assertDenied(verdict, "signature/too-few");
  assert.equal(verdict.signatures.filter(({ outcome }) => outcome === "counts").length, 4);
  await signAs(bo);
  assert.equal((await world.judge(policy)).outcome, "pass");
});

/** Good envelopes with bytes changed at random: no crash, no hang, and no pass unless only unsigned parts were changed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { decode, type Tag } from "cbor2";
import * as fc from "fast-check";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { fixedClock } from "../../src/core/clock.ts";
import { digestOf } from "../../src/core/digest.ts";
import type { Policy } from "../../src/core/policy.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { ReadonlyStore } from "../../src/core/store.ts";
import type { TrustSource } from "../../src/core/trust-source.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { evaluate } from "../../src/evaluate.ts";
import { decodeNotaryPolicy } from "../../src/policy/notary/document.ts";
import { createEnvelope } from "./envelope.ts";
import { storeOf, storeOfManifest } from "./one-signature-store.ts";
import { ENVELOPE_TYPES, goodPlan, type Json, NOW, type Plan, SIGNATURE_TYPE } from "./plan.ts";
import { createCertificates } from "./world.ts";

interface Good {
  readonly subject: Descriptor;
  readonly envelope: Uint8Array;
  readonly trust: TrustSource;
  readonly policy: Policy;
}

function makeGood(format: Plan["format"]): Good {
  const plan = goodPlan(format);
  const { mediaType, bytes } = plan.image;
  const subject: Descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  plan.payload["targetArtifact"] = subject;
  const made = createCertificates(plan);
  return {
    subject,
    envelope: createEnvelope(plan, plan.chain(made)),
    trust: { anchors: () => Promise.resolve([{ certificate: made.root, store: { type: "ca" as const, name: "acme" } }]) },
    policy: decodeNotaryPolicy(Buffer.from(JSON.stringify(plan.policy)), { source: "trustpolicy.json" }),
  };
}

async function judge({ trust, policy }: Good, store: ReadonlyStore): Promise<Verdict["outcome"]> {
  const verdict = await evaluate(parseReference("registry.example/app:v1"), { store, policy, trust, clock: fixedClock(NOW) });
  return verdict.outcome;
}

function judgeEnvelope(good: Good, bytes: Uint8Array, format: Plan["format"]): Promise<Verdict["outcome"]> {
  return judge(good, storeOf(good.subject, { mediaType: ENVELOPE_TYPES[format], bytes }));
}

/** Bits flipped, bytes cut off, taken out, put in, moved, or written over. */
function mutations(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat(bytes.length - 1);
  const flipped = fc.array(fc.tuple(place, fc.nat(7)), { minLength: 1, maxLength: 3 }).map((flips) => {
    const copy = Uint8Array.from(bytes);
    for (const [index, bit] of flips) copy[index] = (copy[index] ?? 0) ^ (1 << bit);
    return copy;
  });
  const cut = place.map((length) => bytes.slice(0, length));
  const spliced = fc
    .tuple(place, fc.nat(40), fc.uint8Array({ maxLength: 40 }))
    .map(([start, length, put]) => join(bytes.subarray(0, start), put, bytes.subarray(start + length)));
  const moved = fc
    .tuple(place, fc.nat(200), place)
    .map(([from, length, to]) => join(bytes.subarray(0, to), bytes.subarray(from, from + length), bytes.subarray(to)));
  return fc.oneof(flipped, cut, spliced, moved);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** True if a JWS says the same in all that is signed or decides. */
function sameJws(a: Uint8Array, b: Uint8Array): boolean {
  return isDeepStrictEqual(whatDecides(a), whatDecides(b));
}

function whatDecides(jws: Uint8Array): unknown {
  const { payload, protected: headers, signature, header } = JSON.parse(Buffer.from(jws).toString()) as Json;
  return [payload, headers, signature, (header as Json)["x5c"]];
}

/** True if a COSE message says the same in all that is signed or decides. The other header fields are neither, whatever they have become. */
function sameCose(a: Uint8Array, b: Uint8Array): boolean {
  return isDeepStrictEqual(whatCoseDecides(a), whatCoseDecides(b));
}

function whatCoseDecides(message: Uint8Array): unknown {
  const [headers, unsigned, payload, signature] = (decode(Uint8Array.from(message)) as Tag).contents as [
    Uint8Array,
    Map<unknown, unknown>,
    Uint8Array,
    Uint8Array,
  ];
  return [headers, unsigned.get(X5CHAIN), payload, signature];
}

/** COSE's header label of the certificate chain, RFC 9360 section 2. */
const X5CHAIN = 33;

const RUNS = 4000;
const HANGS = { timeout: 1_800_000 };

for (const format of ["jws", "cose"] as const) {
  const good = makeGood(format);
  const same = format === "jws" ? sameJws : sameCose;

  test(`${format}: the envelope passes as it is`, async () => {
    assert.equal(await judgeEnvelope(good, good.envelope, format), "pass");
  });

  test(`${format}: changed at random, an envelope passes only if nothing that is signed has changed`, HANGS, async (t) => {
    let passed = 0;
    await fc.assert(
      fc.asyncProperty(mutations(good.envelope), async (bytes) => {
        const outcome = await judgeEnvelope(good, bytes, format);
        if (outcome === "pass") {
          passed += 1;
          assert.ok(same(good.envelope, bytes), Buffer.from(bytes).toString("base64"));
        } else {
          assert.equal(outcome, "deny");
        }
      }),
      { numRuns: RUNS },
    );
    t.diagnostic(`${passed} of ${RUNS} changed nothing that is signed, and passed`);
  });

  test(`${format}: bytes at random are denied`, HANGS, async () => {
    const start = good.envelope.subarray(0, 30);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, begun) => {
        assert.equal(await judgeEnvelope(good, begun ? join(start, bytes) : bytes, format), "deny");
      }),
      { numRuns: 500 },
    );
  });
}

test("a manifest changed at random leads to an answer, whatever it is", HANGS, async () => {
  const good = makeGood("jws");
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      config: { mediaType: SIGNATURE_TYPE, digest: digestOf(Buffer.from("{}")), size: 2 },
      layers: [{ mediaType: ENVELOPE_TYPES.jws, digest: digestOf(good.envelope), size: good.envelope.length }],
      subject: good.subject,
    }),
  );
  await fc.assert(
    fc.asyncProperty(mutations(manifest), async (bytes) => {
      const outcome = await judge(good, storeOfManifest(good.subject, { bytes, blobs: [good.envelope] }));
      assert.ok(["pass", "deny", "unknown"].includes(outcome));
    }),
    { numRuns: RUNS },
  );
});

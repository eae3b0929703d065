/**
 * Timestamps bent in one place at a time. What is signed must be DER to the last bit; around it BER may be written in many
 * ways. Whatever is changed, a token is refused, or it proves the same as before.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { LIMITS } from "../src/core/limits.ts";
import { Malformed } from "../src/core/malformed.ts";
import { notaryJws } from "../src/formats/notary-jws/format.ts";
import { decodeTimestampResponse } from "../src/pki/timestamp/request.ts";
import { type VerifiedTimestamp, verifyTimestamp } from "../src/pki/timestamp/verify.ts";
import { decodeCertificates } from "../src/pki/x509/certificate-file.ts";
import { ANYWHERE, contentOf, hexOf, nodesOf, parseDer } from "./vectors/der-mutations.ts";
import { at, type Element, element, integer, oid, sequence, write } from "./vectors/der-tree.ts";
import { attribute, clockRoot, createToken, goodToken, PLACES, SIGNER, SIGNING_TIME, type TokenPlan } from "./vectors/timestamp.ts";

const SIGNATURE = Buffer.from("the value of a signature");

interface Sample {
  readonly token: Uint8Array;
  readonly signatureValue: Uint8Array;
  readonly anchors: readonly Uint8Array[];
}

const ROOT = clockRoot(goodToken());

/** With every field that a token can have. */
function made(change: (plan: TokenPlan) => void = () => undefined): Sample {
  const plan: TokenPlan = { ...goodToken(), accuracy: 1, certificates: ({ authority, root }) => [root, authority] };
  plan.editInfo = addFields;
  change(plan);
  return { token: createToken(plan, SIGNATURE), signatureValue: SIGNATURE, anchors: [ROOT] };
}

function addFields(info: Element): void {
  const extension = sequence(oid("1.3.6.1.4.1.99999.4"), element(0x04, Uint8Array.of(5, 0)));
  childrenOf(info).push(integer(0x12, 0x34), element(0xa1, [extension]));
}

function childrenOf(node: Element): Element[] {
  assert.ok(!(node.content instanceof Uint8Array));
  return node.content;
}

const DATA = new URL("../../shared/vectors/notary/verifier/testdata/", import.meta.url);

/** GlobalSign's, as notation's own tests have it. */
function real(): Sample[] {
  const file = new URL("timestamp/sigEnv/jwsWithTimestamp.sig", DATA);
  if (!existsSync(file)) return [];
  const signature = notaryJws.decode(readFileSync(file), "application/jose+json");
  const [token] = signature?.timestamps ?? [];
  assert.ok(signature !== null && token !== undefined);
  const [root] = decodeCertificates(readFileSync(new URL("truststore/x509/tsa/test-timestamp/globalsignRoot.cer", DATA)));
  assert.ok(root !== undefined);
  return [{ token, signatureValue: signature.value, anchors: [root.der] }];
}

const SAMPLES = [made(), ...real()];

function verify(sample: Sample, token: Uint8Array = sample.token): VerifiedTimestamp {
  return verifyTimestamp(Uint8Array.from(token), sample);
}

function summary({ interval, authority, policy, nonce, imprint, chain }: VerifiedTimestamp): unknown {
  return { interval, authority, policy, nonce, imprint: hexOf(imprint.digest), chain: chain.map(({ fingerprint }) => fingerprint) };
}

/** True if it was let pass. */
function passesUnchanged(sample: Sample, token: Uint8Array, what: string): boolean {
  let seen: VerifiedTimestamp;
  try {
    seen = verify(sample, token);
  } catch (error) {
    assert.ok(error instanceof Malformed && error.code.startsWith("time/"), `${what}: ${String(error)}\n${hexOf(token)}`);
    return false;
  }
  assert.deepEqual(summary(seen), summary(verify(sample)), what);
  return true;
}

test("the tokens themselves are verified", () => {
  for (const sample of SAMPLES) verify(sample);
});

test("a vector from others takes part", { skip: !existsSync(DATA) && "no ../shared/vectors/notary" }, () => {
  assert.equal(SAMPLES.length, 2);
});

suite("what is signed is DER", () => {
  // A second may have fractions here.
  const mutations = ANYWHERE.filter(({ name }) => name !== "time with fractions");

  /** The nodes of a part that a plan may edit before it is signed, by their number. */
  function refuseEach(what: string, plan: (edit: (parts: readonly Element[]) => void) => Sample): void {
    for (const { name, mutate } of mutations) {
      test(`${name}, in ${what}: refused wherever it stands`, () => {
        for (let index = 0; ; index++) {
          let isThere = false;
          let isBent = false;
          const sample = plan((parts) => {
            const node = parts.flatMap((part) => [...nodesOf(part)])[index];
            if (node === undefined) return;
            isThere = true;
            const instead = mutate(node);
            if (instead === undefined) return;
            isBent = true;
            node.instead = instead;
          });
          if (!isThere) break;
          if (!isBent) continue;
          assert.throws(
            () => verify(sample),
            (error) => error instanceof Malformed && error.code.startsWith("time/"),
            `${name} at node ${index} is let pass`,
          );
        }
      });
    }
  }

  refuseEach("the TSTInfo", (edit) =>
    made((plan) => {
      plan.editInfo = (info) => {
        addFields(info);
        edit([info]);
      };
    }),
  );
  refuseEach("the signed attributes", (edit) =>
    made((plan) => {
      plan.editAttributes = (attributes) => {
        attributes.push(attribute(SIGNING_TIME, element(0x17, Buffer.from("250501080005Z"))));
        edit(attributes);
      };
    }),
  );
});

/** Sequences of indefinite length in each other, none of which ends. */
function deep(count: number): Uint8Array {
  return Buffer.concat(Array.from({ length: count }, () => Uint8Array.of(0x30, 0x80)));
}

function withCertificates(count: number): Sample {
  return made((plan) => void (plan.certificates = ({ authority }) => Array.from({ length: count }, () => authority)));
}

suite("around it", () => {
  for (const { name, mutate } of ANYWHERE) {
    test(`${name}: refused, or it proves the same`, () => {
      for (const sample of SAMPLES) {
        const [tree] = parseDer(sample.token);
        assert.ok(tree !== undefined);
        assert.equal(hexOf(write(tree)), hexOf(sample.token));
        for (const node of nodesOf(tree)) {
          const instead = mutate(node);
          if (instead === undefined) continue;
          node.instead = instead;
          passesUnchanged(sample, write(tree), name);
          delete node.instead;
        }
      }
    });
  }

  const ENVELOPE: readonly (readonly number[])[] = [
    [],
    [1],
    PLACES.signedData,
    [1, 0, 1],
    [1, 0, 2],
    [1, 0, 2, 1],
    PLACES.certificates,
    PLACES.signers,
    PLACES.signer,
  ];
  for (const path of ENVELOPE) {
    test(`BER at ${path.join(".") || "the top"}: an indefinite length and one in longer form are read`, () => {
      for (const sample of SAMPLES) {
        for (const name of ["indefinite length", "length in a longer form than needed"]) {
          const [tree] = parseDer(sample.token);
          const mutation = ANYWHERE.find((entry) => entry.name === name);
          assert.ok(tree !== undefined && mutation !== undefined);
          const node = at(tree, ...path);
          const instead = mutation.mutate(node);
          assert.ok(instead !== undefined);
          node.instead = instead;
          assert.ok(passesUnchanged(sample, write(tree), name), `${name} is refused`);
        }
      }
    });
  }

  test("BER: byte strings in pieces, and pieces in pieces, are read", () => {
    for (const sample of SAMPLES) {
      for (const path of [PLACES.content, [...PLACES.signer, SIGNER.value]]) {
        const [tree] = parseDer(sample.token);
        assert.ok(tree !== undefined);
        const node = at(tree, ...path);
        const bytes = contentOf(node);
        const piece = (from: number, to?: number): Element => element(0x04, bytes.subarray(from, to));
        node.instead = write(element(0x24, [piece(0, 3), element(0x24, [piece(3, 3), piece(3, 20)]), piece(20)]));
        assert.ok(passesUnchanged(sample, write(tree), "pieces"));
      }
    }
  });

  test("nested without end, or never ended, is refused", () => {
    const [sample] = SAMPLES;
    assert.ok(sample !== undefined);
    for (const token of [
      deep(1),
      deep(LIMITS.derDepth),
      deep(5000),
      deep(500_000),
      Uint8Array.of(0x30, 0x80, 0, 0),
      Uint8Array.of(4, 0x80),
    ]) {
      assert.equal(passesUnchanged(sample, token, "nested"), false);
    }
    const string = (depth: number): Element => (depth === 0 ? element(0x04, SIGNATURE) : element(0x24, [string(depth - 1)]));
    const [tree] = parseDer(sample.token);
    assert.ok(tree !== undefined);
    at(tree, ...PLACES.content).instead = write(string(40));
    assert.equal(passesUnchanged(sample, write(tree), "a byte string in pieces"), false);
  });

  test("larger than any real one is refused, as a token and as an answer", () => {
    const [sample] = SAMPLES;
    assert.ok(sample !== undefined);
    assert.equal(passesUnchanged(sample, new Uint8Array(LIMITS.timestampBytes + 1), "large"), false);
    assert.throws(() => decodeTimestampResponse(new Uint8Array(LIMITS.timestampBytes + 1)), { code: "time/timestamp-malformed" });
  });

  test("sixteen certificates are looked at, seventeen refused", () => {
    verify(withCertificates(LIMITS.timestampCertificates));
    assert.throws(() => verify(withCertificates(LIMITS.timestampCertificates + 1)), { code: "time/timestamp-malformed" });
  });

  test("a certificate that cannot be read, and one of another kind, do not spoil the others", () => {
    const sample = made((plan) => {
      plan.certificates = ({ authority }) => [Uint8Array.of(0x30, 0), Uint8Array.of(0xa1, 0), authority];
    });
    verify(sample);
  });
});

test("any bytes in any place: refused, or it proves the same", () => {
  const places = SAMPLES.flatMap((sample) => [...sample.token.keys()].map((index) => ({ sample, index })));
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.uint8Array({ maxLength: 3 }), fc.nat({ max: 3 }), ({ sample, index }, bytes, removed) => {
      const token = Buffer.concat([sample.token.subarray(0, index), bytes, sample.token.subarray(index + removed)]);
      passesUnchanged(sample, token, `${removed} bytes at ${index}`);
    }),
    { numRuns: 2000 },
  );
});

test("any bytes as an answer: refused, or a token", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeTimestampResponse(bytes);
      } catch (error) {
        assert.ok(error instanceof Malformed && error.code === "time/timestamp-malformed", String(error));
      }
    }),
  );
});

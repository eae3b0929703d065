import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { parseDigest } from "../core/digest.ts";
import { finding } from "../core/finding.ts";
import type { EvidenceRequirement } from "../core/requirement.ts";
import type { SignatureReport } from "../core/verdict.ts";
import { agreeing, mostAgreeing } from "./agreeing.ts";
import type { Weighed } from "./weigh-evidence.ts";

const SUBJECT = parseDigest(`sha256:${"ab".repeat(32)}`);
const ASKED: EvidenceRequirement = {
  kind: "evidence",
  name: "provenance",
  by: ["ci", "farm", "lab"],
  byText: "ci, farm, lab",
  about: { content: "provenance" },
  newestOnly: false,
  perManifest: true,
  agree: 2,
  asks: "",
  judge: () => [],
};

function signatureBy(party: string): SignatureReport {
  const findings = [finding("integrity", "integrity/verified", "seen")];
  return { format: "notary-jws", digest: `sha256:${party}`, outcome: "counts", party, findings };
}

let count = 0;

/** Provenance by these of this builder; of a builder that nobody has read `undefined`. */
function saying(by: readonly string[], builder: string | undefined, isBad = false): Weighed {
  const vouching = by.map(signatureBy);
  const findings = builder === undefined ? [finding("integrity", "integrity/unfetchable", "not there")] : [];
  return {
    found: {
      report: { digest: `sha256:${count++}`, subject: SUBJECT, carrier: "attached", signatures: vouching, findings },
      ...(builder === undefined ? {} : { content: { kind: "provenance", builder, sources: [], materials: [] } }),
    },
    signature: vouching[0],
    vouching,
    at: undefined,
    objections: isBad ? [{ code: "evidence/source", message: "from elsewhere" }] : [],
  };
}

function pairs(weighed: readonly Weighed[]): readonly string[] {
  return agreeing(weighed)
    .map(({ signature, found: { content } }) => `${signature?.party} ${content?.kind === "provenance" ? content.builder : ""}`)
    .toSorted();
}

describe("builders who agree", () => {
  test("are of distinct parties", () => {
    assert.deepEqual(pairs([saying(["ci"], "a"), saying(["ci"], "b")]).length, 1);
    assert.deepEqual(pairs([saying(["ci"], "a"), saying(["farm"], "b")]), ["ci a", "farm b"]);
  });

  test("are distinct builders", () => {
    assert.deepEqual(pairs([saying(["ci"], "a"), saying(["farm"], "a")]).length, 1);
    assert.deepEqual(pairs([saying(["ci", "farm"], "a")]).length, 1, "two who sign one statement");
  });

  test("are as many as can be: whoever could count for another one does", () => {
    const all = [saying(["ci", "farm"], "a"), saying(["ci"], "b")];
    for (const order of [all, all.toReversed()]) assert.deepEqual(pairs(order), ["ci b", "farm a"]);
  });

  test("could be more where something is open, of whoever it may be", () => {
    const one = saying(["ci"], "a");
    assert.equal(mostAgreeing([one], ASKED), 1);
    assert.equal(mostAgreeing([one, saying([], undefined)], ASKED), 2);
    assert.equal(mostAgreeing([one, saying(["ci"], undefined)], ASKED), 1, "one that is certainly of who has said it already");
    assert.equal(mostAgreeing([one, saying(["farm"], undefined)], ASKED), 2);
    assert.equal(mostAgreeing([one, saying(["farm"], "b", true)], ASKED), 1, "one that was judged, and is not good");
    assert.equal(
      mostAgreeing([saying([], undefined), saying([], undefined), one, saying([], undefined)], ASKED),
      3,
      "no more than are asked",
    );
  });

  test("are counted as trying every choice counts them", () => {
    const said = fc.tuple(fc.subarray(["ci", "farm", "lab", "out"], { minLength: 1 }), fc.constantFrom("a", "b", "c", "d"));
    fc.assert(
      fc.property(fc.array(said, { maxLength: 7 }), (all) => {
        const most = (left: readonly (readonly [readonly string[], string])[], used: readonly string[]): number => {
          const [first, ...rest] = left;
          if (first === undefined) return 0;
          const free = first[0].filter((name) => !used.includes(name));
          const others = rest.filter(([, builder]) => builder !== first[1]);
          return Math.max(most(rest, used), ...free.map((name) => 1 + most(others, [...used, name])));
        };
        const found = pairs(all.map(([by, builder]) => saying(by, builder)));
        assert.equal(found.length, most(all, []));
        assert.equal(new Set(found.map((pair) => pair.split(" ")[0])).size, found.length);
        assert.equal(new Set(found.map((pair) => pair.split(" ")[1])).size, found.length);
      }),
    );
  });
});

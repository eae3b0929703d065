import assert from "node:assert/strict";
import { test } from "node:test";
import { finding, type FindingCode } from "../core/finding.ts";
import { parseDigest } from "../core/digest.ts";
import type { SignatureRequirement } from "../core/requirement.ts";
import type { RequirementReport, SignatureReport } from "../core/verdict.ts";
import { decideGates, isOpenFor } from "./decide.ts";
import { actionsOf, LEVELS } from "./notary/levels.ts";

const NOW = new Date("2026-09-01T12:00:00Z");
const HOUR = 3_600_000;
const STRICT = actionsOf(LEVELS.strict);

interface When {
  readonly signed?: number;
  readonly stamped?: readonly [from: number, to: number];
}

function at(hoursAgo: number): string {
  return new Date(NOW.getTime() - hoursAgo * HOUR).toISOString();
}

/** Hours ago. */
function signature({ signed, stamped }: When = {}, ...codes: readonly FindingCode[]): SignatureReport {
  const time = stamped === undefined ? {} : { time: { from: at(stamped[0]), to: at(stamped[1]), authority: "tsa" } };
  return {
    format: "notary-jws",
    digest: "sha256:1",
    outcome: "counts",
    party: "upstream",
    findings: (["integrity/verified", ...codes] as const).map((code) => finding("integrity", code, "seen")),
    claimed: {
      subject: "s",
      scheme: "s",
      annotations: {},
      ...(signed === undefined ? {} : { signingTime: at(signed) }),
    },
    proven: { signer: "CN=upstream", fingerprint: "1f", key: "SHA256:k", algorithm: "ES256", ...time },
  };
}

function decide(asked: Partial<SignatureRequirement>, signed: SignatureReport, now: Date | undefined = NOW): RequirementReport {
  const requirement: SignatureRequirement = {
    kind: "signature",
    name: "signature",
    by: ["upstream"],
    byText: "upstream",
    atLeast: 1,
    ...asked,
  };
  const gates = [{ name: "base", actions: STRICT, requirements: [requirement] }];
  const place = now === undefined ? {} : { place: { now, subject: parseDigest(`sha256:${"ab".repeat(32)}`), repository: "r/x" } };
  const [decided] = decideGates(gates, { signatures: [signed], coverage: { complete: true, unexamined: 0 }, ...place });
  assert.ok(decided);
  assert.equal(isOpenFor(signed, gates, { now: now ?? NOW, originsOf: () => [] }), now !== undefined && decided.outcome === "unknown");
  return decided;
}

function codesOf({ refused = [] }: RequirementReport): readonly string[] {
  return refused.flatMap(({ because }) => because.map(({ code }) => code));
}

test("the worse end of what is said and what is proven tells how old a signature is", () => {
  const rows: readonly (readonly [when: When, code: FindingCode | undefined])[] = [
    [{ signed: 23 }, undefined],
    [{ signed: 24 }, undefined],
    [{ signed: 25 }, "signature/too-old"],
    // Stamped late: it may have been signed long before.
    [{ signed: 25, stamped: [1, 1] }, "signature/too-old"],
    [{ signed: 1, stamped: [25, 25] }, "signature/too-old"],
    [{ signed: 20, stamped: [25, 22] }, "signature/too-old"],
    [{ signed: 3, stamped: [2, 1] }, undefined],
    // Existed by then, and no more is known.
    [{ stamped: [1, 1] }, "signature/age-unknown"],
    [{ stamped: [26, 25] }, "signature/too-old"],
    [{}, "signature/age-unknown"],
    [{ signed: -1 }, "signature/age-unknown"],
    [{ signed: -1 / 30 }, undefined],
  ];
  for (const [when, code] of rows) {
    const decided = decide({ maxAge: 86_400 }, signature(when));
    const outcome = code === undefined ? "pass" : code === "signature/too-old" ? "deny" : "unknown";
    assert.deepEqual([decided.outcome, codesOf(decided)], [outcome, code === undefined ? [] : [code]], JSON.stringify(when));
    assert.equal(decide({}, signature(when)).outcome, "pass");
  }
});

test("where nobody looked at a clock no age is known", () => {
  const requirement = { maxAge: 86_400 };
  const gates = [
    {
      name: "base",
      actions: STRICT,
      requirements: [{ kind: "signature", name: "signature", by: ["upstream"], byText: "upstream", atLeast: 1, ...requirement } as const],
    },
  ];
  const [decided] = decideGates(gates, { signatures: [signature({ signed: 1 })], coverage: { complete: true, unexamined: 0 } });
  assert.equal(decided?.outcome, "unknown");
});

test("what counted says until when it is young enough", () => {
  const [counted] = decide({ maxAge: 86_400 }, signature({ signed: 3, stamped: [4, 2] })).counted;
  assert.equal(counted?.freshUntil, new Date(NOW.getTime() + 20 * HOUR).toISOString());
  assert.equal(decide({}, signature({ signed: 3 })).counted[0]?.freshUntil, undefined);
});

test("a name that the image was found by nowhere is no name of it", () => {
  const asked = { signedAs: "docker.io/vendor/base" };
  const good = decide(asked, signature());
  assert.deepEqual([good.outcome, codesOf(good)], ["deny", ["identity/name-not-signed"]]);
  // A publisher signs no name of our products.
  const foreign = decide(asked, { ...signature({}, "identity/product-not-signed"), outcome: "does-not-count" });
  assert.deepEqual([foreign.outcome, codesOf(foreign)], ["deny", ["identity/name-not-signed"]]);
  const other = decide(asked, { ...signature({}, "identity/product-other"), outcome: "does-not-count" });
  assert.deepEqual([other.outcome, codesOf(other)], ["deny", ["identity/product-other", "identity/name-not-signed"]]);
  const expired = decide({ ...asked, maxAge: 86_400 }, { ...signature({ signed: 30 }), outcome: "counts" });
  assert.deepEqual([expired.outcome, codesOf(expired)], ["deny", ["identity/name-not-signed", "signature/too-old"]]);
});

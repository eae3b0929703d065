import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import type { ApprovalSaid, DisownSaid, ExceptionSaid, PromotionSaid, Said } from "../../core/decision.ts";
import { type Digest, parseDigest } from "../../core/digest.ts";
import type { Content } from "../../core/evidence.ts";
import { Malformed } from "../../core/malformed.ts";
import { readContent } from "../content.ts";
import { APPROVAL_V1, DISOWN_V1, EXCEPTION_V1, PROMOTION_V1 } from "../predicate-types.ts";
import { writeApproval } from "./approval.ts";
import { writeDisown } from "./disown.ts";
import { writeException } from "./exception.ts";
import { writePromotion } from "./promotion.ts";

const RUNS = 300;
const text = fc.string({ minLength: 1, maxLength: 20, unit: "binary" }).filter((one) => one.isWellFormed());
const digest: fc.Arbitrary<Digest> = fc.nat(50).map((n) => parseDigest(`sha256:${createHash("sha256").update(String(n)).digest("hex")}`));
/** Each once, sorted: what is written has no order. */
const digests = fc.uniqueArray(digest, { maxLength: 4 }).map((all) => all.toSorted());
/** To the second, as RFC 3339 is written. */
const time = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000));

function optional<T, K extends string>(name: K, value: fc.Arbitrary<T>): fc.Arbitrary<Partial<Record<K, T>>> {
  return fc.option(value, { nil: undefined }).map((one) => (one === undefined ? {} : { [name]: one }) as Partial<Record<K, T>>);
}

const head = fc
  .tuple(fc.record({ policyChain: digest, policy: text, product: text, gate: text, gateDigest: digest }), optional("repository", text))
  .map(([own, more]) => ({ ...own, ...more }));

const said: fc.Arbitrary<Said> = fc
  .tuple(fc.record({ head, signedAt: time, policyDigest: digest }), optional("reason", text), optional("ticket", text))
  .map(([own, reason, ticket]) => ({ ...own, ...reason, ...ticket }));

const approval: fc.Arbitrary<ApprovalSaid> = fc
  .tuple(
    said,
    fc.record({ gateTerms: digest, evidence: digests, supersedes: digests }),
    fc.oneof(
      fc.record({
        decision: fc.constantFrom("rejected" as const, "withdrawn" as const),
        overrules: fc.constant([]),
        despite: fc.constant(false),
      }),
      fc
        .tuple(
          fc.record({ decision: fc.constant("approved" as const), overrules: digests, despite: fc.boolean() }),
          optional("since", digest),
          optional("afterwards", digest),
          optional("expiresOn", time),
        )
        .map(([own, since, afterwards, expiresOn]) => ({ ...own, ...since, ...afterwards, ...expiresOn })),
    ),
  )
  .map(([one, own, more]) => ({ ...one, ...own, ...more }));

const disowned: fc.Arbitrary<DisownSaid> = fc.tuple(said, digest).map(([one, id]) => ({ ...one, commit: id.slice(7, 47) }));

const FORMS = { approval: APPROVAL_V1, disown: DISOWN_V1, exception: EXCEPTION_V1, promotion: PROMOTION_V1 } as const;

/** As a registry has it: through JSON and back. */
function read(predicateType: string, predicate: unknown): Content {
  return readContent({ subjects: [], predicateType, predicate: JSON.parse(JSON.stringify(predicate)) });
}

test("what an approval says is read as it was written, and so is a disowned commit", () => {
  fc.assert(
    fc.property(approval, (one) => {
      assert.deepEqual(read(APPROVAL_V1, writeApproval(one)), { kind: "approval", at: one.signedAt, ...one });
    }),
    { numRuns: RUNS },
  );
  fc.assert(
    fc.property(disowned, (one) => {
      assert.deepEqual(read(DISOWN_V1, writeDisown(one)), { kind: "disown", at: one.signedAt, ...one });
    }),
    { numRuns: RUNS },
  );
});

const D = parseDigest(`sha256:${"a".repeat(64)}`);
const AT = new Date("2026-09-01T12:00:00Z");
const SAID: Said = {
  head: { policyChain: D, policy: "shop", product: "shop/api", gate: "prod", gateDigest: D, repository: "prod.acme.io/api" },
  signedAt: AT,
  policyDigest: D,
  reason: "because",
  ticket: "SHOP-1",
};
const APPROVED: ApprovalSaid = {
  ...SAID,
  decision: "approved",
  gateTerms: D,
  evidence: [D],
  supersedes: [D],
  overrules: [D],
  since: D,
  afterwards: D,
  despite: true,
  expiresOn: AT,
};
const EXCEPTED: ExceptionSaid = {
  ...SAID,
  reason: "because",
  waives: ["scan"],
  isBreakGlass: false,
  finding: { advisory: "CVE-1", purl: "pkg:npm/x" },
  expiresOn: AT,
};
const PROMOTED: PromotionSaid = {
  ...SAID,
  event: "entered",
  from: `a.io/x@${D}`,
  to: `b.io/x@${D}`,
  tags: ["1.0"],
  evidence: [D],
  judged: { from: AT, to: AT },
  other: { image: D, record: D },
  lifts: [D],
  relaxations: ["x"],
};

const WHOLE: Readonly<Record<keyof typeof FORMS, unknown>> = {
  approval: writeApproval(APPROVED),
  disown: writeDisown({ ...SAID, commit: "a".repeat(40) }),
  exception: writeException(EXCEPTED),
  promotion: writePromotion(PROMOTED, { digest: D, builder: "https://countersign.dev" }),
};

/** What a record says for readers of kpromo's records alone, and again where we read it. */
const FOR_OTHERS: ReadonlySet<string> = new Set(["digest", "timestamp", "builder_id"].map((name) => `promotion.${name}`));

/** Every way to one member. */
function pathsIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [[...path, name], ...pathsIn(inner, [...path, name])]);
}

function withMember(value: unknown, [name = "", ...rest]: readonly string[], member: unknown): unknown {
  const copy = (Array.isArray(value) ? [...(value as readonly unknown[])] : { ...(value as object) }) as Record<string, unknown>;
  copy[name] = rest.length === 0 ? member : withMember(copy[name], rest, member);
  return copy;
}

function isRefused(kind: keyof typeof FORMS, predicate: unknown): boolean {
  try {
    read(FORMS[kind], predicate);
    return false;
  } catch (error) {
    assert.ok(error instanceof Malformed && error.code === "statement/predicate", String(error));
    return true;
  }
}

for (const kind of ["approval", "disown", "exception", "promotion"] as const) {
  const whole: unknown = JSON.parse(JSON.stringify(WHOLE[kind]));

  test(`${kind}: a member that nobody knows is refused, wherever it stands`, () => {
    assert.equal(isRefused(kind, whole), false);
    const objects = [[], ...pathsIn(whole)].filter((path) => {
      const at = path.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], whole);
      return typeof at === "object" && !Array.isArray(at);
    });
    assert.ok(objects.length >= 2);
    for (const path of objects) assert.ok(isRefused(kind, withMember(whole, [...path, "countersign"], 1)), path.join("."));
  });

  test(`${kind}: a member of another type is refused, wherever it stands`, () => {
    for (const path of pathsIn(whole).filter((one) => !FOR_OTHERS.has(one.join(".")))) {
      for (const wrong of [7, { a: 1 }, [[1]], path.at(-1) === "despite" ? "true" : true])
        assert.ok(isRefused(kind, withMember(whole, path, wrong)), `${path.join(".")}: ${JSON.stringify(wrong)}`);
    }
  });
}

test("an approval and a rejection in one are refused", () => {
  const yes = WHOLE.approval as Readonly<Record<string, unknown>>;
  for (const decision of ["rejected", "withdrawn", "approved and rejected", ["approved", "rejected"], undefined])
    assert.ok(isRefused("approval", { ...yes, decision }), String(decision));
  const { overrules: _, since: __, afterwards: ___, despite: ____, expiresOn: _____, ...plain } = yes;
  assert.equal(isRefused("approval", { ...plain, decision: "rejected" }), false);
  for (const member of ["overrules", "since", "afterwards", "despite", "expiresOn"])
    assert.ok(isRefused("approval", { ...plain, decision: "rejected", [member]: yes[member] }), member);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  approval,
  breakGlass,
  exception,
  GATE,
  hanging,
  HEAD,
  hoursAgo,
  NOW,
  RULES,
  type SignedBy,
  unread,
} from "../../../tests/fixtures/exceptions.ts";
import { digestOf } from "../../core/digest.ts";
import type { ExaminedEvidence } from "../evidence-seen.ts";
import { findWaivers } from "./find.ts";
import type { Waivers, Waiving } from "./waivers.ts";

const OTHER = digestOf(Buffer.from("another"));
const PURL = "pkg:npm/left-pad@1.0.0";

function find(evidence: readonly ExaminedEvidence[], more: Partial<Waiving> & { readonly gaps?: readonly string[] } = {}): Waivers {
  const { gaps, ...at } = more;
  return findWaivers(hanging(evidence, gaps), { gate: GATE, rules: RULES, now: NOW, question: "enter", ...at });
}

function why({ held, refused, open }: Waivers): readonly string[] {
  return [
    ...held.map(({ waived, kinds }) => `${waived.person}: ${kinds.join()}`),
    ...open.map(({ kinds }) => `open: ${kinds.join()}`),
    ...refused.flatMap(({ evidence }) => evidence.because.map(({ code }) => code)),
  ];
}

test("an exception by one who may, for this gate, of what may be excepted, with a reason and an end, holds", () => {
  const one = exception({ waives: ["test", "image"] });
  const { held } = find([one]);
  assert.deepEqual(held, [
    {
      kinds: ["test"],
      waived: {
        statement: one.report.digest,
        person: "ana",
        until: "2026-09-02T11:00:00.000Z",
        isBreakGlass: false,
        reason: "it is known",
      },
    },
  ]);
});

const REFUSED: readonly (readonly [string, ExaminedEvidence, string])[] = [
  ["by somebody else whom the policy knows", exception({}, { by: "cy" }), "exceptions/not-asked"],
  ["whose signature has expired", exception({}, { by: "ana", code: "expiry/expired" }), "expiry/expired"],
  ["from what nobody may except", exception({ waives: ["signature"] }), "exceptions/not-listed"],
  ["from a check of the engine", exception({ waives: ["revocation/unknown"] }), "exceptions/not-listed"],
  ["of another policy", exception({ head: { policyChain: OTHER } }), "exceptions/other-gate"],
  ["for another product", exception({ head: { product: "shop/web" } }), "exceptions/other-gate"],
  ["for another place", exception({ head: { repository: "test.acme.io/api" } }), "exceptions/other-gate"],
  ["for a gate that asked something else", exception({ head: { gateDigest: OTHER } }), "exceptions/gate-changed"],
  ["for a gate that asked the same of other machines", exception({ head: { gateDigest: HEAD.gateTerms } }), "exceptions/gate-changed"],
  ["with a blank for a reason", exception({ reason: " \n" }), "exceptions/no-reason"],
  ["for longer than is allowed", exception({ expiresOn: hoursAgo(-24 * 30) }), "exceptions/too-long"],
  ["that has ended", exception({ signedAt: hoursAgo(25) }), "exceptions/lapsed"],
  ["that ends now", exception({ signedAt: hoursAgo(24) }), "exceptions/lapsed"],
  ["of a time to come", exception({ signedAt: hoursAgo(-1) }), "exceptions/to-come"],
  ["from a scan as a whole", exception({ waives: ["scan"] }), "exceptions/no-finding"],
  ["from an SBOM as a whole", exception({ waives: ["sbom", "scan"] }), "exceptions/no-finding"],
  ["from a finding of what has none", exception({ finding: { purl: PURL } }), "exceptions/no-finding"],
  ["that breaks the glass by who may only except", breakGlass({}, { by: "ana" }), "exceptions/not-asked"],
  ["that breaks the glass for what that does not waive", breakGlass({ waives: ["sbom"] }), "exceptions/not-listed"],
  ["that breaks the glass for too long", breakGlass({ expiresOn: hoursAgo(-24) }), "exceptions/too-long"],
  ["that breaks the glass, and has ended", breakGlass({ signedAt: hoursAgo(5) }), "exceptions/lapsed"],
];

for (const [what, one, code] of REFUSED) {
  test(`an exception ${what} does not hold: ${code}`, () => {
    assert.deepEqual(why(find([one])), [code]);
  });
}

test("one that is dated ahead of its stamp, or stamped long after, is as old as the older of the two says", () => {
  const signedAt = hoursAgo(1);
  const expiresOn = hoursAgo(-24 * 29);
  const until = (signed: SignedBy): string | undefined =>
    find([exception({ signedAt, expiresOn }, { by: "ana", ...signed })]).held[0]?.waived.until;
  assert.equal(until({}), expiresOn.toISOString());
  assert.equal(until({ proven: hoursAgo(0) }), expiresOn.toISOString());
  assert.equal(until({ proven: hoursAgo(24 * 10) }), hoursAgo(-24 * 20).toISOString());
  assert.equal(until({ claimed: hoursAgo(24 * 10) }), hoursAgo(-24 * 20).toISOString());
  assert.deepEqual(why(find([exception({ signedAt, expiresOn }, { by: "ana", proven: hoursAgo(24 * 31) })])), ["exceptions/lapsed"]);
});

test("one that is a little ahead of this clock holds: clocks differ by minutes", () => {
  assert.deepEqual(why(find([exception({ signedAt: hoursAgo(-4 / 60) })])), ["ana: test"]);
  assert.deepEqual(why(find([exception({ signedAt: hoursAgo(-6 / 60) })])), ["exceptions/to-come"]);
});

test("what is of another gate, or by nobody whom the policy knows, is not told of here", () => {
  assert.deepEqual(why(find([exception({ head: { gate: "qa" } }), exception({ head: { policy: "other" } }), exception({}, {})])), []);
});

test("a policy that lets nobody except, and one whose first version is not known, has no exceptions", () => {
  assert.deepEqual(why(find([exception()], { rules: {} })), []);
  assert.deepEqual(why(find([breakGlass()], { rules: { ...(RULES.exceptions && { exceptions: RULES.exceptions }) } })), [
    "exceptions/not-listed",
  ]);
  const { policyChain: _, ...head } = HEAD;
  assert.deepEqual(why(find([exception()], { gate: { ...GATE, head } })), ["exceptions/other-gate"]);
});

test("an exception that names a finding is from scans and SBOMs alone, and one that names none from what else there is", () => {
  const finding = { advisory: "CVE-2026-1", purl: PURL };
  assert.deepEqual(why(find([exception({ waives: ["scan", "test", "sbom"], finding })])), ["ana: scan,sbom"]);
  assert.deepEqual(why(find([exception({ waives: ["scan", "test", "sbom"] })])), ["ana: test"]);
});

test("what could not be read may be an exception, and so may what is cut off or whose signature is open", () => {
  const any = ["open: scan,sbom,test,approvals", "open: scan,test,approvals,revocation/unknown"];
  assert.deepEqual(why(find([unread("exception")])), any);
  assert.deepEqual(why(find([unread()])), any);
  assert.deepEqual(why(find([], { gaps: ["the list was cut off"] })), any);
  const open = { code: "integrity/unfetchable" } as const;
  assert.deepEqual(why(find([exception({}, { by: "ana", ...open })])), ["open: test"]);
  assert.deepEqual(why(find([exception({}, open)])), ["open: test"]);
  // It would not hold whoever has signed it.
  assert.deepEqual(why(find([exception({ signedAt: hoursAgo(25) }, open)])), []);
  assert.deepEqual(why(find([exception({ signedAt: hoursAgo(25) }, { by: "ana", ...open })])), ["exceptions/lapsed"]);
});

test("who breaks the glass because revocations are not known may not know of his own", () => {
  const signed = { by: "cy", code: "revocation/list-unread" } as const;
  assert.deepEqual(why(find([breakGlass({ waives: ["test", "revocation/unknown"] }, signed)])), ["cy: test,revocation/unknown"]);
  assert.deepEqual(why(find([breakGlass({ waives: ["test"] }, signed)])), ["open: test"]);
  assert.deepEqual(why(find([exception({ waives: ["test", "revocation/unknown"] }, { ...signed, by: "ana" })])), ["open: test"]);
});

test("of several who have signed one statement the word of one who may is enough", () => {
  const [mine, theirs] = [exception(), exception({}, { by: "cy" })];
  const both = { ...mine, report: { ...mine.report, signatures: [...theirs.report.signatures, ...mine.report.signatures] } };
  assert.deepEqual(why(find([both])), ["ana: test"]);
});

test("the same person breaks the glass once in 30 days: another one has to, and a copy of the first is no second", () => {
  const first = breakGlass({ signedAt: hoursAgo(24 * 29) });
  const second = breakGlass();
  assert.deepEqual(why(find([first, second])).toSorted(), ["exceptions/again", "exceptions/lapsed"]);
  assert.deepEqual(why(find([first, breakGlass({}, { by: "dan" })])).toSorted(), ["dan: scan,test", "exceptions/lapsed"]);
  assert.deepEqual(why(find([breakGlass({ signedAt: hoursAgo(24 * 31) }), second])).toSorted(), ["cy: scan,test", "exceptions/lapsed"]);
  assert.deepEqual(why(find([breakGlass(), breakGlass()])), ["cy: scan,test"]);
  // At another gate, or of another image: that would hang elsewhere.
  assert.deepEqual(why(find([breakGlass({ signedAt: hoursAgo(30), head: { gate: "qa" } }), second])), ["cy: scan,test"]);
  // What the gate asks may have changed since.
  const changed = breakGlass({ signedAt: hoursAgo(30), head: { gateDigest: OTHER } });
  assert.ok(why(find([changed, second])).includes("exceptions/again"));
  // One whose signature does not count is by nobody.
  assert.ok(why(find([breakGlass({ signedAt: hoursAgo(30) }, { by: "cy", code: "expiry/expired" }), second])).includes("cy: scan,test"));
});

const GLASS = RULES.breakGlass ?? assert.fail("it is there");
/** So that the way in is open for longer than the time until somebody has to approve it. */
const LONG = { rules: { breakGlass: { ...GLASS, max: 30 * 24 * 3600 } } };
const OLD = { signedAt: hoursAgo(24 * 8), expiresOn: hoursAgo(-24) };

test("what nobody has approved afterwards lets nothing new in once its time is over, and what runs goes on", () => {
  const old = breakGlass(OLD);
  assert.deepEqual(why(find([old], LONG)), ["exceptions/not-approved"]);
  assert.deepEqual(why(find([old], { ...LONG, question: "stay" })), ["cy: scan,test"]);
  assert.deepEqual(why(find([breakGlass({ ...OLD, signedAt: hoursAgo(24 * 6) })], LONG)), ["cy: scan,test"]);
  const afterwards = old.report.digest as typeof OTHER;
  const approved = find([old, approval({ afterwards, signedAt: hoursAgo(24 * 7) }, { by: "eva" })], LONG);
  assert.deepEqual(approved.held[0]?.waived.afterwards, { due: hoursAgo(24 * 7).toISOString(), person: "eva" });
});

test("afterwards another person approves this very break-glass, at this gate, and does not take it back", () => {
  const old = breakGlass(OLD);
  const afterwards = old.report.digest as typeof OTHER;
  const first = approval({ afterwards }, { by: "eva" });
  const rows: readonly (readonly ExaminedEvidence[])[] = [
    [approval({ afterwards }, { by: "ana" })],
    [approval({ afterwards }, { by: "cy" })],
    [approval({ afterwards }, {})],
    [approval({ afterwards: OTHER }, { by: "eva" })],
    [approval({}, { by: "eva" })],
    [approval({ afterwards, head: { gate: "qa" } }, { by: "eva" })],
    [approval({ afterwards, decision: "rejected" }, { by: "eva" })],
    [approval({ afterwards, signedAt: hoursAgo(-2) }, { by: "eva" })],
    [approval({ afterwards }, { by: "eva", code: "expiry/expired" })],
    [first, approval({ decision: "withdrawn", supersedes: [first.report.digest as typeof OTHER] }, { by: "eva" })],
  ];
  const rules = { breakGlass: { ...LONG.rules.breakGlass, afterwardsBy: ["eva", "cy"] } };
  for (const [at, more] of rows.entries()) assert.deepEqual(why(find([old, ...more], { rules })), ["exceptions/not-approved"], `row ${at}`);
  assert.deepEqual(why(find([old, first], { rules })), ["cy: scan,test"]);
});

test("in an emergency two people with one key are one: neither is another one, nor approves afterwards what the other did", () => {
  const first = breakGlass({ signedAt: hoursAgo(24 * 29) });
  const again = find([first, breakGlass({}, { by: "dan", keyOf: "cy" })]);
  assert.deepEqual(why(again).toSorted(), ["exceptions/again", "exceptions/lapsed"]);
  const old = breakGlass(OLD);
  const afterwards = old.report.digest as typeof OTHER;
  assert.deepEqual(why(find([old, approval({ afterwards }, { by: "eva", keyOf: "cy" })], LONG)), ["exceptions/not-approved"]);
  const own = approval({ afterwards }, { by: "eva" });
  assert.deepEqual(why(find([old, own], LONG)), ["cy: scan,test"]);
  // The same word by another key takes nothing from it.
  assert.deepEqual(why(find([old, own, approval({ afterwards }, { by: "eva", keyOf: "cy" })], LONG)), ["cy: scan,test"]);
});

test("whether the glass was broken before is open where what hangs there was not all read", () => {
  assert.ok(why(find([breakGlass()], { gaps: ["cut off"] })).includes("open: scan,test"));
  assert.ok(why(find([breakGlass(), unread()])).includes("open: scan,test"));
  // Of exceptions no other one has to be known.
  assert.ok(why(find([exception()], { gaps: ["cut off"] })).includes("ana: test"));
});

test("whether it was approved afterwards is open where what hangs there was not all read", () => {
  const open = "open: scan,test";
  assert.ok(why(find([breakGlass(OLD)], { ...LONG, gaps: ["cut off"] })).includes(open));
  assert.ok(why(find([breakGlass(OLD), unread()], LONG)).includes(open));
});

/** Rules about exceptions and breaking the glass. */
import type { Rule } from "./rule.ts";

const FIND = "src/policy/waivers/find.test.ts";
const APPLY = "src/policy/waivers/apply.test.ts";
const EXCEPTING = "src/policy/waivers/excepting.test.ts";
const REALLY = "tests/evidence/exceptions.test.ts";

function not(what: string, code: string): Rule["test"] {
  return { file: FIND, name: `an exception ${what} does not hold: ${code}` };
}

const TERMS = "src/policy/waivers/terms.ts";

export const WAIVER_RULES: readonly Rule[] = [
  {
    name: "an exception is by one whom the policy lets make it",
    changes: [{ file: "src/policy/waivers/find.ts", from: "if (!rule.by.includes(person))", to: "if (false)" }],
    test: not("by somebody else whom the policy knows", "exceptions/not-asked"),
    tells: "exceptions/not-asked",
  },
  {
    name: "an exception's signature passes the engine's checks",
    changes: [{ file: "src/policy/waivers/find.ts", from: 'if (certainty === "none") return refuse(saying.because);', to: "" }],
    test: not("whose signature has expired", "expiry/expired"),
    tells: "expiry/expired",
  },
  {
    name: "an exception is from what the policy lets be excepted",
    changes: [
      { file: TERMS, from: "const listed = waives.filter((kind) => rule.waives.includes(kind));", to: "const listed = waives;" },
      {
        file: "src/policy/waivers/find.ts",
        from: "const listed = waives.filter((kind) => rule.waives.includes(kind));",
        to: "const listed = waives;",
      },
    ],
    test: not("from a check of the engine", "exceptions/not-listed"),
    tells: "exceptions/not-listed",
  },
  {
    name: "an exception is for this policy, product, gate and place",
    changes: [{ file: TERMS, from: ": whyOtherGate(head, gate.head);", to: ": undefined;" }],
    test: not("for another product", "exceptions/other-gate"),
    tells: "exceptions/other-gate",
  },
  {
    name: "an exception is from what the gate asks today",
    changes: [{ file: TERMS, from: "else if (head.gateDigest !== gate.head?.gateDigest)", to: "else if (false)" }],
    test: not("for a gate that asked something else", "exceptions/gate-changed"),
    tells: "exceptions/gate-changed",
  },
  {
    name: "an exception says why",
    changes: [{ file: TERMS, from: 'if (reason.trim() === "")', to: "if (false)" }],
    test: not("with a blank for a reason", "exceptions/no-reason"),
    tells: "exceptions/no-reason",
  },
  {
    name: "an exception holds no longer than the policy lets it",
    changes: [{ file: TERMS, from: "if (asked > rule.max)", to: "if (false)" }],
    test: not("for longer than is allowed", "exceptions/too-long"),
    tells: "exceptions/too-long",
  },
  {
    name: "who dates an exception ahead of its stamp gains no time",
    changes: [
      {
        file: TERMS,
        from: "Math.min(content.expiresOn.getTime(), at.getTime() + max * 1000)",
        to: "Math.min(content.expiresOn.getTime(), Infinity + at.getTime() + max)",
      },
    ],
    test: { file: FIND, name: "one that is dated ahead of its stamp, or stamped long after, is as old as the older of the two says" },
    tells: "2026-09-21",
  },
  {
    name: "an exception ends",
    changes: [{ file: TERMS, from: "if (now.getTime() >= end.getTime())", to: "if (false)" }],
    test: not("that has ended", "exceptions/lapsed"),
    tells: "exceptions/lapsed",
  },
  {
    name: "an exception is not of a time to come",
    changes: [{ file: TERMS, from: "if (Math.max(signedAt.getTime(), at.getTime()) > now.getTime() + CLOCK_SKEW_MS)", to: "if (false)" }],
    test: not("of a time to come", "exceptions/to-come"),
    tells: "exceptions/to-come",
  },
  {
    name: "an exception from a scan names one finding",
    changes: [
      {
        file: TERMS,
        from: "if (isBreakGlass || listed.some((kind) => BY_FINDING.has(kind) === (finding !== undefined))) return [];",
        to: "return [];",
      },
    ],
    test: not("from a scan as a whole", "exceptions/no-finding"),
    tells: "exceptions/no-finding",
  },
  {
    name: "a scan is waived as a whole by breaking the glass alone",
    changes: [{ file: "src/policy/waivers/apply.ts", from: "(waived.isBreakGlass || !BY_FINDING.has(kind))", to: "true" }],
    test: { file: APPLY, name: "a scan or SBOM passes as a whole by breaking the glass alone" },
    tells: "deny",
  },
  {
    name: "an exception that names a finding is from nothing else",
    changes: [{ file: "src/policy/waivers/apply.ts", from: "waived.finding === undefined && ", to: "" }],
    test: { file: APPLY, name: "a scan or SBOM passes as a whole by breaking the glass alone" },
    tells: "deny",
  },
  {
    name: "no exception lifts a rejection",
    changes: [
      {
        file: "src/policy/waivers/apply.ts",
        from: 'if (kind === "approval" && because.some(({ code }) => SAID_NO.has(code)))',
        to: "if (false)",
      },
    ],
    test: { file: APPLY, name: "a rejection, and one that may be there, is not missed by leave: whoever said no takes it back" },
    tells: "deny",
  },
  {
    name: "no exception covers what is revoked",
    changes: [
      {
        file: "src/policy/waivers/apply.ts",
        from: "return codes.every((code) => isFindingCode(code)",
        to: "return true || codes.every((code) => isFindingCode(code)",
      },
    ],
    test: {
      file: APPLY,
      name: "what is revoked is not merely missing, and that it is not known is let pass by who breaks the glass for that",
    },
    tells: "deny",
  },
  {
    name: "an exception excuses one flaw in one package (GHSA-gg4x-fgg2-h9w9)",
    changes: [
      {
        file: "src/policy/waivers/excepting.ts",
        from: "return isNamed(purl, finding.package);",
        to: "return purl !== undefined || finding.package === undefined;",
      },
    ],
    test: { file: EXCEPTING, name: "scan: an exception excuses one flaw in one package" },
    tells: "evidence/vulnerable",
  },
  {
    name: "an exception from a scan names the flaw",
    changes: [
      {
        file: "src/policy/waivers/excepting.ts",
        from: "if (advisory === undefined || !namesOfOne([finding.id, ...finding.aliases]).includes(advisory.toUpperCase())) return false;",
        to: "",
      },
    ],
    test: { file: EXCEPTING, name: "scan: an exception excuses one flaw in one package" },
    tells: "evidence/vulnerable",
  },
  {
    name: "one person breaks the glass once in 30 days",
    changes: [{ file: "src/policy/waivers/find.ts", from: "if (again.length > 0) return refuse(again);", to: "" }],
    test: {
      file: FIND,
      name: "the same person breaks the glass once in 30 days: another one has to, and a copy of the first is no second",
    },
    tells: "exceptions/again",
  },
  {
    name: "nothing new is let in by glass that nobody has approved to be broken",
    changes: [{ file: "src/policy/waivers/find.ts", from: 'if (question === "enter" && isLate) {', to: "if (false) {" }],
    test: { file: FIND, name: "what nobody has approved afterwards lets nothing new in once its time is over, and what runs goes on" },
    tells: "exceptions/not-approved",
  },
  {
    name: "nobody approves afterwards what he did himself",
    changes: [{ file: "src/policy/waivers/break-glass.ts", from: " && !isSame(approval, broken);", to: ";" }],
    test: { file: FIND, name: "afterwards another person approves this very break-glass, at this gate, and does not take it back" },
    tells: "row 1",
  },
  {
    name: "in an emergency two people with one key are one",
    changes: [
      {
        file: "src/policy/waivers/break-glass.ts",
        from: " || (one.keys.length > 0 && one.keys.every((key) => other.keys.includes(key)));",
        to: ";",
      },
    ],
    test: {
      file: FIND,
      name: "in an emergency two people with one key are one: neither is another one, nor approves afterwards what the other did",
    },
    tells: "exceptions/again",
  },
  {
    name: "an exception that could not be read leaves the answer open",
    changes: [{ file: "src/policy/decide.ts", from: "if (open === undefined) return sure;", to: "return sure;" }],
    test: {
      file: REALLY,
      name: "an exception that was listed and cannot be had leaves the answer open, and one that is only broken does not",
    },
    tells: "unknown",
  },
  {
    name: "what was waived is told in the verdict",
    changes: [
      {
        file: "src/judging/judge.ts",
        from: "...new Set(requirements.flatMap((report) => given.waiving?.describe(report) ?? [])),",
        to: "",
      },
    ],
    test: { file: REALLY, name: "an exception excuses the finding that it names, and the verdict says who, until when and why" },
    tells: "ana excepts CVE-2026-1",
  },
];

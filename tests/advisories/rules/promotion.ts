/** Rules about promotions: whose records count, of what, what they fix, and what takes an image out again. */
import type { Rule } from "./rule.ts";

const STAY = "tests/e2e/stay.test.ts";
const PROMOTE = "tests/e2e/promote.test.ts";
const PINS = "src/policy/verifier/verifier.test.ts";
const FAULTS = "tests/faults/promote.test.ts";
const REPLACED = "comes back only where the policy allows it, and it is said that it goes back";
const TRUSTED = "open everything where the verifier takes their word, and the verdict says so";

const RECORDS = "tests/policy/one-evaluator-records.test.ts";
const UNREAD = "a no is open where what could not be read may be the record of its entry, or lift that it was replaced";

export const PROMOTION_RULES: readonly Rule[] = [
  {
    name: "a record fixes the clock, and not the answer",
    changes: [
      {
        file: "src/records/entry.ts",
        from: "if (policy.promoters?.areTrusted === true) return",
        to: "if (policy.promoters !== undefined) return",
      },
    ],
    test: { file: STAY, name: "open nothing: what met the gate is judged again" },
    tells: "approvals/too-few",
  },
  {
    name: "a record that is dated back names nothing that was signed later",
    changes: [{ file: "src/records/entry.ts", from: "{ named, until: at }", to: "{ named }" }],
    test: { file: STAY, name: "a record that is dated back to a policy that asked for less names nothing that was signed later" },
    tells: "pass stay",
  },
  {
    name: "only a promoter's record counts",
    changes: [
      {
        file: "src/records/find-records.ts",
        from: 'report.signatures.find(({ outcome }) => outcome === "counts")?.person;',
        to: 'report.signatures.length > 0 ? "somebody" : undefined;',
      },
    ],
    test: { file: PROMOTE, name: "of somebody who is no promoter fix no clock" },
    tells: "stay",
  },
  {
    name: "a record is about one place",
    changes: [{ file: "src/policy/other-gate.ts", from: '  ["repository", "the image at"],\n', to: "" }],
    test: { file: STAY, name: TRUSTED },
    tells: "repository",
  },
  {
    name: "a record is about one gate as it was",
    changes: [
      {
        file: "src/records/entry.ts",
        from: "asked === undefined || asked.gate.head?.gateDigest !== said.head.gateDigest",
        to: "asked === undefined",
      },
    ],
    test: { file: STAY, name: TRUSTED },
    tells: "gateDigest",
  },
  {
    name: "a record of a time to come is none yet",
    changes: [{ file: "src/records/place-records.ts", from: "said.judged.to.getTime() <= latest", to: "latest > 0" }],
    test: { file: STAY, name: TRUSTED },
    tells: "pass stay",
  },
  {
    name: "a version of the policy that is not known judges nothing",
    changes: [
      {
        file: "src/records/entry.ts",
        from: "if (policyDigest === policy.digest) return",
        to: 'if (policyDigest !== "") return',
      },
    ],
    test: { file: STAY, name: TRUSTED },
    tells: "pass stay",
  },
  {
    name: "an earlier version of a signed policy judges only what was judged before the later one was signed",
    changes: [
      {
        file: "src/signed-policies/past-policy.ts",
        from: "signed !== undefined && signed.getTime() > at.getTime() ? revision.bytes : undefined",
        to: "signed !== undefined ? revision.bytes : undefined",
      },
    ],
    test: {
      file: STAY,
      name: "an earlier version of a signed policy judges what entered by it, and nothing that says so once there was a later one",
    },
    tells: "pass stay",
  },
  {
    name: "a record of after another policy was pinned is not judged by the earlier one",
    changes: [{ file: "src/policy/verifier/verifier.ts", from: " && judged.to.getTime() <= one.until.getTime()", to: "" }],
    test: { file: STAY, name: "is asked anew if its record is of later" },
    tells: "pass stay",
  },
  {
    name: "a policy was pinned from the end of the one before it on",
    changes: [{ file: "src/policy/verifier/verifier.ts", from: "judged.from.getTime() >= since && ", to: "since !== 0 && " }],
    test: { file: PINS, name: "a document was pinned from the end of the one before it to its own" },
    tells: "true",
  },
  {
    name: "a policy that was pinned is one that the configuration names",
    changes: [{ file: "src/policy/verifier/verifier.ts", from: "one.digest === digest && ", to: "" }],
    test: { file: STAY, name: "is asked anew if the configuration does not name that document" },
    tells: "pass stay",
  },
  {
    name: "what is kept beside an image is a past policy by its digest alone",
    changes: [
      { file: "src/trust/policy-trust.ts", from: "return past.digest === digest ? { policy", to: 'return digest !== "" ? { policy' },
    ],
    test: { file: "src/trust/policy-trust.test.ts", name: "another document than the one that was pinned judges nothing" },
    tells: "policy",
  },
  {
    name: "an exception from a scan ends for what runs as well",
    changes: [{ file: "src/records/stay.ts", from: ".some(({ isBreakGlass }) => isBreakGlass))", to: ".length > 0)" }],
    test: {
      file: "tests/e2e/except-promotion.test.ts",
      name: "a scan that broken glass waived is not asked for again of what runs; one that an exception excused is, once that has lapsed",
    },
    tells: "excused pass stay",
  },
  {
    name: "entry rests on the evidence that the record names",
    changes: [
      {
        file: "src/judging/gather.ts",
        from: "return only === undefined || only.othersUntil !== undefined || only.named.has(digest);",
        to: "return digest.length > 0 || only === undefined;",
      },
      {
        file: "src/judging/gather.ts",
        from: "  if (only === undefined) return seen;",
        to: "  if (only === undefined || only.named.size >= 0) return seen;",
      },
    ],
    test: { file: STAY, name: "evidence that a record does not name is no reason to enter" },
    tells: "pass stay",
  },
  {
    name: "a no of before that a record does not name is heard",
    changes: [
      {
        file: "src/records/entry.ts",
        from: "      { named, othersUntil: at },\n",
        to: "",
      },
    ],
    test: { file: STAY, name: "a bad scan of before, which the promoter has not seen or passed over, keeps it from having entered" },
    tells: "pass stay",
  },
  {
    name: "an image that another one has replaced is out by its tag",
    changes: [{ file: "src/records/replaced.ts", from: "if (tag !== undefined && said.tags.includes(tag)) return -Infinity;", to: "" }],
    test: { file: STAY, name: "stays by its digest for as long as the policy lets it, and not by the tag at all" },
    tells: "promotion/replaced",
  },
  {
    name: "an image that another one has replaced does not come in again by itself",
    changes: [
      {
        file: "src/records/replaced.ts",
        from: "if (first === undefined) return gaps",
        to: "if (first !== undefined || first === undefined) return gaps",
      },
    ],
    test: { file: STAY, name: REPLACED },
    tells: "4 !== 1",
  },
  {
    name: "only a policy that allows to go back lifts that an image was replaced",
    changes: [
      {
        file: "src/records/place-records.ts",
        from: "(allowsRollback || isOvertaken(one.said))",
        to: "(allowsRollback || !allowsRollback || isOvertaken(one.said))",
      },
    ],
    test: { file: STAY, name: REPLACED },
    tells: "promotion",
  },
  {
    name: "a rejection takes out what has entered",
    changes: [
      { file: "src/records/today.ts", from: "  if (rejections.length === 0 && !isUnread) return undefined;", to: "  return undefined;" },
    ],
    test: { file: STAY, name: "a rejection takes it out, and an approval that is withdrawn does not" },
    tells: "approvals/rejected",
  },
  {
    name: "a record that could not be read may be that of its entry",
    changes: [
      {
        file: "src/records/place.ts",
        from: "mustEnter ? undefined : whyMayStay({ ...question, records })",
        to: "mustEnter ? undefined : undefined",
      },
    ],
    test: { file: RECORDS, name: UNREAD },
    tells: "entry deny",
  },
  {
    name: "a record that could not be read may lift that it was replaced",
    changes: [
      {
        file: "src/records/replaced.ts",
        from: "if (gaps.length > 0 && replaced.every((one) => isLiftable(one, gate))) return unread(gate, gaps);",
        to: "",
      },
    ],
    test: { file: RECORDS, name: UNREAD },
    tells: "way back deny",
  },
  {
    name: "what runs must be scanned again",
    changes: [{ file: "src/records/today.ts", from: "    maxAge,\n", to: "" }],
    test: { file: STAY, name: "the newest scan must be young and good where the policy asks for it" },
    tells: "evidence/too-old",
  },
  {
    name: "who may promote is asked before anything is copied",
    changes: [{ file: "src/promote.ts", from: "  await refuseOthers(options.signer, options.policy, { ...options, action });\n", to: "" }],
    test: { file: PROMOTE, name: "by a key that is of no promoter, or where nobody says who is one" },
    tells: "4 !== 3",
  },
  {
    name: "a promotion rests on a policy that somebody vouches for",
    changes: [{ file: "src/promote.ts", from: "  refuseUntrusted(options.policy, action);\n", to: "" }],
    test: { file: PROMOTE, name: "where the policy is neither signed nor pinned" },
    tells: "0 !== 3",
  },
  {
    name: "what has arrived is judged before it is tagged",
    changes: [
      { file: "src/promote.ts", from: "    const verdict = await this.#judgeThere();\n", to: "    const { verdict } = this.#image;\n" },
    ],
    test: { file: FAULTS, name: "evidence that is deleted at the destination while it is promoted leaves the tag where it was" },
    tells: "4 !== 1",
  },
  {
    name: "the tag is looked at right before it is moved",
    changes: [
      { file: "src/promoting/take-tag.ts", from: "if (now?.descriptor.digest !== held?.image) throw", to: "if (now === null) throw" },
    ],
    test: { file: FAULTS, name: "whoever finds that the tag was moved before he moves it is told, and his image says that another has it" },
    tells: "4",
  },
  {
    name: "what its publisher signed before goes back only where the policy allows it",
    changes: [
      {
        file: "src/promoting/older.ts",
        from: "if (before === undefined || now === undefined || now >= before) return false;",
        to: "return false;",
      },
    ],
    test: { file: PROMOTE, name: "that is older than the one before goes back only where the policy allows it" },
    tells: "0 !== 3",
  },
  {
    name: "commits of an image are old once it has entered properly",
    changes: [
      { file: "src/records/entered-images.ts", from: "entered.find(({ said }) => said.relaxations.length === 0)", to: "entered[0]" },
    ],
    test: {
      file: "tests/approvals/entered.test.ts",
      name: "without a record, by a stranger's, or by an exception it has not entered properly",
    },
    tells: "pass eva finn",
  },
];

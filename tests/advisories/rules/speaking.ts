/** Rules of what people sign and bring: nothing that could not count, and nothing about another image. */
import type { Rule } from "./rule.ts";

const APPROVE = "tests/e2e/approve.test.ts";
const AUTHORS = "tests/e2e/approve-authors.test.ts";

export const SPEAKING_RULES: readonly Rule[] = [
  {
    name: "nobody approves by a policy that is neither signed nor pinned",
    changes: [
      { file: "src/words/policy-for-writing.ts", from: 'if (trust !== "unpinned") return;', to: "if (trust !== undefined) return;" },
    ],
    test: { file: APPROVE, name: "nothing is signed: by a policy that nobody vouches for" },
    tells: "approve",
  },
  {
    name: "nothing is approved whose needs are not met",
    changes: [{ file: "src/approve.ts", from: 'if (needs !== "pass" && !despite', to: 'if (needs === "unknown" && !despite' }],
    test: { file: APPROVE, name: "nothing is signed: where the needs are not met, unless despite that, which counts once they are" },
    tells: "approve",
  },
  {
    name: "only those sign whom the gate asks",
    changes: [
      {
        file: "src/words/approval-plan.ts",
        from: 'if (person !== undefined && (verb === "disown" || requirement.by.includes(person))) return person;',
        to: "if (person !== undefined) return person;",
      },
    ],
    test: { file: APPROVE, name: "nothing is signed: for whoever is not asked" },
    tells: "approve",
  },
  {
    name: "whoever does not count is told before he signs",
    changes: [{ file: "src/approve.ts", from: "if (barred.length === 0) return;", to: "if (barred.length >= 0) return;" }],
    test: { file: APPROVE, name: "whoever has approved at an earlier gate is told that he does not count" },
    tells: "approve",
  },
  {
    name: "with --yes a digest is wanted",
    changes: [{ file: "src/cli/pin-for-writing.ts", from: "(isUnasked || !io.isTerminal)", to: "!io.isTerminal" }],
    test: { file: APPROVE, name: "nothing is signed: of a tag that may move before anybody has seen what it names" },
    tells: "0 !== 2",
  },
  {
    name: "nobody is taken to agree who was not asked",
    changes: [
      {
        file: "src/cli/confirm-word.ts",
        from: 'if (values.flag("yes")) return;',
        to: 'if (values.flag("yes") || !io.isTerminal) return;',
      },
    ],
    test: { file: APPROVE, name: "nothing is signed: without a terminal unless --yes is given" },
    tells: "approve",
  },
  {
    name: "only a rejection that is there can be overruled",
    changes: [
      {
        file: "src/approve.ts",
        from: "if (only !== undefined && others.length === 0) return parseDigest(only);",
        to: 'if (others.length === 0) return parseDigest(only ?? text.padEnd(71, "0"));',
      },
    ],
    test: {
      file: APPROVE,
      name: "a rejection by another is overruled by one person more than the gate asks for, and every verdict tells it",
    },
    tells: "approve",
  },
  {
    name: "what is attached is about the image",
    changes: [
      {
        file: "src/attach.ts",
        from: 'if (wrong?.check === "subject") throw otherSubject(file, pinned, wrong.message);',
        to: 'if (wrong?.check === "subject") return {};',
      },
    ],
    test: {
      file: APPROVE,
      name: "what somebody signs who may not push: is refused at another image, and where it was changed or is nothing that anybody signed",
    },
    tells: "attach",
  },
  {
    name: "an edited policy keeps the name by which it was approved",
    changes: [{ file: "src/trust/policy-trust.ts", from: "if (chain !== undefined) return { ...policy, chain };", to: "" }],
    test: {
      file: APPROVE,
      name: "a pinned policy that is edited: keeps its approvals where it is trusted again, and says by which version they are told",
    },
    tells: "pass",
  },
  {
    name: "to pin a later version does not make it the first",
    changes: [{ file: "src/trust/pin-writer.ts", from: "isChainUnknown !== true && past.length === 0", to: "past.length === 0" }],
    test: {
      file: APPROVE,
      name: "a pinned policy that is edited: is another one on a machine that has never seen the first, until it is told which that was",
    },
    tells: "unknown",
  },
  {
    name: "an author is told before he signs",
    changes: [{ file: "src/approve.ts", from: "if (barred.length === 0) return;", to: "if (barred.length >= 0) return;" }],
    test: { file: AUTHORS, name: "whoever has signed a commit of it is refused, and may still reject it" },
    tells: "approve",
  },
  {
    name: "what is compared with is said to have entered only where a record says so",
    changes: [{ file: "src/words/approval-plan.ts", from: "isRecorded: record !== undefined", to: "isRecorded: true" }],
    test: {
      file: "tests/approvals/entered.test.ts",
      name: "an image that somebody has given the tag is not shown as one that has entered, unless a promoter has recorded that",
    },
    tells: "true !== false",
  },
  {
    name: "words that count are shown, however many come after them",
    changes: [{ file: "src/cli/render/approvals.ts", from: "withoutEarlier(told);", to: "told.slice(-SHOWN);" }],
    test: {
      file: "src/cli/render/approvals.test.ts",
      name: "a rejection that holds is shown, however many words that do not count come after it",
    },
    tells: "ana {3}rejected",
  },
  {
    name: "strangers do not push what happened out of the history",
    changes: [{ file: "src/cli/render/history.ts", from: "withoutStrangers(events);", to: "events.slice(-SHOWN);" }],
    test: { file: "src/cli/render/history.test.ts", name: "what those have done who are known is shown, however much strangers hang up" },
    tells: "eva",
  },
];

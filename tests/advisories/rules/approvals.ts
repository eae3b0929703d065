/** Rules about approvals: whose word counts, for what, for how long, and what takes it back. */
import type { Rule } from "./rule.ts";

const DECIDE = "src/policy/approvals/decide.test.ts";
const AUTHORS = "src/policy/approvals/authors.test.ts";
const FORGES = "tests/approvals/forges.test.ts";
const REALLY = "tests/approvals/really.test.ts";

export const APPROVAL_RULES: readonly Rule[] = [
  {
    name: "an approval is of one policy, product, gate and repository",
    changes: [
      {
        file: "src/policy/other-gate.ts",
        from: "if (said[member] === head[member]) continue;",
        to: "if (member !== undefined) continue;",
      },
    ],
    test: { file: DECIDE, name: "an approval is of one policy, product, gate and repository" },
    tells: "pass eva finn",
  },
  {
    name: "an approval is of what the gate asked",
    changes: [
      { file: "src/policy/approvals/weigh-approval.ts", from: "if (!isSame && content.gateTerms !== head.gateTerms)", to: "if (false)" },
    ],
    test: {
      file: DECIDE,
      name: "an approval is of what the gate asked, or of the same with other machines and the evidence that was there",
    },
    tells: "pass eva finn",
  },
  {
    name: "with other machines an approval is of the evidence that was there",
    changes: [{ file: "src/policy/approvals/weigh-approval.ts", from: "if (unseen === 0) return [];", to: "if (unseen >= 0) return [];" }],
    test: {
      file: DECIDE,
      name: "an approval is of what the gate asked, or of the same with other machines and the evidence that was there",
    },
    tells: "pass eva finn",
  },
  {
    name: "exactly the evidence that was there",
    changes: [
      {
        file: "src/policy/approvals/weigh-approval.ts",
        from: "if (isSame && !requirement.isExact) return [];",
        to: "if (isSame) return [];",
      },
    ],
    test: {
      file: DECIDE,
      name: "an approval is of what the gate asked, or of the same with other machines and the evidence that was there",
    },
    tells: "pass finn",
  },
  {
    name: "an approval lapses",
    changes: [
      {
        file: "src/policy/approvals/weigh-approval.ts",
        from: "if (now.getTime() <= end.getTime()) return [];",
        to: "if (now.getTime() >= 0) return [];",
      },
    ],
    test: { file: DECIDE, name: "an approval lapses by the earliest of what tells its age, or sooner if its author wants" },
    tells: "pass eva finn",
  },
  {
    name: "what is signed or stamped earlier makes an approval older",
    changes: [
      {
        file: "src/policy/approvals/sayings.ts",
        from: "Math.min(about.content.signedAt.getTime(), ...best.flatMap(timesOf))",
        to: "about.content.signedAt.getTime()",
      },
    ],
    test: { file: DECIDE, name: "an approval lapses by the earliest of what tells its age, or sooner if its author wants" },
    tells: "pass eva finn",
  },
  {
    name: "the author of an approval may shorten it",
    changes: [
      {
        file: "src/policy/approvals/weigh-approval.ts",
        from: "Math.min(at.getTime() + valid * 1000, content.expiresOn?.getTime() ?? Infinity)",
        to: "at.getTime() + valid * 1000",
      },
    ],
    test: { file: DECIDE, name: "an approval lapses by the earliest of what tells its age, or sooner if its author wants" },
    tells: "approvals/lapsed",
  },
  {
    name: "what is dated ahead does not count yet",
    changes: [
      {
        file: "src/policy/approvals/weigh-approval.ts",
        from: "if (saying.at.getTime() - now.getTime() > CLOCK_SKEW_MS)",
        to: "if (false)",
      },
    ],
    test: { file: DECIDE, name: "an approval lapses by the earliest of what tells its age, or sooner if its author wants" },
    tells: "approvals/not-yet",
  },
  {
    name: "a rejection holds",
    changes: [
      {
        file: "src/policy/approvals/standing.ts",
        from: "counted.size >= needed && overruled.size === rejections.length",
        to: "counted.size >= needed",
      },
    ],
    test: { file: DECIDE, name: "a rejection holds, by anybody who is asked, until it is lifted" },
    tells: "pass eva finn",
  },
  {
    name: "a rejection outlives its author's membership",
    changes: [
      {
        file: "src/policy/approvals/standing.ts",
        from: "by.includes(person) || content.policyDigest !== policyDigest",
        to: "by.includes(person)",
      },
    ],
    test: { file: DECIDE, name: "whoever has left may have been asked when rejecting it" },
    tells: "pass eva finn",
  },
  {
    name: "an earlier word does not come back by a copy",
    changes: [{ file: "src/policy/approvals/sayings.ts", from: "sayings: withoutCopies(sayings)", to: "sayings" }],
    test: { file: DECIDE, name: "a copy of a word, hung up again under another digest, is that word" },
    tells: "deny eva finn",
  },
  {
    name: "one replaces one's own words alone",
    changes: [
      {
        file: "src/policy/approvals/open-sayings.ts",
        from: "named.get(person)?.has(digest) === true",
        to: "[...named.values()].some((own) => own.has(digest))",
      },
    ],
    test: { file: DECIDE, name: "one lifts one's own rejection, and one more than are asked for that of another" },
    tells: "pass eva finn",
  },
  {
    name: "of several words that are open the strictest stands",
    changes: [{ file: "src/policy/approvals/standing.ts", from: "!against.has(saying.person) && ", to: "" }],
    test: { file: DECIDE, name: "what is withdrawn does not count, unless it is given anew" },
    tells: "pass eva finn",
  },
  {
    name: "a rejection is overruled by one person more than are asked for",
    changes: [{ file: "src/policy/approvals/standing.ts", from: "people.size > needed", to: "people.size >= needed" }],
    test: { file: DECIDE, name: "one lifts one's own rejection, and one more than are asked for that of another" },
    tells: "pass eva finn",
  },
  {
    name: "two people with one key are one",
    changes: [
      {
        file: "src/policy/approvals/sayings.ts",
        from: "keys: best.map(({ proven }) => proven?.key ?? `of ${about.person}`),",
        to: "keys: [about.person],",
      },
    ],
    test: { file: DECIDE, name: "two people with one key are one, and whoever has two keys finds the one that is his alone" },
    tells: "pass eva finn",
  },
  {
    name: "whoever is not asked does not count",
    changes: [{ file: "src/policy/approvals/weigh-approval.ts", from: "if (!gate.requirement.by.includes(person))", to: "if (false)" }],
    test: { file: DECIDE, name: "as many people as are asked for pass, each once" },
    tells: "pass ana eva",
  },
  {
    name: "an approval by a signature that does not count is none",
    changes: [
      {
        file: "src/policy/approvals/open-sayings.ts",
        from: 'if (certainty !== "open") return certainty === "sure";',
        to: 'if (certainty !== "open") return true;',
      },
    ],
    test: { file: DECIDE, name: "a rejection holds, by anybody who is asked, until it is lifted" },
    tells: "deny eva finn",
  },
  {
    name: "what is approved before the needs are met counts once they are",
    changes: [
      {
        file: "src/policy/approvals/weigh-approval.ts",
        from: 'if (!content.despite || needs === "pass") return [];',
        to: "if (needs !== undefined) return [];",
      },
    ],
    test: { file: DECIDE, name: "what is approved before the needs are met counts once they are" },
    tells: "pass eva finn",
  },
  {
    name: "builders do not approve",
    changes: [{ file: "src/policy/approvals/exclusions.ts", from: "not.builder ? buildersOf(around) : NOBODY", to: "NOBODY" }],
    test: { file: DECIDE, name: "whoever has built it, or approved it before, does not count where the policy says so" },
    tells: "pass eva finn",
  },
  {
    name: "whoever approved before does not approve again",
    changes: [
      {
        file: "src/policy/approvals/exclusions.ts",
        from: "isBarred(approvers, person, keys)",
        to: "false",
      },
    ],
    test: { file: DECIDE, name: "whoever has built it, or approved it before, does not count where the policy says so" },
    tells: "pass eva finn",
  },
  {
    name: "whoever has a builder's key is that builder",
    changes: [
      {
        file: "src/policy/approvals/exclusions.ts",
        from: "keys: new Set(signatures.flatMap(({ proven }) => proven?.key ?? [])),",
        to: "keys: new Set(),",
      },
    ],
    test: { file: REALLY, name: "whoever signs with the key of somebody who is kept out is kept out" },
    tells: "builder pass",
  },
  {
    name: "whoever has the key of one who approved before has approved before",
    changes: [
      {
        file: "src/policy/approvals/exclusions.ts",
        from: "keys: new Set(theirs.flatMap(({ keys }) => keys))",
        to: "keys: new Set()",
      },
    ],
    test: { file: REALLY, name: "whoever signs with the key of somebody who is kept out is kept out" },
    tells: "approver-of pass",
  },
  {
    name: "of two who approved before with one key neither approves again",
    changes: [
      {
        file: "src/policy/approvals/exclusions.ts",
        from: "[...asked.flatMap(({ counted }) => counted), ...sharing]",
        to: "[...asked.flatMap(({ counted }) => counted), ...sharing.slice(0, 0)]",
      },
    ],
    test: { file: REALLY, name: "whoever signs with the key of somebody who is kept out is kept out" },
    tells: "sharing pass",
  },
  {
    name: "a listing that was cut off may hide a rejection",
    changes: [{ file: "src/policy/approvals/decide.ts", from: "...evidence.image.gaps,", to: "" }],
    test: { file: DECIDE, name: "what was not seen may be a rejection, however many have approved" },
    tells: "pass eva finn",
  },
  {
    name: "a statement that could not be had may be a rejection",
    changes: [{ file: "src/policy/approvals/decide.ts", from: "if (count === 0) return [];", to: "if (count >= 0) return [];" }],
    test: { file: DECIDE, name: "what was not seen may be a rejection, however many have approved" },
    tells: "pass eva finn",
  },
  {
    name: "whoever signed a commit is an author of it, whatever its text says",
    changes: [
      {
        file: "src/policy/approvals/authors.ts",
        from: '[{ person: signer, commit: id, as: "signed", isText: false }, ...mentions]',
        to: "[...mentions]",
      },
    ],
    test: { file: AUTHORS, name: "whoever signed a commit, or is named by one, may not approve the image" },
    tells: "pass eva finn",
  },
  {
    name: "whom the text of a commit names does not approve",
    changes: [
      {
        file: "src/policy/approvals/authors.ts",
        from: 'as: "signed", isText: false }, ...mentions]',
        to: 'as: "signed", isText: false }]',
      },
    ],
    test: { file: AUTHORS, name: "whom only the text of a commit names may disown it, and one more has to approve then" },
    tells: "pass eva finn gus",
  },
  {
    name: "what one has signed one cannot disown",
    changes: [{ file: "src/policy/approvals/exclude-authors.ts", from: "    ...told(certain),\n", to: "" }],
    test: { file: AUTHORS, name: "every commit that it was built from is looked at, up to where nothing is new" },
    tells: "pass eva finn gus",
  },
  {
    name: "whose account a forge names does not approve",
    changes: [{ file: "src/policy/approvals/authors.ts", from: "name !== signer && vouched.forge === undefined", to: "name !== signer" }],
    test: { file: AUTHORS, name: "whose account a forge names may not approve the image, and disowns nothing" },
    tells: "(github says so)",
  },
  {
    name: "a forge says nothing of co-authors",
    changes: [
      {
        file: "src/policy/approvals/authors.ts",
        from: 'forge === undefined || as === "co-author" ? {} : { forge }',
        to: "forge === undefined ? {} : { forge }",
      },
    ],
    test: { file: AUTHORS, name: "a forge says nothing of co-authors, and keeps nobody out by a mail that the policy does not have" },
    tells: "by the text alone",
  },
  {
    name: "a forge vouches only if it is listed",
    changes: [
      {
        file: "src/policy/approvals/authors.ts",
        from: "forge: ownerOf(commit.signature, forges)",
        to: 'forge: ownerOf(commit.signature, forges) ?? "another"',
      },
    ],
    test: { file: AUTHORS, name: "a forge that the policy does not list vouches for nobody" },
    tells: "unknown",
  },
  {
    name: "a forge is nobody where commits have to be signed by people",
    changes: [
      {
        file: "src/policy/requirements/commits.ts",
        from: "if (name !== undefined && asked.includes(name)) return undefined;",
        to: "if (name === undefined || asked.includes(name)) return undefined;",
      },
    ],
    test: { file: FORGES, name: "a forge is nobody where commits have to be signed by people" },
    tells: "pass",
  },
  {
    name: "a forge has no key of a person's",
    changes: [
      { file: "src/policy/countersign/commit-signers.ts", from: "refuseShared([...people, ...forges]", to: "refuseShared([...people]" },
    ],
    test: { file: "src/policy/countersign/faults.test.ts", name: "refused with its place: a person's key as that of a forge" },
    tells: "it was not refused",
  },
  {
    name: "where it is not proven who wrote a commit nobody is known to be no author",
    changes: [{ file: "src/policy/approvals/exclude-authors.ts", from: "[...whyNot(person), ...doubts]", to: "[...whyNot(person)]" }],
    test: { file: AUTHORS, name: "where it is not proven who wrote a commit nobody is known to be no author" },
    tells: "pass eva finn",
  },
  {
    name: "whoever disowns a commit makes it take one more",
    changes: [{ file: "src/policy/approvals/exclude-authors.ts", from: "worst: lifted.length === 0 ? 0 : 1", to: "worst: 0" }],
    test: { file: AUTHORS, name: "whom only the text of a commit names may disown it, and one more has to approve then" },
    tells: "pass eva finn",
  },
  {
    name: "somebody else disowns nothing for one",
    changes: [
      {
        file: "src/policy/approvals/exclude-authors.ts",
        from: "saying.person === person && saying.content.commit === commit",
        to: "saying.content.commit === commit",
      },
    ],
    test: { file: AUTHORS, name: "whom only the text of a commit names may disown it, and one more has to approve then" },
    tells: "eva finn",
  },
  {
    name: "one disowns one commit",
    changes: [
      {
        file: "src/policy/approvals/exclude-authors.ts",
        from: "saying.person === person && saying.content.commit === commit",
        to: "saying.person === person",
      },
    ],
    test: { file: AUTHORS, name: "whom only the text of a commit names may disown it, and one more has to approve then" },
    tells: "eva finn",
  },
  {
    name: "mails are compared as most servers do",
    changes: [
      {
        file: "src/policy/approvals/authors.ts",
        from: "return one.toLowerCase() === other.trim().toLowerCase();",
        to: "return one === other;",
      },
    ],
    test: { file: AUTHORS, name: "whoever signed a commit, or is named by one, may not approve the image" },
    tells: "pass eva finn",
  },
  {
    name: "only an image that is known to have entered makes its commits old",
    changes: [
      { file: "src/policy/approvals/exclude-authors.ts", from: 'certainty !== "sure" || since === undefined', to: "since === undefined" },
    ],
    test: { file: AUTHORS, name: "commits of an image that has entered before are not new" },
    tells: "pass",
  },
  {
    name: "without the first version of the policy nothing is told of approvals",
    changes: [{ file: "src/policy/approvals/decide.ts", from: "head?.policyChain === undefined", to: "head === undefined" }],
    test: { file: REALLY, name: "a policy of which the first version is not known takes no approval" },
    tells: "deny",
  },
  {
    name: "a copy of what was there is no other evidence",
    changes: [
      {
        file: "src/policy/approvals/decide.ts",
        from: "JSON.stringify([by, statements.get(digest) ?? digest])",
        to: "JSON.stringify([by, digest])",
      },
    ],
    test: { file: DECIDE, name: "exactly the evidence that was there is there, whoever hangs up a copy of it" },
    tells: "pass finn",
  },
];

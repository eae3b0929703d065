import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answer,
  builtFrom,
  codeOf,
  commit,
  commitId,
  decide,
  digest,
  disown,
  met,
  type Question,
  say,
  unread,
  whyNot,
} from "../../../tests/approvals/scene.ts";

const EVA = say("eva");
const FINN = say("finn");
const GUS = say("gus");
const asked = { not: { author: true } };

function by(one: ReturnType<typeof commit>): Question {
  return { said: [EVA, FINN, ...builtFrom("c", [one])], asked };
}

/** All three approve it, and eva disowns it. */
function disowned(one: ReturnType<typeof commit>): Question {
  return { said: [EVA, FINN, GUS, ...builtFrom("c", [one]), disown("eva", commitId("c"))], asked };
}

/** The image has entered prod, and was built from commit b. */
function entered(image: string): NonNullable<Question["around"]> {
  return {
    entered: { commitsOf: (hint) => (hint.image === image && hint.gate === "prod" ? [commitId("b")] : undefined) },
  };
}

test("whoever signed a commit, or is named by one, may not approve the image", () => {
  assert.equal(answer(by(commit("c", "ana"))), "pass eva finn");
  assert.equal(answer(by(commit("c", "eva"))), "deny finn");
  assert.equal(codeOf(by(commit("c", "eva")), "eva"), "approvals/author");
  assert.equal(whyNot(by(commit("c", "eva")))["eva"], `eva authored commit ${commitId("c").slice(0, 7)}`);
  assert.deepEqual(decide(by(commit("c", "eva"))).stillAble, ["gus"]);
  assert.match(whyNot(by(commit("c", "ana", { signer: "eva" })))["eva"] ?? "", /^eva committed commit/);
  assert.match(whyNot(by(commit("c", "eva", { signer: "ana" })))["eva"] ?? "", /^eva authored commit .*, by the text alone$/);
  assert.match(whyNot(by(commit("c", "ana", { coAuthors: ["cy", "eva"] })))["eva"] ?? "", /^eva co-authored commit/);
  assert.equal(answer({ ...by(commit("c", "eva")), asked: {} }), "pass eva finn");
  const lent = by(commit("c", "ana", { signature: { kind: "ssh", fingerprint: "SHA256:eva" } }));
  assert.equal(answer(lent), "deny finn");
  assert.match(whyNot(lent)["eva"] ?? "", /^eva signed commit/);
  // However the mail is written.
  const shouted = { ...commit("c", "ana"), author: { name: "Eva", mail: "EVA@Acme.io " } };
  assert.equal(answer(by(shouted)), "deny finn");
});

test("whose account a forge names may not approve the image, and disowns nothing", () => {
  const own = by(commit("c", "eva", { signer: "github" }));
  assert.equal(answer(own), "deny finn");
  assert.equal(whyNot(own)["eva"], `eva authored commit ${commitId("c").slice(0, 7)} (github says so)`);
  assert.equal(answer(disowned(commit("c", "eva", { signer: "github" }))), "pass finn gus");
  const pgp = { signature: { kind: "openpgp", fingerprint: "4AEE18F83AFDEB23" } } as const;
  assert.equal(answer(by(commit("c", "eva", pgp))), "deny finn");
  assert.equal(answer(disowned(commit("c", "eva", pgp))), "pass finn gus");
  // As whoever applies a change there, too.
  const applied = commit("c", "ana", { signer: "eva", signature: { kind: "ssh", fingerprint: "SHA256:github" } });
  assert.match(whyNot(by(applied))["eva"] ?? "", /^eva committed commit .* \(github says so\)$/);
  assert.equal(answer(disowned(applied)), "pass finn gus");
});

test("a forge says nothing of co-authors, and keeps nobody out by a mail that the policy does not have", () => {
  const typed = commit("c", "ana", { signer: "github", coAuthors: ["eva"] });
  assert.match(whyNot(by(typed))["eva"] ?? "", /^eva co-authored commit .*, by the text alone$/);
  const all = [...builtFrom("c", [typed]), disown("eva", commitId("c"))];
  assert.equal(answer({ said: [EVA, FINN, ...all], asked }), "deny eva finn");
  assert.equal(answer({ said: [EVA, FINN, GUS, ...all], asked }), "pass eva finn gus");
  // It is known who has an account there, whoever that is.
  assert.equal(answer(by(commit("c", "stranger", { signer: "github" }))), "pass eva finn");
});

test("a forge that the policy does not list vouches for nobody", () => {
  const elsewhere = by(commit("c", "stranger", { signer: "gitlab" }));
  assert.equal(answer(elsewhere), "unknown");
  assert.equal(codeOf(elsewhere, "eva"), "author/unproven");
  const listed = by(commit("c", "stranger", { signer: "github" }));
  assert.equal(answer({ ...listed, around: { people: { committers: [] } } }), "unknown");
  // What comes before a commit is signed by somebody itself.
  const merge = [commit("c", "ana", { signer: "github", parents: ["b"] }), commit("b", "stranger")];
  assert.equal(answer({ said: [EVA, FINN, ...builtFrom("c", merge)], asked }), "unknown");
});

test("every commit that it was built from is looked at, up to where nothing is new", () => {
  const all = [commit("c", "ana", { parents: ["b"] }), commit("b", "eva", { parents: ["a"] }), commit("a", "finn")];
  const question = { said: [EVA, FINN, GUS, ...builtFrom("c", all)], asked };
  assert.equal(answer(question), "deny gus");
  assert.equal(answer({ ...question, since: [commitId("a")] }), "pass finn gus");
  assert.equal(answer({ ...question, since: [commitId("b")] }), "pass eva finn gus");
  assert.equal(answer({ ...question, since: [commitId("elsewhere")] }), "deny gus");
});

test("commits of an image that has entered before are not new", () => {
  const all = [commit("c", "ana", { parents: ["b"] }), commit("b", "eva", { parents: ["a"] }), commit("a", "finn")];
  const since = digest("the image before");
  const said = [EVA, say("finn", { since }), ...builtFrom("c", all)];
  assert.equal(answer({ said, asked }), "deny");
  assert.equal(answer({ said, asked, around: entered(since) }), "pass eva finn");
  // What is said of another image, or by nobody whose word counts, is as if it were not said.
  assert.equal(answer({ said, asked, around: entered(digest("another")) }), "deny");
  const stranger = [EVA, FINN, say("gus", { since, code: "integrity/signature-invalid" }), ...builtFrom("c", all)];
  assert.equal(answer({ said: stranger, asked, around: entered(since) }), "deny");
});

test("where it is not proven who wrote a commit nobody is known to be no author", () => {
  const of = (commits: readonly ReturnType<typeof commit>[], said = [EVA, FINN]) => ({
    said: [...said, ...builtFrom("c", commits)],
    asked,
  });
  const rows: readonly (readonly [why: RegExp, ...commits: readonly ReturnType<typeof commit>[]])[] = [
    [/are not there/],
    [/are not there/, commit("c", "ana", { parents: ["b"] })],
    [/signed by nobody whom the policy knows/, commit("c", "ana", { signature: { kind: "none" } })],
    [/signed by nobody whom the policy knows/, commit("c", "ana", { signature: { kind: "ssh", fingerprint: "SHA256:forge" } })],
    [/signed by nobody whom the policy knows/, commit("c", "ana", { signature: { kind: "invalid", why: "it is not" } })],
    [
      /signed by nobody whom the policy knows: [0-9a-f]{7} \(X\.509\)$/,
      commit("c", "ana", { signature: { kind: "unsupported", why: "X.509" } }),
    ],
  ];
  for (const [why, ...commits] of rows) {
    assert.equal(answer(of(commits)), "unknown");
    assert.match(whyNot(of(commits))["eva"] ?? "", why);
    assert.equal(codeOf(of(commits), "eva"), "author/unproven");
    // Too few are too few, whoever wrote it.
    assert.equal(answer(of(commits, [EVA])), "deny");
  }
  const { because = [] } = decide(of([]));
  assert.deepEqual(
    because.map(({ code }) => code),
    ["approvals/too-few", "author/unproven"],
  );
  // Provenance that does not count shows no commits.
  const uncounted = [EVA, FINN, ...builtFrom("c", [commit("c", "ana")])];
  assert.equal(answer({ said: uncounted, asked, reports: [met([], { name: "provenance", outcome: "deny" })] }), "unknown");
});

test("whom only the text of a commit names may disown it, and one more has to approve then", () => {
  const text = builtFrom("c", [commit("c", "eva", { signer: "ana" })]);
  const no = { said: [EVA, FINN, GUS, ...text], asked };
  assert.equal(answer(no), "pass finn gus");
  const own = disown("eva", commitId("c"));
  assert.equal(answer({ said: [EVA, FINN, GUS, ...text, own], asked }), "pass eva finn gus");
  assert.equal(answer({ said: [EVA, FINN, ...text, own], asked }), "deny eva finn");
  assert.equal(decide({ said: [EVA, FINN, ...text, own], asked }).atLeast, 3);
  assert.equal(answer({ said: [FINN, GUS, ...text, own], asked }), "deny finn gus");
  // Of another commit, at another gate, by somebody else, or by a signature that does not count.
  const others = [
    disown("eva", commitId("b")),
    disown("eva", commitId("c"), { gate: "test" }),
    disown("finn", commitId("c")),
    disown("eva", commitId("c"), { code: "integrity/signature-invalid" }),
  ];
  for (const other of others) assert.equal(answer({ said: [EVA, FINN, ...text, other], asked }), "deny finn");
  assert.equal(
    answer({ said: [EVA, FINN, GUS, ...text, disown("eva", commitId("c"), { code: "revocation/unchecked" })], asked }),
    "unknown finn gus",
  );
  assert.equal(answer({ said: [EVA, FINN, GUS, ...text, unread("?", "disown")], asked }), "unknown finn gus");
  assert.equal(answer({ said: [EVA, FINN, ...text, unread("?", "disown")], asked }), "deny finn");
  // What one has signed one cannot disown.
  const signed = builtFrom("c", [commit("c", "ana", { signer: "eva" })]);
  assert.equal(answer({ said: [EVA, FINN, GUS, ...signed, own], asked }), "pass finn gus");
  // Nobody has to disown for others who are not asked.
  const ana = builtFrom("c", [commit("c", "ana", { signer: "cy" })]);
  assert.equal(answer({ said: [EVA, FINN, ...ana, disown("ana", commitId("c"))], asked }), "pass eva finn");
});

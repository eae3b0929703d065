import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { ContentOf, GitSignature, SourceCommit } from "../../core/evidence.ts";
import { judgeCommits } from "./commits.ts";

const EVA = "SHA256:eva";
const BO = "SHA256:bo";
const SIGNERS = {
  known: new Map([
    [EVA, "eva"],
    [BO, "bo"],
  ]),
  asked: ["eva"],
};
const WHO = { name: "Eva", mail: "eva@acme.io" };

function commit(id: string, parents: readonly string[] = [], signature: GitSignature = { kind: "ssh", fingerprint: EVA }): SourceCommit {
  return { id, parents, author: WHO, committer: WHO, coAuthors: [], signature };
}

function built(...commits: readonly (string | undefined)[]): ContentOf<"provenance"> {
  const sources = commits.map((id, at) => ({ uri: `git+https://git.acme.io/${at}`, ...(id === undefined ? {} : { commit: id }) }));
  return { kind: "provenance", builder: "b", sources, materials: [] };
}

function judge(commits: readonly SourceCommit[], { since = [] as readonly string[], provenance = built("head") } = {}): readonly string[] {
  return judgeCommits({ since }, { provenance, commits, signers: SIGNERS }).map(({ code, message }) => `${code} ${message}`);
}

function codes(commits: readonly SourceCommit[]): readonly string[] {
  return judgeCommits({ since: [] }, { provenance: built("head"), commits, signers: SIGNERS }).map(({ code }) => code);
}

describe("the commits that an image was built from", () => {
  test("are good if each is signed by one who is asked", () => {
    assert.deepEqual(judge([commit("head", ["a", "b"]), commit("a", ["c"]), commit("b", ["c"]), commit("c")]), []);
  });

  test("are told by what is wrong with each", () => {
    const bad = (signature: GitSignature): readonly string[] => judge([commit("head", ["a"]), commit("a", [], signature)]);
    assert.deepEqual(bad({ kind: "none" }), ["author/unproven commits are not signed: a (Eva <eva@acme.io>)"]);
    assert.deepEqual(bad({ kind: "unsupported", why: "OpenPGP" }), [
      "author/unproven commits are signed in a way that is not read: a (Eva <eva@acme.io>): OpenPGP",
    ]);
    assert.deepEqual(bad({ kind: "invalid", why: "broken" }), [
      "author/signature-invalid signatures of commits are not theirs: a (Eva <eva@acme.io>): broken",
    ]);
    assert.deepEqual(bad({ kind: "ssh", fingerprint: BO }), [
      "author/unknown-signer commits are signed by nobody of eva: a (Eva <eva@acme.io>) by bo",
    ]);
    assert.deepEqual(bad({ kind: "ssh", fingerprint: "SHA256:other" }), [
      "author/unknown-signer commits are signed by nobody of eva: a (Eva <eva@acme.io>) by the key SHA256:other",
    ]);
    assert.deepEqual(bad({ kind: "openpgp-unverified", signature: "", payload: new Uint8Array() }), [
      "author/unproven commits are signed in a way that is not read: a (Eva <eva@acme.io>): it is signed with OpenPGP, and the policy has no key of that kind",
    ]);
    assert.deepEqual(bad({ kind: "openpgp-other", key: "4A\u001b" }), [
      "author/unknown-signer commits are signed by nobody of eva: a (Eva <eva@acme.io>) by the OpenPGP key 4A\\u{1b}",
    ]);
    assert.deepEqual(bad({ kind: "openpgp", fingerprint: BO }), [
      "author/unknown-signer commits are signed by nobody of eva: a (Eva <eva@acme.io>) by bo",
    ]);
    assert.deepEqual(bad({ kind: "openpgp", fingerprint: EVA }), []);
    assert.deepEqual(judge([commit("head", ["a"])]), ["author/unproven commits that it was built from are not there: a"]);
    assert.deepEqual(judge([]), ["author/unproven commits that it was built from are not there: head"]);
  });

  test("are denied for what is certain, and unknown for what is not proven", () => {
    assert.deepEqual(codes([commit("head", ["a"]), commit("a", ["b"], { kind: "none" })]), ["author/unproven", "author/unproven"]);
    assert.deepEqual(codes([commit("head", [], { kind: "invalid", why: "broken" })]), ["author/signature-invalid"]);
    assert.deepEqual(codes([commit("head", [], { kind: "ssh", fingerprint: BO })]), ["author/unknown-signer"]);
  });

  test("are those that the provenance names, of each of its sources", () => {
    assert.deepEqual(judge([commit("head"), commit("more")], { provenance: built("head", "more") }), []);
    assert.match(String(judge([commit("head")], { provenance: built("head", "more") })), /not there: more/);
    assert.match(
      String(judge([commit("head")], { provenance: built("head", undefined) })),
      /does not say which commit of "git\+https:\/\/git\.acme\.io\/1"/,
    );
    assert.match(String(judge([commit("head")], { provenance: built() })), /does not say which commit/);
    const [named] = built("head").sources;
    assert.ok(named !== undefined);
    assert.deepEqual(judge([commit("head")], { provenance: { ...built("head"), sources: [named, { uri: named.uri }] } }), []);
  });

  test("are not asked about from a baseline on, as far as it is shown to lie behind", () => {
    const none: GitSignature = { kind: "none" };
    const all = [
      commit("head", ["base", "side"]),
      commit("side", ["old"]),
      commit("base", ["mid"], none),
      commit("mid", ["old"], none),
      commit("old", [], none),
    ];
    assert.deepEqual(judge(all, { since: ["base"] }), []);
    assert.deepEqual(judge(all.slice(0, 4), { since: ["base"] }), [], "that the baseline came after it is enough");
    assert.match(String(judge(all.slice(0, 3), { since: ["base"] })), /not there: old/);
    assert.match(String(judge(all, { since: ["side"] })), /not signed: base.*mid/);
    assert.deepEqual(judge([], { since: ["head"] }), [], "the baseline itself was built");
  });

  test("show no control characters", () => {
    const hostile = { ...commit("head", [], { kind: "none" }), author: { name: "\u001b[2J", mail: "\u202e" } };
    assert.doesNotMatch(String(judge([hostile])), /[\u001b\u202e]/);
  });

  test("pass only if by the whole history each that is asked about is signed, whatever was left out or added", () => {
    const nodes = fc.array(
      fc.record({ parents: fc.array(fc.nat(11), { maxLength: 3 }), isSigned: fc.boolean(), isCarried: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(nodes, fc.array(fc.nat(11), { maxLength: 2 }), (graph, baselines) => {
        const parentsOf = (at: number): readonly number[] => (graph[at]?.parents ?? []).filter((parent) => parent < at);
        const reach = (at: number): readonly number[] => [at, ...parentsOf(at).flatMap(reach)];
        const since = baselines.filter((at) => at < graph.length);
        const settled = new Set(since.flatMap(reach));
        const asked = [...new Set(reach(graph.length - 1))].filter((at) => !settled.has(at));
        const commits = graph.flatMap(({ isSigned, isCarried }, at) =>
          isCarried ? [commit(`${at}`, parentsOf(at).map(String), isSigned ? { kind: "ssh", fingerprint: EVA } : { kind: "none" })] : [],
        );
        const objections = judge(commits, { since: since.map(String), provenance: built(`${graph.length - 1}`) });
        const isGood = asked.every((at) => graph[at]?.isSigned === true);
        const isAllThere = graph.every(({ isCarried }) => isCarried);
        if (objections.length === 0) assert.ok(isGood && asked.every((at) => graph[at]?.isCarried === true));
        if (isGood && isAllThere) assert.deepEqual(objections, []);
      }),
    );
  });
});

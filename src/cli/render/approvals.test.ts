/** Words at a gate as people read them: who, what, until when, and why it does not count. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequirementReport, Waived, Word } from "../../core/verdict.ts";
import { renderApprovals, renderWaived } from "./approvals.ts";
import type { Style } from "./style.ts";

const same = (text: string): string => text;
const plain: Style = { good: same, bad: same, unsure: same, dim: same, bold: same };
const DIGEST = `sha256:${"a".repeat(64)}`;

function shown(words: readonly Partial<Word>[], report: Partial<RequirementReport> = {}, explain = false): readonly string[] {
  const requirement: RequirementReport = {
    gate: "prod",
    kind: "approval",
    name: "approvals",
    atLeast: 2,
    outcome: "deny",
    counted: [],
    evidence: [],
    missing: [],
    words: words.map((word) => ({ statement: DIGEST, person: "eva", decision: "approved", counts: true, ...word })),
    ...report,
  };
  return renderApprovals("head", requirement, { style: plain, explain });
}

test("one line a word, with who can still approve", () => {
  const because = [{ code: "approvals/author", message: "eva authored commit 3f2a9c1" }];
  const counted = [{ signature: DIGEST, person: "finn" }];
  const words = [
    { person: "finn", at: "2026-11-24T10:02:00.000Z", until: "2026-11-26T10:02:00.000Z" },
    { at: "2026-11-24T10:03:00.000Z", counts: false, because },
  ];
  assert.deepEqual(shown(words, { counted, stillAble: ["gus"] }), [
    "head   1 of 2",
    "      finn   approved 2026-11-24T10:02:00Z, until 2026-11-26T10:02:00Z",
    "      eva    does not count: approvals/author: eva authored commit 3f2a9c1 (approved 2026-11-24T10:03:00Z)",
    "      still able to approve: gus",
  ]);
});

test("a rejection that holds shows the digest by which it is overruled, and hostile texts are escaped", () => {
  const [, line, reason, digest] = shown([{ decision: "rejected", reason: "no\u001b[2J", person: "ana\u202e" }]);
  assert.match(line ?? "", /^ {6}ana\\u\{202e\} {3}rejected$/);
  assert.match(reason ?? "", /^ +reason: no\\u\{1b\}\[2J$/);
  assert.equal(digest?.trim(), DIGEST);
});

test("what its author has replaced is shown to who asks for everything", () => {
  const replaced = { counts: false, because: [{ code: "approvals/superseded", message: "eva has replaced it" }] };
  assert.equal(shown([replaced, {}]).length, 2);
  assert.equal(shown([replaced, {}], {}, true).length, 5);
});

test("a rejection that holds is shown, however many words that do not count come after it", () => {
  const later = Array.from({ length: 30 }, (_, at) => ({
    person: "bo",
    counts: false,
    because: [{ code: "approvals/lapsed", message: `${at}` }],
  }));
  const lines = shown([{ decision: "rejected", person: "ana" }, ...later]);
  assert.match(lines[1] ?? "", /^ {6}ana {3}rejected$/);
  assert.match(lines[3] ?? "", /approvals\/lapsed: 11 /);
  assert.equal(lines.at(-1), "      11 other words: --explain shows them");
});

test("an answer that is open says what could not be told", () => {
  const because = [
    { code: "approvals/too-few", message: "0 of 2" },
    { code: "integrity/unfetchable", message: "the list was cut off" },
  ];
  assert.deepEqual(shown([], { outcome: "unknown", because }), ["head   0 of 2", "      ? integrity/unfetchable: the list was cut off"]);
});

test("what was waived is told with who did it, until when, for what alone, and why", () => {
  const waived: Waived = { statement: DIGEST, person: "ana", until: "2026-12-01T00:00:00.000Z", isBreakGlass: false, reason: "no fix yet" };
  const finding = { advisory: "CVE-2026-1", purl: "pkg:npm/a@1" };
  assert.deepEqual(
    renderWaived(
      {
        waived: [
          { ...waived, finding },
          { ...waived, isBreakGlass: true },
        ],
      },
      plain,
    ),
    [
      "      waived by ana, until 2026-12-01T00:00:00Z, for CVE-2026-1 in pkg:npm/a@1 alone",
      "          reason: no fix yet",
      "      glass broken by ana, until 2026-12-01T00:00:00Z",
      "          reason: no fix yet",
    ],
  );
});

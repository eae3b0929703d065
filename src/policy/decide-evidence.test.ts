import assert from "node:assert/strict";
import { test } from "node:test";
import { type Digest, parseDigest } from "../core/digest.ts";
import type { ContentOf, Objection, SourceCommit, Statement } from "../core/evidence.ts";
import { finding, type FindingCode } from "../core/finding.ts";
import { ASSERTED_ANNOTATION, type Gate } from "../core/policy.ts";
import type { EvidenceContext, EvidenceRequirement, ImageRequirement } from "../core/requirement.ts";
import type { SignatureReport } from "../core/verdict.ts";
import { decideGates } from "./decide.ts";
import type { EvidenceOf, EvidenceSeen, ExaminedEvidence } from "./evidence-seen.ts";
import { decideSignature } from "./gate-view.ts";
import { actionsOf, LEVELS } from "./notary/levels.ts";

const NOW = new Date("2026-09-01T12:00:00Z");
const IMAGE = digest("1");
const CHILD = digest("2");
const ALL = { complete: true, unexamined: 0 };
const HOUR = 3_600_000;

function digest(digit: string): Digest {
  return parseDigest(`sha256:${digit.repeat(64)}`);
}

function scan(overrides: Partial<EvidenceRequirement> = {}): EvidenceRequirement {
  return {
    kind: "evidence",
    name: "scan",
    by: ["scanner"],
    byText: "scanner",
    about: { content: "scan" },
    newestOnly: true,
    perManifest: false,
    asks: "a scan by scanner",
    judge: (content): readonly Objection[] =>
      content.kind === "scan" && content.findings.length > 0 ? [{ code: "subject/mismatch", message: "it has findings" }] : [],
    ...overrides,
  };
}

let made = 0;

function signature(by: string | undefined, code: FindingCode = "integrity/verified"): SignatureReport {
  made += 1;
  const findings = [finding("integrity", code, "seen")];
  return {
    format: "notary-jws",
    digest: `sha256:${made.toString(16).padStart(64, "0")}`,
    outcome: decideSignature(findings),
    ...(by === undefined ? {} : { party: by }),
    findings,
  };
}

interface Said {
  readonly by?: string | undefined;
  readonly code?: FindingCode;
  readonly hoursAgo?: number;
  readonly bad?: boolean;
  readonly findings?: readonly FindingCode[];
  readonly about?: Digest;
}

function evidence({ by = "scanner", code, hoursAgo, bad = false, findings = [], about: subject = IMAGE }: Said = {}): ExaminedEvidence {
  made += 1;
  const at = hoursAgo === undefined ? undefined : new Date(NOW.getTime() - hoursAgo * HOUR);
  const content: ContentOf<"scan"> = {
    kind: "scan",
    scanner: "grype",
    findings: bad ? [{ id: "CVE-1", aliases: [], severity: "critical" }] : [],
  };
  const statement: Statement = { subjects: [{ digest: { sha256: subject.slice(7) } }], predicateType: "https://scan", predicate: {} };
  const report = {
    digest: `sha256:${made.toString(16).padStart(64, "e")}`,
    subject: IMAGE,
    carrier: "attached" as const,
    signatures: [signature(by, code)],
    findings: findings.map((one) => finding("integrity", one, "seen")),
  };
  return findings.length > 0
    ? { report }
    : { report: { ...report, content: "scan" }, statement, content, ...(at === undefined ? {} : { at }) };
}

function about(found: readonly ExaminedEvidence[], parts: Partial<EvidenceOf> = {}): EvidenceOf {
  return { subject: IMAGE, isChild: false, evidence: found, gaps: [], ...parts };
}

function decide(requirement: EvidenceRequirement | ImageRequirement, seen: Partial<EvidenceSeen>) {
  const gate: Gate = { name: "prod", actions: actionsOf(LEVELS.strict), requirements: [requirement] };
  return decideGates([gate], { signatures: [], coverage: ALL, evidence: { now: NOW, image: about([]), runnable: [], gaps: [], ...seen } });
}

function answer(requirement: EvidenceRequirement, found: readonly ExaminedEvidence[], gaps: readonly string[] = []): string {
  return decide(requirement, { image: about(found, { gaps }) })
    .map(({ outcome }) => outcome)
    .join();
}

test("evidence counts by whose signature of it counts, and by nothing else", () => {
  assert.equal(answer(scan(), []), "deny");
  assert.equal(answer(scan(), [evidence()]), "pass");
  assert.equal(answer(scan(), [evidence({ by: "somebody" })]), "deny");
  assert.equal(answer(scan(), [evidence({ code: "integrity/signature-invalid" })]), "deny");
  assert.equal(answer(scan(), [evidence({ code: "revocation/unchecked" })]), "unknown");
  const [passed] = decide(scan(), { image: about([evidence()]) });
  assert.equal(passed?.counted[0]?.party, "scanner");
});

test("the newest decides where a later word takes back an earlier one, and any where it does not", () => {
  const oldGood = evidence({ hoursAgo: 9 });
  const newBad = evidence({ hoursAgo: 1, bad: true });
  assert.equal(answer(scan(), [oldGood, newBad]), "deny");
  assert.equal(answer(scan(), [evidence({ hoursAgo: 9, bad: true }), evidence({ hoursAgo: 1 })]), "pass");
  assert.equal(answer(scan({ newestOnly: false }), [oldGood, newBad]), "pass");
  // Of one time each must be good; of no known time each may be the last, or not.
  assert.equal(answer(scan(), [evidence({ hoursAgo: 1 }), newBad]), "deny");
  assert.equal(answer(scan(), [evidence({ hoursAgo: 1 }), evidence({ bad: true })]), "unknown");
  assert.equal(answer(scan(), [newBad, evidence({ bad: true })]), "deny");
});

test("what could not be seen leaves a requirement open that is not met, or that a later word could take back", () => {
  const unread = evidence({ findings: ["integrity/unfetchable"] });
  assert.equal(answer(scan(), [unread]), "unknown");
  assert.equal(answer(scan(), [evidence(), unread]), "unknown");
  assert.equal(answer(scan({ newestOnly: false }), [evidence(), unread]), "pass");
  assert.equal(answer(scan(), [evidence()], ["the listing was cut off"]), "unknown");
  assert.equal(answer(scan({ newestOnly: false }), [evidence()], ["the listing was cut off"]), "pass");
  assert.equal(answer(scan({ newestOnly: false }), [], ["the listing was cut off"]), "unknown");
  // A later one may be better.
  assert.equal(answer(scan(), [evidence({ hoursAgo: 1, bad: true })], ["the listing was cut off"]), "unknown");
});

test("unparsable bytes prove nothing and block nothing", () => {
  const broken = evidence({ findings: ["json/syntax"] });
  assert.equal(answer(scan(), [broken]), "deny");
  assert.equal(answer(scan(), [evidence(), broken]), "pass");
});

test("what is too old is no, and what says no time is a doubt", () => {
  const fresh = scan({ maxAge: 86_400 });
  assert.equal(answer(fresh, [evidence({ hoursAgo: 23 })]), "pass");
  assert.equal(answer(fresh, [evidence({ hoursAgo: 25 })]), "deny");
  assert.equal(answer(fresh, [evidence()]), "unknown");
  assert.equal(answer(fresh, [evidence({ hoursAgo: -1 })]), "unknown");
});

test("each manifest that can run needs its own; an index without any meets nothing", () => {
  const each = scan({ perManifest: true });
  const child = (found: readonly ExaminedEvidence[]): EvidenceOf => about(found, { subject: CHILD, isChild: true });
  const outcomes = (seen: Partial<EvidenceSeen>): string =>
    decide(each, seen)
      .map(({ outcome }) => outcome)
      .join();
  assert.equal(outcomes({ runnable: [] }), "deny");
  assert.equal(outcomes({ runnable: [child([evidence()]), child([])] }), "pass,deny");
  assert.equal(outcomes({ runnable: [child([evidence()])], gaps: ["a child could not be read"] }), "pass,unknown");
  assert.equal(decide(each, { runnable: [child([])] })[0]?.manifest, CHILD);
});

test("an image's configuration is asked of each manifest, and one that could not be read is a doubt", () => {
  const nonroot: ImageRequirement = {
    kind: "image",
    name: "image",
    asks: "an image that does not run as root",
    judge: (config) => (config === "good" ? [] : [{ code: "subject/mismatch", message: "it runs as root" }]),
  };
  const outcomes = (...runnable: EvidenceSeen["runnable"]): string =>
    decide(nonroot, { runnable })
      .map(({ outcome }) => outcome)
      .join();
  const one = about([]);
  assert.equal(outcomes({ ...one, config: "good" }), "pass");
  assert.equal(outcomes({ ...one, config: "good" }, { ...one, config: "bad" }), "pass,deny");
  assert.equal(outcomes({ ...one, configGap: "it could not be read" }), "unknown");
});

test("VEX statements count for a scan only if those who are asked for them have signed", () => {
  const asked: number[] = [];
  const judge: EvidenceRequirement["judge"] = (_, { vex }) => {
    asked.push(vex.length);
    return [];
  };
  const vex = (by: string): ExaminedEvidence => {
    const { report } = evidence({ by });
    const status = { ids: ["CVE-1"], status: "not_affected", products: [] } as const;
    return { report: { ...report, content: "vex" }, content: { kind: "vex", statements: [status] } };
  };
  const requirement = scan({ vexBy: ["security"], judge });
  answer(requirement, [evidence(), vex("security")]);
  answer(requirement, [evidence(), vex("scanner")]);
  // Where it counts, once more without it: to tell what it excuses.
  assert.deepEqual(asked, [1, 0, 0]);
});

const EXCUSABLE: EvidenceRequirement["judge"] = (content, { vex }) =>
  content.kind === "scan" && content.findings.length > 0 && vex.length === 0 ? [{ code: "evidence/vulnerable", message: "it is" }] : [];

function vexBy(by: string, { code, isAsserted = false }: { code?: FindingCode; isAsserted?: boolean } = {}): ExaminedEvidence {
  const { report, statement } = evidence({ by, ...(code === undefined ? {} : { code }) });
  const subjects = (statement?.subjects ?? []).map((one) =>
    isAsserted ? { ...one, annotations: { [ASSERTED_ANNOTATION]: "true" } } : one,
  );
  const said = { ids: ["CVE-1"], status: "not_affected", products: [] } as const;
  return {
    report: { ...report, content: "vex" },
    statement: { subjects, predicateType: "https://vex", predicate: {} },
    content: { kind: "vex", statements: [said] },
  };
}

test("VEX that may be there leaves open what it may excuse, and what it has excused; what is only asserted excuses nothing", () => {
  const requirement = scan({ vexBy: ["security"], judge: EXCUSABLE });
  const flawed = evidence({ bad: true });
  assert.equal(answer(requirement, [flawed]), "deny");
  assert.equal(answer(requirement, [flawed, vexBy("security")]), "pass");
  assert.equal(decide(requirement, { image: about([flawed, vexBy("security")]) })[0]?.excused?.[0]?.code, "evidence/vulnerable");
  assert.equal(answer(requirement, [flawed, vexBy("security", { isAsserted: true })]), "deny");
  const open = vexBy("security", { code: "revocation/unchecked" });
  assert.equal(answer(requirement, [flawed, open]), "unknown");
  assert.equal(answer(requirement, [flawed, vexBy("security"), open]), "unknown");
  assert.equal(answer(requirement, [evidence(), open]), "pass");
  assert.equal(answer(requirement, [flawed, vexBy("stranger", { code: "authenticity/untrusted" })]), "deny");
});

const judgeAsserted: EvidenceRequirement["judge"] = (_, { signer }) =>
  signer === "ana" ? [] : [{ code: "evidence/asserted", message: "it is only asserted" }];

test("of several who vouch for what is only asserted the one counts whose word is taken", () => {
  const requirement = scan({ by: ["scanner", "ana"], judge: judgeAsserted });
  const both = evidence();
  const signatures = [signature("scanner"), signature("ana")];
  assert.equal(answer(requirement, [both]), "deny");
  for (const order of [signatures, signatures.toReversed()])
    assert.equal(answer(requirement, [{ ...both, report: { ...both.report, signatures: order } }]), "pass");
});

test("provenance shows which product an image is once all of its manifests are seen to be built from it", () => {
  const proves = scan({ name: "provenance", perManifest: true, provesProduct: true });
  const whole: EvidenceRequirement = scan({ newestOnly: false });
  const gate: Gate = { name: "prod", actions: actionsOf(LEVELS.strict), requirements: [proves, whole] };
  const unnamed = evidence({ code: "identity/product-not-signed" });
  const outcomes = (gaps: readonly string[], found: readonly ExaminedEvidence[]): string =>
    decideGates([gate], {
      signatures: [],
      coverage: ALL,
      evidence: { now: NOW, image: about([unnamed]), runnable: [about(found, { subject: CHILD, isChild: true })], gaps },
    })
      .map(({ outcome }) => outcome)
      .join();
  assert.equal(outcomes([], [evidence()]), "pass,pass");
  assert.equal(outcomes([], []), "deny,deny");
  assert.equal(outcomes(["a child could not be read"], [evidence()]), "pass,unknown,unknown");
  assert.equal(outcomes([], [evidence({ findings: ["integrity/unfetchable"] })]), "unknown,unknown");
});

function commit(id: string): SourceCommit {
  const who = { name: "eva", mail: "eva@acme.io" };
  return { id, parents: [], author: who, committer: who, coAuthors: [], signature: { kind: "none" } };
}

test("a child's requirement looks into the source statements of the index, which need not name the child", () => {
  const source = (by: string, id: string): ExaminedEvidence => ({
    ...evidence({ by }),
    content: { kind: "source", head: id, commits: [commit(id)], tags: [] },
  });
  const asked: string[][] = [];
  const judge = (_: unknown, { commits }: EvidenceContext): readonly Objection[] => {
    asked.push(commits.map(({ id }) => id));
    return [];
  };
  const child = about([evidence({ about: CHILD }), source("scanner", "own")], { subject: CHILD, isChild: true });
  const image = about([source("scanner", "index"), source("stranger", "strange")]);
  decide(scan({ judge, perManifest: true, sourceBy: ["scanner"] }), { image, runnable: [child] });
  decide(scan({ judge, perManifest: true }), { image, runnable: [child] });
  assert.deepEqual(asked, [["own", "index"], []]);
});

function until(overrides: Partial<EvidenceRequirement>, found: readonly ExaminedEvidence[]): string | undefined {
  return decide(scan(overrides), { image: about(found) })[0]?.freshUntil;
}

function soon(): Date {
  return new Date("2026-09-01T13:00:00Z");
}

test("a pass says until when what counted is fresh enough", () => {
  const [older, newer] = [evidence({ hoursAgo: 9 }), evidence({ hoursAgo: 1 })];
  assert.equal(until({}, [newer]), undefined);
  assert.equal(until({ maxAge: 36_000 }, [older, newer]), "2026-09-01T21:00:00.000Z");
  assert.equal(until({ maxAge: 36_000, newestOnly: false }, [older, newer]), "2026-09-01T21:00:00.000Z");
  assert.equal(until({ maxAge: 36_000, endOf: soon }, [newer]), "2026-09-01T13:00:00.000Z");
});

function neverRead(): readonly Objection[] {
  return assert.fail("it was read");
}

test("what nobody who is asked vouches for is not read", () => {
  const found = [evidence({ by: "stranger" }), evidence({ code: "integrity/signature-invalid" })];
  const [report] = decide(scan({ judge: neverRead }), { image: about(found) });
  assert.equal(report?.outcome, "deny");
});

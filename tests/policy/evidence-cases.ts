/** What may be known of an image beside its signatures: one case in which all is as a policy could wish, and many in which one thing is not. */
import { parseDigest } from "../../src/core/digest.ts";
import type { Content, Objection, ScanFinding, VexStatement } from "../../src/core/evidence.ts";
import { finding } from "../../src/core/finding.ts";
import { ASSERTED_ANNOTATION, type Policy } from "../../src/core/policy.ts";
import type { SignatureReport } from "../../src/core/verdict.ts";
import { decideAll, decideGates } from "../../src/policy/decide.ts";
import type { ExaminedEvidence } from "../../src/policy/evidence-seen.ts";

const SUBJECT = parseDigest(`sha256:${"ab".repeat(32)}`);
export const REVIEW = "https://acme.io/review/v1";
const HOUR = 3_600_000;

export interface Said {
  readonly content: Content;
  readonly by: string;
  readonly hoursAgo: number;
  readonly predicate: unknown;
  readonly predicateType: string;
  readonly isAsserted: boolean;
  /** Of provenance: what speaks against its base, at the gate that bases have to pass. */
  readonly base: readonly Objection[];
}

/** The gate that bases have to pass. */
export const BASE_GATE = "tools";
/** By which commits are signed. */
export const KEYS: Readonly<Record<"ana" | "bo", string>> = { ana: `SHA256:${"A".repeat(43)}`, bo: `SHA256:${"B".repeat(42)}A` };
/** Bo's too, of OpenPGP; the whole of it is in `tests/fixtures/policy-documents/keys/ana.asc`. */
const OPENPGP_KEY = "5DFC62C2D67516DC41F6232A0B1973A34D7867AB";
/** A commit that nobody has brought along. */
export const BASELINE: string = "1f".repeat(20);
const HEAD = "2f".repeat(20);

type Kind = "provenance" | "rebuilt" | "source" | "sbom" | "scan" | "test" | "vex" | "review";

export interface Case {
  readonly said: Readonly<Partial<Record<Kind, Said>>>;
  readonly config: unknown;
  readonly hoursLater: number;
}

function said(content: Content, more: Partial<Said> = {}): Said {
  return {
    content,
    by: "builder",
    hoursAgo: 1,
    predicate: {},
    predicateType: `https://acme.io/${content.kind}`,
    isAsserted: false,
    base: [],
    ...more,
  };
}

const PROVENANCE = {
  kind: "provenance",
  builder: "https://ci.acme.io/runner",
  buildType: "https://ci.acme.io/v1",
  sources: [{ uri: "git+https://git.acme.io/api", ref: "refs/heads/main", commit: HEAD }],
  materials: [],
} as const;
function sourceBy(fingerprint: string): Content {
  const who = { name: "Ana", mail: "ana@acme.io" };
  const signature = { kind: fingerprint === OPENPGP_KEY ? "openpgp" : "ssh", fingerprint } as const;
  const commits = [{ id: HEAD, parents: [BASELINE], author: who, committer: who, coAuthors: [], signature }];
  return { kind: "source", head: HEAD, commits, tags: [] };
}

const SCAN = { kind: "scan", scanner: "trivy", findings: [] } as const;
const TEST = { kind: "test", result: "passed", failed: [], passed: 3 } as const;

const FLAW: ScanFinding = { id: "CVE-1", aliases: [], severity: "high", package: { name: "x", purl: "pkg:npm/x@1", licenses: [] } };
const EXCUSE: VexStatement = { ids: ["CVE-1"], status: "not_affected", products: [{ id: "pkg:npm/x", digests: {}, parts: [] }] };

const GOOD: Record<Kind, Said> = {
  provenance: said(PROVENANCE),
  /** The same image by another builder. */
  rebuilt: said({ ...PROVENANCE, builder: "https://farm.acme.io" }, { by: "cy" }),
  source: said(sourceBy(KEYS.ana)),
  sbom: said({ kind: "sbom", packages: [{ name: "x", purl: "pkg:npm/x@1", licenses: ["MIT"] }] }),
  scan: said(SCAN, { by: "scanner" }),
  test: said(TEST),
  vex: said({ kind: "vex", statements: [] }, { by: "ana" }),
  review: said({ kind: "other" }, { predicateType: REVIEW, predicate: { result: "ok" } }),
};
const CONFIG = { config: { User: "1000", ExposedPorts: { "8080/tcp": {} } } };
const ALL: Case = { said: GOOD, config: CONFIG, hoursLater: 0 };

function withSaid(kind: Kind, change: Partial<Said>): Case {
  return { ...ALL, said: { ...GOOD, [kind]: { ...GOOD[kind], ...change } } };
}

function withContent(kind: Kind, content: Content): Case {
  return withSaid(kind, { content });
}

function sbomOf(purl: string, ...licenses: readonly string[]): Case {
  return withContent("sbom", { kind: "sbom", packages: [{ name: "y", purl, licenses }] });
}

function scanOf(change: Partial<typeof FLAW>, statements: readonly VexStatement[] = []): Case {
  const scanned = withContent("scan", { ...SCAN, findings: [{ ...FLAW, ...change }] });
  return { ...scanned, said: { ...scanned.said, vex: said({ kind: "vex", statements }, { by: "ana" }) } };
}

const KINDS = Object.keys(GOOD) as readonly Kind[];
export const NAMES: readonly string[] = ["builder", "ci", "scanner", "ana", "bo", "cy"];

export const CASES: readonly Case[] = [
  ALL,
  { ...ALL, hoursLater: 24 * 365 },
  ...KINDS.flatMap((kind) => [
    { ...ALL, said: Object.fromEntries(Object.entries(GOOD).filter(([name]) => name !== kind)) },
    ...NAMES.map((by) => withSaid(kind, { by })),
    ...[20, 40, 1000].map((hoursAgo) => withSaid(kind, { hoursAgo })),
    ...NAMES.map((by) => withSaid(kind, { by, isAsserted: true })),
  ]),
  withContent("provenance", { ...PROVENANCE, builder: "https://evil.io" }),
  withContent("provenance", { ...PROVENANCE, buildType: "https://evil.io" }),
  withContent("provenance", { ...PROVENANCE, sources: [{ uri: "git+https://git.acme.io/web", ref: "refs/heads/main", commit: HEAD }] }),
  withContent("provenance", { ...PROVENANCE, sources: [{ uri: "git+https://git.acme.io/api", ref: "refs/pull/1", commit: HEAD }] }),
  withSaid("provenance", { base: [{ code: "base/denied", message: "it is not approved" }] }),
  withContent("source", sourceBy(KEYS.bo)),
  withContent("source", sourceBy(OPENPGP_KEY)),
  withContent("source", sourceBy(`SHA256:${"D".repeat(42)}A`)),
  ...["X11", "BSD-2-Clause", "MIT", "Apache-2.0"].map((license) => sbomOf("pkg:npm/y@1", license)),
  sbomOf("pkg:npm/y@1"),
  ...["pkg:npm/event-stream@1", "pkg:npm/left-pad@1"].map((purl) => sbomOf(purl, "MIT")),
  ...(["low", "medium", "high", "critical", "unknown"] as const).map((severity) => scanOf({ severity })),
  scanOf({}, [EXCUSE]),
  ...["ana", "bo"].map((by) => {
    const one = scanOf({}, [EXCUSE]);
    return { ...one, said: { ...one.said, vex: said({ kind: "vex", statements: [EXCUSE] }, { by }) } };
  }),
  ...[20, 40, 60].map((hours) => withContent("scan", { ...SCAN, databaseAt: new Date(-hours * HOUR) })),
  ...(["warned", "failed"] as const).map((result) => withContent("test", { ...TEST, result })),
  withSaid("review", { predicate: { result: "no" } }),
  withSaid("review", { predicateType: `x${REVIEW}` }),
  { ...ALL, config: { config: { ...CONFIG.config, User: "root" } } },
  { ...ALL, config: { config: { ...CONFIG.config, ExposedPorts: { "22/tcp": {} } } } },
  { ...ALL, config: { config: { User: "1000" } } },
  { ...ALL, config: { config: { ...CONFIG.config, ExposedPorts: { "53/udp": {} } } } },
];

export interface EvidenceAnswer {
  readonly repository: string;
  readonly gate: string;
  /** Of the case. */
  readonly number: number;
  readonly answer: string;
}

/** What each case comes to at each place; nothing for a policy that asks for signatures alone. */
export function answersByEvidence(
  policy: Policy,
  { places, now }: { readonly places: readonly (readonly [repository: string, gate: string])[]; readonly now: Date },
): readonly EvidenceAnswer[] {
  return places.flatMap(([repository, gate]) => {
    const selection = policy.select(repository, gate);
    if (selection.kind !== "gate") return [];
    const gates = [...selection.before, selection.gate];
    if (gates.every(({ requirements }) => requirements.every(({ kind }) => kind === "signature"))) return [];
    return CASES.map((one, number) => {
      const at = new Date(now.getTime() + one.hoursLater * HOUR);
      const about = { subject: SUBJECT, isChild: false, evidence: Object.values(one.said).map((each) => examined(each, at)), gaps: [] };
      const seen = {
        signatures: NAMES.map(signatureBy),
        coverage: { complete: true, unexamined: 0 },
        evidence: { now: at, image: about, runnable: [{ ...about, config: one.config }], gaps: [] },
        place: { now: at, subject: SUBJECT, repository },
      };
      return { repository, gate, number, answer: decideAll(decideGates(gates, seen)) };
    });
  });
}

/** Dates of a case are from the epoch on, and are meant from now on. */
function examined({ content, by, hoursAgo, predicate, predicateType, isAsserted, base }: Said, now: Date): ExaminedEvidence {
  const at = new Date(now.getTime() - hoursAgo * HOUR);
  const annotations = isAsserted ? { [ASSERTED_ANNOTATION]: "true" } : {};
  const moved =
    content.kind === "scan" ? { ...content, databaseAt: new Date(now.getTime() + (content.databaseAt?.getTime() ?? 0)) } : content;
  return {
    report: { digest: SUBJECT, subject: SUBJECT, carrier: "attached", content: content.kind, signatures: [signatureBy(by)], findings: [] },
    statement: { subjects: [{ digest: { sha256: SUBJECT.slice(7) }, annotations }], predicateType, predicate },
    content: moved,
    bases: new Map([[BASE_GATE, base]]),
    at,
  };
}

function signatureBy(name: string): SignatureReport {
  const who = ["ana", "bo", "cy"].includes(name) ? { person: name } : { party: name };
  const findings = [finding("integrity", "integrity/verified", "seen")];
  return { format: "notary-jws", digest: SUBJECT, outcome: "counts", ...who, findings };
}

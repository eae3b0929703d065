/** Takes somebody else's verdict for what is not found here, where the verifier's configuration says whose: docs/policies.md, "Verdicts of others". */
import type { GateHead } from "../core/decision.ts";
import type { Descriptor } from "../core/descriptor.ts";
import { showForeign } from "../core/display.ts";
import { type Finding, finding, findingRow, isFindingCode } from "../core/finding.ts";
import { Malformed } from "../core/malformed.ts";
import type { Policy, Selection, SignatureRules } from "../core/policy.ts";
import type { Requirement } from "../core/requirement.ts";
import { distinctStores, storesOf, type TrustAnchor } from "../core/trust-source.ts";
import type { RequirementReport, SignatureReport, Verdict } from "../core/verdict.ts";
import { readerOf } from "../evidence/look-at-manifests.ts";
import { CLOCK_SKEW_MS } from "../policy/age.ts";
import { type ExaminedEvidence, isUnread } from "../policy/evidence-seen.ts";
import { isBlocking, underGate } from "../policy/gate-view.ts";
import { JsonPlace } from "../statements/json-place.ts";
import { VERIFICATION_SUMMARY_V1 } from "../statements/predicate-types.ts";
import { readOurSummary, type Summary } from "../statements/predicates/verification-summary.ts";
import { resourceUriOf } from "../verdict-summary.ts";
import { gather, type GatherOptions, listHanging } from "./gather.ts";
import { validUntil as endOf } from "./validity.ts";

export interface TakeOptions extends Omit<GatherOptions, "rules" | "anchors" | "evidence"> {
  readonly policy: Policy;
  readonly selection: Extract<Selection, { kind: "gate" }>;
  readonly subject: Descriptor;
  /** By which the policy knows the image. */
  readonly repository: string;
  readonly anchorsOf: (rules: SignatureRules) => Promise<readonly TrustAnchor[]>;
}

/** `derived` is no pass. It comes back as it is where something that was seen says no, and where no summary is there that counts. */
export async function takeSummary(derived: Verdict, options: TakeOptions): Promise<Verdict> {
  const lacking = derived.requirements.filter(({ outcome }) => outcome !== "pass");
  if (lacking.length === 0 || !lacking.every(isLacking)) return derived;
  const findings: Finding[] = [];
  const { found: all, unread } = await findSummaries(options);
  for (const { found, issuer } of all) {
    const read = whyNot(found, derived, options);
    if (typeof read !== "string") return take({ found, issuer, summary: read }, derived, options);
    const message = `the summary ${found.report.digest} of ${issuer} is not taken: ${read}`;
    findings.push(finding("policy", "summary/not-taken", message, { action: "log" }));
  }
  // What is listed and cannot be had may be one that would be taken.
  for (const digest of unread)
    findings.push(finding("policy", "summary/not-taken", `the summary ${digest} could not be read`, { action: "log" }));
  const outcome = unread.length > 0 ? "unknown" : derived.outcome;
  return { ...derived, outcome, findings: [...derived.findings, ...findings] };
}

/** Something is missing, or in doubt, and nothing speaks against the image: a no that was seen here is nobody's to overrule. */
function isLacking({ because = [], refused = [], refusedEvidence = [] }: RequirementReport): boolean {
  const all = [...because, ...[...refused, ...refusedEvidence].flatMap((one) => one.because)];
  return all.every(({ code }) => code === "approvals/too-few" || (isFindingCode(code) && findingRow(code).outcome !== "fail"));
}

type Takable = Summary & { readonly validUntil: Date };

interface Found {
  readonly found: ExaminedEvidence;
  readonly issuer: string;
}

/** Those that an issuer has signed who is known here as nobody else, and digests of those that could not be had. */
async function findSummaries(options: TakeOptions): Promise<{ readonly found: readonly Found[]; readonly unread: readonly string[] }> {
  const { subject, store } = options;
  const rules = rulesFor(options);
  if (rules === undefined) return { found: [], unread: [] };
  const evidence = readerOf((predicateType) => predicateType === VERIFICATION_SUMMARY_V1);
  const [anchors, hanging] = await Promise.all([options.anchorsOf(rules), listHanging(store, subject.digest, { ...options, evidence })]);
  const gathered = await gather(subject, hanging, { ...options, rules, anchors, evidence });
  const found = gathered.evidence.flatMap((one) => {
    const signed = one.report.signatures.find(({ person = "", outcome }) => outcome === "counts" && rules.issuers.has(person));
    return signed?.person === undefined || one.statement === undefined ? [] : [{ found: one, issuer: signed.person }];
  });
  const unread = gathered.evidence.filter((one) => one.statement === undefined && isUnread(one));
  return { found, unread: unread.map(({ report }) => report.digest) };
}

/** Whoever is asked at the gate stands among the members too: one who is both is two, and counts as neither. */
function rulesFor({ policy, selection }: TakeOptions): (SignatureRules & { readonly issuers: ReadonlySet<string> }) | undefined {
  const own = policy.summaryIssuers;
  if (own?.signers.kind !== "members") return undefined;
  const { gate, before, rules, everybody } = selection;
  const names = new Set([...before, gate].flatMap(({ requirements }) => requirements.flatMap(namesAsked)));
  const all = everybody?.() ?? (rules?.signers.kind === "members" ? rules.signers.members : []);
  const asked = all.filter(({ name }) => names.has(name));
  const stores = storesOf(asked.flatMap(({ identities }) => identities));
  return {
    ...own,
    trustStores: distinctStores([...own.trustStores, ...stores]),
    signers: { ...own.signers, members: [...own.signers.members, ...asked] },
    issuers: new Set(own.signers.members.map(({ name }) => name)),
  };
}

/** Of whom it wants something, whatever for. */
function namesAsked(requirement: Requirement): readonly string[] {
  switch (requirement.kind) {
    case "signature":
      return requirement.by ?? [];
    case "evidence":
      return [...requirement.by, ...(requirement.vexBy ?? []), ...(requirement.sourceBy ?? [])];
    case "approval":
      return requirement.by;
    case "image":
    case "rule":
      return [];
  }
}

/** What it says, or in words why it is not taken. */
function whyNot({ statement }: ExaminedEvidence, derived: Verdict, options: TakeOptions): Takable | string {
  const { policy, selection, subject, repository, now } = options;
  let summary: Summary;
  try {
    summary = readOurSummary(new JsonPlace(statement?.predicate ?? {}, "predicate"));
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  }
  const { head, timeVerified, validUntil, resourceUri } = summary;
  if (!summary.isPassed) return "it says FAILED";
  if (!isSameHead(head, selection.gate.head, policy))
    return `it is about gate ${showForeign(head.gate)} of ${showForeign(head.product)}, as it was then, and that is not what is asked here`;
  // An older version may have asked for less, or believed whoever has left.
  if (summary.policy.digest !== policy.digest) return `it is by another version of the policy, ${summary.policy.digest}`;
  if (resourceUri !== resourceUriOf(repository, subject.digest)) return `it is about ${showForeign(resourceUri, 500)}`;
  if (summary.question !== derived.question) return `it says whether the image may ${summary.question}`;
  if (validUntil === undefined) return "it does not say how long it holds";
  if (validUntil.getTime() <= now.getTime()) return `it held until ${validUntil.toISOString()}`;
  if (timeVerified.getTime() > now.getTime() + CLOCK_SKEW_MS) return `it is of ${timeVerified.toISOString()}, which is to come`;
  const revoked = findRevoked(summary, derived, selection);
  return revoked === undefined ? { ...summary, validUntil } : `what it rests on may be revoked since: ${revoked.digest}`;
}

/** Of what it rests on only that can be asked about that is here. */
function findRevoked(
  { inputs }: Summary,
  { signatures, evidence = [] }: Verdict,
  { gate, before }: TakeOptions["selection"],
): SignatureReport | undefined {
  const digests: ReadonlySet<string> = new Set(inputs);
  const seen = [...signatures, ...evidence.flatMap((one) => one.signatures)].filter(({ digest }) => digests.has(digest));
  return seen.find((report) => [...before, gate].some((each) => isRevoked(underGate(report, each))));
}

function isRevoked({ findings }: SignatureReport): boolean {
  return findings.some((one) => one.check === "revocation" && isBlocking(one));
}

/** Every member exactly. */
function isSameHead(said: Summary["head"], here: GateHead | undefined, { chain }: Policy): boolean {
  const names = ["policy", "product", "gate", "gateDigest", "repository"] as const;
  return here !== undefined && chain === said.policyChain && names.every((name) => said[name] === here[name]);
}

function take({ found, issuer, summary }: Found & { readonly summary: Takable }, derived: Verdict, options: TakeOptions): Verdict {
  const { requirements, relaxations, signatures, evidence = [] } = derived;
  const { selection, now } = options;
  const statement = found.report.digest;
  const met = requirements.filter(({ outcome }) => outcome === "pass");
  const names = new Set(requirements.filter((one) => !met.includes(one)).map(({ gate, name }) => `${name} at gate ${gate}`));
  const reports = [...signatures, ...evidence.flatMap((one) => one.signatures)];
  const own = endOf(met, { gates: [...selection.before, selection.gate], reports, now });
  const end = new Date(Math.min(summary.validUntil.getTime(), own?.getTime() ?? Infinity)).toISOString();
  return {
    ...derived,
    outcome: "pass",
    requirements: requirements.map((one) => (met.includes(one) ? one : takenOver(one, statement))),
    findings: derived.findings.filter(({ action }) => action !== "enforce"),
    evidence: [...evidence, found.report],
    taken: { statement, by: issuer, judgedAt: summary.timeVerified.toISOString(), validUntil: summary.validUntil.toISOString() },
    validUntil: { ...derived.validUntil, [derived.question]: end },
    relaxations: [
      ...relaxations,
      `taken from a summary by ${issuer}: ${[...names].join(", ")}`,
      ...summary.relaxations.map((one) => `the summary by ${issuer} says: ${showForeign(one, 1000)}`),
    ],
  };
}

function takenOver(report: RequirementReport, takenFrom: string): RequirementReport {
  const { remedy: _, refused: __, refusedEvidence: ___, because: ____, ...rest } = report;
  return { ...rest, outcome: "pass", missing: [], takenFrom };
}

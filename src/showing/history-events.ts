/** What has happened to an image: each signature and statement that hangs on it, by whom, and when by which proof. */
import type { Descriptor } from "../core/descriptor.ts";
import { showForeign } from "../core/display.ts";
import type { Content, ContentKind } from "../core/evidence.ts";
import type { SignatureReport } from "../core/verdict.ts";
import { withoutAbsent } from "../core/without-absent.ts";
import { gapsOf } from "../evidence/look-at-manifests.ts";
import { findRunnable } from "../evidence/runnable.ts";
import type { HistoryOptions } from "../history.ts";
import { gather, type GatherOptions, listHanging } from "../judging/gather.ts";
import type { ExaminedEvidence } from "../policy/evidence-seen.ts";
import { findRecords } from "../records/find-records.ts";
import { type ContentSummary, summarise } from "../statements/summary.ts";

export interface HistoryEvent {
  /** RFC 3339: when it was signed, by the proof; absent where nothing says it. */
  readonly at?: string;
  /** `timestamp`: an authority that is believed vouches that it was there by then. `claim`: the signer says so. */
  readonly proof: "timestamp" | "claim" | "none";
  /** Who has stamped it, escaped for display. */
  readonly authority?: string;
  /** By the policy's name; of a record by that of `verifier.yaml`. */
  readonly person?: string;
  readonly party?: string;
  /** As the signature shows it, escaped for display. */
  readonly signer?: string;
  /** Whether the signature is good, and of somebody whom the policy knows. */
  readonly outcome: SignatureReport["outcome"];
  readonly kind: ContentKind | "signature";
  /** What was stated, in figures; absent where it is nobody's word, or could not be read. */
  readonly content?: ContentSummary;
  /** Of approvals at a gate that was judged: whether it counts there, and why not. */
  readonly word?: { readonly counts: boolean; readonly because: readonly { readonly code: string; readonly message: string }[] };
  /** Escaped for display. */
  readonly predicateType?: string;
  /** Of the statement, or of the signature where nothing is stated. */
  readonly digest: string;
  /** Of the signature. */
  readonly signature?: string;
  /** Of the one manifest of an index that it is about. */
  readonly manifest?: string;
}

interface Found {
  readonly events: readonly HistoryEvent[];
  /** In words, why there may be more. */
  readonly notes: readonly string[];
}

/** Of the image, and of each of its manifests. */
export async function gatherEvents(image: Descriptor, options: GatherOptions & HistoryOptions): Promise<Found> {
  const root = await options.store.resolve({ digest: image.digest }, options);
  const { manifests, gaps } = await findRunnable(root, options);
  const children = manifests.map(({ descriptor }) => descriptor).filter(({ digest }) => digest !== image.digest);
  const parts: Found[] = [];
  for (const part of [image, ...children]) parts.push(await gatherOne(part, { ...options, isChild: part !== image }));
  return {
    events: parts.flatMap(({ events }) => events),
    notes: [...new Set([...gaps, ...parts.flatMap(({ notes }) => notes)])],
  };
}

async function gatherOne(
  subject: Descriptor,
  { isChild, ...options }: GatherOptions & HistoryOptions & { readonly isChild: boolean },
): Promise<Found> {
  const hanging = await listHanging(options.store, subject.digest, options);
  const gathered = await gather(subject, hanging, options);
  const { promoters } = options.policy;
  const records = promoters === undefined ? [] : (await findRecords(subject, hanging, { ...options, promoters })).found;
  const promotersBy = new Map<string, string>(records.map(({ digest, promoter }) => [digest, promoter]));
  const about = isChild ? { manifest: subject.digest } : {};
  const signed = gathered.signatures.map((report): HistoryEvent => ({
    ...whoAndWhen(report, undefined),
    kind: "signature",
    digest: report.digest,
    signature: report.digest,
    ...about,
  }));
  const stated = gathered.evidence.flatMap((one) => eventsOf(one, promotersBy).map((event) => ({ ...event, ...about })));
  return {
    events: [...signed, ...stated],
    notes: [...gapsOf(hanging, gathered), ...hanging.listing.notes.map(({ message }) => showForeign(message))],
  };
}

/** One for each who has signed it; what nobody has signed is nobody's word, and is told so. */
function eventsOf({ report, content }: ExaminedEvidence, promoters: ReadonlyMap<string, string>): readonly HistoryEvent[] {
  const promoter = promoters.get(report.digest);
  const about = {
    kind: report.content ?? "other",
    ...(content === undefined ? {} : { content: summarise(content) }),
    ...(report.predicateType === undefined ? {} : { predicateType: report.predicateType }),
    digest: report.digest,
  };
  if (report.signatures.length === 0) return [{ ...about, proof: "none", outcome: isOpen(report.findings) ? "unknown" : "does-not-count" }];
  return report.signatures.map((signature) => ({
    ...about,
    ...whoAndWhen(signature, content),
    ...(promoter === undefined || signature.person !== undefined ? {} : { person: promoter, outcome: "counts" as const }),
    signature: signature.digest,
  }));
}

function isOpen(findings: ExaminedEvidence["report"]["findings"]): boolean {
  return findings.some(({ outcome }) => outcome === "unknown");
}

type WhoAndWhen = Pick<HistoryEvent, "at" | "proof" | "authority" | "person" | "party" | "signer" | "outcome">;

/** A bare key's signature does not say when it was made; what it signs may. */
function whoAndWhen({ person, party, proven, claimed, outcome }: SignatureReport, content: Content | undefined): WhoAndWhen {
  const who = {
    outcome,
    ...withoutAbsent({ person, party }),
    ...(proven === undefined ? {} : { signer: proven.signer }),
  };
  if (proven?.time !== undefined) return { ...who, at: proven.time.to, proof: "timestamp", authority: proven.time.authority };
  const said = claimed?.signingTime ?? (content !== undefined && "at" in content ? content.at?.toISOString() : undefined);
  return said === undefined ? { ...who, proof: "none" } : { ...who, at: said, proof: "claim" };
}

export function byTime(a: HistoryEvent, b: HistoryEvent): number {
  return timeOf(a) - timeOf(b) || (a.digest < b.digest ? -1 : Number(a.digest > b.digest));
}

function timeOf({ at }: HistoryEvent): number {
  const time = Date.parse(at ?? "");
  return Number.isNaN(time) ? 0 : time;
}

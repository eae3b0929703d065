/** What the readers of scanners' reports have in common. */
import { type Digest, tryParseDigest } from "../../core/digest.ts";
import type { ContentOf, Severity } from "../../core/evidence.ts";
import type { JsonPlace } from "../json-place.ts";
import { severityOfLabel, severityOfScore, worstOf } from "../severity.ts";

/** A scan with what its neutral form wants besides. */
export interface Scan extends ContentOf<"scan"> {
  readonly startedAt?: Date;
  readonly databaseVersion?: string;
}

/** Something that a document says it is about. */
export interface NamedDigest {
  /** A manifest (or an index), or the configuration of an image: scanners of a local image know only that. */
  readonly of: "manifest" | "config";
  readonly digest: Digest;
}

export interface ScanReport {
  readonly scan: Scan;
  /** Several names of one image: that one of them fits is enough. Empty where the tool names none. */
  readonly named: readonly NamedDigest[];
}

/**
 * How bad the scanner itself holds it to be: it knows the distribution and has weighed the other ratings. Where it does not say, the
 * worst of those others.
 */
export function chooseSeverity(own: string | undefined, others: readonly Severity[]): Severity {
  const severity = severityOfLabel(own ?? "");
  return severity === "unknown" ? worstOf(others) : severity;
}

/** A CVSS base score with its version: `2`, `3.1`. */
export function severityOfCvss(score: JsonPlace, version: string): Severity {
  return severityOfScore(score.number(), { isVersion2: version.startsWith("2") });
}

export function latestOf(times: readonly Date[]): Date | undefined {
  return times.reduce<Date | undefined>((latest, time) => (latest === undefined || time > latest ? time : latest), undefined);
}

/** The digest in `sha256:…`, `repository@sha256:…`, or an ARN that ends in one. */
export function digestIn(member: JsonPlace): Digest {
  return tryParseDigest(/(?:^|[@/])([^@/]*)$/.exec(member.text())?.[1] ?? "") ?? member.refuse("is no digest");
}

/** What a report names, each member one digest. */
export function namedDigests(manifests: readonly JsonPlace[], configs: readonly (JsonPlace | undefined)[]): readonly NamedDigest[] {
  return [
    ...manifests.map((member): NamedDigest => ({ of: "manifest", digest: digestIn(member) })),
    ...configs.flatMap((member): NamedDigest[] => (member === undefined ? [] : [{ of: "config", digest: digestIn(member) }])),
  ];
}

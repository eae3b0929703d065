/** How bad a vulnerability is, in one scale, from the labels and scores that scanners give. */
import type { Severity } from "../core/evidence.ts";

/** From best to worst; not knowing is worse than knowing that there is nothing, and better than knowing that there is something. */
const ORDER: readonly Severity[] = ["none", "unknown", "low", "medium", "high", "critical"];

const LABELS: Readonly<Record<string, Severity>> = {
  none: "none",
  info: "none",
  informational: "none",
  negligible: "low",
  minimal: "low",
  minor: "low",
  low: "low",
  medium: "medium",
  moderate: "medium",
  high: "high",
  important: "high",
  critical: "critical",
};

/** The word of a scanner or distribution; `unknown` where it is none that is known. */
export function severityOfLabel(label: string): Severity {
  const word = label.trim().toLowerCase();
  return Object.hasOwn(LABELS, word) ? (LABELS[word] ?? "unknown") : "unknown";
}

/** The bands of a CVSS base score: NVD's for version 2, which knows no critical; the specification's for 3.x and 4. */
export function severityOfScore(score: number, { isVersion2 }: { readonly isVersion2: boolean }): Severity {
  if (!(score >= 0 && score <= 10)) return "unknown";
  if (score === 0) return isVersion2 ? "low" : "none";
  if (score < 4) return "low";
  if (score < 7) return "medium";
  return score < 9 || isVersion2 ? "high" : "critical";
}

/** One rating as texts: a label, or the number of a method that counts as CVSS does. A vector alone says nothing here. */
export function severityOfRating({ method, ...said }: { readonly method: string; readonly score: string }): Severity {
  const score = said.score.trim();
  if (!/^\d{1,2}(?:\.\d{1,20})?$/.test(score)) return severityOfLabel(score);
  // An EPSS probability, or a score out of 100, is a number too.
  if (!/cvss|nvd/i.test(method)) return "unknown";
  return severityOfScore(Number(score), { isVersion2: /v?2(?:\.0)?$/i.test(method) });
}

export function worstOf(severities: readonly Severity[]): Severity {
  if (severities.length === 0) return "unknown";
  return severities.reduce((worst, next) => (ORDER.indexOf(next) > ORDER.indexOf(worst) ? next : worst));
}

/** A signature as one requirement sees it: whether it is young enough, and of an image of the name that is asked for. */
import { type Finding, finding } from "../core/finding.ts";
import type { SignatureRequirement } from "../core/requirement.ts";
import type { SignatureReport } from "../core/verdict.ts";
import { CLOCK_SKEW_MS, showAge } from "./age.ts";
import { decideSignature } from "./gate-view.ts";

/** `now` is absent where nobody has looked at a clock: then no age is known. `origins`: the repositories in which the image was found. */
export function underRequirement(
  report: SignatureReport,
  requirement: SignatureRequirement,
  { now, origins }: { readonly now: Date | undefined; readonly origins: readonly string[] },
): SignatureReport {
  const { maxAge, signedAs } = requirement;
  if (maxAge === undefined && signedAs === undefined) return report;
  const findings = [
    ...(signedAs === undefined ? report.findings : report.findings.filter(isNoProductMissing)),
    ...(signedAs === undefined || origins.includes(signedAs) ? [] : [nameNotSigned(signedAs)]),
    ...(maxAge === undefined ? [] : findAge(report, maxAge, now)),
  ];
  return { ...report, findings, outcome: decideSignature(findings) };
}

/** When a signature that counts gets too old for the requirement. */
export function endOfAge(report: SignatureReport, { maxAge }: SignatureRequirement): Date | undefined {
  const signed = signedAt(report);
  return maxAge === undefined || signed === undefined ? undefined : new Date(signed.getTime() + maxAge * 1000);
}

/** Who publishes an image for everybody names no product of ours; the name that it was published by takes its place. */
function isNoProductMissing({ code }: Finding): boolean {
  return code !== "identity/product-not-signed";
}

/** No format that is read here has a name inside, so that somebody who is believed must have found it under that name. */
function nameNotSigned(name: string): Finding {
  const message = `it is not known to be ${name}: it was not found there, and no promoter's record says that it came from there`;
  return finding("product", "identity/name-not-signed", message);
}

function findAge(report: SignatureReport, maxAge: number, now: Date | undefined): readonly Finding[] {
  if (now === undefined) return ageUnknown("its age was not looked at");
  const latest = report.proven?.time === undefined ? undefined : Date.parse(report.proven.time.to);
  const signed = signedAt(report)?.getTime();
  // Of what does not say when it was signed, a timestamp only tells that it is no younger.
  const known = signed ?? latest;
  const age = known === undefined ? 0 : now.getTime() - known;
  if (known !== undefined && age > maxAge * 1000) {
    const message = `it was signed at ${new Date(known).toISOString()}, ${showAge(age)} ago; ${showAge(maxAge * 1000)} are allowed`;
    return [finding("time", "signature/too-old", message)];
  }
  if (signed === undefined) return ageUnknown("nothing that is signed says when it was signed");
  if (age < -CLOCK_SKEW_MS) return ageUnknown(`it says it was signed at ${new Date(signed).toISOString()}, which is to come`);
  return [];
}

function ageUnknown(message: string): readonly Finding[] {
  return [finding("time", "signature/age-unknown", message)];
}

/** Where a time is proven too, the worse end of both counts: what is stamped late may have been signed long before. */
export function signedAt({ claimed, proven }: SignatureReport): Date | undefined {
  if (claimed?.signingTime === undefined) return undefined;
  return new Date(Math.min(Date.parse(claimed.signingTime), proven?.time === undefined ? Infinity : Date.parse(proven.time.from)));
}

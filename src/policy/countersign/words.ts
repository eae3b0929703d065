/** Parts of a policy in words, the same for the same meaning: order plays no part. */
import type { Identity } from "../../core/policy.ts";
import { formatStore } from "../../core/trust-source.ts";
import { showDuration } from "../../core/duration.ts";
import { describeApproval } from "../requirements/approval.ts";
import { describeAsked, describeImage, signatureClauses } from "../requirements/describe.ts";
import type { LoadedApproval, LoadedBreakGlass, LoadedExceptions, LoadedGate, LoadedNeed } from "./loaded.ts";
import { describeThresholds } from "./thresholds.ts";

/** `CN=ci, O=Acme under ca:acme`, `key SHA256:…`. */
export function describeIdentity(identity: Identity): string {
  switch (identity.kind) {
    case "certificate":
      return `${describeCertificate(identity.is)} under ${formatStore(identity.anchor)}`;
    case "key":
      return `key ${identity.fingerprint}`;
    case "keyless":
    case "oidc":
      return `${identity.kind} ${identity.text}`;
  }
}

function describeCertificate(is: Extract<Identity, { kind: "certificate" }>["is"]): string {
  switch (is.kind) {
    case "subject":
      return is.pairs
        .map(({ type, value }) => `${type}=${value}`)
        .toSorted()
        .join(", ");
    case "san":
      return `${is.type} ${is.value}`;
    case "fingerprint":
      return `certificate ${is.sha256}`;
  }
}

/** What a need asks: `signature of any 2 of {ana, bo, cy}`. */
export function describeNeed(need: LoadedNeed): string {
  if (need.kind === "image") return describeImage(need.asked);
  if (need.kind === "signature")
    return [`signature of ${describeThresholds([{ of: need.members, atLeast: need.atLeast }])}`, ...signatureClauses(need)].join(", ");
  return describeAsked(need, {
    byText: anyOf(need.members),
    maxAge: need.maxAge,
    vexText: need.vex && anyOf(need.vex.members),
    assertedText: need.asserted && anyOf(need.asserted.members),
    commitsText: need.commits && anyOf(need.commits.members),
  });
}

/** `approval by any 2 of {eva, finn, gus}, valid for 72h`. */
export function describeLoadedApproval(approve: LoadedApproval): string {
  return describeApproval(approve, describeThresholds([{ of: approve.members, atLeast: approve.atLeast }]));
}

export function describeStay({ scanMaxAge, superseded }: NonNullable<LoadedGate["stay"]>): string {
  return [
    ...(scanMaxAge === undefined ? [] : [`a scan no older than ${showDuration(scanMaxAge)}`]),
    ...(superseded === undefined ? [] : [`no longer than ${showDuration(superseded)} after another image took its place`]),
  ].join(", ");
}

export function describeExceptions({ members, waived, max }: LoadedExceptions): string {
  return `${waived.join(", ")} by ${anyOf(members)}, for no longer than ${showDuration(max)}`;
}

export function describeBreakGlass(breakGlass: LoadedBreakGlass): string {
  const { afterwards, within, stayMax } = breakGlass;
  return `${describeExceptions(breakGlass)}; approved within ${showDuration(within)} by ${anyOf(afterwards.members)}; without that no longer than ${showDuration(stayMax)}`;
}

function anyOf(members: readonly string[]): string {
  return describeThresholds([{ of: members, atLeast: 1 }]);
}

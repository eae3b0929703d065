/** Whether one need asks all that another one does, so that whoever meets the one meets the other. */
import { type AskedOfEvidence, type ImageAsked, SEVERITIES } from "./asked.ts";

/** False where it cannot be told: expressions are compared as texts. */
export function asksAsMuch(need: AskedOfEvidence, as: AskedOfEvidence): boolean {
  switch (need.kind) {
    case "provenance":
      return (
        as.kind === need.kind &&
        (["builder", "buildType", "source", "ref", "base"] as const).every((name) => isSameText(need.asked[name], as.asked[name])) &&
        (as.asked.agree === undefined || (need.asked.agree ?? 1) >= as.asked.agree) &&
        (as.asked.commit === undefined || (need.asked.commit !== undefined && holdsAll(as.asked.commit.since, need.asked.commit.since)))
      );
    case "sbom": {
      if (as.kind !== need.kind) return false;
      const [one, other] = [need.asked.licenses, as.asked.licenses];
      return (
        holdsAll(need.asked.deniedPackages, as.asked.deniedPackages) &&
        (other === undefined ||
          (one !== undefined &&
            holdsAll(one.deny, other.deny) &&
            (other.allow === undefined || (one.allow !== undefined && holdsAll(other.allow, one.allow))) &&
            (other.unknown === "allow" || one.unknown === undefined)))
      );
    }
    case "scan":
      return (
        as.kind === need.kind &&
        SEVERITIES.indexOf(need.asked.deny) <= SEVERITIES.indexOf(as.asked.deny) &&
        (as.asked.unknownSeverity === "allow" || need.asked.unknownSeverity === undefined) &&
        isAtMost(need.asked.databaseMaxAge, as.asked.databaseMaxAge)
      );
    case "test":
      return as.kind === need.kind && (need.asked.result === "passed" || as.asked.result === "warned");
    case "vex":
      return as.kind === need.kind;
    case "attestation":
      return as.kind === need.kind && need.asked.type === as.asked.type && isSameText(need.asked.expr, as.asked.expr);
  }
}

export function asksAsMuchOfImage(need: ImageAsked, as: ImageAsked): boolean {
  return (
    (as.user === undefined || need.user === as.user) &&
    (as.ports === undefined || (need.ports !== undefined && holdsAll(as.ports, need.ports)))
  );
}

/** Nothing asked is met by anything. */
function isSameText(text: string | undefined, as: string | undefined): boolean {
  return as === undefined || text === as;
}

export function isAtMost(value: number | undefined, as: number | undefined): boolean {
  return as === undefined || (value !== undefined && value <= as);
}

export function holdsAll(texts: readonly string[], others: readonly string[]): boolean {
  return others.every((text) => texts.includes(text));
}

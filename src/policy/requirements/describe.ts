/** What a need asks, in words; two that ask the same say the same. */
import { showForeign } from "../../core/display.ts";
import { showDuration } from "../../core/duration.ts";
import type { AskedOfEvidence, ImageAsked } from "./asked.ts";
import { EVIDENCE_KINDS } from "./kinds.ts";

interface Around {
  readonly byText: string;
  /** Seconds. */
  readonly maxAge?: number | undefined;
  readonly vexText?: string | undefined;
  readonly assertedText?: string | undefined;
  readonly commitsText?: string | undefined;
}

/** `a scan by scanner, no older than 24h, without critical findings`. */
export function describeAsked(need: AskedOfEvidence, { byText, maxAge, vexText, assertedText, commitsText }: Around): string {
  return [
    `${EVIDENCE_KINDS[need.kind].noun} by ${byText}`,
    ...(maxAge === undefined ? [] : [`no older than ${showDuration(maxAge)}`]),
    ...clausesOf(need, vexText),
    ...(commitsText === undefined ? [] : [`each commit signed by ${commitsText}`]),
    ...(assertedText === undefined ? [] : [`or asserted by ${assertedText} of a document that names no image`]),
  ].join(", ");
}

/** `no older than 90d`, `signed as docker.io/vendor/base`. */
export function signatureClauses({ maxAge, signedAs }: { readonly maxAge?: number; readonly signedAs?: string }): readonly string[] {
  return [
    ...(maxAge === undefined ? [] : [`no older than ${showDuration(maxAge)}`]),
    ...(signedAs === undefined ? [] : [`signed as ${show(signedAs)}`]),
  ];
}

/** `an image that runs as another user than root`. */
export function describeImage({ user, ports }: ImageAsked): string {
  const as = user === "nonroot" ? "as another user than root" : `as ${show(user ?? "")}`;
  const on = ports?.length === 0 ? "on no port" : `on no other port than ${ports?.join(", ") ?? ""}`;
  const clauses = [...(user === undefined ? [] : [`runs ${as}`]), ...(ports === undefined ? [] : [`listens ${on}`])];
  return `an image that ${clauses.join(" and ")}`;
}

function clausesOf(need: AskedOfEvidence, vexText: string | undefined): readonly string[] {
  switch (need.kind) {
    case "provenance": {
      const { builder, buildType, source, ref, base, commit, agree } = need.asked;
      return [
        ...(agree === undefined ? [] : [`on which ${agree} of them agree, each of another builder`]),
        ...(builder === undefined ? [] : [`built by ${show(builder)}`]),
        ...(buildType === undefined ? [] : [`by way of ${show(buildType)}`]),
        ...(source === undefined ? [] : [`from ${show(source)}`]),
        ...(ref === undefined ? [] : [`at ${show(ref)}`]),
        ...(base === undefined ? [] : [`on a base that passes gate ${show(base)}`]),
        ...(commit === undefined || commit.since.length === 0 ? [] : [`after ${commit.since.map(show).join(" and ")}`]),
      ];
    }
    case "sbom": {
      const { licenses, deniedPackages } = need.asked;
      return [
        ...(deniedPackages.length === 0 ? [] : [`without ${deniedPackages.map(show).join(", ")}`]),
        ...(licenses === undefined || licenses.deny.length === 0 ? [] : [`without licences ${licenses.deny.map(show).join(", ")}`]),
        ...(licenses?.allow === undefined ? [] : [`under no other licence than ${licenses.allow.map(show).join(", ")}`]),
        ...(licenses === undefined ? [] : [licenses.unknown === "allow" ? "unknown licences allowed" : "and no unknown licence"]),
      ];
    }
    case "scan": {
      const { deny, unknownSeverity, databaseMaxAge } = need.asked;
      const worse = deny === "critical" ? "critical" : `${deny} or worse`;
      return [
        ...(databaseMaxAge === undefined ? [] : [`its database no older than ${showDuration(databaseMaxAge)}`]),
        `without findings of severity ${worse}${unknownSeverity === "allow" ? "" : " or unknown"}`,
        ...(vexText === undefined ? [] : [`unless excused by a VEX statement by ${vexText}`]),
      ];
    }
    case "test":
      return [need.asked.result === "passed" ? "passed" : "passed, or passed with warnings"];
    case "vex":
      return [];
    case "attestation":
      return [`of type ${show(need.asked.type)}`, ...(need.asked.expr === undefined ? [] : [`for which ${show(need.asked.expr)}`])];
  }
}

function show(text: string): string {
  return showForeign(text, 300);
}

/** Exceptions and break-glass: `https://countersign.dev/exception/v1`. */
import type { ExceptionSaid } from "../../core/decision.ts";
import type { ContentOf } from "../../core/evidence.ts";
import { formatRfc3339 } from "../../encoding/rfc3339.ts";
import type { JsonPlace } from "../json-place.ts";
import { flagAt, optionalText, readSaid, SAID_MEMBERS, type SaidPredicate, textAt, textsAt, writeSaid } from "./said.ts";

const MEMBERS = [...SAID_MEMBERS, "waives", "breakGlass", "finding", "expiresOn"];

export interface ExceptionPredicate extends SaidPredicate {
  readonly waives: readonly string[];
  readonly breakGlass?: true;
  readonly finding?: { readonly advisory?: string; readonly purl: string };
  /** RFC 3339. */
  readonly expiresOn: string;
}

export function writeException(said: ExceptionSaid): ExceptionPredicate {
  const { waives, isBreakGlass, finding, expiresOn } = said;
  return {
    ...writeSaid(said),
    waives: waives.toSorted(),
    ...(isBreakGlass ? { breakGlass: true } : {}),
    ...(finding === undefined ? {} : { finding }),
    expiresOn: formatRfc3339(expiresOn),
  };
}

export function readException(predicate: JsonPlace): ContentOf<"exception"> {
  const said = readSaid(predicate.only(MEMBERS));
  // Nobody is to live with an exception whose reason nobody wrote down.
  if (said.reason === undefined) predicate.get("reason");
  const waives = textsAt(predicate.get("waives"));
  if (waives.length === 0) predicate.get("waives").refuse("is empty");
  const isBreakGlass = flagAt(predicate.optional("breakGlass"));
  const finding = predicate.optional("finding")?.only(["advisory", "purl"]);
  if (isBreakGlass) finding?.refuse("means nothing for break-glass");
  const advisory = finding === undefined ? undefined : optionalText(finding, "advisory");
  return {
    kind: "exception",
    ...said,
    at: said.signedAt,
    waives: waives.toSorted(),
    isBreakGlass,
    ...(finding === undefined ? {} : { finding: { ...(advisory === undefined ? {} : { advisory }), purl: textAt(finding.get("purl")) } }),
    expiresOn: predicate.get("expiresOn").time(),
  };
}

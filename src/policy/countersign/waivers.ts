/** Reads `exceptions` and `breakGlass`: who may waive which requirements, and for how long. */
import { readEach } from "./complaints.ts";
import { readDuration } from "./duration.ts";
import { OBJECTS } from "./fields.ts";
import type { Named } from "./name.ts";
import { nearestName } from "../nearest.ts";
import { type Place, quote } from "./place.ts";
import { readApprovers } from "./read-approval.ts";
import { NEED_KINDS } from "./read-need.ts";
import { findRepeated } from "./repeated.ts";
import { UNKNOWN_REVOCATION } from "../waivable.ts";

export interface WrittenExceptions {
  readonly place: Place;
  readonly by: readonly Named[];
  /** Kinds of requirements. */
  readonly waived: readonly Named[];
  /** Seconds, as are all. */
  readonly max: number;
}

export interface WrittenBreakGlass extends WrittenExceptions {
  readonly afterwardsBy: readonly Named[];
  readonly within: number;
  readonly stayMax: number;
}

/** As policies and verdicts call what `approve` asks. */
export const APPROVALS = "approvals" as const;
/** Questions of the engine that no exception answers. */
const NEVER: ReadonlySet<string> = new Set([
  "integrity",
  "subject",
  "authenticity",
  "identity",
  "product",
  "annotations",
  "expiry",
  "time",
  "log",
  "revocation",
  "revoked",
]);

export function readExceptions(place: Place): WrittenExceptions {
  return {
    place,
    ...place.object<Omit<WrittenExceptions, "place">>(OBJECTS.exceptions, (fields) => ({
      by: () => readApprovers(fields),
      waived: () => readWaived(fields.required("for"), [...NEED_KINDS, APPROVALS]),
      max: () => readDuration(fields.required("max")),
    })),
  };
}

export function readBreakGlass(place: Place): WrittenBreakGlass {
  const { afterwards, ...read } = place.object<
    Omit<WrittenBreakGlass, "place" | "afterwardsBy" | "within"> & { afterwards: Pick<WrittenBreakGlass, "afterwardsBy" | "within"> }
  >(OBJECTS.breakGlass, (fields) => ({
    by: () => readApprovers(fields),
    waived: () => readWaived(fields.required("waive"), [...NEED_KINDS, APPROVALS, UNKNOWN_REVOCATION]),
    max: () => readDuration(fields.required("max")),
    afterwards: () =>
      fields.required("afterwards").object<Pick<WrittenBreakGlass, "afterwardsBy" | "within">>(OBJECTS.afterwards, (inner) => ({
        afterwardsBy: () => readApprovers(inner),
        within: () => readDuration(inner.required("within")),
      })),
    stayMax: () => readDuration(fields.required("stayMax")),
  }));
  if (read.stayMax < afterwards.within)
    place.refuse(
      "ends (stayMax) before the time for the approval afterwards (within) is over",
      "write a longer stayMax, or a shorter within",
    );
  return { place, ...read, ...afterwards };
}

function readWaived(place: Place, known: readonly string[]): readonly Named[] {
  const waived = readEach(place.list("a list of requirements", "[scan, sbom]"), (item): Named => {
    const name = item.text("scan");
    if (known.includes(name)) return { name, place: item };
    if (NEVER.has(name)) return item.refuse(`is ${quote(name)}, which nobody may waive`, `name requirements: ${known.join(", ")}`);
    const meant = nearestName(name, known);
    return item.refuse(
      `is ${quote(name)}, which is no requirement`,
      meant === undefined ? `write some of ${known.join(", ")}` : `write ${meant}`,
    );
  });
  const twice = findRepeated(waived, ({ name }) => name);
  return twice === undefined ? waived : twice.place.refuse(`names ${quote(twice.name)} again`, "write each name once");
}

/** A requirement that no gate has was most likely meant as another one. */
export function refuseWaivedByNobody(waived: readonly Named[], asked: ReadonlySet<string>): readonly Named[] {
  return readEach(waived, (one) => {
    if (asked.has(one.name) || one.name === UNKNOWN_REVOCATION) return one;
    return one.place.refuse(`is ${quote(one.name)}, which no gate asks for`, `take it out; the gates ask for ${[...asked].join(", ")}`);
  });
}

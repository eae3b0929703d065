/** Reads what a gate says of approvals, and of what holds while an image runs. */
import { readDuration, readOptionalDuration } from "./duration.ts";
import { readEach } from "./complaints.ts";
import { OBJECTS } from "./fields.ts";
import { type Named, readNames } from "./name.ts";
import { findRepeated } from "./repeated.ts";
import { type Fields, type Place, quote } from "./place.ts";

/** Whose approval does not count. */
interface Excluded {
  /** `author`, `builder`, or that of an earlier gate's approvers as it is written. */
  readonly text: string;
  readonly place: Place;
  /** Of those who have approved at an earlier gate. */
  readonly gate?: Named;
}

export interface WrittenApproval {
  readonly place: Place;
  readonly by: readonly Named[];
  readonly atLeast: number;
  /** Where the number stands, or what it stands for. */
  readonly countPlace: Place;
  readonly not: readonly Excluded[];
  /** Seconds. */
  readonly valid: number;
  readonly isExact: boolean;
}

export interface Stay {
  readonly place: Place;
  /** Seconds, as are all. */
  readonly scanMaxAge: number | undefined;
  readonly superseded: number | undefined;
}

export function readApproval(place: Place): WrittenApproval {
  return place.object<WrittenApproval>(OBJECTS.approve, (fields) => ({
    place: () => place,
    by: () => readApprovers(fields),
    atLeast: () => fields.optional("atLeast")?.count() ?? 1,
    countPlace: () => fields.optional("atLeast") ?? place,
    not: () => readExcluded(fields.optional("not")),
    valid: () => readDuration(fields.required("valid")),
    isExact: () => fields.optional("evidence")?.oneOf(["exact"]) === "exact",
  }));
}

export function readApprovers(fields: Fields): readonly Named[] {
  return readNames(fields.required("by"), "the name of a person or group, or a list of them", "release");
}

function readExcluded(place: Place | undefined): readonly Excluded[] {
  const items = place?.list("a list of those whose approval does not count", "[author, builder]") ?? [];
  const excluded = readEach(items, (item): Excluded => {
    if (item.kind !== "map") return { text: item.oneOf(["author", "builder"]), place: item };
    return item.object<{ excluded: Excluded }>(OBJECTS.approverOf, (fields) => ({
      excluded: () => {
        const gate = fields.required("approver-of");
        const name = gate.text("security");
        return { text: `approver-of: ${name}`, place: item, gate: { name, place: gate } };
      },
    })).excluded;
  });
  const twice = findRepeated(excluded, ({ text }) => text);
  return twice === undefined ? excluded : twice.place.refuse(`has ${quote(twice.text)} again`, "write it once");
}

export function readStay(place: Place): Stay {
  const stay = place.object<Omit<Stay, "place">>(OBJECTS.stay, (fields) => ({
    scanMaxAge: () =>
      fields
        .optional("scan")
        ?.object<{ maxAge: number }>(OBJECTS.stayScan, (inner) => ({ maxAge: () => readDuration(inner.required("maxAge")) })).maxAge,
    superseded: () => readOptionalDuration(fields.optional("superseded")),
  }));
  if (stay.scanMaxAge === undefined && stay.superseded === undefined)
    return place.refuse("asks for nothing", `write ${OBJECTS.stay.example}`);
  return { place, ...stay };
}

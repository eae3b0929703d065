/** Reads whose word a need asks for, and how old it may be. */
import { readOptionalDuration } from "./duration.ts";
import { OBJECTS } from "./fields.ts";
import { type Named, readNames } from "./name.ts";
import type { Fields, Place } from "./place.ts";

export interface Whose {
  readonly by: readonly Named[];
  readonly maxAge: number | undefined;
  readonly assertedBy: readonly Named[] | undefined;
}

export function readWhose(fields: Fields): { readonly [K in keyof Whose]: () => Whose[K] } {
  return {
    by: () => readBy(fields),
    maxAge: () => readOptionalDuration(fields.optional("maxAge")),
    assertedBy: () => readWho(fields.optional("asserted")),
  };
}

export function readBy(fields: Fields): readonly Named[] {
  return readNames(fields.required("by"), "the name of a person or party, or a list of them", "ci");
}

export function readWho(place: Place | undefined): readonly Named[] | undefined {
  return place?.object<{ by: readonly Named[] }>(OBJECTS.who, (fields) => ({ by: () => readBy(fields) })).by;
}

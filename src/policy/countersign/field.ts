/** How a table says what a document of ours may hold: the reader, the JSON Schema and the reference page follow it. */

/** What stands under a field. */
export type FieldValue =
  | {
      readonly kind: "text";
      readonly allowed?: readonly string[];
      /** A regular expression for the whole text. */ readonly pattern?: string;
    }
  /** A whole number of at least 1. */
  | { readonly kind: "count" }
  | { readonly kind: "flag" }
  | { readonly kind: "list"; readonly of: FieldValue }
  /** A map whose keys the author chooses. */
  | { readonly kind: "names"; readonly key: string; readonly of: FieldValue }
  | { readonly kind: "object"; readonly object: string }
  | { readonly kind: "either"; readonly of: readonly FieldValue[] };

export interface Field {
  readonly summary: string;
  readonly value: FieldValue;
  readonly isRequired?: true;
  /** Whole sections of a document, which load in place of those of the reference page's policy. */
  readonly example: string;
}

export const TEXT: FieldValue = { kind: "text" };

/** A map whose keys, of that pattern, the author chooses. */
export function names(key: string, of: FieldValue): FieldValue {
  return { kind: "names", key, of };
}

export function oneOrList(of: FieldValue): FieldValue {
  return { kind: "either", of: [of, { kind: "list", of }] };
}

/** A length of time, as `durationMs` of the core reads one. */
export const DURATION: FieldValue = { kind: "text", pattern: "^([0-9]{1,9}(ms|s|m|h|d|w))+$" };

/** Of every document of ours. */
export const API_VERSION_FIELD: Field = {
  summary: "The version of the format.",
  value: { kind: "text", allowed: ["countersign.dev/v1"] },
  isRequired: true,
  example: "apiVersion: countersign.dev/v1",
};

export interface ObjectShape {
  /** As in a sentence: `a gate`. */
  readonly title: string;
  readonly summary: string;
  /** On one line, for a remedy. */
  readonly example: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** Known, and refused by name until they are built: what is asked for and not checked must not load. */
  readonly later?: readonly string[];
  /** Name -> why nobody may set it. */
  readonly never?: Readonly<Record<string, string>>;
  /** Name -> where it belongs, for those that are written here by mistake. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/** Reads where a document of the verifier is. */
import { CountersignError } from "../../core/errors.ts";
import type { Place } from "../countersign/place.ts";
import { parsePolicyLocation, type PolicyLocation } from "../policy-location.ts";

/** `what` is wrong with one that cannot be read, in words. */
export function readLocation(place: Place, { example, what }: { readonly example: string; readonly what: string }): PolicyLocation {
  const text = place.text(example);
  try {
    return parsePolicyLocation(text);
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    return place.refuse(`${what}: ${error.message}`, error.remedy);
  }
}

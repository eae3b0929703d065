/** Lengths of time in a policy. */
import { durationMs } from "../../core/duration.ts";
import { type Place, quote } from "./place.ts";

/** In seconds. */
export function readDuration(place: Place): number {
  const text = place.text("24h");
  const duration = durationMs(text);
  if (duration !== undefined && duration % 1000 === 0) return duration / 1000;
  return place.refuse(
    `is ${quote(text)}, which is no length of time`,
    "write it in days, hours, minutes or seconds: 7d, 24h, 90m; a hundred years are the most",
  );
}

export function readOptionalDuration(place: Place | undefined): number | undefined {
  return place === undefined ? undefined : readDuration(place);
}

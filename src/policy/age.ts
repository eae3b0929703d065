/** Ages as policies ask for them. */

/** How far a clock may be ahead of ours before what it says of the future is not believed. */
export const CLOCK_SKEW_MS = 300_000;

export function showAge(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  if (hours < 1) return `${Math.floor(ms / 60_000)} min`;
  return hours < 72 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

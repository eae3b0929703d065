/** Lengths of time as people write them: `30s`, `90d`, `1h30m`. */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A hundred years: nothing that is signed today is to last longer, and what is added to a time has to leave one. */
const LONGEST_MS = 36_525 * 86_400_000;

/** In milliseconds; `undefined` for anything else, for nothing at all, and for more than a hundred years. */
export function durationMs(text: string): number | undefined {
  const parts = [...text.matchAll(/([0-9]{1,9})(ms|s|m|h|d|w)/g)];
  const total = parts.reduce((sum, part) => sum + Number(part[1]) * (UNITS[part[2] ?? ""] ?? 0), 0);
  const isWhole = parts.length > 0 && parts.map((part) => part[0]).join("") === text;
  return isWhole && total > 0 && total <= LONGEST_MS ? total : undefined;
}

/** In the largest unit that says it exactly; days from three on, because people write `24h` and `48h`. */
export function showDuration(seconds: number): string {
  if (seconds % 86_400 === 0 && seconds > 259_200) return `${seconds / 86_400}d`;
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

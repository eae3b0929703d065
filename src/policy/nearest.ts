/** The name that somebody who mistyped one most likely meant. */

/** The first of `names` that is at most two letters away from `text`; `undefined` if none is, or the text is too short to tell. */
export function nearestName(text: string, names: readonly string[]): string | undefined {
  const lower = text.toLowerCase();
  const near = names.map((name) => ({ name, distance: distance(lower, name.toLowerCase()) })).toSorted((a, b) => a.distance - b.distance);
  return near.find((entry) => entry.distance <= 2 && entry.distance < text.length / 2)?.name;
}

/** Letters to add, leave out or exchange, and neighbours that changed places (optimal string alignment); 3 for all that is further. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const exchanged = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? (before[j - 2] ?? 0) + 1 : 3;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, exchanged, swapped));
    }
    [before, row] = [row, next];
  }
  return row.at(-1) ?? 0;
}

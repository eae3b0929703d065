/** Distinct people with distinct keys, for the slow evaluator: tries every way of taking some of what they have signed. */

interface Signed {
  readonly by: string;
  readonly key: string;
}

/** How many can be counted so that no person and no key is counted twice. */
export function mostDistinct(signed: readonly Signed[]): number {
  const [first, ...rest] = signed;
  if (first === undefined) return 0;
  const others = rest.filter(({ by, key }) => by !== first.by && key !== first.key);
  return Math.max(mostDistinct(rest), 1 + mostDistinct(others));
}

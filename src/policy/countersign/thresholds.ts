/** How many of whom are needed for something, and what that is in words. */

export interface Threshold {
  readonly of: readonly string[];
  readonly atLeast: number;
  /** By which others say that nobody counts for both; absent where nothing is said. */
  readonly name?: string;
  /** Names of thresholds: whoever counts for one of these does not count here. */
  readonly apart?: readonly string[];
}

/** One that holds wherever another one does says nothing of its own; one from which others have to be apart does. */
export function withoutImplied(all: readonly Threshold[]): readonly Threshold[] {
  const names = new Set(all.map(({ name }) => name));
  // From what nobody is asked for nobody need be apart.
  const thresholds = all.map((one): Threshold => ({ ...one, apart: one.apart?.filter((name) => names.has(name)) ?? [] }));
  const named = new Set(thresholds.flatMap(({ apart = [] }) => apart));
  const isAlone = ({ name = "", apart = [] }: Threshold): boolean => apart.length === 0 && !named.has(name);
  const left = thresholds.filter(
    (one, index) =>
      !isAlone(one) ||
      thresholds.every((other, at) => at === index || !implies(other, one) || (isAlone(other) && implies(one, other) && index < at)),
  );
  // A name is of use only where somebody has to be apart from it.
  return left.map(({ of, atLeast, name = "", apart = [] }) => ({
    of,
    atLeast,
    ...(named.has(name) ? { name } : {}),
    ...(apart.length === 0 ? {} : { apart }),
  }));
}

/** Whoever meets `a` meets `b`. */
export function implies(a: Threshold, b: Threshold): boolean {
  // So many of `a` are others at the least; most are told apart by that.
  if (b.atLeast > a.atLeast - Math.max(0, a.of.length - b.of.length)) return false;
  const theirs = new Set(b.of);
  return b.atLeast <= a.atLeast - a.of.filter((name) => !theirs.has(name)).length;
}

/** In words: `any 2 of {eva, finn, gus} and ci`. */
export function describeThresholds(thresholds: readonly Threshold[], name: (name: string) => string = (text) => text): string {
  if (thresholds.length === 0) return "nobody is asked";
  return thresholds
    .map(({ of, atLeast, apart = [] }) => {
      const names = of.map(name);
      const beside = apart.length === 0 ? "" : ` (others than for ${apart.join(" and ")})`;
      if (atLeast > of.length) return `${atLeast} of {${names.join(", ")}}, which are too few`;
      return `${atLeast === of.length ? names.join(" and ") : `any ${atLeast} of {${names.join(", ")}}`}${beside}`;
    })
    .join(" and ");
}

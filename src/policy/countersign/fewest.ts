/** The smallest sets that meet several thresholds at once: exactly, by a search that says when it had to stop. */
import { Apart } from "./apart.ts";
import type { Threshold } from "./thresholds.ts";

export interface Fewest {
  /** `undefined` if no set meets them all. Where `isExact` is false, no smaller set does. */
  readonly size: number | undefined;
  readonly isExact: boolean;
  /** Sets of that size, each in the order of the thresholds; not all of them if there are more than were asked for. */
  readonly sets: readonly (readonly string[])[];
  /** How many sets of that size are not among them; at least so many if they were not counted to the end. */
  readonly more?: { readonly count: number; readonly isExact: boolean };
}

/** Names that the search looks at: far above what any policy needs that a person wrote, and about a second. */
const MAX_WORK = 10_000_000;

export function findFewest(
  thresholds: readonly Threshold[],
  {
    maxSets = 20,
    maxCounted = maxSets + 1,
    maxWork = MAX_WORK,
    free = new Set<string>(),
    maxSize = Infinity,
  }: {
    readonly maxSets?: number;
    readonly maxCounted?: number;
    readonly maxWork?: number;
    /** They count, and need not join. */
    readonly free?: ReadonlySet<string>;
    /** Larger ones are not looked for. */
    readonly maxSize?: number;
  } = {},
): Fewest {
  const own = thresholds.map((one) => ({ ...one, of: [...new Set(one.of)] }));
  const apart = new Apart(own);
  const needs = [...own, ...apart.together];
  if (needs.some(({ of, atLeast }) => of.length < atLeast)) return { size: undefined, isExact: true, sets: [] };
  const everyone = new Set(own.flatMap(({ of }) => of.filter((name) => !free.has(name)))).size;
  const search = new Search(needs, { apart, maxSets: maxCounted, maxWork, free });
  // One by one upwards, so that the first size at which there is a set is the smallest.
  let size = lowerBound(needs, { chosen: free, excluded: new Set() });
  for (; size <= Math.min(everyone, maxSize); size += 1) {
    const sets = search.setsOf(size);
    if (sets.length > 0 && !apart.isWhole) return { size, isExact: false, sets: [] };
    if (sets.length > 0) {
      const isCounted = sets.length < maxCounted && !search.isSpent;
      return { size, isExact: true, ...cutSets(sets, { maxSets, isCounted }) };
    }
    if (search.isSpent) break;
  }
  return size > everyone ? { size: undefined, isExact: true, sets: [] } : { size, isExact: false, sets: [] };
}

export function cutSets(
  sets: Fewest["sets"],
  { maxSets, isCounted }: { readonly maxSets: number; readonly isCounted: boolean },
): Pick<Fewest, "sets" | "more"> {
  if (sets.length <= maxSets && isCounted) return { sets };
  return { sets: sets.slice(0, maxSets), more: { count: Math.max(sets.length - maxSets, 0), isExact: isCounted } };
}

interface State {
  readonly chosen: ReadonlySet<string>;
  /** Looked at already: whatever holds one of these was found before. */
  readonly excluded: ReadonlySet<string>;
}

class Search {
  readonly #needs: readonly Threshold[];
  readonly #apart: Apart;
  readonly #free: ReadonlySet<string>;
  readonly #maxSets: number;
  readonly #kindOf: ReadonlyMap<string, string>;
  /** Of one step. */
  readonly #work: number;
  #left: number;
  #found: (readonly string[])[] = [];

  constructor(
    needs: readonly Threshold[],
    {
      apart,
      maxSets,
      maxWork,
      free,
    }: { readonly apart: Apart; readonly maxSets: number; readonly maxWork: number; readonly free: ReadonlySet<string> },
  ) {
    this.#needs = needs;
    this.#apart = apart;
    this.#free = free;
    this.#maxSets = maxSets;
    this.#left = maxWork;
    this.#work = 1 + needs.reduce((sum, { of }) => sum + of.length, 0);
    const members = new Set(needs.flatMap(({ of }) => of));
    this.#kindOf = new Map([...members].map((name) => [name, needs.map(({ of }) => (of.includes(name) ? "1" : "0")).join("")]));
  }

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  setsOf(size: number): readonly (readonly string[])[] {
    this.#found = [];
    this.#extend({ chosen: this.#free, excluded: new Set() }, size);
    return this.#found;
  }

  /** True if a set was found. Whoever is first of the set in the first unmet threshold is the next to join, so that each set is found once. */
  #extend(state: State, left: number): boolean {
    this.#left -= this.#work;
    if (this.isSpent || this.#found.length >= this.#maxSets) return false;
    const unmet = this.#needs.find((need) => deficit(need, state.chosen) > 0)?.of ?? this.#unserved(state);
    if (unmet === undefined) {
      this.#found.push([...this.#kindOf.keys()].filter((name) => state.chosen.has(name) && !this.#free.has(name)));
      return true;
    }
    if (left === 0 || lowerBound(this.#needs, state) > left) return false;
    const excluded = new Set(state.excluded);
    // Who serves the same thresholds as one who was of no use is of no use either.
    const useless = new Set<string | undefined>();
    let isFound = false;
    for (const name of unmet) {
      if (state.chosen.has(name) || state.excluded.has(name)) continue;
      if (!useless.has(this.#kindOf.get(name))) {
        if (this.#extend({ chosen: new Set([...state.chosen, name]), excluded: new Set(excluded) }, left - 1)) isFound = true;
        else useless.add(this.#kindOf.get(name));
      }
      excluded.add(name);
    }
    return isFound;
  }

  /** All of whom one more might do, where there are enough for each threshold and too few for those that want others apart. */
  #unserved({ chosen }: State): readonly string[] | undefined {
    const { isServed, work } = this.#apart.serves(chosen, this.#left);
    this.#left -= work;
    return isServed ? undefined : this.#apart.members;
  }
}

function deficit({ of, atLeast }: Threshold, chosen: ReadonlySet<string>): number {
  return atLeast - of.filter((name) => chosen.has(name)).length;
}

/** How many must join at least: thresholds that share nobody add up. Infinite where too few are left. */
function lowerBound(needs: readonly Threshold[], { chosen, excluded }: State): number {
  const open = needs.flatMap((need) => {
    const wanted = deficit(need, chosen);
    return wanted <= 0 ? [] : [{ wanted, free: need.of.filter((name) => !chosen.has(name) && !excluded.has(name)) }];
  });
  if (open.some(({ wanted, free }) => free.length < wanted)) return Number.POSITIVE_INFINITY;
  // Those that want most first: one of them may stand for several others.
  return Math.max(addUp(open), addUp(open.toSorted((a, b) => b.wanted - a.wanted)));
}

function addUp(open: readonly { readonly wanted: number; readonly free: readonly string[] }[]): number {
  const taken = new Set<string>();
  let sum = 0;
  for (const { wanted, free } of open) {
    if (free.some((name) => taken.has(name))) continue;
    for (const name of free) taken.add(name);
    sum += wanted;
  }
  return Math.max(sum, ...open.map(({ wanted }) => wanted), 0);
}

/** Whether some people are enough where nobody may count for two things at once: who approved before, or built it, does not approve again. */
import type { Threshold } from "./thresholds.ts";

interface Role {
  readonly of: readonly string[];
  readonly atLeast: number;
  /** Bits of the roles whose people are others. */
  readonly apart: number;
}

/** People who are alike: who can take the same roles, and has taken the same. */
interface Kind {
  readonly may: number;
  readonly takes: number;
  readonly count: number;
}

/** Far above what a person writes; the bits of a number bound it. */
const MOST_ROLES = 30;

function isApart(a: Threshold, b: Threshold): boolean {
  return a !== b && (a.apart?.includes(b.name ?? "") === true || b.apart?.includes(a.name ?? "") === true);
}

/** All of two and more, the small ones first, up to a bound: any of them is of use. */
function cliquesOf(thresholds: readonly Threshold[]): readonly (readonly Threshold[])[] {
  const found: (readonly Threshold[])[] = [];
  let last: readonly (readonly Threshold[])[] = thresholds.map((one) => [one]);
  while (last.length > 0 && found.length < MOST_CLIQUES) {
    last = last.flatMap((clique) => {
      const end = thresholds.indexOf(clique.at(-1) ?? clique[0] ?? { of: [], atLeast: 0 });
      return thresholds.slice(end + 1).flatMap((one) => (clique.every((other) => isApart(one, other)) ? [[...clique, one]] : []));
    });
    found.push(...last);
  }
  return found.slice(0, MOST_CLIQUES);
}

const MOST_CLIQUES = 200;

export class Apart {
  readonly #roles: readonly Role[];
  /** What follows for several of which each wants the others apart: necessary, and enough where that is all. Source: P. Hall, 1935. */
  readonly together: readonly Threshold[];
  /** Of all roles, each once. */
  readonly members: readonly string[];
  /** False where there are too many to be looked at together: then only what is necessary is asked. */
  readonly isWhole: boolean;
  #left = 0;

  constructor(thresholds: readonly Threshold[]) {
    const own = thresholds.filter((one) => thresholds.some((other) => isApart(one, other)));
    this.isWhole = own.length <= MOST_ROLES;
    this.together = cliquesOf(own).map((clique) => ({
      of: [...new Set(clique.flatMap(({ of }) => of))],
      atLeast: clique.reduce((sum, { atLeast }) => sum + atLeast, 0),
    }));
    this.#roles = (this.isWhole ? own : []).map((one) => ({
      of: one.of,
      atLeast: one.atLeast,
      apart: own.reduce((bits, other, at) => (isApart(one, other) ? bits | (1 << at) : bits), 0),
    }));
    this.members = [...new Set(own.flatMap(({ of }) => of))];
  }

  /** Not served too where that would take more than `maxWork` to find out; `work` then is as much. */
  serves(chosen: ReadonlySet<string>, maxWork: number): { readonly isServed: boolean; readonly work: number } {
    if (this.#roles.length === 0) return { isServed: true, work: 0 };
    this.#left = maxWork;
    const kinds = new Map<number, number>();
    for (const name of this.members) {
      if (!chosen.has(name)) continue;
      const may = this.#roles.reduce((bits, { of }, at) => (of.includes(name) ? bits | (1 << at) : bits), 0);
      kinds.set(may, (kinds.get(may) ?? 0) + 1);
    }
    const isServed = this.#fill(
      0,
      [...kinds].map(([may, count]) => ({ may, takes: 0, count })),
    );
    return { isServed, work: maxWork - Math.max(this.#left, 0) };
  }

  /** The roles from this one on, one after the other. */
  #fill(at: number, kinds: readonly Kind[]): boolean {
    const role = this.#roles[at];
    if (role === undefined) return true;
    return this.#take(role.atLeast, { at, kinds, from: 0 });
  }

  /** So many more for this role, of the kinds from this one on: each way to divide them up. */
  #take(wanted: number, { at, kinds, from }: { readonly at: number; readonly kinds: readonly Kind[]; readonly from: number }): boolean {
    this.#left -= 1;
    if (this.#left <= 0) return false;
    if (wanted === 0) return this.#fill(at + 1, kinds);
    const kind = kinds[from];
    const role = this.#roles[at];
    if (kind === undefined || role === undefined) return false;
    const bit = 1 << at;
    const most = (kind.may & bit) === 0 || (kind.takes & role.apart) !== 0 ? 0 : Math.min(kind.count, wanted);
    for (let take = most; take >= 0; take -= 1) {
      const split = take === 0 ? kinds : kinds.flatMap((one, index) => (index === from ? splitKind(one, take, bit) : [one]));
      // What was split off stands before the rest, and is not asked again for this role.
      const next = from + (take === 0 || take === kind.count ? 1 : 2);
      if (this.#take(wanted - take, { at, kinds: split, from: next })) return true;
    }
    return false;
  }
}

function splitKind({ may, takes, count }: Kind, take: number, bit: number): readonly Kind[] {
  const taken = { may, takes: takes | bit, count: take };
  return take === count ? [taken] : [taken, { may, takes, count: count - take }];
}

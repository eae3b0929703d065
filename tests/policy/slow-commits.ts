/** Commits, for the slow evaluator: is each that an image was built from signed by one of those who are asked? */

export interface CommitFact {
  readonly name: string;
  readonly parents: readonly string[];
  /** Whose key it is that has signed it; absent where it is not signed. */
  readonly signer?: string;
  /** The signature is of something else. */
  readonly isBroken: boolean;
}

export interface Committed {
  /** Those that somebody has brought along. */
  readonly carried: readonly CommitFact[];
  /** What these are before is not looked at. */
  readonly since: readonly string[];
  /** Of those who are asked. */
  readonly keys: readonly string[];
  /** How what nobody can see would turn out. */
  readonly isDoubtGood: boolean;
}

/** `head`: what the builder says that he has built from, if he says it. */
export function areSigned(head: string | undefined, committed: Committed): boolean {
  const { carried, since, keys, isDoubtGood } = committed;
  if (head === undefined) return isDoubtGood;
  const settled = new Set(since.flatMap((name) => withAllBefore(name, carried)));
  return builtFrom(head, { carried, settled }).every((fact) => {
    if (fact?.signer === undefined) return isDoubtGood;
    return !fact.isBroken && keys.includes(fact.signer);
  });
}

function withAllBefore(name: string, carried: readonly CommitFact[]): readonly string[] {
  const parents = carried.find((fact) => fact.name === name)?.parents ?? [];
  return [name, ...parents.flatMap((parent) => withAllBefore(parent, carried))];
}

/** Of one that is not there nothing is known, nor what came before it. */
function builtFrom(
  name: string,
  around: { readonly carried: readonly CommitFact[]; readonly settled: ReadonlySet<string> },
): readonly (CommitFact | undefined)[] {
  if (around.settled.has(name)) return [];
  const fact = around.carried.find((one) => one.name === name);
  return [fact, ...(fact?.parents ?? []).flatMap((parent) => builtFrom(parent, around))];
}

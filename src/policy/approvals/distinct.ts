/** Counts people, not keys: two whose approvals are by one key are one. */
import type { Saying } from "./sayings.ts";

/** As many as can each have a key of their own, with the approval by which each counts; earlier approvals are preferred to later ones. */
export function distinctPeople(approvals: readonly Saying[]): ReadonlyMap<string, Saying> {
  const byPerson = Map.groupBy(approvals, ({ person }) => person);
  const holders = new Map<string, Saying>();
  // Whoever has a key gives it up if there is another one for him.
  const findKey = (person: string, tried: Set<string>): boolean => {
    for (const approval of byPerson.get(person) ?? []) {
      for (const key of approval.keys) {
        if (tried.has(key)) continue;
        tried.add(key);
        const holder = holders.get(key);
        if (holder !== undefined && !findKey(holder.person, tried)) continue;
        holders.set(key, approval);
        return true;
      }
    }
    return false;
  };
  for (const person of [...byPerson.keys()].toSorted()) findKey(person, new Set());
  return new Map([...holders.values()].map((approval) => [approval.person, approval]));
}

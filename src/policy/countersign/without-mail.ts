/** Warns of those who would be no author of anything that a forge signs, because the policy has no mail of theirs. */
import type { Model } from "./model.ts";
import type { Place } from "./place.ts";

export function warnWithoutMail({ forges, gates }: Model, warn: (place: Place, state: string) => void): void {
  if (forges.length === 0) return;
  for (const { approve } of gates.values()) {
    const author = approve?.not.find(({ text }) => text === "author");
    const without = approve?.signers.filter(({ authors }) => authors.length === 0) ?? [];
    if (author === undefined || without.length === 0) continue;
    const [who, where] = [without, forges].map((all) => all.map(({ name }) => name).join(", "));
    warn(author.place, `cannot tell what is written at ${where} by ${who}: the policy has no mail of theirs under authors`);
  }
}

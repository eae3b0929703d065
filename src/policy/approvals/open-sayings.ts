/** Which words of a person are open: those that none of his own replaces. The order is told by what they name, never by a clock. */
import type { Saying } from "./sayings.ts";

/** What is not sure is taken to be so that it speaks against the image, or for it. */
export type World = "worst" | "best";

export interface OpenSayings {
  readonly approved: readonly Saying[];
  readonly withdrawn: readonly Saying[];
  readonly rejected: readonly Saying[];
}

/** Of what one or several people have said at one gate. */
export function openSayings(said: readonly Saying[], world: World): OpenSayings {
  const supersedes = supersededIn(said, world);
  const open = said.filter((saying) => isHeld(saying, world) && !supersedes(saying));
  const of = (decision: Saying["content"]["decision"]): readonly Saying[] => open.filter(({ content }) => content.decision === decision);
  return { approved: of("approved"), withdrawn: of("withdrawn"), rejected: of("rejected") };
}

function isHeld({ certainty, content }: Saying, world: World): boolean {
  if (certainty !== "open") return certainty === "sure";
  return (content.decision === "approved") === (world === "best");
}

/** An approval that has lapsed still replaces what it names. What each person names is listed once: one may have said thousands of words. */
function supersededIn(said: readonly Saying[], world: World): (saying: Saying) => boolean {
  const sure = supersededBySure(said);
  const maybe = namedBy(said.filter(({ certainty }) => certainty === "open"));
  return (saying) => {
    const isYes = saying.content.decision === "approved";
    return sure(saying) || (isYes === (world === "worst") && maybe(saying));
  };
}

/** Whether its own author has replaced it, in a word that is known to be his. */
export function supersededBySure(said: readonly Saying[]): (saying: Saying) => boolean {
  return namedBy(said.filter(({ certainty }) => certainty === "sure"));
}

function namedBy(said: readonly Saying[]): (saying: Saying) => boolean {
  const named = new Map<string, Set<string>>();
  for (const { person, content } of said) {
    const own = named.get(person) ?? new Set();
    for (const digest of content.supersedes) own.add(digest);
    named.set(person, own);
  }
  return ({ person, copies }) => copies.some((digest) => named.get(person)?.has(digest) === true);
}

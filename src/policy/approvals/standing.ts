/** How a gate stands by what people have said: who approves it, who has rejected it, and whether that is enough. */
import type { Because } from "./because.ts";
import { distinctPeople } from "./distinct.ts";
import { type OpenSayings, openSayings, type World } from "./open-sayings.ts";
import { isNamed, type Saying } from "./sayings.ts";

export interface SaidAtGate {
  /** Of this gate, whatever it asked then. */
  readonly here: readonly Saying[];
  readonly by: readonly string[];
  readonly weighed: ReadonlyMap<Saying, readonly Because[]>;
  /** How many people have to approve. */
  readonly needed: number;
  /** Digest of the policy that judges. */
  readonly policyDigest: string;
}

export interface Standing {
  readonly open: OpenSayings;
  /** By person, the approval by which each counts. */
  readonly counted: ReadonlyMap<string, Saying>;
  /** Of those who are asked, or were when they rejected. */
  readonly rejections: readonly Saying[];
  /** Of these, with the people who have overruled each. */
  readonly overruled: ReadonlyMap<Saying, readonly Saying[]>;
  readonly passes: boolean;
}

export function standingIn(world: World, said: SaidAtGate): Standing {
  const { here, by, weighed, needed, policyDigest } = said;
  const open = openSayings(here, world);
  // Of several words that are open the strictest stands.
  const against = new Set([...open.rejected, ...open.withdrawn].map(({ person }) => person));
  const eligible = open.approved.filter(
    (saying) => !against.has(saying.person) && weighed.get(saying)?.every(({ isDoubt }) => isDoubt && world === "best") === true,
  );
  const counted = distinctPeople(eligible);
  const rejections = open.rejected.filter(({ person, content }) => by.includes(person) || content.policyDigest !== policyDigest);
  const overruled = new Map(
    rejections.flatMap((rejection) => {
      const overruling = eligible.filter(({ content }) => isNamed(rejection, content.overrules));
      const people = distinctPeople(overruling);
      return people.size > needed ? [[rejection, [...people.values()]] as const] : [];
    }),
  );
  return { open, counted, rejections, overruled, passes: counted.size >= needed && overruled.size === rejections.length };
}

/** Which words of a person are open: those that none of his own replaces. The order is told by what they name, never by a clock. */
import { isNamed, type Saying } from "./sayings.ts";

/** What is not sure is taken to be so that it speaks against the image, or for it. */
export type World = "worst" | "best";

export interface OpenSayings {
  readonly approved: readonly Saying[];
  readonly withdrawn: readonly Saying[];
  readonly rejected: readonly Saying[];
}

/** Of what one or several people have said at one gate. */
export function openSayings(said: readonly Saying[], world: World): OpenSayings {
  const open = said.filter((saying) => isHeld(saying, world) && !isSuperseded(saying, said, world));
  const of = (decision: Saying["content"]["decision"]): readonly Saying[] => open.filter(({ content }) => content.decision === decision);
  return { approved: of("approved"), withdrawn: of("withdrawn"), rejected: of("rejected") };
}

function isHeld({ certainty, content }: Saying, world: World): boolean {
  if (certainty !== "open") return certainty === "sure";
  return (content.decision === "approved") === (world === "best");
}

/** An approval that has lapsed still replaces what it names. */
function isSuperseded(saying: Saying, said: readonly Saying[], world: World): boolean {
  const isYes = saying.content.decision === "approved";
  return said.some(
    ({ person, certainty, content }) =>
      person === saying.person &&
      isNamed(saying, content.supersedes) &&
      (certainty === "sure" || (certainty === "open" && isYes === (world === "worst"))),
  );
}

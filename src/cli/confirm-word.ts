/** Asks a person at the terminal before their word is signed. */
import { CountersignError } from "../core/errors.ts";
import { formatReference, type Reference } from "../core/reference.ts";
import type { Deadline } from "./deadline.ts";
import type { Call } from "./declaration.ts";
import { remark } from "./io.ts";
import { type Style, styleFor } from "./render/style.ts";
import { saysYes } from "./says-yes.ts";

/** With `--yes` nothing is shown and nobody is asked. Throws `usage/invalid` where nobody can be, `job/aborted` for a no. */
export async function confirmWord(
  reference: Reference,
  {
    call: { io, values },
    deadline,
    verb,
    question,
    show,
  }: {
    readonly call: Call;
    readonly deadline: Deadline;
    readonly verb: "approve" | "except";
    readonly question: string;
    /** What is about to be signed. */
    readonly show: (style: Style) => string;
  },
): Promise<void> {
  if (values.flag("yes")) return;
  const shown = formatReference(reference);
  const { ask } = io;
  if (!io.isTerminal || ask === undefined) {
    throw new CountersignError("usage/invalid", `Cannot ${verb} "${shown}": there is nobody at a terminal to ask`, {
      remedy: "look at it with `countersign verify REF --gate GATE`, then repeat the command with --yes",
    });
  }
  remark(io, show(styleFor(io, io.stderr)));
  if (await deadline.pausedFor(() => saysYes(ask, question))) return;
  throw new CountersignError("job/aborted", `Cannot ${verb} "${shown}": the answer was not yes`, {
    remedy: "answer with the whole word yes, or leave it",
  });
}

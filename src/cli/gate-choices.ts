/** The gates of a policy, for whoever has not named one. */
import type { Policy } from "../core/policy.ts";
import { quoteWord } from "../core/shell.ts";

/** As a remedy has them: `--gate test, or --gate prod`. */
export function gateChoices({ gates }: Policy): string {
  return gates.map(({ name }) => `--gate ${quoteWord(name)}`).join(", or ");
}

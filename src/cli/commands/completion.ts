/** `completion`: the script for a shell, made from the command table. */
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { print } from "../io.ts";
import { renderBash, renderFish, renderZsh } from "../render/completion.ts";
import type { Call } from "../declaration.ts";

const SHELLS: ReadonlyMap<string, () => string> = new Map([
  ["bash", renderBash],
  ["zsh", renderZsh],
  ["fish", renderFish],
]);

export async function run({ io, words }: Call): Promise<ExitCode> {
  const [shell = ""] = words;
  const render = SHELLS.get(shell);
  if (render === undefined) {
    throw new CountersignError("usage/invalid", `Cannot complete for "${shell}": it is none of ${[...SHELLS.keys()].join(", ")}`, {
      remedy: [...SHELLS.keys()].map((name) => `countersign completion ${name}`).join(", "),
    });
  }
  print(io, render());
  return 0;
}

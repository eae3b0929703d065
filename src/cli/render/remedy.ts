/** Remedies with what is known of the call filled in, so that they can be pasted. */
import type { CommandDeclaration } from "../declaration.ts";
import { quoteWord } from "../../core/shell.ts";

/** What a remedy may leave open. */
export interface Known {
  /** The folder of `--config`, which every command has to be given again. */
  readonly config?: string;
  /** The one reference that the command is about, as it was typed. */
  readonly reference?: string;
  /** Placeholder to text that a shell takes as one word: `REF`, `FILE`, `TYPE:NAME`. */
  readonly words: Readonly<Record<string, string>>;
}

export const NOTHING_KNOWN: Known = { words: {} };

/** A placeholder is named as the argument is in the command's declaration: `<file>` is FILE. */
export function knownOf(
  { name: command, arguments: declared }: Pick<CommandDeclaration, "name" | "arguments">,
  { words, config }: { readonly words: readonly string[]; readonly config: string | undefined },
): Known {
  const known = declared.flatMap(({ name }, index): [string, string][] => {
    const word = words[index];
    const isAmbiguous = name.includes("...") && words.length > index + 1;
    // `-` was read once and is gone.
    return word === undefined || word === "-" || isAmbiguous ? [] : [[name.replace(/[<>[\].]/g, "").toUpperCase(), quoteWord(word)]];
  });
  const reference = words.length === 1 && declared[0]?.name.startsWith("[ref") === true ? words[0] : undefined;
  return {
    words: { ...Object.fromEntries(known), COMMAND: command },
    ...(config === undefined ? {} : { config }),
    ...(reference === undefined ? {} : { reference }),
  };
}

export function fillRemedy(remedy: string, { words, ...known }: Known): string {
  // One pass, the longest first: a text that was filled in is not searched again.
  const names = Object.keys(words).toSorted((a, b) => b.length - a.length);
  const filled =
    names.length === 0
      ? remedy
      : remedy.replace(new RegExp(`(?<![\\w:-])(?:${names.join("|")})(?![\\w:@])`, "g"), (name) => words[name] ?? name);
  return repeatConfig(filled, known);
}

/** Every command in `text` that starts it, or a span of code or a parenthesis in it. */
export function repeatConfig(text: string, { config }: Pick<Known, "config">): string {
  if (config === undefined) return text;
  return text.replace(/(?<=^|[`(])countersign (?=[a-z])/g, () => `countersign --config ${quoteWord(config)} `);
}

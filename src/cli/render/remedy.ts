/** Remedies with what is known of the call filled in, so that they can be pasted. */
import type { CommandDeclaration } from "../declaration.ts";
import { repositoryOf, tryParseReference } from "../../core/reference.ts";
import { quoteWord } from "../../core/shell.ts";
import { withoutAbsent } from "../../core/without-absent.ts";
import type { Values } from "../values.ts";
import { givenOptions, type GivenOption, REPEATING, repeatedOptions } from "./repeated-options.ts";

/** What a remedy may leave open. */
export interface Known {
  /** The folder of `--config`, which every command has to be given again. */
  readonly config?: string;
  /** What was given with options that a command of a remedy has to be given again. */
  readonly options?: readonly GivenOption[];
  /** The one reference that the command is about, as it was typed. */
  readonly reference?: string;
  /** Placeholder to text that a shell takes as one word: `REF`, `FILE`, `TYPE:NAME`. */
  readonly words: Readonly<Record<string, string>>;
}

export const NOTHING_KNOWN: Known = { words: {} };

/** A placeholder is named as the argument is in the command's declaration: `<file>` is FILE. */
export function knownOf(
  { name: command, arguments: declared }: Pick<CommandDeclaration, "name" | "arguments">,
  { words, config, values }: { readonly words: readonly string[]; readonly config: string | undefined; readonly values?: Values },
): Known {
  const known = declared.flatMap(({ name }, index): [string, string][] => {
    const word = words[index];
    const isAmbiguous = name.includes("...") && words.length > index + 1;
    // `-` was read once and is gone.
    return word === undefined || word === "-" || isAmbiguous ? [] : [[name.replace(/[<>[\].]/g, "").toUpperCase(), quoteWord(word)]];
  });
  const isAboutImages = /^[<[]ref\b/.test(declared[0]?.name ?? "");
  const reference = words.length === 1 && declared[0]?.name.startsWith("[ref") === true ? words[0] : undefined;
  const options = values === undefined ? [] : givenOptions(command, values);
  const as = options.find(({ name }) => name === "as")?.value;
  return {
    words: { ...(isAboutImages ? repositoriesWord(words, as) : {}), ...Object.fromEntries(known), COMMAND: command },
    options,
    ...withoutAbsent({ config, reference }),
  };
}

/** Of all the images, where a policy for one of them alone would judge no other. */
function repositoriesWord(words: readonly string[], as: string | undefined): Readonly<Record<string, string>> {
  const references = words.map((word) => tryParseReference(word));
  const found = references.flatMap((reference) => {
    if (reference === undefined) return [];
    return reference.kind === "registry" ? [repositoryOf(reference)] : (as ?? []);
  });
  if (found.length === 0 || found.length < words.length) return {};
  return { REPOSITORY: [...new Set(found)].map(quoteWord).join(" ") };
}

/** In one pass: what was filled in is not searched again, and a command in it is not touched. */
export function fillRemedy(written: string, { words, config, options = [] }: Known): string {
  // A word that a command may do without is left out where it is not known.
  const remedy = written.replace(/ \[([A-Z]+)\]/g, (_, name: string) => (words[name] === undefined ? "" : ` ${name}`));
  // The longest first, so that REF@DIGEST is not taken for REF.
  const names = Object.keys(words).toSorted((a, b) => b.length - a.length);
  const placeholders = names.length === 0 ? "(?!)" : `(?<![\\w:/-])(?:${names.join("|")})(?![\\w:@])`;
  const fill = (text: string): string => text.replace(new RegExp(placeholders, "g"), (found) => words[found] ?? found);
  return remedy.replace(
    new RegExp(`${COMMAND}|${placeholders}`, "g"),
    (found: string, name: string | undefined, operands: string | undefined, offset: number) => {
      if (!found.startsWith(PROGRAM)) return fill(found);
      const program = config === undefined ? PROGRAM : `${PROGRAM}--config ${quoteWord(config)} `;
      if (name === undefined) return program;
      const [rest = ""] = /^[^`;|]*/.exec(remedy.slice(offset + found.length)) ?? [];
      return [`${program}${name}${fill(operands ?? "")}`, ...repeatedOptions(options, { name, rest })].join(" ");
    },
  );
}

const PROGRAM = "countersign ";
/** Words that are no options, as the shell reads them and as `quoteWord` writes them. */
const OPERANDS = "(?: (?!-)(?:'[^']*'|\\\\.|[^\\s'`,;|()\\\\])+)*";
/** A command starts the text, a span of code or a parenthesis, follows a pipe, or is one of several. */
const COMMAND = `(?<=^|[\`(]|\\bor |\\bthen |[,:;|] )countersign (?=[a-z])(?:(${REPEATING.join("|")})(?![\\w-])(${OPERANDS}))?`;

/** Every command in `text` with --config and the other options to repeat, if they were given. */
export function repeatConfig(text: string, { config, options }: Pick<Known, "config" | "options">): string {
  return fillRemedy(text, { words: {}, ...(config === undefined ? {} : { config }), ...(options === undefined ? {} : { options }) });
}

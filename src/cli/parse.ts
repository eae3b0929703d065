/** argv -> one call of one command, by commander; every mistake of the caller's becomes `usage/invalid`. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { CountersignError } from "../core/errors.ts";
import type { CommandDeclaration, OptionDeclaration } from "./declaration.ts";
import { COMMANDS, FAMILIES } from "./commands/table.ts";
import { describeVersion } from "../version.ts";
import { GLOBAL_OPTIONS } from "./options.ts";
import { Values } from "./values.ts";

export type Parsed =
  | { readonly kind: "call"; readonly command: CommandDeclaration; readonly words: readonly string[]; readonly values: Values }
  /** Help was asked for; `asked` is false where no command was given at all. */
  | { readonly kind: "help"; readonly text: string; readonly asked: boolean };

/** The name of an option without its dashes: `policy` for `--policy <file>`. */
export function optionName(flags: string): string {
  return /--([a-z-]+)/.exec(flags)?.[1] ?? "";
}

function toOption(declaration: OptionDeclaration): Option {
  const option = new Option(declaration.flags, declaration.summary);
  const { parse, choices, repeatable } = declaration;
  // The help shows them; what is wrong with another is said by us.
  if (choices !== undefined) option.choices(choices);
  else if (parse === undefined && repeatable !== true) return option;
  return option.argParser((text: string, earlier: unknown) => {
    if (choices !== undefined && !choices.includes(text)) throw new InvalidArgumentError(`the choices are ${choices.join(", ")}`);
    if (repeatable === true) return [...(Array.isArray(earlier) ? earlier : []), text];
    try {
      return parse === undefined ? text : parse(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  });
}

interface Found {
  command?: CommandDeclaration;
  words?: readonly string[];
  values?: Readonly<Record<string, unknown>>;
}

/** A bare command that only the help names, or a full one for the call at hand: building options takes start-up time. */
function toCommand(declaration: CommandDeclaration, full: boolean, found: Found): Command {
  const command = new Command(declaration.name.split(" ").at(-1) ?? "").description(declaration.summary);
  if (!full) return command;
  for (const argument of declaration.arguments) command.argument(argument.name, argument.summary);
  for (const option of declaration.options) command.addOption(toOption(option));
  const examples = declaration.examples.map((example) => `  ${wrapExample(example)}`).join("\n");
  command.description(declaration.description).addHelpText("after", `\nExamples:\n${examples}`);
  command.action(() => {
    found.command = declaration;
    found.words = command.processedArgs.flat().filter((word): word is string => typeof word === "string");
    const values: Record<string, unknown> = Object.create(null);
    const given = command.optsWithGlobals();
    for (const option of [...declaration.options, ...GLOBAL_OPTIONS])
      values[optionName(option.flags)] = given[toOption(option).attributeName()];
    found.values = values;
  });
  return command;
}

/** An option to a line, where the whole is too long for a terminal; between single quotes it would stay in the word. */
function wrapExample(example: string): string {
  return example.length > 76 ? example.replace(/'[^']*'| --/g, (found) => (found === " --" ? " \\\n      --" : found)) : example;
}

function buildProgram(argv: readonly string[], found: Found = {}, write: (text: string) => void = () => {}): Command {
  const program = new Command("countersign")
    .description("Sign container images, and verify them by policy.")
    .version(describeVersion(), "-V, --version", "print the version")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", "\nStart here:\n  countersign demo\n  countersign help verify");
  const settings = { writeOut: write, writeErr: write, outputError: () => {}, getOutHasColors: () => false, getErrHasColors: () => false };
  program.exitOverride().configureOutput(settings);
  for (const option of GLOBAL_OPTIONS) program.addOption(toOption(option));
  const families = new Map<string, Command>();
  for (const declaration of commandsFor(argv)) {
    const [first = "", second] = declaration.name.split(" ");
    const command = toCommand(declaration, argv.includes(first), found);
    let parent = program;
    if (second !== undefined) {
      parent = families.get(first) ?? new Command(first).description(FAMILIES[first] ?? "");
      if (!families.has(first)) program.addCommand(inherit(parent, program));
      families.set(first, parent);
    }
    parent.addCommand(inherit(command, program));
  }
  return program;
}

/** Those that start with the first word; all of them where it is none's, for help and for "did you mean". */
function commandsFor([first]: readonly string[]): readonly CommandDeclaration[] {
  const asked = COMMANDS.filter(({ name }) => name.split(" ")[0] === first);
  return asked.length > 0 ? asked : COMMANDS;
}

function inherit(command: Command, program: Command): Command {
  return command.copyInheritedSettings(program);
}

/**
 * `help policy import` is `policy import --help`. Words that name no command are left alone, so that the answer is what was
 * meant and not the help of everything.
 */
function spellHelp(argv: readonly string[]): readonly string[] {
  const isVerb = argv[0] === "help";
  if (!isVerb && !argv.includes("--help") && !argv.includes("-h")) return argv;
  const rest = isVerb ? argv.slice(1) : argv;
  const end = rest.findIndex((word) => word.startsWith("-"));
  const words = end < 0 ? rest : rest.slice(0, end);
  if (words.length > 0 && !namesCommand(words)) return words;
  return isVerb ? [...words, "--help"] : argv;
}

function namesCommand(words: readonly string[]): boolean {
  const [first = ""] = words;
  if (words.length === 1 && Object.hasOwn(FAMILIES, first)) return true;
  return COMMANDS.some(({ name }) => name === first || name === words.slice(0, 2).join(" "));
}

export function parseCommandLine(given: readonly string[]): Parsed {
  const argv = spellHelp(given);
  let text = "";
  const found: Found = {};
  const program = buildProgram(argv, found, (part) => {
    text += part;
  });
  try {
    program.parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "help", text, asked: true };
    if (error.code === "commander.help") return { kind: "help", text, asked: false };
    throw usageError(error, argv);
  }
  const { command, words = [], values = {} } = found;
  if (command === undefined) return { kind: "help", text: program.helpInformation(), asked: false };
  return { kind: "call", command, words, values: new Values(values, new Set(Object.keys(values))) };
}

/** commander says `error: unknown option '--plicy'\n(Did you mean --policy?)`; we say it in our form. */
function usageError(error: CommanderError, argv: readonly string[]): CountersignError {
  const [first = "", ...rest] = error.message
    .replace(/^error: /, "")
    .replace(/ but got ([0-9]+): .*$/s, " and got $1")
    .replace(/^option '([^']+)' argument '(.*)' is invalid\. /s, '"$2" cannot be $1: ')
    .split("\n");
  const meant = /Did you mean (?:one of )?(.+)\?/.exec(rest.join(" "))?.[1]?.split(", ");
  const command = COMMANDS.find(({ name }) => argv.join(" ").startsWith(name));
  const verb = command?.name ?? Object.keys(FAMILIES).find((name) => name === argv[0]);
  // Only the verb is repeated, not the whole line: somebody may have put a password there.
  const line = verb === undefined ? "countersign" : `countersign ${verb}`;
  const isCount = error.code === "commander.excessArguments" || error.code === "commander.missingArgument";
  return new CountersignError("usage/invalid", `Cannot read the command line "${line} …": ${first.replaceAll("'", '"')}`, {
    remedy:
      meant === undefined
        ? isCount && command !== undefined
          ? usageOf(command)
          : `${line} --help`
        : `did you mean ${meant.map((word) => (word.startsWith("-") ? word : `\`${line} ${word}\``)).join(" or ")}? (${line} --help)`,
  });
}

/** Where it is not said what the words were for, the form of the whole and an example of it tell. */
function usageOf({ name, arguments: declared, examples: [example] }: CommandDeclaration): string {
  return `${["countersign", name, ...declared.map((argument) => argument.name), "[options]"].join(" ")}, such as \`${example}\``;
}

/** What a command is: a declaration, from which parsing, help, completion and docs/cli.md are made; the work is loaded when asked for. */
import type { ExitCode } from "../core/errors.ts";
import type { Io } from "./io.ts";
import type { GlobalOptions } from "./options.ts";
import type { Known } from "./render/remedy.ts";
import type { Values } from "./values.ts";

export interface ArgumentDeclaration {
  /** As the grammar writes it: `<ref...>`, `[name]`. */
  readonly name: string;
  readonly summary: string;
  readonly kind?: Kind;
  readonly choices?: readonly string[];
}

/** What the shell can complete: `key` is a name of the ring or a file, `key-name` the name alone, `store` a trust store. */
type Kind = "file" | "folder" | "key" | "key-name" | "store";

export interface OptionDeclaration {
  /** As the grammar writes it: `-v, --verbose` or `--policy <file>`. */
  readonly flags: string;
  readonly summary: string;
  /** What stands in its place, where the shell can complete it. */
  readonly kind?: Kind;
  readonly choices?: readonly string[];
  /** May be given several times; all values count. */
  readonly repeatable?: boolean;
  /** Text -> typed value; throws a plain `Error` that says what was expected. */
  readonly parse?: (text: string) => string | number | Date;
}

/** One call of a command, parsed. */
export interface Call {
  /** The arguments in the order of the declaration, the last one spread out if it is variadic. */
  readonly words: readonly string[];
  readonly values: Values;
  readonly global: GlobalOptions;
  readonly io: Io;
  /** For remedies. */
  readonly known: Known;
}

type Run = (call: Call) => Promise<ExitCode>;

export interface CommandDeclaration {
  /** One word, or two for a command of a family: `key generate`. */
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly arguments: readonly ArgumentDeclaration[];
  readonly options: readonly OptionDeclaration[];
  /** Whole command lines. */
  readonly examples: readonly [string, ...string[]];
  readonly load: () => Promise<{ readonly run: Run }>;
}

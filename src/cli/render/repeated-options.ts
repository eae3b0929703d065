/** Options that a command of a remedy is given as this one was: without its policy it would answer another question. */
import { quoteWord } from "../../core/shell.ts";
import type { Values } from "../values.ts";

export interface GivenOption {
  /** Without its dashes. */
  readonly name: string;
  /** Absent for one that takes none. */
  readonly value?: string;
}

/** Command -> the options that mean the same in each of these commands. What chooses among signatures or gates is for verifying alone. */
const REPEATED: Readonly<Record<string, readonly string[]>> = {
  sign: ["as", "policy", "cert"],
  attest: ["as", "policy", "predicate", "run", "git", "git-since", "from-buildkit", "type", "cert"],
  verify: ["trust-store", "trusted-identity", "annotation", "gate", "cluster", "namespace", "as", "policy"],
  approve: ["as", "policy", "gate", "cert"],
  promote: ["as", "policy", "gate", "cert"],
  except: ["as", "policy", "gate", "for", "advisory", "purl", "reason", "break-glass", "cert"],
  "policy explain": ["as", "policy"],
};

export const REPEATING: readonly string[] = Object.keys(REPEATED);

/** Refused where there are no manifests. */
const ABOUT_MANIFESTS: ReadonlySet<string> = new Set(["cluster", "namespace"]);
const SEVERAL: ReadonlySet<string> = new Set(["trust-store", "trusted-identity", "annotation", "git-since", "for"]);
const FLAGS: ReadonlySet<string> = new Set(["from-buildkit", "break-glass"]);

export function givenOptions(command: string, values: Values): readonly GivenOption[] {
  return (REPEATED[command] ?? []).flatMap((name) => {
    if (FLAGS.has(name)) return values.flag(name) ? [{ name }] : [];
    const given = SEVERAL.has(name) ? values.texts(name) : [values.text(name)];
    return given.flatMap((value) => (value === undefined ? [] : [{ name, value }]));
  });
}

/** `rest` is what the remedy itself writes after the command's name. */
export function repeatedOptions(
  options: readonly GivenOption[],
  { name: command, rest }: { readonly name: string; readonly rest: string },
): readonly string[] {
  const taken = options.filter(
    ({ name }) =>
      REPEATED[command]?.includes(name) === true &&
      !rest.includes(`--${name} `) &&
      (!ABOUT_MANIFESTS.has(name) || rest.includes("--manifests ")),
  );
  return taken.flatMap(({ name, value }) => [`--${name}`, ...(value === undefined ? [] : [quoteWord(value)])]);
}

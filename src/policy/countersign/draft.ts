/** A policy to begin with, as text: what was found on a machine, with comments that say what to change. */
import { showForeign } from "../../core/display.ts";
import type { NamePair } from "../../core/policy.ts";
import { formatStore, type TrustStoreName } from "../../core/trust-source.ts";

export interface DraftSigner {
  readonly name: string;
  readonly anchor: TrustStoreName;
  readonly is:
    | { readonly kind: "subject"; readonly pairs: readonly NamePair[] }
    | { readonly kind: "fingerprint"; readonly sha256: string };
  /** Where it comes from, and what is left to do. */
  readonly comment: string;
}

export interface DraftGate {
  readonly name: string;
  /** Names of signers, of whom one is enough. */
  readonly by: readonly [string, ...string[]];
}

export interface Draft {
  readonly name: string;
  /** Places: `registry.example/payments/api`, each for one gate. Those of one product have its name, and stand together. */
  readonly products: readonly { readonly name: string; readonly repository: string; readonly gate: string }[];
  readonly signers: readonly DraftSigner[];
  readonly gates: readonly DraftGate[];
  /** What whoever reads the policy should know of how it came about. */
  readonly notes: readonly string[];
}

/** `file`: where the policy will be, as a shell reads it. */
export function draftPolicy({ name, products, signers, gates, notes }: Draft, { file }: { readonly file: string }): string {
  return `# A Countersign policy, made by \`countersign policy init\` from what was found on this machine.
#
# It says: ${gates.map(describe).join("; ")}.
#
# Look at it, and change what is not as it should be:
#   name      what verdicts call this policy
#   products  the images, and their repository at each gate; "registry.example/{app}" stands for one repository of each app
#   parties   the machines that sign; persons are written in the same way under "people:"
#   gates     what an image needs at each place; a second gate that asks for two persons would be
#             prod: { after: ${gates[0]?.name ?? "build"}, needs: [ { signature: { by: [ana, bo], atLeast: 2 } } ] }
# Raise "version" with every change. Then:
#   countersign policy check ${file}
#   countersign policy trust ${file}
${writeNotes(notes)}apiVersion: countersign.dev/v1
kind: Policy
name: ${quote(name)}
version: 1
products:
${[...Map.groupBy(products, (product) => product.name)].map(writeProduct).join("")}parties:
${signers.map(writeSigner).join("")}gates:
${gates.map((gate) => `  ${quote(gate.name)}: { needs: [ { signature: { by: ${writeNames(gate.by)} } } ] }\n`).join("")}`;
}

function writeNotes(notes: readonly string[]): string {
  return notes.length === 0 ? "" : ["#", "# What to know of it:", ...notes.map((note) => `#   - ${oneLine(note)}`), ""].join("\n");
}

/** A comment ends with its line, whatever a file's name or another document holds. */
function oneLine(text: string): string {
  return showForeign(text.replaceAll(/\s+/g, " "), 4096);
}

function writeProduct([name, places]: readonly [string, Draft["products"]]): string {
  return `  ${quote(name)}: { ${places.map(({ gate, repository }) => `${quote(gate)}: ${quote(repository)}`).join(", ")} }\n`;
}

function describe({ name, by }: DraftGate): string {
  return `an image passes the gate "${name}" if ${by.join(" or ")} has signed it`;
}

function writeSigner({ name, anchor, is, comment }: DraftSigner): string {
  const identity = is.kind === "fingerprint" ? `fingerprint: ${quote(is.sha256)}` : `subject: ${writeSubject(is.pairs)}`;
  return `  # ${oneLine(comment)}\n  ${quote(name)}: { certificate: { anchor: ${quote(formatStore(anchor))}, ${identity} } }\n`;
}

function writeSubject(pairs: readonly NamePair[]): string {
  const values = new Map<string, string[]>();
  for (const { type, value } of pairs) values.set(type, [...(values.get(type) ?? []), value]);
  const members = [...values].map(([type, [only = "", ...others]]) =>
    others.length === 0 ? `${quote(type)}: ${quote(only)}` : `${quote(type)}: [${[only, ...others].map(quote).join(", ")}]`,
  );
  return `{ ${members.join(", ")} }`;
}

function writeNames([only, ...others]: DraftGate["by"]): string {
  return others.length === 0 ? quote(only) : `[${[only, ...others].map(quote).join(", ")}]`;
}

/** A text that no reader of YAML takes for anything else: bare where it is a plain word, else in quotes. */
function quote(text: string): string {
  const isWord = /^[A-Za-z][A-Za-z0-9_/-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return isWord ? text : JSON.stringify(text);
}

/** A subject that the document can hold; in others braces would be read as variables. */
export function isWritable(pairs: readonly NamePair[]): boolean {
  return pairs.length > 0 && pairs.every(({ value }) => value !== "" && !/[{}]/.test(value));
}

/** Letters, digits and `. _ -`, as names in a policy are; `taken` are given to others. */
export function draftName(text: string, taken: ReadonlySet<string>): string {
  const plain = text.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  const name = plain === "" ? "signer" : plain.slice(0, 60);
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}

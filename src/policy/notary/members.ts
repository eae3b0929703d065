/** Reads the members of a policy document one by one, so that every refusal names the path to what is wrong. */
import { refuseCaseVariants } from "../../core/case-variants.ts";
import { isObject } from "../../core/descriptor.ts";
import { CountersignError } from "../../core/errors.ts";
import { quoteWord } from "../../core/shell.ts";
import { Malformed } from "../../core/malformed.ts";
import { nearestName } from "../nearest.ts";

/** An object of the document, at a path such as `trustPolicies[0].signatureVerification`; empty for the document itself. */
export class Members {
  readonly #source: string;
  readonly #path: string;
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #warnings: string[];

  /**
   * `known`: the members that the specification names. One that differs from them in case is refused; any other is
   * ignored, as notation does, but said in the warnings: a mistyped `override` must not vanish without a word.
   */
  constructor(value: unknown, known: readonly string[] | undefined, place: { source: string; path: string; warnings: string[] }) {
    this.#source = place.source;
    this.#path = place.path;
    this.#warnings = place.warnings;
    if (!isObject(value)) this.refuse("", `is ${describe(value)}, and must be an object`);
    this.#object = value;
    if (known === undefined) return;
    try {
      refuseCaseVariants(value, known);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.refuse("", `has a member that differs only in case from one it may have (${known.join(", ")})`, error);
    }
    for (const name of Object.keys(value)) {
      if (known.includes(name)) continue;
      const meant = nearestName(name, known);
      const hint = meant === undefined ? `known are ${known.join(", ")}` : `did you mean ${meant}?`;
      this.warn(name, `is not a member that is known here, and is ignored (${hint})`);
    }
  }

  /** Ends with the path of `member`, or of this object for "", and what is wrong with it. */
  refuse(member: string, state: string, cause?: unknown): never {
    throw refusePolicy(this.#source, `${this.at(member)} ${state}${this.#mistyped(member)}`, {
      detail: { member: this.at(member) },
      ...(cause === undefined ? {} : { cause }),
    });
  }

  /** A member that is missed, while another has nearly its name. */
  #mistyped(member: string): string {
    if (member === "" || Object.hasOwn(this.#object, member)) return "";
    const typed = nearestName(member, this.names());
    return typed === undefined ? "" : ` (there is "${typed}": is it meant?)`;
  }

  warn(member: string, state: string): void {
    this.#warnings.push(`${this.at(member)} ${state}`);
  }

  at(member: string): string {
    if (member === "") return this.#path === "" ? "the document" : this.#path;
    return this.#path === "" || member.startsWith("[") ? `${this.#path}${member}` : `${this.#path}.${member}`;
  }

  names(): readonly string[] {
    return Object.keys(this.#object);
  }

  /** True unless the member is absent or null, which notation takes for absent. */
  has(name: string): boolean {
    return Object.hasOwn(this.#object, name) && this.#object[name] !== null;
  }

  text(name: string): string {
    const value = this.#value(name);
    if (typeof value === "string" && value !== "") return value;
    return this.refuse(name, `is ${describe(value)}, and must be text`);
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.#value(name);
    const found = allowed.find((entry) => entry === value);
    return found ?? this.refuse(name, `is ${describe(value)}; allowed: ${allowed.join(", ")}`);
  }

  /** The list, empty if absent. */
  list(name: string): readonly unknown[] {
    const value = this.has(name) ? this.#value(name) : [];
    return Array.isArray(value) ? value : this.refuse(name, `is ${describe(value)}, and must be a list`);
  }

  texts(name: string): readonly string[] {
    return this.list(name).map((entry, index) =>
      typeof entry === "string" && entry !== "" ? entry : this.refuse(`${name}[${index}]`, `is ${describe(entry)}, and must be text`),
    );
  }

  child(name: string, known: readonly string[] | undefined): Members {
    return new Members(this.#value(name), known, { source: this.#source, path: this.at(name), warnings: this.#warnings });
  }

  children(name: string, known: readonly string[]): readonly Members[] {
    return this.list(name).map(
      (entry, index) => new Members(entry, known, { source: this.#source, path: this.at(`${name}[${index}]`), warnings: this.#warnings }),
    );
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
  }
}

/** The error for whatever is wrong with the policy in `source`: a path, or stdin. */
export function refusePolicy(
  source: string,
  state: string,
  options: { readonly detail?: CountersignError["detail"]; readonly cause?: unknown },
): CountersignError {
  const check = source === "stdin" ? "" : `, then: countersign policy check ${quoteWord(source)}`;
  return new CountersignError("policy/invalid", `Cannot use policy "${source}": ${state}`, { ...options, remedy: `correct it${check}` });
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (value === "") return "empty";
  if (typeof value === "string") return `"${value.length > 200 ? `${value.slice(0, 200)}…` : value}"`;
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : String(value);
}

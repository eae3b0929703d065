/** Typed access to what was given on the command line, by option name. */

/** A wrong name or kind is a mistake of ours, so it throws `TypeError`, and every command's test meets it. */
export class Values {
  readonly #given: Readonly<Record<string, unknown>>;
  readonly #declared: ReadonlySet<string>;

  constructor(given: Readonly<Record<string, unknown>>, declared: ReadonlySet<string>) {
    this.#given = given;
    this.#declared = declared;
  }

  #value(name: string): unknown {
    if (!this.#declared.has(name)) throw new TypeError(`the option --${name} is not declared`);
    return this.#given[name];
  }

  flag(name: string): boolean {
    return this.#value(name) === true;
  }

  text(name: string): string | undefined {
    const value = this.#value(name);
    if (value !== undefined && typeof value !== "string") throw new TypeError(`--${name} is not text`);
    return value;
  }

  /** Every value of a repeatable option, in the order given. */
  texts(name: string): readonly string[] {
    const value = this.#value(name) ?? [];
    if (!Array.isArray(value)) throw new TypeError(`--${name} is not a list`);
    return value.map(String);
  }

  number(name: string): number | undefined {
    const value = this.#value(name);
    if (value !== undefined && typeof value !== "number") throw new TypeError(`--${name} is not a number`);
    return value;
  }

  date(name: string): Date | undefined {
    const value = this.#value(name);
    if (value !== undefined && !(value instanceof Date)) throw new TypeError(`--${name} is not a time`);
    return value;
  }
}

/** SPDX licence expressions. What a list says of one licence becomes what it says of `A OR (B AND C)`. Source: SPDX 2.3, annex D. */

/** A licence, with what it is joined to. */
export type LicenseExpression =
  | { readonly kind: "license"; /** As it is compared. */ readonly id: string; readonly exception?: string }
  | { readonly kind: "and" | "or"; readonly of: readonly LicenseExpression[] };

/** `undefined` for what is no expression: a name in words. */
export function parseLicense(text: string): LicenseExpression | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const tokens = text.match(/[()]|[^\s()]+/g) ?? [];
  const parser = new Parser(tokens);
  const expression = parser.joined("or");
  return parser.isAtEnd ? expression : undefined;
}

/** An expression of real packages is a few dozen characters long. */
const MAX_LENGTH = 4096;
const MAX_DEPTH = 32;

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** AND binds closer than OR. */
  joined(kind: "and" | "or"): LicenseExpression | undefined {
    const of: LicenseExpression[] = [];
    do {
      const part = kind === "or" ? this.joined("and") : this.#single();
      if (part === undefined) return undefined;
      of.push(part);
    } while (this.#take(kind));
    const [only, ...others] = of;
    return others.length === 0 ? only : { kind, of };
  }

  #single(): LicenseExpression | undefined {
    if (this.#take("(")) {
      this.#depth += 1;
      if (this.#depth > MAX_DEPTH) return undefined;
      const inside = this.joined("or");
      this.#depth -= 1;
      return this.#take(")") ? inside : undefined;
    }
    const id = this.#word();
    if (id === undefined) return undefined;
    if (!this.#take("with")) return { kind: "license", id: licenseId(id) };
    const exception = this.#word();
    return exception === undefined ? undefined : { kind: "license", id: licenseId(id), exception: exception.toLowerCase() };
  }

  /** The operators are read in small letters too, as many tools write them. */
  #take(wanted: "and" | "or" | "with" | "(" | ")"): boolean {
    if (this.#tokens[this.#at]?.toLowerCase() !== wanted) return false;
    this.#at += 1;
    return true;
  }

  #word(): string | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined || !/^[A-Za-z0-9.:-]+\+?$/.test(token) || /^(and|or|with)$/i.test(token)) return undefined;
    this.#at += 1;
    return token;
  }
}

/** Identifiers are the same in capitals, and GNU's old ones mean what their new ones say. */
export function licenseId(id: string): string {
  const text = id.toLowerCase();
  const gnu = /^((?:a|l)?gpl|gfdl)-([0-9.]+)(\+?)$/.exec(text);
  return gnu === null ? text : `${gnu[1]}-${gnu[2]}-${gnu[3] === "+" ? "or-later" : "only"}`;
}

/** Whoever may choose takes what is allowed; whoever must take all needs all of it to be. */
export function isAcceptable(expression: LicenseExpression, accepts: (id: string, exception: string | undefined) => boolean): boolean {
  switch (expression.kind) {
    case "license":
      return accepts(expression.id, expression.exception);
    case "and":
      return expression.of.every((part) => isAcceptable(part, accepts));
    case "or":
      return expression.of.some((part) => isAcceptable(part, accepts));
  }
}

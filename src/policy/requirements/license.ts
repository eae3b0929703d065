/** SPDX licence expressions. What a list says of one licence becomes what it says of `A OR (B AND C)`. Source: SPDX 2.3, annex D. */

/** A licence, with what it is joined to. */
export interface License {
  readonly kind: "license";
  /** As it is compared. */
  readonly id: string;
  readonly exception?: string;
}

export type LicenseExpression = License | { readonly kind: "and" | "or"; readonly of: readonly LicenseExpression[] };

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
    if (!this.#take("with")) return licenseOf(id);
    const exception = this.#word();
    return exception === undefined ? undefined : licenseOf(id, exception.toLowerCase());
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

/** Identifiers are the same in capitals, and GNU's old ones, and those of distributions (`GPLv3+`, `GPL-2`), mean what their new ones say. */
function licenseOf(written: string, exception?: string): LicenseExpression {
  const [, gnu, digits = "", joined, more] =
    /^((?:a|l)?gpl|gfdl)-?v?([0-9]+(?:\.[0-9]+)?)(?:-with-([a-z0-9.-]+)|(-only|-or-later)?\+)?$/.exec(written.toLowerCase()) ?? [];
  if (gnu === undefined) return license(written.toLowerCase(), exception);
  const version = digits.includes(".") ? digits : `${digits}.0`;
  const [only, later] = [`${gnu}-${version}-only`, `${gnu}-${version}-or-later`];
  if (joined !== undefined) return license(only, exception ?? JOINED.get(`${gnu}-${version}-${joined}`) ?? joined);
  // "This version only, or a later one" contradicts itself: both must do.
  if (more === "-only") return { kind: "and", of: [license(only, exception), license(later, exception)] };
  return license(written.endsWith("+") ? later : only, exception);
}

function license(id: string, exception: string | undefined): License {
  return { kind: "license", id, ...(exception === undefined ? {} : { exception }) };
}

/** Identifiers that are given up, and the exception that they name. Source: SPDX License List, deprecated identifiers. */
const JOINED: ReadonlyMap<string, string> = new Map([
  ["gpl-2.0-autoconf-exception", "autoconf-exception-2.0"],
  ["gpl-2.0-bison-exception", "bison-exception-2.2"],
  ["gpl-2.0-classpath-exception", "classpath-exception-2.0"],
  ["gpl-2.0-font-exception", "font-exception-2.0"],
  ["gpl-2.0-gcc-exception", "gcc-exception-2.0"],
  ["gpl-3.0-autoconf-exception", "autoconf-exception-3.0"],
  ["gpl-3.0-gcc-exception", "gcc-exception-3.1"],
]);

export type Answer = "accepted" | "unknown" | "denied";
const BEST_FIRST = ["accepted", "unknown", "denied"] as const;
const WORST_FIRST = ["denied", "unknown", "accepted"] as const;

/** Whoever may choose takes what is best; whoever must take all has the worst of it. */
export function judgeExpression(expression: LicenseExpression, judge: (license: License) => Answer): Answer {
  if (expression.kind === "license") return judge(expression);
  const answers = new Set(expression.of.map((part) => judgeExpression(part, judge)));
  const order = expression.kind === "and" ? WORST_FIRST : BEST_FIRST;
  return order.find((answer) => answers.has(answer)) ?? "unknown";
}

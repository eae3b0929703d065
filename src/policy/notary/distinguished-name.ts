/** Distinguished names as trusted identities write them (RFC 4514), and which names can be compared at all. */
import type { NamePair } from "../../core/policy.ts";

/** Longer than any subject; the parser below is linear, and its input is still bounded. */
const MAX_LENGTH = 8192;

/** Source: RFC 4512 1.4, `descr` and `numericoid`. */
const TYPE = /^(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)$/;

/** What a certificate's subject must have so that it can be compared. Source: Notary trust policy specification, "trustedIdentities". */
const REQUIRED = ["C", "ST", "O"];

/**
 * The pairs of a name such as `C=US, ST=WA, O=Acme`. `S` means `ST`; types are compared with their case, as notation does.
 * Stricter than notation: an empty value is refused, because notation lets it match a subject that lacks the type.
 */
export function parseDistinguishedName(text: string, refuse: (state: string) => never): readonly NamePair[] {
  if (text.length > MAX_LENGTH) return refuse(`the name is longer than ${MAX_LENGTH} characters`);
  // Hex-encoded BER values once made notation allocate without bound (CVE-2023-25656); the specification now forbids them.
  if (text.includes("=#")) return refuse('"=#" is not allowed in a name');
  const pairs: NamePair[] = [];
  let type: string | undefined;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const character = text[at];
    if (character === "\\") {
      at++;
    } else if (character === "=" && type === undefined) {
      type = trimUnescaped(text.slice(start, at));
      if (!TYPE.test(type)) return refuse(`"${type}" is not the type of a name, such as C, ST, O or CN`);
      if (type === "S") type = "ST";
      start = at + 1;
    } else if (character === "+") {
      return refuse('a name with several values in one part ("+") is not supported');
    } else if (character === "," || character === ";" || character === undefined) {
      if (type === undefined) return refuse(`"${text.slice(start, at).trim()}" is not TYPE=VALUE`);
      const value = unescapeValue(text.slice(start, at), refuse);
      if (value === "") return refuse(`${type} has no value`);
      pairs.push({ type, value });
      type = undefined;
      start = at + 1;
    }
  }
  // An escape at the very end has stepped over it.
  if (start <= text.length) return refuse("the name ends in a lone backslash");
  const problem = whyIncomparable(pairs);
  return problem === undefined ? pairs : refuse(problem);
}

/** Why a name cannot be compared with trusted identities, if it cannot. The same rules hold for an entry and for a certificate. */
export function whyIncomparable(pairs: readonly NamePair[]): string | undefined {
  const types = new Set<string>();
  for (const { type } of pairs) {
    if (types.has(type)) return `${type} is there more than once`;
    types.add(type);
  }
  const missing = REQUIRED.filter((type) => !pairs.some((pair) => pair.type === type && pair.value !== ""));
  if (missing.length > 0)
    return `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing (C, ST and O are needed, in capitals)`;
  return undefined;
}

/** True if every pair of `part` is one of `whole`. */
export function isSubset(part: readonly NamePair[], whole: readonly NamePair[]): boolean {
  return part.every((pair) => whole.some(({ type, value }) => type === pair.type && value === pair.value));
}

/** Source: RFC 4514 3, `string` and `pair`. As notation does, the characters `"`, `<` and `>` may stand unescaped. */
function unescapeValue(text: string, refuse: (state: string) => never): string {
  return trimUnescaped(text).replace(/(?:\\[0-9a-fA-F]{2})+|\\([^]?)/g, (escaped, character: string | undefined) => {
    if (character === undefined) return decodeHexPairs(escaped, refuse);
    if (character !== "" && ' "#+,;<=>\\'.includes(character)) return character;
    return refuse(`"\\${character}" is not an escape; write special characters as \\, and bytes as \\C3\\A9`);
  });
}

/** Without the spaces around a value; one that is escaped belongs to it. */
function trimUnescaped(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === " ") start++;
  while (end > start && text[end - 1] === " ") end--;
  let backslashes = 0;
  while (end - backslashes > start && text[end - backslashes - 1] === "\\") backslashes++;
  return text.slice(start, backslashes % 2 === 1 ? end + 1 : end);
}

function decodeHexPairs(pairs: string, refuse: (state: string) => never): string {
  const bytes = Uint8Array.from(pairs.slice(1).split("\\"), (pair) => Number.parseInt(pair, 16));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return refuse(`${pairs} is not UTF-8`);
  }
}

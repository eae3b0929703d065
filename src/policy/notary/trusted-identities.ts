/** The entries of `trustedIdentities`: `*`, names of certificates, or what only a plugin can judge. */
import type { IdentityRule, NamePair } from "../../core/policy.ts";
import { isSubset, parseDistinguishedName } from "./distinguished-name.ts";

const SUBJECT = "x509.subject";

/** The types that notation can print, and so compare, in a certificate's subject. Source: Go crypto/x509/pkix, `RDNSequence.String`. */
export const COMPARABLE_TYPES: ReadonlySet<string> = new Set(["C", "CN", "L", "O", "OU", "POSTALCODE", "SERIALNUMBER", "ST", "STREET"]);

/** Where an entry is refused or warned about: its place in the list, and in words what was found. */
export interface EntryReporter {
  refuse(index: number, state: string): never;
  warn(index: number, state: string): void;
}

/** Source: Notary trust-store-trust-policy specification 1.1, "Trusted Identities Constraints". */
export function parseTrustedIdentities(entries: readonly string[], report: EntryReporter): readonly IdentityRule[] {
  if (entries.includes("*") && entries.length > 1) {
    return report.refuse(entries.indexOf("*"), 'is "*", which stands alone or not at all: it already accepts everyone');
  }
  const rules = entries.map((entry, index) => parseEntry(entry, (state) => report.refuse(index, state)));
  rules.forEach((rule, index) => {
    if (rule.kind !== "subset") return;
    const other = rules.findIndex((entry, at) => at !== index && entry.kind === "subset" && isSubset(rule.pairs, entry.pairs));
    if (other >= 0) report.refuse(index, `overlaps with entry ${other}: whoever "${entries[other]}" accepts, it accepts already`);
    const unknown = unknownTypes(rule.pairs);
    if (unknown.length > 0) {
      report.warn(
        index,
        `can never match: no certificate's ${unknown.join(", ")} can be compared, only ${[...COMPARABLE_TYPES].join(", ")}`,
      );
    }
  });
  if (!rules.some((rule) => rule.kind !== "foreign")) {
    report.warn(0, "needs a plugin, as all other entries do: without one, no signer is accepted");
  }
  return rules;
}

function parseEntry(entry: string, refuse: (state: string) => never): IdentityRule {
  if (entry === "*") return { kind: "any" };
  const colon = entry.indexOf(":");
  if (colon < 0) return refuse(`is "${entry}"; an identity is "*" or "${SUBJECT}: C=…, ST=…, O=…"`);
  if (entry.slice(0, colon) !== SUBJECT) return { kind: "foreign", text: entry };
  const pairs = parseDistinguishedName(entry.slice(colon + 1), (state) => refuse(`is "${entry}": ${state}`));
  return { kind: "subset", pairs, text: entry };
}

function unknownTypes(pairs: readonly NamePair[]): readonly string[] {
  return pairs.map(({ type }) => type).filter((type) => !COMPARABLE_TYPES.has(type));
}

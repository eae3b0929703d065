/** `--subject "C=US, ST=WA, O=Acme, CN=ci"` as the name that goes into a certificate. */
import { CountersignError } from "../core/errors.ts";
import { type NameTemplate, nameOf } from "../pki/x509/name.ts";
import { parseDistinguishedName } from "../policy/notary/distinguished-name.ts";

/** From the widest to the narrowest, whichever way round it was written: certificates hold names in this order. */
const ORDER: readonly string[] = ["C", "ST", "L", "STREET", "POSTALCODE", "O", "OU", "CN", "SERIALNUMBER"];

export function parseSubject(text: string): NameTemplate {
  const refuse = (state: string): never => {
    throw new CountersignError("usage/invalid", `Cannot use --subject "${text}": ${state}`, {
      remedy: "--subject 'C=US, ST=WA, O=Acme, CN=NAME'",
    });
  };
  const pairs = parseDistinguishedName(text, refuse);
  const unknown = pairs.find(({ type }) => !ORDER.includes(type));
  if (unknown !== undefined) return refuse(`"${unknown.type}" is none of ${ORDER.join(", ")}`);
  const open = pairs.find(({ value }) => /^(?:\u2026|\.+)$/.test(value));
  if (open !== undefined) return refuse(`${open.type} is still to be filled in`);
  const country = pairs.find(({ type }) => type === "C");
  // Source: RFC 5280 appendix A.1, X520countryName: a PrintableString of two, the code of ISO 3166.
  if (country !== undefined && !/^[A-Z]{2}$/.test(country.value))
    return refuse(`C is a country's code of two letters, A to Z, not "${country.value}"`);
  const sorted = pairs.toSorted((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type));
  return nameOf(Object.fromEntries(sorted.map(({ type, value }) => [type, value])));
}

/** Distinguished names: who a certificate is for, and who issued it. Source: RFC 5280 4.1.2.4. */
import { Malformed } from "../../core/malformed.ts";
import type { NamePair } from "../../core/policy.ts";
import type { DerReader } from "../../encoding/der-reader.ts";
import { TAG } from "../../encoding/der-values.ts";
import { NAME_TYPES } from "../oids.ts";

interface NameAttribute {
  readonly oid: string;
  /** `C`, `ST`, `O`, `CN` …, or the dotted identifier of a type without a short name. */
  readonly type: string;
  readonly value: string;
}

export interface DistinguishedName {
  /** As it stands in the certificate. Issuer and subject are compared by these bytes. */
  readonly der: Uint8Array;
  /** Relative names in the order of the certificate, each with one attribute or, rarely, several. */
  readonly rdns: readonly (readonly NameAttribute[])[];
}

export function decodeName(reader: DerReader): DistinguishedName {
  const { value: rdns, bytes } = reader.measured((name) =>
    name.sequenceOf((rdn) => rdn.setOf((member) => member.sequence(decodeAttribute))),
  );
  if (rdns.some((attributes) => attributes.length === 0)) throw new Malformed("certificate/malformed", "a relative name has no attribute");
  return { der: bytes, rdns };
}

function decodeAttribute(reader: DerReader): NameAttribute {
  const oid = reader.oid();
  return { oid, type: NAME_TYPES[oid] ?? oid, value: reader.text() };
}

/** Its attributes as a policy names them, in the order of the certificate. */
export function namePairs({ rdns }: DistinguishedName): readonly NamePair[] {
  return rdns.flat().map(({ type, value }) => ({ type, value }));
}

/** RFC 4514: the last relative name first, such as `CN=wabbit-networks.io,O=Notary,L=Seattle,ST=WA,C=US`. */
export function formatName(name: DistinguishedName): string {
  return name.rdns
    .toReversed()
    .map((attributes) => attributes.map(({ type, value }) => `${type}=${escapeValue(value)}`).join("+"))
    .join(",");
}

/** RFC 4514 2.4, so that a value can never read as the start of another attribute. */
function escapeValue(value: string): string {
  return value
    .replace(/["+,;<>\\]/g, String.raw`\$&`)
    .replaceAll("\0", String.raw`\00`)
    .replace(/^[ #]| $/g, String.raw`\$&`);
}

export function sameName(a: DistinguishedName, b: DistinguishedName): boolean {
  return Buffer.compare(a.der, b.der) === 0;
}

/** What `createCertificate` writes: relative names in order, each with its attributes. */
export type NameTemplate = readonly (readonly AttributeTemplate[])[];

interface AttributeTemplate {
  /** A short name, or a dotted identifier. */
  readonly type: string;
  readonly value: string;
  /** Identifier octet of the string type; UTF8String unless given. */
  readonly tag?: number;
}

/** One attribute to a relative name, in the order given: `nameOf({ C: "US", O: "Acme", CN: "ci" })`. */
export function nameOf(attributes: Readonly<Record<string, string>>): NameTemplate {
  return Object.entries(attributes).map(([type, value]) => [{ type, value, tag: type === "C" ? TAG.printableString : TAG.utf8String }]);
}

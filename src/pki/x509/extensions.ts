/** The certificate extensions that decide something here, as data; all others are kept unread. Source: RFC 5280 4.2. */
import { Malformed } from "../../core/malformed.ts";
import { type DerReader, decodeDer } from "../../encoding/der-reader.ts";
import { decodeText, TAG } from "../../encoding/der-values.ts";
import { ACCESS_METHOD_OCSP, EXTENSION_OIDS, KEY_USAGES, type KeyUsage } from "../oids.ts";

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** The DER inside the extension's octet string. */
  readonly value: Uint8Array;
}

export interface AlternativeName {
  readonly type: "email" | "dns" | "uri" | "ip";
  /** An IP address in hex. */
  readonly value: string;
}

export interface KnownExtensions {
  readonly basicConstraints?: { readonly critical: boolean; readonly ca: boolean; readonly pathLength?: number };
  readonly keyUsage?: { readonly critical: boolean; readonly usages: readonly KeyUsage[] };
  readonly extendedKeyUsage?: { readonly critical: boolean; readonly oids: readonly string[] };
  readonly subjectAltNames: readonly AlternativeName[];
  readonly crlUrls: readonly string[];
  readonly ocspUrls: readonly string[];
}

export function decodeExtensions(reader: DerReader): readonly Extension[] {
  const extensions = reader.sequenceOf((list) =>
    list.sequence((extension) => ({ oid: extension.oid(), critical: extension.flag(), value: extension.octetString() })),
  );
  if (extensions.length === 0) throw new Malformed("certificate/malformed", "a list of extensions is empty");
  // RFC 5280 4.2: readers differ in whether the first or the last would count.
  if (new Set(extensions.map(({ oid }) => oid)).size !== extensions.length) {
    throw new Malformed("certificate/duplicate-extension", "a certificate has an extension twice");
  }
  return extensions;
}

export function decodeKnownExtensions(extensions: readonly Extension[]): KnownExtensions {
  const read = <T>(oid: string, decode: (reader: DerReader, critical: boolean) => T): T | undefined => {
    const extension = extensions.find((entry) => entry.oid === oid);
    return extension && decodeDer(extension.value, (reader) => decode(reader, extension.critical));
  };
  const basicConstraints = read(EXTENSION_OIDS.basicConstraints, decodeBasicConstraints);
  const keyUsage = read(EXTENSION_OIDS.keyUsage, decodeKeyUsage);
  const extendedKeyUsage = read(EXTENSION_OIDS.extendedKeyUsage, decodeExtendedKeyUsage);
  return {
    ...(basicConstraints && { basicConstraints }),
    ...(keyUsage && { keyUsage }),
    ...(extendedKeyUsage && { extendedKeyUsage }),
    subjectAltNames: read(EXTENSION_OIDS.subjectAltName, decodeGeneralNames) ?? [],
    crlUrls: read(EXTENSION_OIDS.crlDistributionPoints, decodeDistributionPoints) ?? [],
    ocspUrls: read(EXTENSION_OIDS.authorityInformationAccess, decodeAuthorityAccess) ?? [],
  };
}

function decodeBasicConstraints(reader: DerReader, critical: boolean): NonNullable<KnownExtensions["basicConstraints"]> {
  return reader.sequence((constraints) => {
    const ca = constraints.flag();
    const pathLength = constraints.optional(TAG.integer, (length) => length.smallInteger());
    return { critical, ca, ...(pathLength === undefined ? {} : { pathLength }) };
  });
}

function decodeKeyUsage(reader: DerReader, critical: boolean): NonNullable<KnownExtensions["keyUsage"]> {
  const { bytes } = reader.bitString();
  // Trailing zero bits, which X.690 11.2.2 leaves out, stand in roots that everybody trusts; they change nothing.
  return { critical, usages: KEY_USAGES.filter((_, bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) };
}

function decodeExtendedKeyUsage(reader: DerReader, critical: boolean): NonNullable<KnownExtensions["extendedKeyUsage"]> {
  const oids = reader.sequenceOf((purpose) => purpose.oid());
  if (oids.length === 0) throw new Malformed("certificate/malformed", "a list of key purposes is empty");
  return { critical, oids };
}

const NAME_FORMS: Readonly<Record<number, AlternativeName["type"]>> = { 0x81: "email", 0x82: "dns", 0x86: "uri", 0x87: "ip" };

/** Names of other forms are checked to be DER and left out. */
function decodeGeneralNames(reader: DerReader): readonly AlternativeName[] {
  return reader.sequenceOf(decodeGeneralName).filter((name) => name !== undefined);
}

function decodeGeneralName(reader: DerReader): AlternativeName | undefined {
  const { tag, content } = reader.any();
  if ((tag & 0xc0) !== 0x80) throw new Malformed("der/tag", "a name has a form that is none");
  const type = NAME_FORMS[tag];
  if (type === undefined) return undefined;
  return { type, value: type === "ip" ? Buffer.from(content).toString("hex") : decodeText(TAG.ia5String, content) };
}

function urlsOf(names: readonly (AlternativeName | undefined)[]): readonly string[] {
  return names.filter((name) => name?.type === "uri").map((name) => name?.value ?? "");
}

function decodeDistributionPoints(reader: DerReader): readonly string[] {
  const points = reader.sequenceOf((list) =>
    list.sequence((point) => {
      const urls = point.optional(0xa0, (name) => name.within(0xa0, decodePointName));
      point.optional(0x81, (reasons) => reasons.any());
      point.optional(0xa2, (issuer) => issuer.any());
      return urls ?? [];
    }),
  );
  return points.flat();
}

function decodePointName(reader: DerReader): readonly string[] {
  const isRelative = reader.optional(0xa1, (name) => name.any()) !== undefined;
  if (isRelative) return [];
  return reader.within(0xa0, (names) => {
    const found: (AlternativeName | undefined)[] = [];
    while (!names.atEnd) found.push(decodeGeneralName(names));
    return urlsOf(found);
  });
}

function decodeAuthorityAccess(reader: DerReader): readonly string[] {
  const names = reader.sequenceOf((list) =>
    list.sequence((access) => {
      const isOcsp = access.oid() === ACCESS_METHOD_OCSP;
      const name = decodeGeneralName(access);
      return isOcsp ? name : undefined;
    }),
  );
  return urlsOf(names);
}

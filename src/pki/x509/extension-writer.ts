/** Writes certificate extensions; criticality is the caller's, so that tests can have it wrong. Source: RFC 5280 4.2. */
import { createHash, type KeyObject } from "node:crypto";
import { decodeDer } from "../../encoding/der-reader.ts";
import {
  encodeBoolean,
  encodeConstructed,
  encodeInteger,
  encodeNamedBits,
  encodeOctetString,
  encodeOid,
  encodePrimitive,
  encodeSequence,
} from "../../encoding/der-writer.ts";
import { ACCESS_METHOD_OCSP, EXTENSION_OIDS, KEY_USAGES, type KeyUsage } from "../oids.ts";
import type { AlternativeName, Extension } from "./extensions.ts";

export function encodeExtension({ oid, critical, value }: Extension): Uint8Array {
  return encodeSequence(encodeOid(oid), ...(critical ? [encodeBoolean(true)] : []), encodeOctetString(value));
}

export function basicConstraints(options: { readonly ca: boolean; readonly pathLength?: number; readonly critical?: boolean }): Extension {
  const members = [
    ...(options.ca ? [encodeBoolean(true)] : []),
    ...(options.pathLength === undefined ? [] : [encodeInteger(BigInt(options.pathLength))]),
  ];
  return { oid: EXTENSION_OIDS.basicConstraints, critical: options.critical ?? true, value: encodeSequence(...members) };
}

export function keyUsage(usages: readonly KeyUsage[], critical: boolean = true): Extension {
  const value = encodeNamedBits(usages.map((usage) => KEY_USAGES.indexOf(usage)));
  return { oid: EXTENSION_OIDS.keyUsage, critical, value };
}

export function extendedKeyUsage(oids: readonly string[], critical: boolean = false): Extension {
  return { oid: EXTENSION_OIDS.extendedKeyUsage, critical, value: encodeSequence(...oids.map(encodeOid)) };
}

export function subjectKeyIdentifier(key: KeyObject): Extension {
  return { oid: EXTENSION_OIDS.subjectKeyIdentifier, critical: false, value: encodeOctetString(keyIdentifier(key)) };
}

export function authorityKeyIdentifier(issuerKey: KeyObject): Extension {
  const value = encodeSequence(encodePrimitive(0, keyIdentifier(issuerKey)));
  return { oid: EXTENSION_OIDS.authorityKeyIdentifier, critical: false, value };
}

/** The first 160 bits of the SHA-256 of the key's bits. Source: RFC 7093 2, method 1. */
function keyIdentifier(key: KeyObject): Uint8Array {
  const bits = decodeDer(key.export({ type: "spki", format: "der" }), (reader) =>
    reader.sequence((info) => {
      info.any();
      return info.bitStringBytes();
    }),
  );
  return createHash("sha256").update(bits).digest().subarray(0, 20);
}

export function crlDistributionPoints(urls: readonly string[]): Extension {
  const points = urls.map((url) => encodeSequence(encodeConstructed(0, encodeConstructed(0, encodeUri(url)))));
  return { oid: EXTENSION_OIDS.crlDistributionPoints, critical: false, value: encodeSequence(...points) };
}

export function ocspResponders(urls: readonly string[]): Extension {
  const methods = urls.map((url) => encodeSequence(encodeOid(ACCESS_METHOD_OCSP), encodeUri(url)));
  return { oid: EXTENSION_OIDS.authorityInformationAccess, critical: false, value: encodeSequence(...methods) };
}

const NAME_FORMS = { email: 1, dns: 2, uri: 6, ip: 7 } as const;

export function subjectAltNames(names: readonly AlternativeName[]): Extension {
  const encoded = names.map(({ type, value }) => encodePrimitive(NAME_FORMS[type], Buffer.from(value, type === "ip" ? "hex" : "latin1")));
  return { oid: EXTENSION_OIDS.subjectAltName, critical: false, value: encodeSequence(...encoded) };
}

function encodeUri(url: string): Uint8Array {
  return encodePrimitive(NAME_FORMS.uri, Buffer.from(url, "latin1"));
}

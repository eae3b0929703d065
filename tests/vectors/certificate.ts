/** Certificates from plans; a fault may change the plan, the tree before it is signed, or the finished bytes. */
import { sign } from "node:crypto";
import { bits, element, type Element, flag, oid, raw, sequence, text, time, write } from "./der-tree.ts";
import { type KeyName, keyPair } from "./keys.ts";

const NAME_OIDS: Readonly<Record<string, string>> = {
  CN: "2.5.4.3",
  C: "2.5.4.6",
  L: "2.5.4.7",
  ST: "2.5.4.8",
  O: "2.5.4.10",
  OU: "2.5.4.11",
};

export interface ExtensionPlan {
  oid: string;
  critical: boolean;
  value: Element;
}

export interface CertificatePlan {
  /** One attribute to a relative name. Types without a short name are dotted. */
  subject: [type: string, value: string][];
  /** The issuer's subject unless given. */
  issuer?: [type: string, value: string][];
  notBefore: Date;
  notAfter: Date;
  key: KeyName;
  issuerKey: KeyName;
  extensions: ExtensionPlan[];
  signatureHash: "sha256" | "sha1";
  /** Changes the part that is signed, before it is. */
  editSigned?: (tbs: Element) => void;
  /** Changes the whole after that: signed part, algorithm, signature. */
  editWhole?: (certificate: Element) => void;
  editBytes?: (der: Uint8Array) => Uint8Array;
}

const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
const EXTENDED_KEY_USAGE = "2.5.29.37";

/** Bit 5 of the key usage: keyCertSign; bit 0: digitalSignature. */
const KEY_CERT_SIGN = bits(Uint8Array.of(0x04), 2);
const DIGITAL_SIGNATURE = bits(Uint8Array.of(0x80), 7);

export function authorityExtensions(pathLength?: number): ExtensionPlan[] {
  const constraints = pathLength === undefined ? sequence(flag(true)) : sequence(flag(true), element(0x02, Uint8Array.of(pathLength)));
  return [
    { oid: BASIC_CONSTRAINTS, critical: true, value: constraints },
    { oid: KEY_USAGE, critical: true, value: KEY_CERT_SIGN },
  ];
}

export function leafExtensions(): ExtensionPlan[] {
  return [
    { oid: BASIC_CONSTRAINTS, critical: true, value: sequence() },
    { oid: KEY_USAGE, critical: true, value: DIGITAL_SIGNATURE },
    { oid: EXTENDED_KEY_USAGE, critical: false, value: sequence(oid("1.3.6.1.5.5.7.3.3")) },
  ];
}

export function extension(plan: CertificatePlan, name: "basicConstraints" | "keyUsage" | "extendedKeyUsage"): ExtensionPlan {
  const wanted = { basicConstraints: BASIC_CONSTRAINTS, keyUsage: KEY_USAGE, extendedKeyUsage: EXTENDED_KEY_USAGE }[name];
  const found = plan.extensions.find((entry) => entry.oid === wanted);
  if (found === undefined) throw new Error(`the plan has no ${name}`);
  return found;
}

/** Where things stand in the signed part. */
export const TBS = { version: 0, serial: 1, algorithm: 2, issuer: 3, validity: 4, subject: 5, key: 6, extensions: 7 } as const;

export function createCertificate(plan: CertificatePlan, issuer: CertificatePlan): Uint8Array {
  const algorithm = signatureAlgorithm(plan);
  const tbs = sequence(
    element(0xa0, [element(0x02, Uint8Array.of(2))]),
    element(0x02, Uint8Array.of(0x2a, 0x17)),
    algorithm,
    nameTree(plan.issuer ?? issuer.subject),
    sequence(time(plan.notBefore), time(plan.notAfter)),
    nameTree(plan.subject),
    raw(keyPair(plan.key).publicKey.export({ type: "spki", format: "der" })),
    element(0xa3, [sequence(...plan.extensions.map(extensionTree))]),
  );
  plan.editSigned?.(tbs);
  const value = sign(plan.signatureHash, write(tbs), keyPair(plan.issuerKey).privateKey);
  const whole = sequence(tbs, signatureAlgorithm(plan), bits(value));
  plan.editWhole?.(whole);
  const der = Uint8Array.from(write(whole));
  return plan.editBytes?.(der) ?? der;
}

function signatureAlgorithm(plan: CertificatePlan): Element {
  if (keyPair(plan.issuerKey).privateKey.asymmetricKeyType === "rsa") {
    const name = plan.signatureHash === "sha1" ? "1.2.840.113549.1.1.5" : "1.2.840.113549.1.1.11";
    return sequence(oid(name), element(0x05, new Uint8Array()));
  }
  return sequence(oid(plan.signatureHash === "sha1" ? "1.2.840.10045.4.1" : "1.2.840.10045.4.3.2"));
}

export function nameTree(pairs: readonly [type: string, value: string][]): Element {
  return sequence(
    ...pairs.map(([type, value]) => element(0x31, [sequence(oid(NAME_OIDS[type] ?? type), text(value, type === "C" ? 0x13 : 0x0c))])),
  );
}

function extensionTree(plan: ExtensionPlan): Element {
  const value = element(0x04, write(plan.value));
  return plan.critical ? sequence(oid(plan.oid), flag(true), value) : sequence(oid(plan.oid), value);
}

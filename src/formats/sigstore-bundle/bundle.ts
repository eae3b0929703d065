/** A Sigstore bundle as data, read as strictly as proto3 JSON allows. Source: sigstore_bundle.proto, sigstore_common.proto. */
import { isObject } from "../../core/descriptor.ts";
import { showForeign } from "../../core/display.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { decodeBase64 } from "../../encoding/base64.ts";
import { decodeDsse, type DsseEnvelope } from "../../encoding/dsse.ts";
import { decodeJson } from "../../encoding/json.ts";
import { BUNDLE_VERSIONS } from "./media-types.ts";

export interface Bundle {
  readonly version: "0.1" | "0.2" | "0.3";
  /** Who has signed, as the bundle says it: it never carries a key, only a hint at one. */
  readonly signer:
    | { readonly kind: "key"; readonly hint: string }
    | { readonly kind: "certificate"; readonly chain: readonly Uint8Array[] };
  readonly content: { readonly kind: "statement"; readonly envelope: DsseEnvelope } | { readonly kind: "message" };
  /** RFC 3161 responses in DER. */
  readonly timestamps: readonly Uint8Array[];
  /** How many entries of transparency logs it brings along; they are not read. */
  readonly logEntries: number;
}

type Members = Readonly<Record<string, unknown>>;

/** Of any version. Throws `Malformed`. */
export function decodeBundle(bytes: Uint8Array): Bundle {
  const bundle = members(decodeJson(bytes, { maxBytes: LIMITS.bundleBytes }), "a bundle", [
    "mediaType",
    "verificationMaterial",
    "messageSignature",
    "dsseEnvelope",
  ]);
  const material = members(bundle["verificationMaterial"], "a bundle's verificationMaterial", [
    "publicKey",
    "x509CertificateChain",
    "certificate",
    "tlogEntries",
    "timestampVerificationData",
  ]);
  return {
    version: readVersion(bundle["mediaType"]),
    signer: readSigner(material),
    content: readContent(bundle),
    timestamps: readTimestamps(material["timestampVerificationData"]),
    // Counted before any is looked at.
    logEntries: list(material["tlogEntries"], "tlogEntries", LIMITS.logEntries).length,
  };
}

function readVersion(mediaType: unknown): Bundle["version"] {
  const version = typeof mediaType === "string" && Object.hasOwn(BUNDLE_VERSIONS, mediaType) ? BUNDLE_VERSIONS[mediaType] : undefined;
  if (version !== undefined) return version;
  const shown = typeof mediaType === "string" ? `"${showForeign(mediaType, 100)}"` : "missing";
  throw new Malformed("bundle/version", `a bundle's mediaType is ${shown}, which is none of the versions 0.1 to 0.3`);
}

function readSigner(material: Members): Bundle["signer"] {
  const name = onlyOne(material, ["publicKey", "certificate", "x509CertificateChain"]);
  if (name === "publicKey") {
    // There is room for a hint and for nothing else: a key in the bundle would choose whom to trust (GHSA-fx35-mq7g-6g98).
    const { hint } = members(material[name], "a bundle's publicKey", ["hint"]);
    if (hint !== undefined && typeof hint !== "string") throw new Malformed("bundle/invalid", "the hint at the key is not text");
    return { kind: "key", hint: hint ?? "" };
  }
  const certificates =
    name === "certificate"
      ? [material[name]]
      : list(members(material[name], "a certificate chain", ["certificates"])["certificates"], "certificates", LIMITS.chainCertificates);
  if (certificates.length === 0) throw new Malformed("bundle/invalid", "a bundle's certificate chain is empty");
  return {
    kind: "certificate",
    chain: certificates.map((one) => bytesOf(members(one, "a certificate", ["rawBytes"]), "rawBytes")),
  };
}

function readContent(bundle: Members): Bundle["content"] {
  const name = onlyOne(bundle, ["dsseEnvelope", "messageSignature"]);
  if (name === "messageSignature") return { kind: "message" };
  return { kind: "statement", envelope: decodeDsse(bundle[name], { isClosed: true }) };
}

function readTimestamps(value: unknown): readonly Uint8Array[] {
  if (value === undefined) return [];
  const { rfc3161Timestamps } = members(value, "timestampVerificationData", ["rfc3161Timestamps"]);
  return list(rfc3161Timestamps, "rfc3161Timestamps", LIMITS.timestamps).map((one) =>
    bytesOf(members(one, "a timestamp", ["signedTimestamp"]), "signedTimestamp"),
  );
}

/** An object with no other members than these; one that is null is not there. Source: proto3, "JSON Mapping". */
function members(value: unknown, what: string, known: readonly string[]): Members {
  if (!isObject(value)) throw new Malformed("bundle/invalid", `${what} is not there, or is no object`);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Malformed("bundle/invalid", `${what} has a member "${showForeign(unknown, 100)}" that is not known`);
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

/** The name of the member that is there, of those of which there is one. */
function onlyOne<Name extends string>(object: Members, names: readonly Name[]): Name {
  const [found, ...others] = names.filter((name) => object[name] !== undefined);
  if (found !== undefined && others.length === 0) return found;
  const state = found === undefined ? "none" : "more than one";
  throw new Malformed("bundle/invalid", `a bundle has ${state} of ${names.join(", ")}`);
}

function list(value: unknown, name: string, most: number): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Malformed("bundle/invalid", `a bundle's ${name} is not a list`);
  if (value.length > most) throw new Malformed("integrity/too-large", `a bundle has ${value.length} ${name}, more than ${most}`);
  return value as readonly unknown[];
}

function bytesOf(object: Members, name: string): Uint8Array {
  const value = object[name];
  if (typeof value !== "string" || value === "") throw new Malformed("bundle/invalid", `a bundle has no base64 text "${name}"`);
  return decodeBase64(value);
}

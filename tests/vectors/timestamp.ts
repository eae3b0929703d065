/** Timestamp tokens from plans: RFC 3161 and CMS written a second time, so that any part of a token can be wrong. */
import { createHash, sign } from "node:crypto";
import { authorityExtensions, type CertificatePlan, createCertificate, extension, leafExtensions, nameTree } from "./certificate.ts";
import { at, element, type Element, flag, integer, oid, raw, sequence, write } from "./der-tree.ts";
import { type KeyName, keyPair } from "./keys.ts";

export interface TokenPlan {
  /** `20250501080005Z` */
  genTime: string;
  /** Seconds, up to 32767; none unless given. */
  accuracy?: number;
  root: CertificatePlan;
  authority: CertificatePlan;
  /** The key that signs; the authority's unless given. */
  key?: KeyName;
  /** What is stamped; the signature unless given. */
  stamped?: Uint8Array;
  certificates: (made: { readonly authority: Uint8Array; readonly root: Uint8Array }) => Uint8Array[];
  /** Changes the TSTInfo before it is signed. */
  editInfo?: (info: Element) => void;
  /** Changes the signed attributes before they are signed. */
  editAttributes?: (attributes: Element[]) => void;
  /** Changes the finished token; `PLACES` says where things are. */
  editToken?: (token: Element) => void;
  editBytes?: (token: Uint8Array) => Uint8Array;
}

export const CONTENT_TYPE = "1.2.840.113549.1.9.3";
export const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
export const SIGNING_TIME = "1.2.840.113549.1.9.5";
export const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
export const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
const SIGNED_DATA = "1.2.840.113549.1.7.2";
const TST_INFO = "1.2.840.113549.1.9.16.1.4";
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const SHA_256 = "2.16.840.1.101.3.4.2.1";
const ECDSA_SHA_256 = "1.2.840.10045.4.3.2";
const POLICY = "1.3.6.1.4.1.99999.1";

/** Paths of indices in a finished token. */
export const PLACES = {
  signedData: [1, 0],
  version: [1, 0, 0],
  contentType: [1, 0, 2, 0],
  content: [1, 0, 2, 1, 0],
  certificates: [1, 0, 3],
  signers: [1, 0, 4],
  signer: [1, 0, 4, 0],
} as const;

/** Of a signer info: version, id, digest algorithm, signed attributes, signature algorithm, signature. */
export const SIGNER = { version: 0, id: 1, digest: 2, attributes: 3, algorithm: 4, value: 5 } as const;

/** Of a TSTInfo without accuracy. */
export const INFO = { version: 0, policy: 1, imprint: 2, serial: 3, genTime: 4 } as const;

export function goodToken(): TokenPlan {
  const authority = clockCertificate("Test Clock", { key: "clock", issuerKey: "clockRoot" }, leafExtensions());
  const purpose = extension(authority, "extendedKeyUsage");
  purpose.critical = true;
  purpose.value = sequence(oid(TIME_STAMPING));
  return {
    genTime: "20250501080005Z",
    root: clockCertificate("Test Clock Root", { key: "clockRoot", issuerKey: "clockRoot" }, authorityExtensions()),
    authority,
    certificates: (made) => [made.authority],
  };
}

function clockCertificate(
  name: string,
  keys: Pick<CertificatePlan, "key" | "issuerKey">,
  extensions: CertificatePlan["extensions"],
): CertificatePlan {
  return {
    subject: [
      ["C", "US"],
      ["O", "Clocks"],
      ["CN", name],
    ],
    notBefore: new Date("2024-01-01T00:00:00Z"),
    notAfter: new Date("2035-01-01T00:00:00Z"),
    ...keys,
    extensions,
    signatureHash: "sha256",
  };
}

export function createToken(plan: TokenPlan, signature: Uint8Array): Uint8Array {
  return createTokenOf(plan, { hash: "sha256", digest: sha256(plan.stamped ?? signature) });
}

interface Imprint {
  readonly hash: "sha256" | "sha384" | "sha512";
  readonly digest: Uint8Array;
}

export function createTokenOf(plan: TokenPlan, imprint: Imprint): Uint8Array {
  const made = { authority: createCertificate(plan.authority, plan.root), root: createCertificate(plan.root, plan.root) };
  const info = infoTree(plan, imprint);
  plan.editInfo?.(info);
  const content = write(info);
  const attributes = [
    attribute(CONTENT_TYPE, oid(TST_INFO)),
    attribute(MESSAGE_DIGEST, element(0x04, sha256(content))),
    attribute(SIGNING_CERTIFICATE_V2, sequence(sequence(sequence(element(0x04, sha256(made.authority)))))),
  ];
  plan.editAttributes?.(attributes);
  const { privateKey } = keyPair(plan.key ?? plan.authority.key);
  const value = sign("sha256", write(element(0x31, attributes)), privateKey);
  const token = sequence(
    oid(SIGNED_DATA),
    element(0xa0, [
      sequence(
        integer(3),
        element(0x31, [sequence(oid(SHA_256))]),
        sequence(oid(TST_INFO), element(0xa0, [element(0x04, content)])),
        element(0xa0, plan.certificates(made).map(raw)),
        element(0x31, [
          sequence(
            integer(1),
            sequence(nameTree(plan.authority.issuer ?? plan.root.subject), integer(0x2a, 0x17)),
            sequence(oid(SHA_256)),
            element(0xa0, attributes),
            sequence(oid(ECDSA_SHA_256)),
            element(0x04, value),
          ),
        ]),
      ),
    ]),
  );
  plan.editToken?.(token);
  const bytes = Uint8Array.from(write(token));
  return plan.editBytes?.(bytes) ?? bytes;
}

/** The root that a verifier trusts. */
export function clockRoot(plan: TokenPlan): Uint8Array {
  return createCertificate(plan.root, plan.root);
}

const HASHES = { sha256: SHA_256, sha384: "2.16.840.1.101.3.4.2.2", sha512: "2.16.840.1.101.3.4.2.3" } as const;

function infoTree({ genTime, accuracy }: TokenPlan, { hash, digest }: Imprint): Element {
  return sequence(
    integer(1),
    oid(POLICY),
    sequence(sequence(oid(HASHES[hash]), element(0x05, new Uint8Array())), element(0x04, digest)),
    integer(7),
    element(0x18, Buffer.from(genTime)),
    ...(accuracy === undefined ? [] : [sequence(integer(...(accuracy < 128 ? [accuracy] : [accuracy >> 8, accuracy & 0xff])))]),
  );
}

export function attribute(type: string, ...values: Element[]): Element {
  return sequence(oid(type), element(0x31, values));
}

/** The attribute of that type among those that are to be signed. */
export function attributeNamed(attributes: readonly Element[], type: string): Element {
  const wanted = Buffer.from(write(oid(type))).toString("hex");
  const found = attributes.find((entry) => Buffer.from(write(at(entry, 0))).toString("hex") === wanted);
  if (found === undefined) throw new Error(`no attribute ${type}`);
  return found;
}

/** An extension that must be understood, and which nobody knows. */
export function unknownExtension(): Element {
  return sequence(oid("1.3.6.1.4.1.99999.2"), flag(true), element(0x04, new Uint8Array()));
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

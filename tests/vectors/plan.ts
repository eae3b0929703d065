/** The good world as a plain object: one test CA, one image, one signature that passes. A fault changes one part of it. */
import { sign as cryptoSign, constants } from "node:crypto";
import { authorityExtensions, type CertificatePlan, leafExtensions } from "./certificate.ts";
import type { Item, Pairs } from "./cbor-tree.ts";
import { keyPair } from "./keys.ts";
import type { Site } from "./site.ts";
import type { TokenPlan } from "./timestamp.ts";

export type Json = Record<string, unknown>;

/** Bytes become base64 in JWS and byte strings in COSE; dates RFC 3339 text or tagged seconds; anything else stays what it is. */
type HeaderValue = unknown;

export interface Certificates {
  readonly root: Uint8Array;
  readonly intermediate: Uint8Array;
  readonly leaf: Uint8Array;
}

export interface Plan {
  format: "jws" | "cose";
  now: Date;
  image: { mediaType: string; bytes: Uint8Array };
  root: CertificatePlan;
  intermediate: CertificatePlan;
  leaf: CertificatePlan;
  /** What the envelope carries, leaf first. */
  chain: (made: Certificates) => Uint8Array[];
  payload: Json;
  writePayload: (payload: Json) => Uint8Array;
  /** By their names in JWS; COSE gives `alg`, `crit`, `cty` and `x5c` their numbers. */
  protected: Map<string | number, HeaderValue>;
  unprotected: Map<string | number, HeaderValue>;
  sign: (bytes: Uint8Array) => Uint8Array;
  /** Stamps the signature. */
  token?: TokenPlan;
  jws: {
    protectedText: (json: string) => string;
    /** `payload` and `protected`, as they are then signed. */
    signed: (members: Json) => void;
    members: (members: Json) => void;
    text: (json: string) => string;
  };
  cose: {
    protectedMap: (map: Pairs) => Item;
    unprotectedMap: (map: Pairs) => Item;
    items: (items: Item[]) => void;
    document: (items: Item[]) => Item;
  };
  editEnvelope: (bytes: Uint8Array) => Uint8Array;
  envelopeType: string;
  editManifest: (manifest: Json) => void;
  manifestType: string;
  manifestBytes: (bytes: Uint8Array) => Uint8Array;
  /** The entries of the listing; the good signature's is the first. */
  editListing: (entries: unknown[]) => void;
  /** Changes what the registry answers, when all is in place. */
  editSite: (site: Site, places: Places) => void;
  /** Trust store files by path below `x509/`. */
  anchors: (made: Certificates) => Record<string, Uint8Array>;
  policy: Json;
  /** A policy of our own for the image's repository, in place of the Notary one. */
  ownPolicy?: (repository: string) => Json;
  /** How the image is asked for. */
  reference: (names: { readonly repository: string; readonly digest: string }) => string;
  /** Signed metadata that the verifier wants. */
  annotations: Record<string, string>;
}

/** Paths on the registry. */
export interface Places {
  readonly image: string;
  readonly tag: string;
  readonly manifest: string;
  readonly envelope: string;
  readonly referrers: string;
  readonly fallback: string;
}

export const SCHEME = "io.cncf.notary.signingScheme";
export const SIGNING_TIME = "io.cncf.notary.signingTime";
export const AUTHENTIC_TIME = "io.cncf.notary.authenticSigningTime";
export const EXPIRY = "io.cncf.notary.expiry";
export const PLUGIN = "io.cncf.notary.verificationPlugin";
export const TIMESTAMP = "io.cncf.notary.timestampSignature";
export const AGENT = "io.cncf.notary.signingAgent";
export const THUMBPRINT = "io.cncf.notary.x509chain.thumbprint#S256";
export const PAYLOAD_TYPE = "application/vnd.cncf.notary.payload.v1+json";
export const SIGNATURE_TYPE = "application/vnd.cncf.notary.signature";
export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
export const ENVELOPE_TYPES = { jws: "application/jose+json", cose: "application/cose" } as const;

export const NOW: Date = new Date("2025-06-01T12:00:00Z");
const SIGNED_AT: Date = new Date("2025-05-01T08:00:00Z");

const same = <T>(value: T): T => value;
const leave = (): void => undefined;

export function goodPlan(format: Plan["format"]): Plan {
  const image = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: `sha256:${"1".repeat(64)}`, size: 2 },
      layers: [],
    }),
  );
  const plan: Plan = {
    format,
    now: new Date(NOW),
    image: { mediaType: MANIFEST_TYPE, bytes: image },
    root: authority("Test Root", { key: "root", issuerKey: "root" }),
    intermediate: authority("Test Intermediate", { key: "intermediate", issuerKey: "root" }),
    leaf: {
      ...authority("ci", { key: "leaf", issuerKey: "intermediate" }),
      notAfter: new Date("2026-01-01T00:00:00Z"),
      extensions: leafExtensions(),
    },
    chain: ({ leaf, intermediate, root }) => [leaf, intermediate, root],
    payload: {},
    writePayload: (payload) => Buffer.from(JSON.stringify(payload)),
    protected: new Map<string | number, HeaderValue>([
      ["alg", "ES256"],
      ["crit", [SCHEME]],
      ["cty", PAYLOAD_TYPE],
      [SCHEME, "notary.x509"],
      [SIGNING_TIME, new Date(SIGNED_AT)],
    ]),
    unprotected: new Map<string | number, HeaderValue>([[AGENT, "vectors/1.0"]]),
    sign: (bytes) => cryptoSign("sha256", bytes, { key: keyPair("leaf").privateKey, dsaEncoding: "ieee-p1363" }),
    jws: { protectedText: same, signed: leave, members: leave, text: same },
    cose: { protectedMap: same, unprotectedMap: same, items: leave, document: same },
    editEnvelope: same,
    envelopeType: ENVELOPE_TYPES[format],
    editManifest: leave,
    manifestType: MANIFEST_TYPE,
    manifestBytes: same,
    editListing: leave,
    editSite: leave,
    anchors: ({ root }) => ({ "ca/acme/root.der": root }),
    policy: {
      version: "1.0",
      trustPolicies: [
        {
          name: "acme",
          registryScopes: ["*"],
          signatureVerification: { level: "strict" },
          trustStores: ["ca:acme"],
          trustedIdentities: ["x509.subject: C=US, ST=WA, O=Acme"],
        },
      ],
    },
    reference: ({ repository, digest }) => `${repository}@${digest}`,
    annotations: {},
  };
  return plan;
}

function authority(name: string, keys: Pick<CertificatePlan, "key" | "issuerKey">): CertificatePlan {
  return {
    subject: [
      ["C", "US"],
      ["ST", "WA"],
      ["O", "Acme"],
      ["CN", name],
    ],
    notBefore: new Date("2025-01-01T00:00:00Z"),
    notAfter: new Date("2035-01-01T00:00:00Z"),
    ...keys,
    extensions: authorityExtensions(),
    signatureHash: "sha256",
  };
}

/** The only statement of the policy. */
export function statement(plan: Plan): Json & { signatureVerification: Json } {
  const [first] = plan.policy["trustPolicies"] as (Json & { signatureVerification: Json })[];
  if (first === undefined) throw new Error("the plan's policy has no statement");
  return first;
}

/** Makes the signer an authority whose signing time is proof, trusted as such. */
export function asAuthority(plan: Plan): void {
  plan.protected.set("crit", [SCHEME, AUTHENTIC_TIME]);
  plan.protected.set(SCHEME, "notary.x509.signingAuthority");
  plan.protected.delete(SIGNING_TIME);
  plan.protected.set(AUTHENTIC_TIME, new Date(SIGNED_AT));
  plan.anchors = ({ root }) => ({ "signingAuthority/acme/root.der": root });
  statement(plan)["trustStores"] = ["signingAuthority:acme"];
}

/** Signs with RSA-2048 and PSS of the given salt length. */
export function withRsa(plan: Plan, saltLength: number): void {
  plan.leaf.key = "rsa2048";
  plan.protected.set("alg", "PS256");
  plan.sign = (bytes) =>
    cryptoSign("sha256", bytes, { key: keyPair("rsa2048").privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
}

/** What a promotion was judged by, kept beside the image: the policy's document, and the certificates that trust began with. */
import { type Descriptor, parseDescriptor } from "../core/descriptor.ts";
import { digestHex, digestOf } from "../core/digest.ts";
import { showForeign } from "../core/display.ts";
import { inParallel } from "../core/in-parallel.ts";
import { Malformed } from "../core/malformed.ts";
import { OCI_EMPTY, OCI_MANIFEST } from "../core/media-types.ts";
import type { CallOptions, Store, StoredManifest } from "../core/store.ts";
import { formatStore, type TrustAnchor } from "../core/trust-source.ts";
import { encodeJson } from "../encoding/json.ts";
import { decodeManifest, decodeManifestFacts } from "../encoding/manifest.ts";

export const KEPT_POLICY = "application/vnd.countersign.kept-policy.v1+yaml";
const ANCHORS_TYPE = "application/vnd.countersign.kept-anchors.v1";
/** Artifact types of both, with what people call them. */
export const KEPT_NAMES: ReadonlyMap<string, string> = new Map([
  [KEPT_POLICY, "policy, as it was when it was used"],
  [ANCHORS_TYPE, "anchors that were used, never trusted for lying here"],
]);
export const KEPT_TYPES: readonly string[] = [...KEPT_NAMES.keys()];
const CERTIFICATE_TYPE = "application/pkix-cert";
/** Which trust store a certificate was in, of its layer. */
const STORE_ANNOTATION = "dev.countersign.trust-store";

/** Anybody can hang up the like: it is found by the digest of the document, which records and approvals name. */
export function isKeptContext(manifest: Uint8Array | undefined): boolean {
  if (manifest === undefined) return false;
  try {
    return KEPT_TYPES.includes(decodeManifestFacts(manifest).artifactType ?? "");
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

/** What was kept, by the digest of its manifest; to be looked at, for whoever hung it up may be anybody. */
export type KeptContext = { readonly digest: string } & (
  | { readonly kind: "policy"; /** Of the document. */ readonly document: string }
  /** SHA-256 of each certificate, and the trust store that it is said to have been in, escaped for display. */
  | { readonly kind: "anchors"; readonly certificates: readonly { readonly fingerprint: string; readonly store: string }[] }
);

/** `undefined` for what is none, or is broken. */
export function readKeptContext({ descriptor, bytes }: StoredManifest): KeptContext | undefined {
  if (!isKeptContext(bytes)) return undefined;
  try {
    const { artifactType } = decodeManifestFacts(bytes);
    const { layers } = decodeManifest(bytes);
    const parts = (Array.isArray(layers) ? layers : []).map(parseDescriptor);
    const [first] = parts;
    if (artifactType === KEPT_POLICY) return first && { kind: "policy", digest: descriptor.digest, document: first.digest };
    const certificates = parts.map(({ digest, annotations }) => ({
      fingerprint: digestHex(digest),
      store: showForeign(annotations?.[STORE_ANNOTATION] ?? ""),
    }));
    return { kind: "anchors", digest: descriptor.digest, certificates };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** The same context of the same image is the same artifacts, whoever keeps it. */
export async function keepContext(
  subject: Descriptor,
  {
    store,
    policy,
    anchors,
    ...call
  }: CallOptions & {
    readonly store: Store;
    /** The bytes of its document. */
    readonly policy: Uint8Array;
    readonly anchors: readonly TrustAnchor[];
  },
): Promise<void> {
  const config = describe(OCI_EMPTY, encodeJson({}));
  const document = describe(KEPT_POLICY, policy);
  const certificates = anchors
    .map(({ certificate, store: name }) => withStore(describe(CERTIFICATE_TYPE, certificate), formatStore(name)))
    .toSorted((a, b) => compare(keyOf(a), keyOf(b)));
  const artifacts = [
    artifactOf(KEPT_POLICY, { subject, config, layers: [document] }),
    ...(certificates.length === 0 ? [] : [artifactOf(ANCHORS_TYPE, { subject, config, layers: certificates })]),
  ];
  const listed = new Set((await store.referrers(subject.digest, call)).referrers.map(({ digest }) => digest));
  const missing = artifacts.filter(({ descriptor }) => !listed.has(descriptor.digest));
  if (missing.length === 0) return;
  const blobs = new Map([config, document, ...certificates].map((blob) => [blob.descriptor.digest, blob]));
  await inParallel([...blobs.values()], blobs.size, ({ descriptor: { mediaType, digest, size }, bytes }) =>
    store.pushBlob({ mediaType, digest, size }, bytes, call),
  );
  await store.attach(missing, { ...call, subject });
}

function artifactOf(
  artifactType: string,
  {
    subject,
    config,
    layers,
  }: { readonly subject: Descriptor; readonly config: StoredManifest; readonly layers: readonly StoredManifest[] },
): StoredManifest {
  const { mediaType, digest, size } = subject;
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
    subject: { mediaType, digest, size },
  });
  return describe(OCI_MANIFEST, bytes);
}

function describe(mediaType: string, bytes: Uint8Array): StoredManifest {
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

function withStore({ descriptor, bytes }: StoredManifest, name: string): StoredManifest {
  return { descriptor: { ...descriptor, annotations: { [STORE_ANNOTATION]: name } }, bytes };
}

function keyOf({ descriptor }: StoredManifest): string {
  return `${descriptor.annotations?.[STORE_ANNOTATION] ?? ""} ${descriptor.digest}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

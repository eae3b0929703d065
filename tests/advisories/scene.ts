/** One image, a policy as its document says it, and the means of whoever may push beside the image whatever he likes. */
import assert from "node:assert/strict";
import { parseDescriptor, type Descriptor } from "../../src/core/descriptor.ts";
import { type Digest, digestOf } from "../../src/core/digest.ts";
import type { Policy } from "../../src/core/policy.ts";
import { IN_TOTO, OCI_EMPTY, OCI_MANIFEST } from "../../src/core/media-types.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { encodeBase64 } from "../../src/encoding/base64.ts";
import { encodeDsse, preAuthEncoding } from "../../src/encoding/dsse.ts";
import { encodeJson } from "../../src/encoding/json.ts";
import { encodePem } from "../../src/encoding/pem.ts";
import { writeAttached } from "../../src/formats/attached/manifest.ts";
import { attestationTag } from "../../src/formats/cosign-attestation/manifest.ts";
import { decodePolicy } from "../../src/policy/countersign/document.ts";
import { signSubject } from "../../src/sign.ts";
import type { Attester, EvidenceWorld } from "../evidence/world.ts";

const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const EMPTY = encodeJson({});

/** As a policy names them: by the key, or by the subject under the anchor `ca:acme`. */
export function identityOf({ name, identity }: Attester): object {
  if (identity.kind === "key") return { key: encodePem("PUBLIC KEY", identity.publicKey ?? new Uint8Array()) };
  return { certificate: { anchor: "ca:acme", subject: { C: "US", O: "Acme", CN: name } } };
}

/** JSON is YAML. One product, so that no signer need say which. */
export function policyAsking(needs: readonly object[], more: object): Promise<Policy> {
  const document = {
    apiVersion: "countersign.dev/v1",
    kind: "Policy",
    name: "shop",
    version: 1,
    products: { app: { build: "registry.example/app" } },
    gates: { build: { needs } },
    ...more,
  };
  return decodePolicy(Buffer.from(JSON.stringify(document)), { source: "shop.yaml" });
}

/** All that the verdict says of why, wherever it stands, each once. */
export function codesOf({ findings, signatures, evidence = [], requirements }: Verdict): readonly string[] {
  const seen = [
    findings,
    ...signatures.map((one) => one.findings),
    ...evidence.flatMap((one) => [one.findings, ...one.signatures.map((signature) => signature.findings)]),
    ...requirements.flatMap(({ because = [], refusedEvidence = [] }) => [because, ...refusedEvidence.map((one) => one.because)]),
  ].flat();
  return [...new Set(seen.map(({ code }) => code))];
}

export function assertDenied(verdict: Verdict, code: string): void {
  assertAnswer(verdict, { outcome: "deny", code });
}

export function assertAnswer(verdict: Verdict, { outcome, code }: { readonly outcome: Verdict["outcome"]; readonly code: string }): void {
  const codes = codesOf(verdict);
  assert.ok(codes.includes(code), `${code} is expected, and there is ${codes.join(", ") || "nothing"}`);
  assert.equal(verdict.outcome, outcome, `${code}: ${verdict.outcome}`);
}

export type Carrier = "attached" | "bundle" | "cosign-attestation";
export const CARRIERS: readonly Carrier[] = ["attached", "bundle", "cosign-attestation"];

export interface Envelope {
  readonly payloadType?: string;
  /** Changes the signed DSSE envelope. */
  readonly change?: (dsse: object) => object;
  /** What the manifest, unsigned, says that the predicate is. */
  readonly claimedType?: string;
  readonly about?: Digest;
}

/** Hangs any bytes on the image as a statement, properly signed by the key of `attester`, whatever they are. */
export async function hangStatement(
  world: EvidenceWorld,
  carrier: Carrier,
  options: Envelope & { readonly by: Attester; readonly bytes: Uint8Array },
): Promise<void> {
  const { by, bytes, claimedType = "https://example.com/any", about = world.digest } = options;
  const subject = (await world.store.resolve({ digest: about })).descriptor;
  const { mediaType, digest, size } = subject;
  if (carrier === "attached") {
    const artifact = writeAttached({
      subject: { mediaType, digest, size },
      statement: bytes,
      predicateType: claimedType,
      chain: by.signer.chain,
    });
    for (const blob of artifact.blobs) await world.store.pushBlob(blob.descriptor, blob.bytes);
    const { descriptor } = artifact;
    await signSubject(
      { mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size },
      { store: world.store, signer: by.signer, name: "it" },
    );
    await world.store.attach([artifact], { subject });
    return;
  }
  const dsse = await signDsse(by, bytes, options);
  if (carrier === "cosign-attestation") {
    const layer = await pushBlob(world, "application/vnd.dsse.envelope.v1+json", encodeJson(dsse));
    await pushManifest(world, { layers: [{ ...layer, annotations: { predicateType: claimedType } }] }, { tag: attestationTag(about) });
    return;
  }
  await hangBundle(world, { dsse, subject: { mediaType, digest, size }, claimedType });
}

async function signDsse(
  { signer }: Attester,
  payload: Uint8Array,
  { payloadType = IN_TOTO, change = (dsse) => dsse }: Envelope,
): Promise<object> {
  assert.ok(signer.bare !== undefined, "a key signs bundles");
  return change(encodeDsse({ payloadType, payload, signature: await signer.bare.sign(preAuthEncoding(payloadType, payload)) }));
}

/** A bundle with this envelope; it says that it hangs on `subject`. */
async function hangBundle(
  world: EvidenceWorld,
  { dsse, subject, claimedType }: { readonly dsse: object; readonly subject: Descriptor; readonly claimedType: string },
): Promise<void> {
  const bundle = encodeJson({ mediaType: BUNDLE, verificationMaterial: { publicKey: {} }, dsseEnvelope: dsse });
  const layer = await pushBlob(world, BUNDLE, bundle);
  const annotations = { "dev.sigstore.bundle.content": "dsse-envelope", "dev.sigstore.bundle.predicateType": claimedType };
  await pushManifest(world, { artifactType: BUNDLE, layers: [layer], subject, annotations }, {});
}

/** A manifest of the one store as it stands there, hung on an image of the other: only whom it refers to is changed, and what nobody signs. */
export async function move(
  { digest, size, mediaType }: Descriptor,
  options: {
    readonly from: EvidenceWorld;
    readonly to: { readonly world: EvidenceWorld; readonly subject: Descriptor };
    readonly annotations?: Readonly<Record<string, string>>;
  },
): Promise<Descriptor> {
  const { from, to, annotations = {} } = options;
  const manifest = JSON.parse(Buffer.from(await from.store.fetch({ digest, size, mediaType })).toString("utf8")) as Members;
  for (const layer of manifest.layers.map(parseDescriptor)) await to.world.store.pushBlob(layer, await from.store.fetch(layer));
  return pushManifest(to.world, { ...manifest, subject: to.subject, annotations: { ...manifest.annotations, ...annotations } }, {});
}

interface Members {
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly layers: readonly object[];
  readonly annotations?: object;
}

async function pushBlob({ store }: EvidenceWorld, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.pushBlob(descriptor, bytes);
  return descriptor;
}

async function pushManifest(world: EvidenceWorld, members: Members, { tag }: { readonly tag?: string }): Promise<Descriptor> {
  const config = { ...(await pushBlob(world, OCI_EMPTY, EMPTY)), data: encodeBase64(EMPTY) };
  const bytes = encodeJson({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, ...members });
  const descriptor: Descriptor = {
    mediaType: OCI_MANIFEST,
    digest: digestOf(bytes),
    size: bytes.length,
    ...(members.artifactType === undefined ? {} : { artifactType: members.artifactType }),
  };
  if (members.subject === undefined) await world.store.pushManifest(descriptor, bytes, tag === undefined ? {} : { tag });
  else await world.store.attach([{ descriptor, bytes }], { subject: members.subject });
  return descriptor;
}

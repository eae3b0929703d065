/** Builds a plan: certificates, envelope, manifest, what the registry answers, and the files of the verifier. */
import { createHash } from "node:crypto";
import { createCertificate } from "./certificate.ts";
import { createEnvelope } from "./envelope.ts";
import { type Certificates, type Json, MANIFEST_TYPE, type Places, type Plan, SIGNATURE_TYPE, THUMBPRINT } from "./plan.ts";
import { answer, failure, type Site } from "./site.ts";

export interface World {
  readonly reference: string;
  /** The digest of the signature's manifest. */
  readonly signature: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** As the verifier's folder has it. */
  readonly policy: { readonly file: string; readonly bytes: Uint8Array };
}

const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";

/** Puts the world of `plan` under `repository` of the site at `host`. */
export function buildWorld(plan: Plan, place: { readonly host: string; readonly repository: string; readonly site: Site }): World {
  const { site, repository } = place;
  const image = { mediaType: plan.image.mediaType, digest: digestOf(plan.image.bytes), size: plan.image.bytes.length };
  // A fault may have put members there; they win.
  plan.payload["targetArtifact"] = { ...image, ...(plan.payload["targetArtifact"] as Json | undefined) };

  const made = createCertificates(plan);
  const chain = plan.chain(made);
  const envelope = createEnvelope(plan, chain);
  const manifest = createManifest(plan, { image, envelope, chain });
  const manifestBytes = plan.manifestBytes(Buffer.from(JSON.stringify(manifest)));
  const signature = digestOf(manifestBytes);

  const entries: unknown[] = [
    {
      mediaType: plan.manifestType,
      digest: signature,
      size: manifestBytes.length,
      artifactType: SIGNATURE_TYPE,
      annotations: manifest["annotations"],
    },
  ];
  plan.editListing(entries);

  const root = `/v2/${repository}`;
  const places: Places = {
    image: `${root}/manifests/${image.digest}`,
    tag: `${root}/manifests/v1`,
    manifest: `${root}/manifests/${signature}`,
    envelope: `${root}/blobs/${digestOf(envelope)}`,
    referrers: `${root}/referrers/${image.digest}`,
    fallback: `${root}/manifests/${image.digest.replace(":", "-")}`,
  };
  for (const path of [places.image, places.tag])
    site.set(path, answer(plan.image.bytes, plan.image.mediaType, { "docker-content-digest": image.digest }));
  site.set(places.manifest, answer(manifestBytes, plan.manifestType, { "docker-content-digest": signature }));
  site.set(places.envelope, answer(envelope, "application/octet-stream"));
  site.set(places.referrers, answer(listing(entries), INDEX_TYPE));
  site.set(places.fallback, failure(404, "MANIFEST_UNKNOWN"));
  plan.editSite(site, places);

  return {
    reference: plan.reference({ repository: `${place.host}/${repository}`, digest: image.digest }),
    signature,
    files: plan.anchors(made),
    policy:
      plan.ownPolicy === undefined
        ? { file: "trustpolicy.json", bytes: Buffer.from(JSON.stringify(plan.policy)) }
        : { file: "policy.yaml", bytes: Buffer.from(JSON.stringify(plan.ownPolicy(`${place.host}/${place.repository}`))) },
  };
}

export function createCertificates(plan: Plan): Certificates {
  return {
    root: createCertificate(plan.root, plan.root),
    intermediate: createCertificate(plan.intermediate, plan.root),
    leaf: createCertificate(plan.leaf, plan.intermediate),
  };
}

function createManifest(
  plan: Plan,
  parts: { readonly image: Json; readonly envelope: Uint8Array; readonly chain: readonly Uint8Array[] },
): Json {
  const thumbprints = parts.chain.map((der) => createHash("sha256").update(der).digest("hex"));
  const config = Buffer.from("{}");
  const manifest: Json = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: SIGNATURE_TYPE, digest: digestOf(config), size: config.length },
    layers: [{ mediaType: plan.envelopeType, digest: digestOf(parts.envelope), size: parts.envelope.length }],
    subject: parts.image,
    annotations: { [THUMBPRINT]: JSON.stringify(thumbprints), "org.opencontainers.image.created": "2025-05-01T08:00:00Z" },
  };
  plan.editManifest(manifest);
  return manifest;
}

export function listing(entries: readonly unknown[]): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests: entries });
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

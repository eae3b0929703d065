/** Attaches a document as other tools do, and signs what they have attached. */
import type { Descriptor } from "../../src/core/descriptor.ts";
import { digestOf } from "../../src/core/digest.ts";
import { OCI_EMPTY, OCI_MANIFEST } from "../../src/core/media-types.ts";
import { parseReference } from "../../src/core/reference.ts";
import { encodeJson } from "../../src/encoding/json.ts";
import { sign } from "../../src/sign.ts";
import { type Attester, type EvidenceWorld, HOUR, NOW } from "./world.ts";

export interface AttachedFile {
  readonly artifactType: string;
  readonly text: string;
  /** Of the file; what oras writes where it is not told. */
  readonly layerType?: string;
  readonly layers?: number;
}

/** As `oras attach` does it. */
export async function attachDocument(
  world: EvidenceWorld,
  { artifactType, text, layerType, layers = 1 }: AttachedFile,
): Promise<Descriptor> {
  const { store, reference } = world;
  const { descriptor: subject } = await store.resolve(reference);
  const bytes = Buffer.from(text);
  const layer = {
    mediaType: layerType ?? "application/vnd.oci.image.layer.v1.tar",
    digest: digestOf(bytes),
    size: bytes.length,
    annotations: { "org.opencontainers.image.title": "document.json" },
  };
  const empty = { mediaType: OCI_EMPTY, digest: digestOf(Buffer.from("{}")), size: 2 };
  const { mediaType, digest, size } = subject;
  const manifest = encodeJson({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: empty,
    layers: Array.from({ length: layers }, () => layer),
    subject: { mediaType, digest, size },
    annotations: { "org.opencontainers.image.created": "2026-09-01T00:00:00Z" },
  });
  const descriptor = { mediaType: OCI_MANIFEST, digest: digestOf(manifest), size: manifest.length, artifactType };
  await store.pushBlob(empty, Buffer.from("{}"));
  await store.pushBlob(layer, bytes);
  await store.attach([{ descriptor, bytes: manifest }], { subject });
  return descriptor;
}

export async function signArtifact(world: EvidenceWorld, { digest }: Descriptor, { signer }: Attester): Promise<void> {
  const clock = { now: () => new Date(NOW.getTime() - HOUR) };
  await sign(parseReference(`registry.example/app@${digest}`), { store: world.store, signer, clock });
}

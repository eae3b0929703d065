/** Sigstore bundles from plans: written a second time, so that the code under test is not its own witness. */
import { createHash, sign } from "node:crypto";
import { type KeyName, keyPair } from "./keys.ts";
import { type Json, MANIFEST_TYPE, type Plan, SIGNATURE_TYPE } from "./plan.ts";

const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** The parts of a bundle, before they are put together; a fault changes one. */
export interface BundlePlan {
  key: KeyName;
  statement: Json;
  payload: (text: string) => Uint8Array;
  payloadType: string;
  sign: (bytes: Uint8Array) => Uint8Array;
  bundle: (bundle: Json & { verificationMaterial: Json; dsseEnvelope: Json }) => void;
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function spkiOf(key: KeyName): Buffer {
  return keyPair(key).publicKey.export({ type: "spki", format: "der" });
}

/** Of DSSE. */
function preAuth(type: string, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);
}

/** In place of the plan's envelope of the Notary Project: a bundle by the key `leaf`, as cosign 3 hangs it on an image. */
export function asBundle(plan: Plan, change: (bundle: BundlePlan) => void = () => undefined): void {
  const parts: BundlePlan = {
    key: "leaf",
    statement: {
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ digest: { sha256: digestOf(plan.image.bytes) } }],
      predicateType: "https://sigstore.dev/cosign/sign/v1",
      predicate: {},
    },
    payload: (text) => Buffer.from(text),
    payloadType: "application/vnd.in-toto+json",
    sign: (bytes) => sign(parts.key === "ed25519" ? null : "sha256", bytes, keyPair(parts.key).privateKey),
    bundle: () => undefined,
  };
  change(parts);
  const payload = parts.payload(JSON.stringify(parts.statement));
  const bundle = {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { publicKey: { hint: Buffer.from(digestOf(spkiOf(parts.key)), "hex").toString("base64") } },
    dsseEnvelope: {
      payload: Buffer.from(payload).toString("base64"),
      payloadType: parts.payloadType,
      signatures: [{ sig: Buffer.from(parts.sign(preAuth(parts.payloadType, payload))).toString("base64") }],
    },
  };
  parts.bundle(bundle);
  plan.editEnvelope = () => Buffer.from(JSON.stringify(bundle));
  plan.envelopeType = BUNDLE_TYPE;
  plan.editManifest = (manifest) => {
    manifest["artifactType"] = BUNDLE_TYPE;
    // As cosign writes it: the artifact type stands in the config's descriptor too.
    manifest["config"] = { ...(manifest["config"] as Json), mediaType: "application/vnd.oci.empty.v1+json", artifactType: BUNDLE_TYPE };
    manifest["annotations"] = { "dev.sigstore.bundle.content": "dsse-envelope" };
  };
  plan.editListing = (entries) => {
    for (const entry of entries as Json[]) {
      if (entry["artifactType"] === SIGNATURE_TYPE && entry["mediaType"] === MANIFEST_TYPE) entry["artifactType"] = BUNDLE_TYPE;
    }
  };
}

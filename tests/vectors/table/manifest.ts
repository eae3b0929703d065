/** Faults in the manifest that carries the envelope, and in what the registry answers for a digest. */
import { type Json, MANIFEST_TYPE, type Plan, SIGNATURE_TYPE } from "../plan.ts";
import { type Answer, failure } from "../site.ts";
import type { Vector } from "../vector.ts";

const EMPTY_TYPE = "application/vnd.oci.empty.v1+json";
const ARTIFACT_MANIFEST = "application/vnd.oci.artifact.manifest.v1+json";
const MAX_ENVELOPE = 4_194_304;

function edit(change: (manifest: Json) => void): (plan: Plan) => void {
  return (plan) => void (plan.editManifest = change);
}

function editLayer(change: (layer: Json) => void): (plan: Plan) => void {
  return edit((manifest) => change(firstLayer(manifest)));
}

function firstLayer(manifest: Json): Json {
  const [layer] = manifest["layers"] as Json[];
  if (layer === undefined) throw new Error("the manifest has no layer");
  return layer;
}

function editEntry(change: (entry: Json) => void): (plan: Plan) => void {
  return (plan) => void (plan.editListing = ([entry]) => change(entry as Json));
}

/** Changes what the registry answers at one place. */
function serve(place: "image" | "manifest" | "envelope", change: (answer: Answer) => Answer): (plan: Plan) => void {
  return (plan) => {
    plan.editSite = (site, places) => {
      const found = site.get(places[place]);
      if (found === undefined) throw new Error(`the registry has no ${place}`);
      site.set(places[place], change(found));
    };
  };
}

const flipLast = (found: Answer): Answer => ({
  ...found,
  body: found.body.map((byte, index) => (index === found.body.length - 2 ? byte ^ 1 : byte)),
});

/** The envelope inside its own descriptor. */
function embed(change: (bytes: Buffer) => Buffer): (plan: Plan) => void {
  return (plan) => {
    let envelope: Uint8Array = new Uint8Array();
    plan.editEnvelope = (bytes) => (envelope = bytes);
    plan.editManifest = (manifest) => void (firstLayer(manifest)["data"] = change(Buffer.from(envelope)).toString("base64"));
  };
}

const artifactForm = edit((manifest) => {
  manifest["artifactType"] = SIGNATURE_TYPE;
  manifest["config"] = { ...(manifest["config"] as Json), mediaType: EMPTY_TYPE };
});

export const MANIFEST_VECTORS: readonly Vector[] = [
  {
    name: "manifest of two forms at once",
    comment: "notary 1.1: artifactType with the legacy config type is not a signature",
    outcome: "deny",
    code: "manifest/not-a-signature",
    fault: edit((manifest) => void (manifest["artifactType"] = SIGNATURE_TYPE)),
    twin: artifactForm,
  },
  {
    name: "manifest of another artifact, listed as a signature",
    comment: "the listing is unsigned",
    outcome: "deny",
    code: "manifest/not-a-signature",
    fault: edit((manifest) => void (manifest["config"] = { ...(manifest["config"] as Json), mediaType: "application/spdx+json" })),
  },
  {
    name: "manifest that says it is an index",
    comment: "CVE-2021-41190: one document, one type",
    outcome: "deny",
    code: "manifest/invalid",
    fault: edit((manifest) => void (manifest["mediaType"] = "application/vnd.oci.image.index.v1+json")),
    twin: edit((manifest) => void delete manifest["mediaType"]),
  },
  {
    name: "manifest that is a list",
    comment: "image-spec: an object",
    outcome: "deny",
    code: "manifest/invalid",
    fault: (plan) => void (plan.manifestBytes = (bytes) => Buffer.from(`[${Buffer.from(bytes).toString()}]`)),
  },
  {
    name: "manifest without layers",
    comment: "exactly one",
    outcome: "deny",
    code: "manifest/invalid",
    fault: edit((manifest) => void delete manifest["layers"]),
  },
  {
    name: "manifest that is not JSON",
    comment: "RFC 8259",
    outcome: "deny",
    code: "json/syntax",
    fault: (plan) => void (plan.manifestBytes = (bytes) => bytes.subarray(0, -1)),
  },
  {
    name: "two layers",
    comment: "exactly one; which of two would count?",
    outcome: "deny",
    code: "manifest/layers",
    fault: edit((manifest) => void (manifest["layers"] as Json[]).push(firstLayer(manifest))),
  },
  {
    name: "no layer in the list",
    comment: "exactly one",
    outcome: "deny",
    code: "manifest/layers",
    fault: edit((manifest) => void (manifest["layers"] = [])),
  },
  {
    name: "manifest of another subject",
    comment: "the listing is unsigned, and so is the reference back",
    outcome: "deny",
    code: "manifest/subject",
    fault: edit((manifest) => void (manifest["subject"] = { ...(manifest["subject"] as Json), digest: `sha256:${"0".repeat(64)}` })),
  },
  {
    name: "manifest without a subject",
    comment: "it refers to nothing",
    outcome: "deny",
    code: "manifest/subject",
    fault: edit((manifest) => void delete manifest["subject"]),
  },
  {
    name: "layer without a digest",
    comment: "OCI descriptor",
    outcome: "deny",
    code: "descriptor/invalid",
    fault: editLayer((layer) => void delete layer["digest"]),
  },
  {
    name: "layer with a digest of an unknown algorithm",
    comment: "a digest that cannot be computed protects nothing",
    outcome: "deny",
    code: "descriptor/invalid",
    fault: editLayer((layer) => void (layer["digest"] = "md5:d41d8cd98f00b204e9800998ecf8427e")),
  },
  {
    name: "unknown kind of envelope",
    comment: "no format claims it",
    outcome: "deny",
    code: "integrity/envelope-type",
    fault: (plan) => void (plan.envelopeType = "application/x-envelope"),
  },
  {
    name: "embedded envelope that is another",
    comment: "data must have the digest",
    outcome: "deny",
    code: "integrity/embedded-data",
    fault: embed((bytes) => Buffer.from(bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)))),
    twin: embed((bytes) => bytes),
  },
  {
    name: "embedded envelope that is longer",
    comment: "data must have the size",
    outcome: "deny",
    code: "integrity/embedded-data",
    fault: embed((bytes) => Buffer.concat([bytes, Buffer.from(" ")])),
    twin: embed((bytes) => bytes),
  },
  {
    name: "envelope that claims to be larger than any",
    comment: "refused on its word, before it is fetched",
    outcome: "deny",
    code: "integrity/too-large",
    fault: editLayer((layer) => void (layer["size"] = MAX_ENVELOPE + 1)),
  },
  {
    name: "manifest that claims to be larger than any",
    comment: "refused on its word, before it is fetched",
    outcome: "deny",
    code: "integrity/too-large",
    fault: editEntry((entry) => void (entry["size"] = MAX_ENVELOPE + 1)),
  },
  {
    name: "envelope one byte longer than its descriptor",
    comment: "never more than the size is read",
    outcome: "deny",
    code: "integrity/size-mismatch",
    fault: editLayer((layer) => void (layer["size"] = Number(layer["size"]) - 1)),
  },
  {
    name: "envelope one byte shorter than its descriptor",
    comment: "the whole size or nothing",
    outcome: "deny",
    code: "integrity/size-mismatch",
    fault: editLayer((layer) => void (layer["size"] = Number(layer["size"]) + 1)),
  },
  {
    name: "manifest one byte longer than its listing",
    comment: "the listing is unsigned",
    outcome: "deny",
    code: "integrity/size-mismatch",
    fault: editEntry((entry) => void (entry["size"] = Number(entry["size"]) - 1)),
  },
  {
    name: "other bytes for the envelope",
    comment: "what is received is hashed",
    outcome: "deny",
    code: "integrity/digest-mismatch",
    fault: serve("envelope", flipLast),
  },
  {
    name: "other bytes for the manifest",
    comment: "CVE-2023-33959: the answer to a digest is held against it",
    outcome: "deny",
    code: "integrity/digest-mismatch",
    fault: serve("manifest", flipLast),
  },
  {
    name: "other bytes for the image",
    comment: "CVE-2023-33959",
    outcome: "deny",
    code: "integrity/digest-mismatch",
    on: "verdict",
    fault: serve("image", flipLast),
  },
  {
    name: "other digest in the header for the image",
    comment: "CVE-2023-33959: a registry that says one thing and sends another",
    outcome: "deny",
    code: "integrity/digest-mismatch",
    on: "verdict",
    fault: serve("image", (found) => ({ ...found, headers: { ...found.headers, "docker-content-digest": `sha256:${"0".repeat(64)}` } })),
    twin: serve("image", (found) => ({ ...found, headers: { "content-type": MANIFEST_TYPE } })),
  },
  {
    name: "envelope that is gone",
    comment: "what was listed and cannot be had leaves the answer open",
    outcome: "unknown",
    code: "integrity/unfetchable",
    fault: serve("envelope", () => failure(404, "BLOB_UNKNOWN")),
  },
  {
    name: "manifest that is gone",
    comment: "what was listed and cannot be had leaves the answer open",
    outcome: "unknown",
    code: "integrity/unfetchable",
    fault: serve("manifest", () => failure(404, "MANIFEST_UNKNOWN")),
  },
  {
    name: "manifest in the retired artifact form",
    comment: "written by early clients of image-spec 1.1, and read still",
    outcome: "pass",
    code: "subject/match",
    fault: (plan) => {
      plan.manifestType = ARTIFACT_MANIFEST;
      plan.editManifest = (manifest) => {
        manifest["mediaType"] = ARTIFACT_MANIFEST;
        manifest["artifactType"] = SIGNATURE_TYPE;
        manifest["blobs"] = manifest["layers"];
        delete manifest["layers"];
        delete manifest["config"];
      };
    },
  },
];

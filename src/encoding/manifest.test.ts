/** Manifests that programs in Go would take for others than we do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDescriptor } from "../core/descriptor.ts";
import { DOCKER_LIST, OCI_ARTIFACT_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "../core/media-types.ts";
import { parseEntries } from "../registry/index-document.ts";
import { encodeJson } from "./json.ts";
import { checkManifestType, decodeManifest, decodeManifestFacts } from "./manifest.ts";

const CASE = { name: "Malformed", code: "json/case-variant" };
const part = { mediaType: "application/vnd.example", digest: `sha256:${"a".repeat(64)}`, size: 1 };
const other = { ...part, digest: `sha256:${"b".repeat(64)}` };
const image = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: part, layers: [part] };
const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [part] };
const artifact = { mediaType: OCI_ARTIFACT_MANIFEST, artifactType: "a/b", blobs: [part], subject: part };

const PARTS = [
  { Digest: other.digest },
  { "dige\u{17f}t": other.digest },
  { MediaType: OCI_INDEX },
  { "\u{17f}ize": 2 },
  { URLs: [] },
  { ArtifactType: "c/d" },
  { Annotations: {} },
  { Data: "" },
  { Platform: {} },
  { platform: { os: "linux", OS: "windows" } },
  { platform: { "o\u{17f}": "windows" } },
  { platform: { "OS.Version": "10" } },
  { platform: { Architecture: "arm64" } },
  { platform: { Variant: "v7" } },
];

test("a manifest with a member in other letters is refused, wherever it stands", () => {
  const manifests: readonly { readonly mediaType: string; readonly [name: string]: unknown }[] = [
    { ...image, Config: other },
    { ...image, "layer\u{17f}": [other] },
    { ...image, Subject: other },
    { ...image, Annotations: {} },
    { ...image, ArtifactType: "a/b" },
    { ...image, MediaType: OCI_INDEX },
    { ...image, SchemaVersion: 1 },
    { ...image, MANIFESTS: [other] },
    { ...index, Manifests: [other] },
    { ...index, "manife\u{17f}ts": [other] },
    { ...index, mediaType: DOCKER_LIST, Manifests: [other] },
    { ...artifact, Blobs: [other] },
    ...PARTS.flatMap((more) => [
      { ...image, config: { ...part, ...more } },
      { ...image, layers: [part, { ...part, ...more }] },
      { ...image, subject: { ...part, ...more } },
      { ...index, manifests: [part, { ...part, ...more }] },
      { ...artifact, blobs: [{ ...part, ...more }] },
    ]),
  ];
  for (const manifest of manifests) {
    const bytes = encodeJson(manifest);
    assert.throws(() => decodeManifest(bytes), CASE, JSON.stringify(manifest));
    assert.throws(() => decodeManifestFacts(bytes), CASE, JSON.stringify(manifest));
    assert.throws(() => checkManifestType(manifest.mediaType, { bytes, name: "it" }), CASE, JSON.stringify(manifest));
  }
});

test("so is a descriptor by itself, and an entry of a listing is passed over as a broken one", () => {
  for (const more of PARTS) {
    assert.throws(() => parseDescriptor({ ...part, ...more }), CASE, JSON.stringify(more));
    assert.deepEqual(parseEntries([part, { ...part, ...more }]), { descriptors: [part], broken: [{ ...part, ...more }] });
  }
});

test("members that nobody knows are passed over, and names in a map are whatever they are", () => {
  const platform = {
    architecture: "arm64",
    os: "windows",
    "os.version": "10",
    "os.features": ["win32k"],
    variant: "v8",
    features: ["sse4"],
  };
  const annotations = { title: "a", Title: "b", digest: "c" };
  const rich = { ...part, platform, annotations, urls: [], data: "", artifactType: "a/b", newMember: 1, layerz: 2 };
  for (const manifest of [
    { ...image, layers: [rich], annotations, subject: rich, extra: { Layers: [] } },
    { ...index, manifests: [rich], artifactType: "a/b", annotations, comment: "" },
    { ...artifact, blobs: [rich] },
    { ...image, history: [], config: rich },
  ]) {
    assert.deepEqual(decodeManifest(encodeJson(manifest)), manifest);
    assert.equal(checkManifestType(manifest.mediaType, { bytes: encodeJson(manifest), name: "it" }), manifest.mediaType);
  }
});

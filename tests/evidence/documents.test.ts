/** Documents that other tools attach as they are: a signature of the artifact makes them evidence, in the same sense as a statement. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Digest, digestHex } from "../../src/core/digest.ts";
import type { EvidenceRequirement } from "../../src/core/requirement.ts";
import { DOCUMENT_MEDIA_TYPES, documentTypeOf } from "../../src/formats/attached/document-types.ts";
import { judgeBy } from "../../src/policy/requirements/judge.ts";
import { readDocument } from "../../src/statements/document.ts";
import { attachDocument as attach, type AttachedFile, signArtifact as signed } from "./attach-document.ts";
import { gateAsking, makeAttester, makeEvidenceWorld, makeKeyHolder, needsScan, trustOf } from "./world.ts";

const ci = await makeAttester("ci");
const holder = makeKeyHolder("holder");
const stranger = await makeAttester("stranger");
const trust = trustOf([ci, holder, stranger]);

const DOCUMENTS = join(import.meta.dirname, "..", "fixtures", "documents");
/** What syft calls the image that it has scanned. */
const SCANNED = "18a67be7fad03851d63051d4decbe08b809d4d38b965994ac6be9962ac021b7e";
const documentOf = (name: string): string => readFileSync(join(DOCUMENTS, name), "utf8");
const naming = (name: string, digest: Digest): string => documentOf(name).replaceAll(SCANNED, digestHex(digest));

const SPDX = "application/spdx+json";
const CYCLONEDX = "application/vnd.cyclonedx+json";
const SARIF = "application/sarif+json";

const SBOM: EvidenceRequirement = {
  kind: "evidence",
  name: "sbom",
  by: ["ci", "holder"],
  byText: "ci or holder",
  about: { content: "sbom" },
  newestOnly: true,
  perManifest: true,
  asks: "an sbom",
  judge: judgeBy({ kind: "sbom", asked: { deniedPackages: [] } }),
};
const sbomAsked = gateAsking([SBOM], [ci, holder]);
const scanAsked = gateAsking(
  [{ ...needsScan({ by: ["ci"] }), judge: judgeBy({ kind: "scan", asked: { deny: "critical", unknownSeverity: "allow" } }) }],
  [ci],
);

test("an SBOM that is attached counts once somebody who is asked has signed it, with a certificate or with a key", async () => {
  for (const who of [ci, holder]) {
    for (const [artifactType, name, layerType] of [
      [SPDX, "syft.spdx.json", undefined],
      [SPDX, "syft.spdx.json", "text/spdx+json"],
      [CYCLONEDX, "syft.cyclonedx.json", CYCLONEDX],
    ] as const) {
      const world = await makeEvidenceWorld(trust);
      const artifact = await attach(world, {
        artifactType,
        text: naming(name, world.digest),
        ...(layerType === undefined ? {} : { layerType }),
      });
      assert.equal((await world.judge(sbomAsked)).outcome, "deny");
      await signed(world, artifact, stranger);
      assert.equal((await world.judge(sbomAsked)).outcome, "deny");
      await signed(world, artifact, who);
      const verdict = await world.judge(sbomAsked);
      assert.equal(verdict.outcome, "pass", JSON.stringify(verdict, null, 2));
      const [evidence] = verdict.evidence ?? [];
      assert.deepEqual(
        [evidence?.carrier, evidence?.content, evidence?.digest, evidence?.signatures.length],
        ["document", "sbom", artifact.digest, 2],
      );
      assert.equal(evidence?.predicateType, documentTypeOf(artifactType)?.predicateType);
      // A signature of the document is none of the image.
      assert.deepEqual(verdict.signatures, []);
    }
  }
});

test("a scan that names no image is about the one that it is attached to: that is signed, and no assertion", async () => {
  const world = await makeEvidenceWorld(trust);
  const artifact = await attach(world, { artifactType: SARIF, text: documentOf("trivy.sarif.json").replaceAll("9.8", "5.0") });
  assert.equal((await world.judge(scanAsked)).outcome, "deny");
  await signed(world, artifact, ci);
  const verdict = await world.judge(scanAsked);
  assert.equal(verdict.outcome, "pass", JSON.stringify(verdict.requirements));
  assert.deepEqual([verdict.evidence?.[0]?.carrier, verdict.evidence?.[0]?.content], ["document", "scan"]);
  // SARIF says no time here, so that of whoever is asked for it counts.
  assert.equal(verdict.evidence?.[0]?.at, undefined);
});

test("a scan that finds something is as bad as it would be in a statement", async () => {
  const world = await makeEvidenceWorld(trust);
  await signed(world, await attach(world, { artifactType: SARIF, text: documentOf("trivy.sarif.json") }), ci);
  const verdict = await world.judge(scanAsked);
  assert.deepEqual([verdict.outcome, verdict.requirements[0]?.refusedEvidence?.[0]?.because[0]?.code], ["deny", "evidence/vulnerable"]);
});

test("a document that names another image is about that one, whatever it is attached to", async () => {
  const world = await makeEvidenceWorld(trust);
  await signed(world, await attach(world, { artifactType: SPDX, text: documentOf("syft.spdx.json") }), ci);
  const verdict = await world.judge(sbomAsked);
  assert.equal(verdict.outcome, "deny");
  assert.deepEqual(
    verdict.evidence?.flatMap(({ findings }) => findings.map(({ code, message }) => [code, message])),
    [["evidence/subject", `the statement is about ${SCANNED}`]],
  );
});

test("a document that knows the image by its configuration is about it", async () => {
  const world = await makeEvidenceWorld(trust);
  const { bytes } = await world.store.resolve(world.reference);
  const { config } = JSON.parse(Buffer.from(bytes).toString()) as { readonly config: { readonly digest: string } };
  const text = documentOf("trivy.spdx.json");
  const [, imageId = ""] = /ImageID: (sha256:[0-9a-f]{64})/.exec(text) ?? [];
  assert.notEqual(imageId, "");
  await signed(world, await attach(world, { artifactType: SPDX, text: text.replaceAll(imageId, config.digest) }), ci);
  assert.equal((await world.judge(sbomAsked)).outcome, "pass");
  const other = await makeEvidenceWorld(trust);
  await signed(other, await attach(other, { artifactType: SPDX, text }), ci);
  assert.equal((await other.judge(sbomAsked)).outcome, "deny");
});

test("what is broken, of two kinds or of several layers proves nothing and blocks nothing", async () => {
  const world = await makeEvidenceWorld(trust);
  const good = naming("syft.spdx.json", world.digest);
  const broken: readonly AttachedFile[] = [
    { artifactType: SPDX, text: "{" },
    { artifactType: SPDX, text: "{}" },
    { artifactType: CYCLONEDX, text: good },
    { artifactType: SARIF, text: good },
    { artifactType: SPDX, text: good, layerType: CYCLONEDX },
    { artifactType: SPDX, text: good, layers: 2 },
    { artifactType: SPDX, text: good, layers: 0 },
  ];
  for (const one of broken) await signed(world, await attach(world, one), ci);
  const denied = await world.judge(sbomAsked);
  assert.equal(denied.outcome, "deny");
  assert.ok(denied.evidence?.every(({ findings, content }) => findings.length > 0 && content === undefined));
  await signed(world, await attach(world, { artifactType: SPDX, text: good }), ci);
  assert.equal((await world.judge(sbomAsked)).outcome, "pass");
});

test("the media types say of each document what its reader makes of it", () => {
  const names = { spdx: "syft.spdx.json", cyclonedx: "syft.cyclonedx.json", sarif: "grype.sarif.json" };
  for (const mediaType of DOCUMENT_MEDIA_TYPES) {
    const type = documentTypeOf(mediaType);
    assert.ok(type !== undefined);
    assert.equal(readDocument(Buffer.from(documentOf(names[type.form])), type.form).predicateType, type.predicateType);
  }
});

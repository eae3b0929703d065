/** What `inspect` sees where somebody has hung junk on the image. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "./core/clock.ts";
import { LIMITS } from "./core/limits.ts";
import { parseReference } from "./core/reference.ts";
import { encodePem } from "./encoding/pem.ts";
import { notaryCarrier } from "./formats/notary/manifest.ts";
import { JWS_ENVELOPE } from "./formats/notary/media-types.ts";
import { inspect } from "./inspect.ts";
import { createSigner } from "./keys/signer.ts";
import { createTestChain } from "./pki/x509/throw-away-chain.ts";
import { openMemoryStore } from "./registry/memory.ts";
import { sign } from "./sign.ts";
import { pushImage } from "./testing/image.ts";

test("large junk does not spend the budget before a real signature is seen", async () => {
  const chain = await createTestChain();
  const certificates = Buffer.from(chain.certificates.map((der) => encodePem("CERTIFICATE", der)).join(""));
  const signer = createSigner({ key: chain.leafKey, keyName: "test", certificates, certificateName: "test", now: new Date() });
  const store = openMemoryStore("test");
  const subject = await pushImage(store, { files: [{ path: "app", bytes: new Uint8Array([1]) }] });
  const reference = parseReference(`registry.example/app@${subject.digest}`);
  const real = await sign(reference, { store, signer });

  // Their manifests are the smaller ones, so they stand first in the queue; their envelopes are more than the budget.
  const envelope = new Uint8Array(LIMITS.notaryEnvelopeBytes);
  const junk = Array.from({ length: LIMITS.subjectBudgetBytes / envelope.length + 4 }, (_, second) =>
    notaryCarrier.writeManifest({
      subject,
      envelope,
      mediaType: JWS_ENVELOPE,
      chain: [],
      signingTime: new Date(second * 1000),
      form: "legacy",
    }),
  );
  for (const { blobs } of junk) for (const blob of blobs) await store.pushBlob(blob.descriptor, blob.bytes);
  await store.attach(junk, { subject });
  assert.ok(junk.every(({ descriptor }) => descriptor.size < real.signature.size));

  const report = await inspect(reference, { store, clock: systemClock });
  const seen = report.signatures.find(({ digest }) => digest === real.signature.digest);
  assert.equal(seen?.proven?.signer, "CN=test signer,O=Countersign Test,L=Seattle,ST=WA,C=US");
  assert.equal(report.complete, false);
});

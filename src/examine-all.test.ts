import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { systemClock } from "./core/clock.ts";
import { digestOf } from "./core/digest.ts";
import { OCI_MANIFEST } from "./core/media-types.ts";
import { parseReference } from "./core/reference.ts";
import type { ReadonlyStore } from "./core/store.ts";
import { encodePem } from "./encoding/pem.ts";
import { evaluate } from "./evaluate.ts";
import { THUMBPRINT } from "./formats/notary/manifest.ts";
import { createSigner } from "./keys/signer.ts";
import { createTestChain } from "./pki/x509/throw-away-chain.ts";
import { policyFromOptions } from "./policy/command-line.ts";
import { openMemoryStore } from "./registry/memory.ts";
import { sign } from "./sign.ts";
import { pushImage } from "./testing/image.ts";

test("listed sizes are claims: phantoms that claim the trusted certificate cannot spend the budget", async () => {
  const chain = await createTestChain({ length: 2, keyType: "ec-256" });
  const certificates = Buffer.from(chain.certificates.map((der) => encodePem("CERTIFICATE", der)).join(""));
  const signer = createSigner({ key: chain.leafKey, keyName: "test", certificates, certificateName: "test", now: new Date() });
  const memory = openMemoryStore("test");
  const image = await pushImage(memory, { files: [{ path: "app", bytes: new Uint8Array([1]) }] });
  const reference = parseReference(`registry.example/app@${image.digest}`);
  await sign(reference, { store: memory, signer });

  const root = chain.certificates.at(-1) ?? new Uint8Array();
  const annotations = { [THUMBPRINT]: JSON.stringify([createHash("sha256").update(root).digest("hex")]) };
  const phantoms = [4_194_304, 67_108_864, Number.MAX_SAFE_INTEGER].flatMap((size) =>
    Array.from({ length: 20 }, (_, number) => ({
      mediaType: OCI_MANIFEST,
      digest: digestOf(Buffer.from(`${size} ${number}`)),
      size,
      annotations,
    })),
  );
  const store: ReadonlyStore = {
    ...memory,
    // Some registries leave annotations out, so the good one does not come forward.
    referrers: async (subject, options) => {
      const listing = await memory.referrers(subject, options);
      return {
        ...listing,
        referrers: [...phantoms, ...listing.referrers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }))],
      };
    },
  };
  const policy = policyFromOptions({ trustStores: ["ca:test"], trustedIdentities: ["*"] });
  const trust = { anchors: async () => [{ certificate: root, store: { type: "ca" as const, name: "test" } }] };
  const verdict = await evaluate(reference, { store, policy, trust, clock: systemClock });
  assert.equal(verdict.outcome, "pass", JSON.stringify(verdict.unexamined));
});

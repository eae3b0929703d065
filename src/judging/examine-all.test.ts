import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { type Clock, systemClock } from "../core/clock.ts";
import type { Descriptor } from "../core/descriptor.ts";
import { digestOf } from "../core/digest.ts";
import { LIMITS } from "../core/limits.ts";
import { OCI_MANIFEST } from "../core/media-types.ts";
import { parseReference, type Reference } from "../core/reference.ts";
import type { ReadonlyStore } from "../core/store.ts";
import { encodePem } from "../encoding/pem.ts";
import { evaluate, type EvaluateOptions } from "../evaluate.ts";
import { THUMBPRINT } from "../formats/notary/manifest.ts";
import { createSigner } from "../keys/signer.ts";
import { createTestChain } from "../pki/x509/throw-away-chain.ts";
import { policyFromOptions } from "../policy/command-line.ts";
import { openMemoryStore } from "../registry/memory.ts";
import { setup } from "../setup.ts";
import { sign } from "../sign.ts";
import { pushImage } from "../testing/image.ts";

/** An image whose signature does not come forward, among `phantoms` that claim its certificate and are not there. */
async function makePlace(phantomsFor: (annotations: Readonly<Record<string, string>>) => readonly Descriptor[]): Promise<{
  readonly reference: Reference;
  readonly options: EvaluateOptions;
}> {
  const chain = await createTestChain({ length: 2, keyType: "ec-256" });
  const certificates = Buffer.from(chain.certificates.map((der) => encodePem("CERTIFICATE", der)).join(""));
  const signer = createSigner({ key: chain.leafKey, keyName: "test", certificates, certificateName: "test", now: new Date() });
  const memory = openMemoryStore("test");
  const image = await pushImage(memory, { files: [{ path: "app", bytes: new Uint8Array([1]) }] });
  const reference = parseReference(`registry.example/app@${image.digest}`);
  await sign(reference, { store: memory, signer });

  const root = chain.certificates.at(-1) ?? new Uint8Array();
  const annotations = { [THUMBPRINT]: JSON.stringify([createHash("sha256").update(root).digest("hex")]) };
  const phantoms = phantomsFor(annotations);
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
  return { reference, options: { store, policy, trust, clock: systemClock } };
}

function phantomsOf(
  size: number,
  { count, annotations }: { readonly count: number } & Pick<Descriptor, "annotations">,
): readonly Descriptor[] {
  return Array.from({ length: count }, (_, number) => ({
    mediaType: OCI_MANIFEST,
    digest: digestOf(Buffer.from(`${size} ${number}`)),
    size,
    ...(annotations === undefined ? {} : { annotations }),
  }));
}

test("listed sizes are claims: phantoms that claim the trusted certificate cannot spend the budget", async () => {
  const { reference, options } = await makePlace((annotations) =>
    [4_194_304, 67_108_864, Number.MAX_SAFE_INTEGER].flatMap((size) => phantomsOf(size, { count: 20, annotations })),
  );
  const verdict = await evaluate(reference, options);
  assert.equal(verdict.outcome, "pass", JSON.stringify(verdict.unexamined));
});

test("a budget of time is measured by the clock that is given, and what is over is said", async () => {
  const { reference, options } = await makePlace((annotations) => phantomsOf(1_000, { count: 100, annotations }));
  let asked = 0;
  const slow: Clock = { ...systemClock, monotonicMs: () => 1_000 * ++asked };
  const late = await evaluate(reference, { ...options, clock: slow, budgetMs: 20_000 });
  assert.equal(late.outcome, "unknown");
  assert.equal(late.unexamined.reason, "budget");
  assert.ok(late.findings.some(({ code }) => code === "signature/unexamined"));
  const still: Clock = { ...systemClock, monotonicMs: () => 0 };
  assert.equal((await evaluate(reference, { ...options, clock: still, budgetMs: 1 })).outcome, "pass");
});

test("whoever gives a reference more time gives more of it to what hangs on the image, and never less than is usual", async () => {
  for (const [timeoutMs, budgetMs] of [
    [1_000, LIMITS.subjectBudgetMs],
    [60_000, LIMITS.subjectBudgetMs],
    [600_000, 100_000],
  ] as const) {
    assert.equal((await setup({ env: {}, timeoutMs })).budgetMs, budgetMs);
  }
});

/**
 * A hundred signers alive at once, as processes that share nothing but the registry: nobody's signature is lost.
 * COUNTERSIGN_ROUNDS says how often (1 unless given), COUNTERSIGN_SIGNERS how many.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Verdict } from "../../src/core/verdict.ts";
import { createTestChain, type TestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { startBarrier } from "../fixtures/barrier.ts";
import { createNotationHome, type NotationHome } from "../fixtures/notation-home.ts";
import { envOfSources, type Ran, runProgram } from "../fixtures/programs.ts";
import { type Image, RealPlaces, REGISTRY_PROGRAMS } from "../fixtures/real-places.ts";

const ROUNDS = Number(process.env["COUNTERSIGN_ROUNDS"] ?? "1");
const SIGNERS = Number(process.env["COUNTERSIGN_SIGNERS"] ?? "100");
const SIGNER = new URL("../fixtures/signer-process.ts", import.meta.url).pathname;
const SIGNATURE_TYPE = "application/vnd.cncf.notary.signature";

const places = new RealPlaces();
let chain: TestChain;
/** The verifier's, which no signer uses. */
let verifier: NotationHome;

before(async () => {
  await places.start();
  chain = await createTestChain();
  verifier = createNotationHome();
  verifier.trust("test", chain);
  verifier.policy();
});

after(async () => {
  await places.close();
  verifier.remove();
});

/** Runs `count` signers from one barrier, each with a home of its own; what else is given starts at the same moment. */
async function signTogether(
  image: Image,
  options: { readonly count: number; readonly beside?: (homes: readonly NotationHome[]) => readonly Promise<Ran>[] },
): Promise<{ readonly ours: readonly Ran[]; readonly others: readonly Ran[] }> {
  const barrier = await startBarrier(options.count);
  const homes = Array.from({ length: options.count }, () => {
    const home = createNotationHome();
    home.addKey("own", chain);
    return home;
  });
  try {
    const signers = homes.map(({ env }) =>
      runProgram(process.execPath, [SIGNER, image.reference, "own", String(barrier.port)], { env: { ...envOfSources(), ...env } }),
    );
    // One that fails before the barrier must not leave the others waiting for it.
    const failed = Promise.race(
      signers.map(async (signer) => {
        const { code, stderr } = await signer;
        if (code !== 0) throw new Error(`a signer ended with ${code}: ${stderr}`);
      }),
    );
    await Promise.race([barrier.full, failed]);
    barrier.open();
    const beside = options.beside?.(homes) ?? [];
    return { ours: await Promise.all(signers), others: await Promise.all(beside) };
  } finally {
    barrier.close();
    for (const home of homes) home.remove();
  }
}

async function listed({ store, descriptor }: Image): Promise<readonly string[]> {
  const listing = await store.referrers(descriptor.digest, { artifactTypes: [SIGNATURE_TYPE] });
  assert.ok(listing.complete);
  assert.deepEqual(listing.notes, []);
  return listing.referrers.map(({ digest }) => digest);
}

for (const program of REGISTRY_PROGRAMS) {
  for (let round = 1; round <= ROUNDS; round += 1) {
    test(`${program}: ${SIGNERS} signers at once, round ${round}: every signature is listed and verifies`, async (context) => {
      const place = places.open(context, program);
      if (place === undefined) return;
      const image = await place.image(`signers/round-${round}`);
      const { ours } = await signTogether(image, { count: SIGNERS });
      for (const { code, stderr } of ours) assert.equal(code, 0, stderr);
      const digests = ours.map(({ stdout }) => stdout);
      assert.equal(new Set(digests).size, SIGNERS);
      assert.deepEqual([...(await listed(image))].toSorted(), digests.toSorted());

      const said = await verifier.countersign("verify", image.reference, "--explain", "--output", "json", "--timeout", "1h");
      assert.equal(said.code, 0, said.stderr);
      const counting = (said.json() as Verdict).signatures.filter(({ outcome }) => outcome === "counts");
      assert.deepEqual(counting.map(({ digest }) => digest).toSorted(), digests.toSorted());
    });
  }
}

test("docker-registry: 10 signers with notation among 20 of ours; after `doctor --repair` all of ours are listed", async (context) => {
  const place = places.open(context, "docker-registry", "notation");
  if (place === undefined) return;
  const image = await place.image("signers/mixed");
  const { ours, others } = await signTogether(image, {
    count: 20,
    beside: (homes) => homes.slice(0, 10).map((home) => home.notation("sign", "--insecure-registry", "--key", "own", image.reference)),
  });
  for (const { code, stderr } of ours) assert.equal(code, 0, stderr);
  const digests = ours.map(({ stdout }) => stdout);
  const rightAfter = await listed(image);
  const oursBefore = rightAfter.filter((digest) => digests.includes(digest)).length;
  // notation announces nothing and writes what it read a moment ago: it can undo our entries and those of its own kind.
  context.diagnostic(`right after: ${oursBefore} of 20 of ours, ${rightAfter.length - oursBefore} of 10 of notation's`);
  for (const { stderr } of others.filter(({ code }) => code !== 0)) context.diagnostic(`notation: ${stderr.trim().slice(-60)}`);

  const repaired = await verifier.built("doctor", image.reference, "--repair");
  context.diagnostic(
    repaired.stdout
      .split("\n")
      .filter((line) => /repair|listing/.test(line))
      .join("; "),
  );
  const repairedListing = await listed(image);
  for (const digest of digests) assert.ok(repairedListing.includes(digest), digest);
  // What was listed of notation's stays.
  for (const digest of rightAfter) assert.ok(repairedListing.includes(digest), digest);
});

test("docker-registry: another tool's stale write undoes ours, and `doctor --repair` brings ours back", async (context) => {
  const place = places.open(context, "docker-registry", "notation");
  if (place === undefined) return;
  const { reference, store, descriptor } = await place.image("signers/stale");
  const home = createNotationHome();
  context.after(() => home.remove());
  home.addKey("own", chain);
  const sign = ["sign", "--key", "own", reference];
  assert.equal((await home.notation(...sign, "--insecure-registry")).code, 0);
  const theirs = await listed({ reference, store, descriptor });
  const tag = descriptor.digest.replace(":", "-");
  const { bytes, descriptor: read } = await store.resolve({ tag });
  for (const format of ["notary-jws", "notary-cose"]) assert.equal((await home.countersign(...sign, "--format", format)).code, 0);
  const all = await listed({ reference, store, descriptor });
  assert.equal(all.length, 3);

  // As a tool does that has read the index before our signatures and writes it after them.
  await store.pushManifest(read, bytes, { tag });
  assert.deepEqual(await listed({ reference, store, descriptor }), theirs);
  const repaired = await home.built("doctor", reference, "--repair");
  assert.match(repaired.stdout, /the fallback index was rebuilt: 2 added, 0 dropped/);
  assert.deepEqual([...(await listed({ reference, store, descriptor }))].toSorted(), all.toSorted());
});

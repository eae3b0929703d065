/** What is listed and cannot be read may be anything that it is not known to be otherwise: a later word, or a signature. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { digestOf } from "../../src/core/digest.ts";
import { CountersignError } from "../../src/core/errors.ts";
import { OCI_INDEX } from "../../src/core/media-types.ts";
import type { SignatureRequirement } from "../../src/core/requirement.ts";
import type { ReadonlyStore, Store } from "../../src/core/store.ts";
import { encodeJson } from "../../src/encoding/json.ts";
import { sign } from "../../src/sign.ts";
import { pushImage } from "../../src/testing/image.ts";
import {
  type EvidenceWorld,
  gateAsking,
  HOUR,
  makeAttester,
  makeEvidenceWorld,
  makeKeyHolder,
  needsScan,
  NOW,
  scanPredicate,
  trustOf,
} from "./world.ts";

const scanner = await makeAttester("scanner");
const keyed = makeKeyHolder("scanner");
const trust = trustOf([scanner]);
const good = scanPredicate({ at: new Date(NOW.getTime() - 3 * HOUR) });
const bad = scanPredicate({ at: new Date(NOW.getTime() - HOUR), findings: [{ id: "CVE-1", severity: "critical" }] });
const signed: SignatureRequirement = { kind: "signature", name: "signature", by: ["scanner"], byText: "scanner", atLeast: 1 };

interface Told {
  /** Cannot be fetched. */
  readonly hidden?: Descriptor;
  /** The listing leaves out what anything is. */
  readonly isBare?: boolean;
}

function tell(store: Store, { hidden, isBare = false }: Told): ReadonlyStore {
  return {
    ...store,
    referrers: async (subject, call) => {
      const listing = await store.referrers(subject, isBare ? {} : call);
      const bare = listing.referrers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
      return isBare ? { ...listing, referrers: bare } : listing;
    },
    fetch: (descriptor, call) =>
      descriptor.digest === hidden?.digest
        ? Promise.reject(new CountersignError("store/unreachable", "Cannot read it: nobody answers"))
        : store.fetch(descriptor, call),
  };
}

async function answers(world: EvidenceWorld, told: Told, asks: Parameters<typeof gateAsking>[0] = [needsScan()]): Promise<string> {
  const policy = gateAsking(asks, [scanner]);
  return (await world.judge(policy, { store: tell(world.store, told) })).requirements.map(({ outcome }) => outcome).join();
}

test("a bundle that cannot be fetched may be the later word", async () => {
  const world = await makeEvidenceWorld(trust);
  const policy = gateAsking([needsScan()], [keyed]);
  await world.attestAs(keyed, good);
  assert.equal((await world.judge(policy)).outcome, "pass");
  const { evidence } = await world.attestAs(keyed, bad);
  assert.equal((await world.judge(policy)).outcome, "deny");
  for (const isBare of [false, true])
    assert.equal((await world.judge(policy, { store: tell(world.store, { hidden: evidence, isBare }) })).outcome, "unknown");
});

test("what the listing says that an unread statement is keeps only that open", async () => {
  const world = await makeEvidenceWorld(trust);
  const { evidence } = await world.attestAs(scanner, good);
  const asks = [needsScan(), needsScan({ name: "sbom", about: { content: "sbom" } })];
  assert.equal(await answers(world, { hidden: evidence }, asks), "unknown,deny");
  assert.equal(await answers(world, { hidden: evidence, isBare: true }, asks), "unknown,unknown");
});

test("what hangs on an index and cannot be read may be about any of its images", async () => {
  const world = await makeEvidenceWorld(trust);
  const policy = gateAsking([needsScan()], [scanner]);
  const child = await pushImage(world.store, { files: [{ path: "one", bytes: Buffer.from("one") }] });
  const bytes = encodeJson({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [child] });
  const index = { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length };
  await world.store.pushManifest(index, bytes);
  await world.attestAs(scanner, good, { about: child.digest });
  const { evidence } = await world.attestAs(scanner, bad, { about: index.digest });
  assert.equal((await world.judge(policy, { about: index.digest })).outcome, "pass");
  const store = tell(world.store, { hidden: evidence });
  assert.equal((await world.judge(policy, { about: index.digest, store })).outcome, "unknown");
});

test("where the listing does not say what anything is, signatures are found, and may be what cannot be read", async () => {
  const world = await makeEvidenceWorld(trust);
  const { signature } = await sign(world.reference, { store: world.store, signer: scanner.signer, clock: { now: () => NOW } });
  await world.attestAs(scanner, good);
  const asks = [signed, needsScan({ newestOnly: false })];
  assert.equal(await answers(world, { isBare: true }, asks), "pass,pass");
  assert.equal(await answers(world, { isBare: true, hidden: signature }, asks), "unknown,pass");
});

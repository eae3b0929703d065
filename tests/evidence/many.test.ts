/** Twenty thousand statements of strangers on one image: the right answer within bounds, wherever the good one stands. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { digestOf } from "../../src/core/digest.ts";
import { IN_TOTO } from "../../src/core/media-types.ts";
import type { Store } from "../../src/core/store.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { PREDICATE_TYPE, writeAttached } from "../../src/formats/attached/manifest.ts";
import { gateAsking, HOUR, makeAttester, makeEvidenceWorld, needsScan, NOW, SCAN_TYPE, scanPredicate, trustOf } from "./world.ts";

const COUNT = 20_000;
const scanner = await makeAttester("scanner");
const trust = trustOf([scanner]);
const good = scanPredicate({ at: new Date(NOW.getTime() - HOUR) });
const NEGATIVE = gateAsking([needsScan()], [scanner]);
const POSITIVE = gateAsking([needsScan({ newestOnly: false })], [scanner]);

/** Unsigned, and claiming the type that is asked for; `chain` is what they claim to be signed by. */
function strangers(subject: Descriptor, chain: readonly Uint8Array[]): readonly Descriptor[] {
  const real = writeAttached({ subject, statement: Buffer.from("{}"), predicateType: SCAN_TYPE, chain }).descriptor;
  return Array.from({ length: COUNT }, (_, index) => ({ ...real, digest: digestOf(Buffer.from(`stranger ${index}`)) }));
}

type Placed = "first" | "last" | "absent";

/** What the registry lists, and how many questions it was asked; after `looks` the time is over. */
async function judge(
  place: Placed,
  options: { readonly policy: typeof NEGATIVE; readonly claims?: boolean; readonly looks?: number },
): Promise<{ verdict: Verdict; asked: number }> {
  const world = await makeEvidenceWorld(trust);
  const { evidence, subject } = await world.attestAs(scanner, good);
  const junk = strangers(subject, options.claims === true ? scanner.signer.chain : []);
  const listed = { first: [evidence, ...junk], last: [...junk, evidence], absent: junk }[place];
  let asked = 0;
  const store: Store = {
    ...world.store,
    referrers: (digest, call) => {
      asked += 1;
      if (digest === world.digest) return Promise.resolve({ referrers: listed, complete: true, notes: [], sources: ["api"] });
      return digest === evidence.digest
        ? world.store.referrers(digest, call)
        : Promise.resolve({ referrers: [], complete: true, notes: [], sources: ["api"] });
    },
    fetch: (descriptor, call) => {
      asked += 1;
      return world.store.fetch(descriptor, call);
    },
  };
  return { verdict: await world.judge(options.policy, { store, ...(options.looks === undefined ? {} : { looks: options.looks }) }), asked };
}

test("a good one is found wherever it stands, and strangers who are asked for nothing cost nothing", async () => {
  for (const place of ["first", "last"] as const) {
    const { verdict, asked } = await judge(place, { policy: POSITIVE });
    assert.equal(verdict.outcome, "pass", place);
    assert.ok(asked < 100, `${asked} questions`);
  }
  assert.equal((await judge("absent", { policy: POSITIVE })).verdict.outcome, "deny");
});

test("where a later word could take back a good one, all are looked at, or the answer stays open", async () => {
  for (const place of ["first", "last", "absent"] as const) {
    const { verdict, asked } = await judge(place, { policy: NEGATIVE });
    assert.equal(verdict.outcome, place === "absent" ? "deny" : "pass", place);
    assert.equal(verdict.unexamined.reason, "none", place);
    assert.ok(asked <= COUNT + 100, `${asked} questions`);
    const { verdict: late } = await judge(place, { policy: NEGATIVE, looks: COUNT / 2 });
    assert.equal(late.outcome, "unknown", place);
    assert.equal(late.unexamined.reason, "budget", place);
  }
});

test("strangers who claim the scanner's certificate gain nothing but a look", async () => {
  const { verdict } = await judge("last", { policy: POSITIVE, claims: true });
  assert.equal(verdict.outcome, "pass");
  assert.ok(verdict.evidence?.every(({ findings }) => findings.every(({ outcome }) => outcome !== "pass")));
});

test("what the listing says is of another type is not even asked for", async () => {
  const world = await makeEvidenceWorld(trust);
  const { subject } = await world.attestAs(scanner, good);
  const { descriptor } = writeAttached({ subject, statement: Buffer.from("{}"), predicateType: "https://example.com/other", chain: [] });
  assert.equal(descriptor.artifactType, IN_TOTO);
  assert.equal(descriptor.annotations?.[PREDICATE_TYPE], "https://example.com/other");
  let asked = 0;
  const store: Store = {
    ...world.store,
    referrers: async (digest, call) => {
      if (digest === descriptor.digest) asked += 1;
      const listing = await world.store.referrers(digest, call);
      return digest === world.digest ? { ...listing, referrers: [...listing.referrers, descriptor] } : listing;
    },
  };
  assert.equal((await world.judge(NEGATIVE, { store })).outcome, "pass");
  assert.equal(asked, 0);
});

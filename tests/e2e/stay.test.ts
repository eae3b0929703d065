/** Images that have entered: until when they stay, what takes them out, and how they come back. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { attest } from "../../src/attest.ts";
import type { PromotionSaid, StatementHead } from "../../src/core/decision.ts";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { parseDigest } from "../../src/core/digest.ts";
import { parseReference, pinReference } from "../../src/core/reference.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { decodePolicy } from "../../src/policy/countersign/document.ts";
import { evaluate } from "../../src/evaluate.ts";
import { KEPT_POLICY, keepContext } from "../../src/promoting/kept-context.ts";
import { writePromotion } from "../../src/statements/decisions/promotion.ts";
import { PROMOTION_V1 } from "../../src/statements/predicate-types.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { createPromotionWorld, policyText, type PromotionOptions, type PromotionWorld, verifierText } from "../fixtures/promotion-world.ts";
import { known } from "../fixtures/world-folder.ts";
import { scanPredicate } from "../evidence/world.ts";
import { startFaultProxy } from "../fixtures/fault-proxy.ts";
import { findFaults } from "../json-schema.ts";

const [source, destination] = await Promise.all([startRegistry(), startRegistry()]);
after(() => Promise.all([source.close(), destination.close()]));
const HOSTS = { source: source.host, destination: destination.host };

const BUILD_ONLY = `  build: { needs: [ { signature: { by: ci } } ] }
  prod: { after: build, stay: { superseded: 30d } }`;
const APPROVED = `  build: { needs: [ { signature: { by: ci } } ] }
  prod: { after: build, approve: { by: ana, valid: 72h } }`;

async function worldFor(options: Partial<PromotionOptions> = {}): Promise<PromotionWorld> {
  const world = await createPromotionWorld({ ...HOSTS, gates: BUILD_ONLY, ...options });
  after(() => world.close());
  return world;
}

function days(count: number): string {
  return new Date(Date.now() + count * 86_400_000).toISOString();
}

function told({ outcome, question, requirements }: Verdict): string {
  const codes = requirements.flatMap(({ because = [], refusedEvidence = [] }) =>
    [...because, ...refusedEvidence.flatMap((one) => one.because)].map(({ code }) => code),
  );
  return [outcome, question, ...new Set(codes)].join(" ");
}

function digestOf(pinned: string): string {
  return pinned.split("@")[1] ?? "";
}

async function scan(world: PromotionWorld, about: string, at: Date, severity: string): Promise<void> {
  const file = join(world.folder, "scan.json");
  writeFileSync(file, JSON.stringify(scanPredicate({ at, findings: [{ id: "CVE-2026-1", severity }] })));
  const type = "https://in-toto.io/attestation/vulns/v0.2";
  await world.expect(0, "attest", about, "--predicate", file, "--type", type, ...world.keyOf("scanner"));
}

describe("an image that another one has replaced", async () => {
  const world = await worldFor();
  const [first, second] = [await world.image(), await world.image()];
  await world.promote(0, first, `${world.prod}:1`);
  const said = await world.promote(0, second, `${world.prod}:1`, "--output", "json");
  const old = `${world.prod}@${digestOf(first)}`;

  test("is told by the promotion, and the record names the one before", () => {
    const report = said.json() as { replaced: { image: string; record: string } };
    assert.deepEqual(findFaults(report), []);
    assert.equal(report.replaced.image, digestOf(first));
    assert.match(report.replaced.record, /^sha256:/);
  });

  test("stays by its digest for as long as the policy lets it, and not by the tag at all", async () => {
    assert.equal(told(await world.verdict(`${world.prod}:1`)), "pass stay");
    const now = await world.verdict(old);
    assert.equal(told(now), "pass stay");
    assert.equal(now.validUntil?.stay?.slice(0, 10), days(30).slice(0, 10));
    assert.equal(told(await world.verdict(old, "--at", days(31))), ["deny stay", "promotion/superseded"].join(" "));
    // Somebody moves the tag back in the registry.
    const store = await world.store(world.prod);
    const { descriptor, bytes } = await store.resolve({ digest: parseDigest(digestOf(first)) });
    await store.pushManifest(descriptor, bytes, { tag: "1" });
    assert.equal(told(await world.verdict(`${world.prod}:1`)), ["deny stay", "promotion/replaced"].join(" "));
    const newer = await store.resolve({ digest: parseDigest(digestOf(second)) });
    await store.pushManifest(newer.descriptor, newer.bytes, { tag: "1" });
  });

  test("comes back only where the policy allows it, and it is said that it goes back", async () => {
    const denied = await world.promote(1, first, `${world.prod}:1`);
    assert.match(denied.stdout, /promotion\/replaced|the policy does not allow to go back/);
    assert.equal(told(await world.verdict(old, "--enter")), "deny enter promotion/replaced");
    await world.trust(policyText({ ...HOSTS, gates: BUILD_ONLY.replace("stay:", "rollback: true, stay:") }));
    const back = await world.promote(0, first, `${world.prod}:1`);
    assert.match(back.stdout, /goes back/);
    assert.equal(told(await world.verdict(`${world.prod}:1`, "--at", days(40))), "pass stay");
    const other = `${world.prod}@${digestOf(second)}`;
    assert.equal(told(await world.verdict(other)), "pass stay");
    assert.equal(told(await world.verdict(other, "--at", days(40))), ["deny stay", "promotion/superseded"].join(" "));
    assert.equal(told(await world.verdict(other, "--enter")), "deny enter promotion/replaced");
    // Without the permission nothing has lifted that it was replaced.
    await world.trust(policyText({ ...HOSTS, gates: BUILD_ONLY }));
    assert.match(told(await world.verdict(`${world.prod}:1`)), /^deny \w+ promotion\/replaced$/);
  });
});

describe("what happens after an image has entered", async () => {
  test("a rejection takes it out, and an approval that is withdrawn does not", async () => {
    const world = await worldFor({ gates: APPROVED.replace("by: ana", "by: [ana, bo]") });
    const image = await world.image();
    await world.expect(0, "approve", image, "--gate", "prod", ...world.keyOf("ana"), "--yes");
    await world.promote(0, image, `${world.prod}:1`);
    const there = `${world.prod}@${digestOf(image)}`;
    await new Promise((done) => setTimeout(done, 1_100));
    await world.expect(0, "approve", there, "--gate", "prod", ...world.keyOf("ana"), "--withdraw", "--yes");
    assert.equal(told(await world.verdict(there)), "pass stay");
    await world.expect(0, "approve", there, "--gate", "prod", ...world.keyOf("bo"), "--reject", "--reason", "not tested", "--yes");
    assert.equal(told(await world.verdict(there)), "deny stay approvals/rejected");
  });

  test("the newest scan must be young and good where the policy asks for it", async () => {
    const gates = `  build: { needs: [ { signature: { by: ci } } ] }
  prod: { after: build, needs: [ { scan: { by: scanner, maxAge: 24h, databaseMaxAge: 48h, deny: critical } } ], stay: { scan: { maxAge: 14d } } }`;
    const world = await worldFor({ gates });
    const image = await world.image();
    await scan(world, image, new Date(Date.now() - 3_600_000), "low");
    await world.promote(0, image, `${world.prod}:1`);
    const there = `${world.prod}@${digestOf(image)}`;
    const verdict = await world.verdict(there, "--at", days(13));
    assert.equal(told(verdict), "pass stay");
    assert.equal(told(await world.verdict(there, "--at", days(15))), "deny stay evidence/too-old");
    // A word of before that the promoter has passed over, or not seen.
    await scan(world, there, new Date(Date.now() - 1_800_000), "critical");
    assert.match(told(await world.verdict(there)), /^deny \w+ evidence\/vulnerable$/);
  });

  test("a bad scan of before, which the promoter has not seen or passed over, keeps it from having entered", async () => {
    const gates = `  build: { needs: [ { signature: { by: ci } } ] }
  prod: { after: build, needs: [ { scan: { by: scanner, deny: critical } } ] }`;
    const world = await worldFor({ gates });
    const image = await world.image();
    await scan(world, image, new Date(Date.now() - 3_600_000), "low");
    await world.promote(0, image, `${world.prod}:1`);
    const there = `${world.prod}@${digestOf(image)}`;
    assert.equal(told(await world.verdict(there)), "pass stay");
    await scan(world, there, new Date(Date.now() - 1_800_000), "critical");
    assert.equal(told(await world.verdict(there)), "deny stay evidence/vulnerable");
    // One that is of later is another question, which this policy does not ask.
    const later = await world.image();
    await scan(world, later, new Date(Date.now() - 3_600_000), "low");
    await world.promote(0, later, `${world.prod}:2`);
    await scan(world, `${world.prod}@${digestOf(later)}`, new Date(Date.now() + 60_000), "critical");
    assert.equal(told(await world.verdict(`${world.prod}:2`, "--at", days(1))), "pass stay");
  });
});

describe("what was promoted by a policy that was pinned until another was", async () => {
  const world = await worldFor({ gates: APPROVED });
  const document = readFileSync(world.policy, "utf8");
  const digest = `sha256:${createHash("sha256").update(document).digest("hex")}`;
  const promoted = await world.image();
  const late = await world.image({ repository: world.prod });
  for (const image of [promoted, late]) await world.expect(0, "approve", image, "--gate", "prod", ...world.keyOf("ana"), "--yes");
  await world.promote(0, promoted, `${world.prod}:pinned`);
  const stricter = APPROVED.replace("by: ana", "by: [ana, bo], atLeast: 2");
  await world.trust(policyText({ ...HOSTS, gates: stricter }));
  const file = join(world.config, "verifier.yaml");
  const pinned = readFileSync(file, "utf8");

  test("stays, also when it could not enter any more", async () => {
    const verdict = await world.verdict(`${world.prod}:pinned`, "--at", days(4));
    assert.deepEqual([told(verdict), verdict.policy.trust, verdict.policy.digest === digest], ["pass stay", "pinned", false]);
    assert.equal(told(await world.verdict(`${world.prod}:pinned`, "--enter")), "deny enter approvals/too-few");
  });

  test("is asked anew if its record is of later", async () => {
    await keep(world, late, document);
    const until = Date.parse(/until: (\S+Z)/.exec(pinned)?.[1] ?? "");
    const [then, later] = [new Date(until), new Date(until + 1_000)];
    assert.equal(
      told(await world.verdict(await forge(world, { image: late, document, said: { judged: { from: then, to: later } } }))),
      ASKED,
    );
    assert.equal(
      told(await world.verdict(await forge(world, { image: late, document, said: { judged: { from: then, to: then } } }))),
      "pass stay",
    );
  });

  test("is asked anew if the configuration does not name that document", async () => {
    for (const other of [
      pinned.replace(/, past: .*$/m, " }"),
      pinned.replace(`past: [ { digest: ${digest}`, `past: [ { digest: sha256:${"0".repeat(64)}`),
    ]) {
      assert.notEqual(other, pinned);
      writeFileSync(file, other);
      assert.equal(told(await world.verdict(`${world.prod}:pinned`)), ASKED);
    }
    writeFileSync(file, pinned);
  });

  test("is not known if the document cannot be read, and nothing without it", async () => {
    const without = await world.image({ repository: world.prod });
    const until = new Date(Date.parse(/until: (\S+Z)/.exec(pinned)?.[1] ?? ""));
    await forge(world, { image: without, document, said: { judged: { from: until, to: until } } });
    assert.equal(told(await world.verdict(without)), ASKED);
    await keep(world, without, document);
    assert.equal(
      await losing(world, without, { isLost: ({ artifactType }) => artifactType === KEPT_POLICY }),
      "unknown stay promotion/unread",
    );
  });

  test("is kept in the pin, with the comments around it, through further changes and back", async () => {
    writeFileSync(file, pinned.replace("pins:", "# who is trusted\npins:"));
    await world.trust(document);
    const text = readFileSync(file, "utf8");
    assert.match(text, /# who is trusted\npins:/);
    assert.deepEqual([...text.matchAll(/until/g)].length, 2);
    assert.equal(told(await world.verdict(`${world.prod}:pinned`, "--at", days(4))), "pass stay");
    await world.trust(document);
    assert.equal(readFileSync(file, "utf8"), text);
  });
});

const ASKED = "deny enter approvals/too-few";

/** As a promotion keeps it beside the image. */
async function keep(at: PromotionWorld, image: string, document: string): Promise<void> {
  const store = await at.store(at.prod);
  const { descriptor } = await store.resolve({ digest: parseDigest(digestOf(image)) });
  await keepContext(descriptor, { store, policy: Buffer.from(document), anchors: [] });
}

/** From now on the world's policy is what is published: documents in place of documents, each signed. */
function publishing(world: PromotionWorld, name: string): (text: string) => Promise<string> {
  const place = `oci://${destination.host}/policies/${name}:latest`;
  const signers = verifierText().replace("roles: {", `roles: { policySigners: { by: [ ${known("bo")} ] },`);
  writeFileSync(join(world.config, "verifier.yaml"), `${signers}policies: { shop: { source: "${place}" } }\n`);
  return async (text) => {
    const file = join(world.folder, "signed.yaml");
    writeFileSync(file, text);
    await world.expect(0, "policy", "sign", file, place, ...world.keyOf("bo"));
    return `sha256:${createHash("sha256").update(text).digest("hex")}`;
  };
}

test("a record that is dated back to a policy that asked for less names nothing that was signed later", async () => {
  const world = await worldFor();
  const publish = publishing(world, "dated");
  const document = policyText({ ...HOSTS, gates: BUILD_ONLY });
  const first = await publish(document);
  await new Promise((done) => setTimeout(done, 1_100));
  await publish(policyText({ ...HOSTS, gates: APPROVED }, 2).replace("version: 2", `version: 2\nprevious: "${first}"`));
  const at = new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000);
  const image = await forge(world, { document, said: { signedAt: at, judged: { from: at, to: at } } });
  const verdict = await world.verdict(image);
  assert.deepEqual([told(verdict), verdict.requirements.flatMap(({ missing }) => missing)], ["deny stay", ["no signature of ci counts"]]);
});

test("an earlier version of a signed policy judges what entered by it, and nothing that says so once there was a later one", async () => {
  const world = await worldFor({ gates: APPROVED });
  const publish = publishing(world, "shop");
  const first = await publish(policyText({ ...HOSTS, gates: APPROVED }));
  const image = await world.image();
  await world.expect(0, "approve", image, "--gate", "prod", ...world.keyOf("ana"), "--yes");
  await world.promote(0, image, `${world.prod}:1`);
  const late = await world.image({ repository: world.prod });
  await world.expect(0, "approve", late, "--gate", "prod", ...world.keyOf("ana"), "--yes");
  await new Promise((done) => setTimeout(done, 1_100));
  const stricter = APPROVED.replace("by: ana", "by: [ana, bo], atLeast: 2");
  const second = policyText({ ...HOSTS, gates: stricter }, 2).replace("version: 2", `version: 2\nprevious: "${first}"`);
  await publish(second);
  const verdict = await world.verdict(`${world.prod}:1`);
  assert.deepEqual([told(verdict), verdict.policy.version], ["pass stay", "2"]);
  assert.equal(told(await world.verdict(`${world.prod}:1`, "--at", days(4))), "pass stay");
  // By the first version it would pass; but the second one had been signed.
  await forge(world, { image: late, document: policyText({ ...HOSTS, gates: APPROVED }) });
  assert.match(told(await world.verdict(late)), /^deny enter approvals\//);
});

interface Forged {
  readonly image?: string;
  /** The policy's first version. */
  readonly document?: string;
  readonly head?: Partial<StatementHead>;
  readonly said?: Partial<PromotionSaid>;
}

/** As a promoter's record would be of an image that entered properly, but for what is changed. */
async function forge(at: PromotionWorld, { image, document = readFileSync(at.policy, "utf8"), head, said }: Forged = {}): Promise<string> {
  const pinned = image ?? (await at.image({ repository: at.prod }));
  const policy = await decodePolicy(Buffer.from(document), { source: "the test" });
  const selection = policy.select(at.prod, "prod");
  assert.ok(selection.kind === "gate" && selection.gate.head !== undefined);
  const { gateTerms: _, ...own } = selection.gate.head;
  const digest = parseDigest(digestOf(pinned));
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  const store = await at.store(at.prod);
  const { referrers } = await store.referrers(digest);
  const record: PromotionSaid = {
    head: { ...own, policyChain: parseDigest(policy.digest), ...head },
    signedAt: now,
    policyDigest: parseDigest(policy.digest),
    event: "entered",
    from: `${at.build}@${digest}`,
    to: pinned,
    tags: ["1"],
    evidence: referrers.map((referrer) => referrer.digest),
    judged: { from: now, to: now },
    lifts: [],
    relaxations: [],
    ...said,
  };
  const [, key = "", , certificate = ""] = at.keyOf("promoter");
  await attest(pinReference(parseReference(at.prod), digest), {
    store,
    signer: await at.opened.openSigner({ key, certificate }),
    predicateType: PROMOTION_V1,
    predicate: writePromotion(record, { digest, builder: "https://example.com/forged" }),
  });
  return pinned;
}

/** What is answered where the registry lists records and has lost them. */
function withoutRecords(at: PromotionWorld, image: string, options: { readonly enter?: true } = {}): Promise<string> {
  return losing(at, image, { ...options, isLost: ({ annotations }) => annotations?.["in-toto.io/predicate-type"] === PROMOTION_V1 });
}

async function losing(
  at: PromotionWorld,
  image: string,
  { isLost, ...options }: { readonly enter?: true; readonly isLost: (referrer: Descriptor) => boolean },
): Promise<string> {
  const { referrers } = await (await at.store(at.prod)).referrers(parseDigest(digestOf(image)));
  const lost = referrers.filter(isLost);
  const faulty = await startFaultProxy(destination.port, ({ url }) =>
    lost.some(({ digest }) => url.endsWith(`/manifests/${digest}`)) ? { kind: "answer", status: 404 } : undefined,
  );
  try {
    const { policy } = await at.opened.judgingPolicy();
    const place = parseReference(image);
    assert.ok(place.kind === "registry" && lost.length > 0);
    const store = await at.opened.openStore({ ...place, registry: faulty.host });
    const { trust, clock } = at.opened;
    return told(await evaluate(place, { store, policy, trust, clock, gate: "prod", ...options }));
  } finally {
    await faulty.close();
  }
}

describe("records by a promoter's key in the wrong hands", async () => {
  const world = await worldFor({ gates: APPROVED });
  test("open nothing: what met the gate is judged again", async () => {
    assert.equal(told(await world.verdict(await forge(world))), "deny stay approvals/too-few");
  });

  test("a record that cannot be read may say that another image has taken its place, or how this one came in", async () => {
    const image = await world.image({ repository: world.prod });
    await world.expect(0, "approve", image, "--gate", "prod", ...world.keyOf("ana"), "--yes");
    assert.equal(told(await world.verdict(image)), "pass enter");
    await forge(world, { image, said: { event: "replaced", other: { image: parseDigest(digestOf(image)) } } });
    assert.equal(told(await world.verdict(image)), "deny enter promotion/replaced");
    assert.equal(await withoutRecords(world, image), ["unknown enter", "promotion/unread"].join(" "));
    const unapproved = await forge(world);
    assert.equal(await withoutRecords(world, unapproved), "unknown enter approvals/too-few promotion/unread");
    assert.equal(await withoutRecords(world, unapproved, { enter: true }), "deny enter approvals/too-few promotion/unread");
  });

  test("evidence that a record does not name is no reason to enter", async () => {
    const image = await world.image({ repository: world.prod });
    await world.expect(0, "approve", image, "--gate", "prod", ...world.keyOf("ana"), "--yes");
    await forge(world, { image, said: { evidence: [] } });
    assert.equal(told(await world.verdict(image, "--at", days(4))), "deny stay approvals/too-few");
  });

  test("open everything where the verifier takes their word, and the verdict says so", async () => {
    const trusting = await worldFor({ gates: APPROVED, trustRecords: true });
    const image = await forge(trusting);
    const verdict = await trusting.verdict(image);
    assert.equal(told(verdict), "pass stay");
    assert.deepEqual(findFaults(verdict), []);
    assert.match(verdict.relaxations.join(), /the word of the record sha256:[0-9a-f]{64} was taken/);
    for (const head of [
      { gate: "build" },
      { product: "shop/web" },
      { policy: "other" },
      { policyChain: parseDigest(`sha256:${"0".repeat(64)}`) },
      { gateDigest: parseDigest(`sha256:${"0".repeat(64)}`) },
      { repository: `${destination.host}/prod/web` },
    ]) {
      assert.equal(told(await trusting.verdict(await forge(trusting, { head }))), "deny enter approvals/too-few", JSON.stringify(head));
    }
    const future = new Date(Date.now() + 3_600_000);
    assert.match(told(await trusting.verdict(await forge(trusting, { said: { judged: { from: future, to: future } } }))), /^deny enter/);
    const policyDigest = parseDigest(`sha256:${"1".repeat(64)}`);
    assert.match(told(await trusting.verdict(await forge(trusting, { said: { policyDigest } }))), /^deny enter/);
  });
});

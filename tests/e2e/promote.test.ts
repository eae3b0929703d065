/** Images go to their place by promotion, enter once and stay: what is copied, recorded, refused, and asked again later. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { Digest } from "../../src/core/digest.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import {
  createPromotionWorld,
  GATES,
  policyText,
  type PromotionOptions,
  type PromotionWorld,
  verifierText,
} from "../fixtures/promotion-world.ts";
import { findFaults } from "../json-schema.ts";
import { needsPrograms } from "../real/programs.ts";
import { startDockerRegistry, startOlareg } from "../real/registries.ts";

const [source, destination] = await Promise.all([startRegistry(), startRegistry()]);
after(() => Promise.all([source.close(), destination.close()]));

const BUILD_ONLY = `  build: { needs: [ { signature: { by: ci } } ] }
  prod: { after: build, stay: { superseded: 30d } }`;

async function worldFor(options: Partial<PromotionOptions> = {}): Promise<PromotionWorld> {
  const world = await createPromotionWorld({ source: source.host, destination: destination.host, gates: BUILD_ONLY, ...options });
  after(() => world.close());
  return world;
}

function days(count: number): string {
  return new Date(Date.now() + count * 86_400_000).toISOString();
}

function codesIn({ requirements, findings }: Verdict): readonly string[] {
  const because = requirements.flatMap((one) => [
    ...(one.because ?? []),
    ...(one.refused ?? []).flatMap((refused) => refused.because),
    ...(one.refusedEvidence ?? []).flatMap((refused) => refused.because),
  ]);
  return [...because, ...findings.filter(({ action }) => action === "enforce")].map(({ code }) => code);
}

async function digestAt(world: PromotionWorld, reference: string): Promise<Digest> {
  return (await (await world.store(reference)).resolve(parseReference(reference))).descriptor.digest;
}

async function remove(reference: string): Promise<void> {
  const [, host = "", repository = "", digest = ""] = /^([^/]+)\/([^@]+)@(.+)$/.exec(reference) ?? [];
  const { status } = await fetch(`http://${host}/v2/${repository}/manifests/${digest}`, { method: "DELETE" });
  assert.equal(status, 202);
}

for (const { name, start, program } of [
  { name: "the registry of the tests", start: () => startRegistry(), program: undefined },
  { name: "docker-registry", start: () => startDockerRegistry(), program: "docker-registry" },
  { name: "olareg", start: () => startOlareg(), program: "olareg" },
]) {
  test(`to ${name}: what people approved enters, and a pod that restarts on the fourth day stays`, async (context) => {
    if (program !== undefined && !needsPrograms(context, program)) return;
    const there = await start();
    const world = await createPromotionWorld({ source: source.host, destination: there.host, gates: GATES });
    context.after(async () => {
      world.close();
      await there.close();
    });
    const image = await world.image();
    const denied = await world.promote(1, image, `${world.prod}:1`);
    assert.match(denied.stdout, /✗ approvals {3}0 of 1/);
    await world.expect(4, "tree", `${world.prod}:1`);
    // Before it has come there: what is said is about the place, and lies beside the image.
    await world.expect(0, "approve", image, "--gate", "prod", ...world.keyOf("ana"), "--yes");
    const said = await world.promote(0, image, `${world.prod}:1`, "--output", "json");
    assert.deepEqual(findFaults(said.json()), []);
    const verdict = await world.verdict(`${world.prod}:1`);
    assert.deepEqual(findFaults(verdict), []);
    assert.deepEqual([verdict.outcome, verdict.question], ["pass", "stay"]);
    assert.equal(verdict.record?.from.startsWith(world.build), true);
    // By now the approval has lapsed.
    const later = await world.verdict(`${world.prod}:1`, "--at", days(4));
    assert.deepEqual([later.outcome, later.question], ["pass", "stay"]);
    const entering = await world.verdict(`${world.prod}:1`, "--at", days(4), "--enter");
    assert.deepEqual([entering.outcome, entering.question, codesIn(entering)], ["deny", "enter", ["approvals/too-few"]]);
    // The second time there is nothing to do.
    const again = await world.promote(0, image, `${world.prod}:1`, "--output", "json");
    assert.equal((again.json() as { outcome: string }).outcome, "held");
  });
}

describe("nothing is copied, and the tag is not moved", async () => {
  const world = await worldFor();
  const isUntouched = async (tag: string): Promise<void> => void (await world.expect(4, "tree", `${world.prod}:${tag}`));

  test("where the policy is neither signed nor pinned", async () => {
    const other = join(world.folder, "other.yaml");
    const { writeFileSync } = await import("node:fs");
    writeFileSync(other, policyText({ source: source.host, destination: destination.host, gates: BUILD_ONLY, more: "# not pinned\n" }));
    const said = await world.promote(3, await world.image(), `${world.prod}:unpinned`, "--policy", other);
    assert.match(said.stderr, /policy\/unpinned/);
    await isUntouched("unpinned");
  });

  test("by a key that is of no promoter, or where nobody says who is one", async () => {
    const image = await world.image();
    const said = await world.promote(3, image, `${world.prod}:mallory`, ...world.keyOf("mallory"));
    assert.match(said.stderr, /promotion\/not-a-promoter/);
    await isUntouched("mallory");
    await world.verifier("apiVersion: countersign.dev/v1\nkind: Verifier\n");
    assert.match((await world.promote(3, image, `${world.prod}:mallory`)).stderr, /roles\.promoters/);
    await world.verifier(verifierText());
  });

  test("by a tag, off a terminal, unless that is asked for and signed along", async () => {
    const image = await world.image({ tag: "moving" });
    const said = await world.promote(2, `${world.build}:moving`, `${world.prod}:moved`);
    assert.match(said.stderr, /usage\/digest-wanted/);
    await isUntouched("moved");
    await world.promote(0, `${world.build}:moving`, `${world.prod}:moved`, "--unsafe-tag");
    assert.equal(await digestAt(world, `${world.prod}:moved`), image.split("@")[1]);
    assert.match((await world.expect(0, "inspect", `${world.prod}:moved`)).stdout, /dev\.countersign\.unsafe-tag.*moving/);
  });

  test("to a place that is not the product's", async () => {
    const said = await world.promote(1, await world.image(), `${destination.host}/prod/web:1`);
    assert.match(said.stdout, /product\/not-listed/);
    await world.promote(1, await world.image(), `${world.build}:elsewhere`);
  });

  test("where the image lacks what the gate asks for", async () => {
    await world.promote(1, await world.image({ unsigned: true }), `${world.prod}:unsigned`);
    await isUntouched("unsigned");
  });
});

describe("records", async () => {
  const world = await worldFor({ gates: GATES });
  const approved = async (): Promise<string> => {
    const image = await world.image();
    await world.expect(0, "approve", image, "--gate", "prod", ...world.keyOf("ana"), "--yes");
    return image;
  };

  test("of somebody who is no promoter fix no clock", async () => {
    const image = await approved();
    await world.verifier(verifierText().replaceAll("promoter }", "mallory }").replace("ca:promoter", "ca:mallory"));
    await world.promote(0, image, `${world.prod}:strange`, ...world.keyOf("mallory"));
    assert.equal((await world.verdict(`${world.prod}:strange`)).question, "stay");
    await world.verifier(verifierText());
    const verdict = await world.verdict(`${world.prod}:strange`, "--at", days(4));
    assert.deepEqual([verdict.outcome, verdict.question, codesIn(verdict)], ["deny", "enter", ["approvals/too-few"]]);
  });

  test("that are carried to another repository say nothing there", async () => {
    const image = await approved();
    await world.promote(0, image, `${world.prod}:carried`);
    const other = `${destination.host}/other/api`;
    await world.expect(0, "copy", `${world.prod}:carried`, `${other}:carried`);
    await world.trust(policyText({ source: source.host, destination: destination.host, gates: GATES }).replace(world.prod, other));
    const verdict = await world.verdict(`${other}:carried`, "--at", days(4));
    assert.deepEqual([verdict.outcome, verdict.question], ["deny", "enter"]);
    await world.trust(policyText({ source: source.host, destination: destination.host, gates: GATES }));
  });

  test("name the evidence: what is gone, or was put there under an earlier date, does not open the gate", async () => {
    const image = await approved();
    await world.promote(0, image, `${world.prod}:gone`);
    const store = await world.store(world.prod);
    const { referrers } = await store.referrers(await digestAt(world, `${world.prod}:gone`));
    const approval = referrers.find(({ annotations }) => annotations?.["in-toto.io/predicate-type"]?.includes("approval") === true);
    assert.ok(approval);
    await remove(`${world.prod}@${approval.digest}`);
    const verdict = await world.verdict(`${world.prod}:gone`, "--at", days(4));
    assert.deepEqual([verdict.outcome, verdict.question], ["deny", "stay"]);
  });
});

describe("the way in for an image of somebody else", async () => {
  const vendor = `${source.host}/vendor/base`;
  const base = `${destination.host}/base/base`;
  const gates = `  base: { needs: [ { signature: { by: vendor, signedAs: "${source.host}/vendor/{name}" } } ] }
  build: { needs: [ { signature: { by: ci } } ] }
  prod: { after: build }`;
  const world = await worldFor({ gates, products: `  base/{name}: { base: "${destination.host}/base/{name}" }` });
  const published = async (repository = vendor): Promise<string> => {
    const image = await world.image({ repository, unsigned: true });
    await world.expect(0, "sign", image, ...world.keyOf("vendor"));
    return image;
  };
  const verify = async (reference: string): Promise<Verdict> =>
    (await world.run("verify", reference, "--gate", "base", "--output", "json")).json() as Verdict;

  test("keeps the name that it was published by, in the record of whoever brought it in", async () => {
    const image = await published();
    await world.promote(0, image, `${base}:1`, "--gate", "base");
    assert.deepEqual([(await verify(`${base}:1`)).outcome, codesIn(await verify(`${base}:1`))], ["pass", []]);
    const entering = await world.run("verify", `${base}:1`, "--gate", "base", "--enter");
    assert.equal(entering.code, 0, entering.stdout);
  });

  test("has no name where it was merely copied, or comes from elsewhere", async () => {
    const image = await published();
    await world.expect(0, "copy", image, `${base}:copied`);
    const copied = await verify(`${base}:copied`);
    assert.deepEqual([copied.outcome, codesIn(copied).includes("identity/name-not-signed")], ["deny", true]);
    const elsewhere = await published(`${source.host}/mallory/base`);
    const denied = await world.promote(1, elsewhere, `${base}:elsewhere`, "--gate", "base");
    assert.match(denied.stdout, /identity\/name-not-signed/);
  });

  test("has no name where a record brought it to another place", async () => {
    const image = await published();
    await world.promote(0, image, `${base}:placed`, "--gate", "base");
    await world.expect(0, "copy", `${base}:placed`, `${destination.host}/base/other:1`);
    const other = await world.run("verify", `${destination.host}/base/other:1`, "--gate", "base");
    assert.equal(other.code, 1);
    assert.match(other.stdout, /identity\/name-not-signed/);
  });

  test("that is older than the one before goes back only where the policy allows it", async () => {
    const older = await published();
    await new Promise((done) => setTimeout(done, 1_100));
    await world.promote(0, await published(), `${base}:order`, "--gate", "base");
    const refused = await world.promote(3, older, `${base}:order`, "--gate", "base");
    assert.match(refused.stderr, /it was signed at .*promotion\/older/s);
    await world.trust(
      policyText({
        source: source.host,
        destination: destination.host,
        products: `  base/{name}: { base: "${destination.host}/base/{name}" }`,
        gates: gates.replace("base: {", "base: { rollback: true,"),
      }),
    );
    assert.match((await world.promote(0, older, `${base}:order`, "--gate", "base")).stdout, /goes back/);
  });
});

test("what strangers have hung on the image is left behind and counted, unless it is asked for", async () => {
  const world = await worldFor();
  const image = await world.image();
  await world.expect(0, "sign", image, ...world.keyOf("mallory"));
  const said = await world.promote(0, image, `${world.prod}:known`, "--output", "json");
  assert.equal((said.json() as { leftBehind: number }).leftBehind, 1);
  assert.match(
    (await world.promote(0, image, `${world.prod}:known`)).stdout,
    /1 thing that nobody has signed whom the policy knows was left behind/,
  );
  const store = await world.store(world.prod);
  const digest = await digestAt(world, `${world.prod}:known`);
  const count = async (): Promise<number> => (await store.referrers(digest)).referrers.length;
  const before = await count();
  await world.promote(0, image, `${world.prod}:all`, "--all-referrers");
  assert.ok((await count()) > before);
});

for (const form of ["oci", "oci-archive"]) {
  test(`to ${form === "oci" ? "a layout" : "an archive"}: it enters under the name that is given, and stays there`, async () => {
    const world = await worldFor();
    const image = await world.image();
    const place = `${form}:${join(world.folder, form)}:1`;
    await world.promote(0, image, place, "--as", world.prod);
    const verdict = await world.verdict(place, "--as", world.prod);
    assert.deepEqual([verdict.outcome, verdict.question], ["pass", "stay"]);
    await world.promote(0, image, place, "--as", world.prod);
    // And on from there, into the registry.
    await world.promote(0, `${place.slice(0, -2)}@${verdict.subject.descriptor?.digest ?? ""}`, `${world.prod}:from-${form}`);
    assert.deepEqual([(await world.verdict(`${world.prod}:from-${form}`)).question], ["stay"]);
  });
}

test("to a registry without the referrers API", async () => {
  const there = await startRegistry({ referrersApi: false });
  const world = await createPromotionWorld({ source: source.host, destination: there.host, gates: BUILD_ONLY });
  after(async () => {
    world.close();
    await there.close();
  });
  await world.promote(0, await world.image(), `${world.prod}:1`);
  assert.equal((await world.verdict(`${world.prod}:1`)).question, "stay");
});

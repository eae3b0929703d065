/** oras beside Countersign: it finds our signatures, and neither loses what the other has attached. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { createNotationHome } from "../fixtures/notation-home.ts";
import { runProgram } from "../fixtures/programs.ts";
import { type Image, RealPlaces, REGISTRY_PROGRAMS } from "../fixtures/real-places.ts";

const SIGNATURE_TYPE = "application/vnd.cncf.notary.signature";
const REPORT_TYPE = "application/vnd.example.report";

const home = createNotationHome();
const places = new RealPlaces();
const folder = mkdtempSync(join(tmpdir(), "countersign-oras-"));

before(async () => {
  await places.start();
  const chain = await createTestChain();
  home.addKey("own", chain);
  home.trust("test", chain);
  home.policy();
});

after(async () => {
  await places.close();
  home.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function oras(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram("oras", args, { env: home.env, cwd: folder });
  assert.equal(code, 0, stderr);
  return stdout;
}

async function attachByOras(reference: string, name: string, ...flags: readonly string[]): Promise<string> {
  writeFileSync(join(folder, name), name);
  const words = ["attach", "--plain-http", "--format", "json", "--artifact-type", REPORT_TYPE, ...flags, reference, name];
  return (JSON.parse(await oras(...words)) as { readonly digest: string }).digest;
}

async function signByUs(reference: string, ...flags: readonly string[]): Promise<string> {
  const said = await home.countersign("sign", reference, "--key", "own", "--output", "json", ...flags);
  assert.equal(said.code, 0, said.stderr);
  return (said.json() as { readonly signatures: readonly { readonly digest: string }[] }).signatures[0]?.digest ?? "";
}

interface Discovered {
  readonly referrers?: readonly { readonly digest: string; readonly artifactType: string }[];
}

async function discover(reference: string, ...flags: readonly string[]): Promise<readonly string[]> {
  const found = JSON.parse(await oras("discover", "--plain-http", "--format", "json", ...flags, reference)) as Discovered;
  return (found.referrers ?? []).map(({ digest, artifactType }) => `${artifactType} ${digest}`).toSorted();
}

async function seenByUs({ store, descriptor }: Image): Promise<readonly string[]> {
  const { referrers, complete, notes } = await store.referrers(descriptor.digest);
  assert.ok(complete);
  assert.deepEqual(notes, []);
  return referrers.map(({ artifactType, digest }) => `${artifactType} ${digest}`).toSorted();
}

for (const program of REGISTRY_PROGRAMS) {
  test(`${program}: by turns, everything stays, and both see it all`, async (context) => {
    const place = places.open(context, program, "oras");
    if (place === undefined) return;
    const image = await place.image("oras/turns");
    const { reference } = image;
    const attached = [
      `${REPORT_TYPE} ${await attachByOras(reference, "first.txt")}`,
      `${SIGNATURE_TYPE} ${await signByUs(reference)}`,
      `${REPORT_TYPE} ${await attachByOras(reference, "second.txt")}`,
      `${SIGNATURE_TYPE} ${await signByUs(reference, "--manifest-form", "artifact", "--format", "notary-cose")}`,
      `${REPORT_TYPE} ${await attachByOras(reference, "third.txt")}`,
    ].toSorted();
    assert.deepEqual(await discover(reference), attached);
    assert.deepEqual(await seenByUs(image), attached);
    assert.equal((await discover(reference, "--artifact-type", SIGNATURE_TYPE)).length, 2);
    assert.equal((await home.countersign("verify", reference)).code, 0);
  });
}

test("olareg: what oras and we put under the fallback tag stays, and we see it beside what the API lists", async (context) => {
  const place = places.open(context, "olareg", "oras");
  if (place === undefined) return;
  const image = await place.image("oras/tag");
  const { reference } = image;
  const byTag = ["--distribution-spec", "v1.1-referrers-tag"];
  const attached = [
    `${REPORT_TYPE} ${await attachByOras(reference, "first.txt", ...byTag)}`,
    `${SIGNATURE_TYPE} ${await signByUs(reference, "--referrers", "tag")}`,
    `${REPORT_TYPE} ${await attachByOras(reference, "second.txt", ...byTag)}`,
  ].toSorted();
  assert.deepEqual(await discover(reference, ...byTag), attached);
  const byApi = `${SIGNATURE_TYPE} ${await signByUs(reference)}`;
  assert.deepEqual(await seenByUs(image), [...attached, byApi].toSorted());
});

/** A copy by way of an archive, one within a registry, and what hangs on cosign's tags: others find it there. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { createNotationHome } from "../fixtures/notation-home.ts";
import { runProgram } from "../fixtures/programs.ts";
import { RealPlaces } from "../fixtures/real-places.ts";
import { cosignTag, makeImage } from "../fixtures/rich-image.ts";

const home = createNotationHome();
const places = new RealPlaces();

before(async () => {
  const chain = await createTestChain();
  home.addKey("test", chain);
  home.trust("test", chain);
  home.policy();
  await places.start();
});
after(async () => {
  await places.close();
  home.remove();
});

async function copied(source: string, destination: string): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await home.built("copy", source, destination, "--output", "json");
  assert.equal(code, 0, `${stdout}${stderr}`);
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}

test("signed by both at docker-registry, verified by both at olareg, and back again by way of an archive", async (context) => {
  const [from, to] = [places.open(context, "docker-registry", "notation"), places.open(context, "olareg")];
  if (from === undefined || to === undefined) return;
  const { reference } = await from.image("copy/app", "1.4");
  const pinned = reference.slice(reference.indexOf("@"));
  assert.equal((await home.notation("sign", "--insecure-registry", "--key", "test", reference)).code, 0);
  assert.equal((await home.countersign("sign", reference, "--key", "test", "--format", "notary-cose")).code, 0);

  const archive = `oci-archive:${join(home.folder, "carried.tar")}`;
  const way = [`${from.host}/copy/app:1.4`, `${to.host}/copy/app`, `${archive}:1.4`, `${from.host}/copy/back`, `${to.host}/copy/mounted`];
  for (const [place, destination] of way.entries()) {
    const source = way[place - 1];
    if (source === undefined) continue;
    // Each is given the source's tag, which is found again by it.
    const { referrers } = await copied(source.endsWith(":1.4") ? source : `${source}:1.4`, destination);
    assert.equal(referrers, 2, destination);
    const name = destination.replace(/:1\.4$/, "");
    const verified = await home.countersign("verify", `${name}${pinned}`, "--explain", "--output", "json");
    const { outcome, signatures } = verified.json() as { outcome: string; signatures: readonly { outcome: string }[] };
    assert.deepEqual([outcome, signatures.map((signature) => signature.outcome)], ["pass", ["counts", "counts"]], destination);
    if (destination.startsWith("oci")) continue;
    const theirs = await home.notation("verify", "--insecure-registry", `${name}:1.4`);
    assert.equal(theirs.code, 0, theirs.stderr);
  }
});

test("within one registry nothing is sent", async (context) => {
  for (const program of ["docker-registry", "olareg"] as const) {
    const place = places.open(context, program);
    if (place === undefined) continue;
    const { reference } = await place.image("mount/app");
    assert.equal((await home.countersign("sign", reference, "--key", "test")).code, 0);
    const report = await copied(reference, `${place.host}/mount/other:1`);
    assert.deepEqual(report["blobs"] && (report["blobs"] as Record<string, unknown>)["copied"], { count: 0, bytes: 0 }, program);
  }
});

test("what hangs on cosign's tag is there for others under the same tag", async (context) => {
  const [from, to] = [places.open(context, "docker-registry", "skopeo"), places.open(context, "olareg")];
  if (from === undefined || to === undefined) return;
  const image = await from.image("cosign/app", "1");
  const signatures = await makeImage(image.store, [Buffer.from("a payload")]);
  const tag = cosignTag(image.descriptor, "sig");
  await image.store.pushManifest(signatures.descriptor, signatures.bytes, { tag });
  const report = await copied(`${from.host}/cosign/app:1`, `${to.host}/cosign/app`);
  assert.deepEqual(report["tags"], [tag]);
  const seen = await runProgram("skopeo", ["inspect", "--raw", "--tls-verify=false", `docker://${to.host}/cosign/app:${tag}`], {
    env: { HOME: home.folder },
  });
  assert.equal(seen.stdout, Buffer.from(signatures.bytes).toString("utf8"), seen.stderr);
});

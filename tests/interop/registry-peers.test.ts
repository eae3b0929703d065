/** Our stores beside the real notation and oras, on real registries and in layouts: each sees what the other wrote. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openLayout } from "../../src/registry/layout.ts";
import { EMPTY, hasCode, IMAGE, manifestOf, noteOn, openRepository, pushImage, REPOSITORY } from "../fixtures/remote-repository.ts";
import { needsPrograms } from "../real/programs.ts";
import { type DockerRegistryOptions, type RealRegistry, startDockerRegistry, startOlareg } from "../real/registries.ts";

const SIGNATURE_TYPE = "application/vnd.cncf.notary.signature";
const fixture = (name: string): string => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname;

/** Not a real signature: it is listed, never verified. In the form that stable notation writes. */
const listedOnly = manifestOf({
  config: { ...EMPTY, mediaType: SIGNATURE_TYPE },
  layers: [{ ...EMPTY, mediaType: "application/jose+json" }],
  subject: IMAGE.descriptor,
});

function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "countersign-peers-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function runWith(home: string, program: string, ...args: readonly string[]): string {
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, NOTATION_EXPERIMENTAL: "1" };
  return execFileSync(program, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

async function dockerRegistry(context: TestContext, options: DockerRegistryOptions = {}): Promise<RealRegistry> {
  const registry = await startDockerRegistry(options);
  context.after(() => registry.close());
  return registry;
}

for (const { program, flags } of [
  { program: "docker-registry", flags: ["--force-referrers-tag=true"] },
  { program: "olareg", flags: ["--force-referrers-tag=false"] },
  { program: "olareg", flags: ["--force-referrers-tag=true"] },
]) {
  test(`notation and we see each other's signatures on ${program} ${flags.join()}`, async (context) => {
    if (!needsPrograms(context, program, "notation", "oras")) return;
    const registry = program === "olareg" ? await startOlareg() : await startDockerRegistry();
    context.after(() => registry.close());
    const home = makeFolder(context);
    const store = openRepository(context, registry);
    await pushImage(store);
    const reference = `${registry.host}/${REPOSITORY}@${IMAGE.descriptor.digest}`;
    runWith(home, "notation", "cert", "generate-test", "--default", "peers.example");
    runWith(home, "notation", "sign", "--insecure-registry", ...flags, reference);
    const theirs = await store.referrers(IMAGE.descriptor.digest, { artifactTypes: [SIGNATURE_TYPE] });
    assert.equal(theirs.referrers.length, 1);
    const theirDigest = theirs.referrers[0]?.digest ?? "";
    await store.attach([listedOnly], {
      subject: IMAGE.descriptor,
      mode: flags[0]?.endsWith("true") === true ? "tag" : "auto",
    });
    const both = await store.referrers(IMAGE.descriptor.digest);
    assert.equal(both.referrers.length, 2);
    const seen = runWith(home, "oras", "discover", "--format", "json", "--plain-http", reference);
    // notation and oras ask the API where there is one, and then do not look at the tag.
    if (program === "docker-registry" || flags[0]?.endsWith("false") === true)
      assert.ok(seen.includes(theirDigest) && seen.includes(listedOnly.descriptor.digest), seen);
    assert.ok(runWith(home, "notation", "list", "--insecure-registry", reference).includes(listedOnly.descriptor.digest));
  });
}

test("notation and oras see what we write into a layout, and we what notation writes", async (context) => {
  if (!needsPrograms(context, "notation", "oras")) return;
  const home = makeFolder(context);
  const folder = join(home, "layout");
  const store = openLayout(folder, { create: true });
  await pushImage(store);
  await store.attach([listedOnly], { subject: IMAGE.descriptor });
  const reference = `${folder}@${IMAGE.descriptor.digest}`;
  assert.ok(runWith(home, "notation", "list", "--oci-layout", reference).includes(listedOnly.descriptor.digest));
  assert.ok(runWith(home, "oras", "discover", "--oci-layout", `${folder}:v1`).includes(listedOnly.descriptor.digest));
  runWith(home, "notation", "cert", "generate-test", "--default", "peers.example");
  runWith(home, "notation", "sign", "--oci-layout", reference);
  const listing = await store.referrers(IMAGE.descriptor.digest, { artifactTypes: [SIGNATURE_TYPE] });
  assert.equal(listing.referrers.length, 2);
  const note = noteOn(IMAGE.descriptor, "after notation");
  await store.attach([note], { subject: IMAGE.descriptor });
  assert.equal((await store.referrers(IMAGE.descriptor.digest)).referrers.length, 3);
});

test("docker-registry: an index whose entry was deleted can still be written", async (context) => {
  if (!needsPrograms(context, "docker-registry")) return;
  const registry = await dockerRegistry(context);
  const store = openRepository(context, registry);
  await pushImage(store);
  const [gone, stays, later] = ["gone", "stays", "later"].map((text) => noteOn(IMAGE.descriptor, text));
  assert.ok(gone !== undefined && stays !== undefined && later !== undefined);
  for (const note of [gone, stays]) await store.attach([note], { subject: IMAGE.descriptor });
  await remove(`http://${registry.host}/v2/${REPOSITORY}/manifests/${gone.descriptor.digest}`);
  await store.attach([later], { subject: IMAGE.descriptor });
  const listed = (await store.referrers(IMAGE.descriptor.digest)).referrers.map(({ digest }) => digest);
  assert.deepEqual(listed, [stays.descriptor.digest, later.descriptor.digest]);
  assert.deepEqual(await store.repairIndex(IMAGE.descriptor.digest), { added: [], dropped: [] });
});

test("docker-registry: a password, TLS with a private CA, and no writes", async (context) => {
  if (!needsPrograms(context, "docker-registry")) return;
  const [username, password] = ["alice", "s3cret"];
  // bcrypt of "s3cret".
  const htpasswd = "alice:$2b$05$rcZBGFmsMNkn9z4r48oWMOqjiJck5/Ovyau/fxQTayzJTx4Lc7H8.\n";
  const registry = await dockerRegistry(context, { htpasswd, tls: { certificate: fixture("server.crt"), key: fixture("server.key") } });
  const ca = readFileSync(fixture("ca.crt"), "utf8");
  const store = openRepository(context, registry, { credentials: { username, password }, http: { ca } });
  await pushImage(store);
  const note = noteOn(IMAGE.descriptor, "over TLS");
  assert.deepEqual(await store.attach([note], { subject: IMAGE.descriptor }), { via: "tag" });
  assert.equal((await store.referrers(IMAGE.descriptor.digest)).referrers.length, 1);
  await assert.rejects(openRepository(context, registry, { http: { ca } }).resolve({ tag: "v1" }), hasCode("registry/unauthorized"));
  const readOnly = openRepository(context, await dockerRegistry(context, { readOnly: true }));
  await assert.rejects(pushImage(readOnly), hasCode("store/read-only"));
});

function remove(url: string): Promise<void> {
  return new Promise((done, fail) => {
    const sent = request(url, { method: "DELETE" }, (answer) => {
      answer.resume();
      if (answer.statusCode === 202) done();
      else fail(new Error(`DELETE answered ${answer.statusCode}`));
    });
    sent.once("error", fail).end();
  });
}

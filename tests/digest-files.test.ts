/** `sign --digest-from` over the files that buildx, buildah and podman really write, and over fresh ones where buildah or podman is installed. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseDigestFile } from "../src/cli/digest-file.ts";
import { isObject } from "../src/core/descriptor.ts";
import { CountersignError } from "../src/core/errors.ts";
import { MANIFEST_TYPES } from "../src/core/media-types.ts";
import { openLayout } from "../src/registry/layout.ts";
import { pushImage } from "../src/testing/image.ts";
import { countersign, type Said } from "./e2e/terminal.ts";
import { runProgram } from "./fixtures/programs.ts";
import { findProgram, needsPrograms } from "./real/programs.ts";
import { startDockerRegistry } from "./real/registries.ts";

const FIXTURES = fileURLToPath(new URL("fixtures/digest-files/", import.meta.url));

/** Files that are read, and name another thing than an image in a registry: only the store can tell. */
const NOT_OF_A_REGISTRY = [
  "buildah-1.28.2-build.iid",
  "podman-4.3.1-build.iid",
  "buildx-0.29.1-build-single.iid",
  "buildx-0.29.1-build-docker-tar.json",
];
const REFUSED: Readonly<Record<string, RegExp>> = {
  "buildx-0.29.1-bake.json": /names 2 images/,
  "buildx-0.29.1-build-not-pushed.json": /holds no image digest/,
  "buildx-0.29.1-build-not-pushed.iid": /neither a digest nor JSON/,
};

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-digest-files-"));
  assert.equal((await run(["cert", "test"])).code, 0);
});
after(() => rm(folder, { recursive: true, force: true }));

function run(args: readonly string[]): Promise<Said> {
  return countersign([...args, "--config", join(folder, "config")]);
}

function signFrom(reference: string, file: string): Promise<Said> {
  return run(["sign", reference, "--key", "test", "--digest-from", file]);
}

async function read(name: string): Promise<string> {
  return parseDigestFile(await readFile(join(FIXTURES, name)), name);
}

test("each file that a tool wrote names the digest that the registry had, or is refused", async () => {
  const digests: unknown = JSON.parse(await readFile(join(FIXTURES, "digests.json"), "utf8"));
  assert.ok(isObject(digests));
  const files = (await readdir(FIXTURES)).filter((name) => !["README.md", "digests.json"].includes(name));
  assert.deepEqual(files.toSorted(), [...Object.keys(digests), ...NOT_OF_A_REGISTRY, ...Object.keys(REFUSED)].toSorted());
  for (const [name, digest] of Object.entries(digests)) assert.equal(await read(name), digest, name);
  for (const [name, why] of Object.entries(REFUSED)) {
    await assert.rejects(
      read(name),
      (error) => error instanceof CountersignError && error.code === "file/unreadable" && why.test(error.message),
    );
  }
});

test("what bake wrote about two targets is answered with the digest of each", async () => {
  const layout = join(folder, "bake");
  await pushImage(await openLayout(layout, { create: true }), { files: [{ path: "app", bytes: Buffer.from("bake") }], tag: "1" });
  const said = await signFrom(`oci:${layout}`, join(FIXTURES, "buildx-0.29.1-bake.json"));
  assert.equal(said.code, 2, said.stderr);
  assert.match(said.stderr, /try: name each digest: REF@sha256:0d6b5bea\w+, REF@sha256:d20ea099\w+/);
});

test("an image ID is refused: it is the digest of the config, which a layout has and a registry has, though not as an image", async () => {
  const layout = join(folder, "layout");
  const store = await openLayout(layout, { create: true });
  const { digest } = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("one") }], tag: "1" });
  const { bytes } = await store.resolve({ digest });
  const id = configDigest(bytes);
  const file = join(folder, "app.iid");
  await writeFile(file, id);
  const said = await signFrom(`oci:${layout}`, file);
  assert.equal(said.code, 2, said.stderr);
  assert.match(said.stderr, /is a part of the image .*--iidfile/);
  assert.match(said.stderr, /try: .*--metadata-file FILE.*--digestfile FILE/);
  const named = await run(["sign", `oci:${layout}@${id}`, "--key", "test"]);
  assert.equal(named.code, 4, named.stderr);
  assert.match(named.stderr, /it has no layers, and is no index/);
});

test("an image that was not pushed to this place is told by its digest and file, not by a tag that nobody named", async () => {
  const layout = join(folder, "other");
  await pushImage(await openLayout(layout, { create: true }), { files: [{ path: "app", bytes: Buffer.from("two") }], tag: "1" });
  const said = await signFrom(`oci:${layout}`, join(FIXTURES, "buildah-1.28.2-push.digest"));
  assert.equal(said.code, 4, said.stderr);
  assert.match(said.stderr, /@sha256:6c0aa0a7\w+": the image that ".*buildah-1\.28\.2-push\.digest" names is not there/);
});

for (const tool of ["buildah", "podman"]) {
  test(`${tool} on this machine: its digest files are taken, its image ID is refused`, async (context) => {
    // Also under CI: the two are large, and what they wrote is among the fixtures.
    if (findProgram(tool) === undefined) return context.skip(`not installed: ${tool}`);
    if (process.getuid?.() !== 0) return context.skip(`${tool} without root needs user namespaces that this test does not set up`);
    if (!needsPrograms(context, "docker-registry")) return;
    const registry = await startDockerRegistry({ storage: "inmemory" });
    context.after(() => registry.close());
    const place = join(folder, tool);
    await mkdir(place);
    await writeFile(join(place, "one.txt"), "one\n");
    await writeFile(join(place, "Dockerfile"), "FROM scratch\nCOPY one.txt /\n");
    const storage = ["--storage-driver", "vfs", "--root", join(place, "root"), "--runroot", join(place, "run")];
    const act = async (...args: readonly string[]): Promise<void> => {
      const ran = await runProgram(tool, [...storage, ...args], { cwd: place, env: { HOME: place, BUILDAH_ISOLATION: "chroot" } });
      assert.equal(ran.code, 0, ran.stderr);
    };
    const repository = `${registry.host}/${tool}/app`;
    await act("build", "-q", "--iidfile", "app.iid", "-t", "app:1", ".");
    await act("push", "--tls-verify=false", "--digestfile", "app.digest", "app:1", `docker://${repository}:1`);
    await act("manifest", "create", "list:1", "containers-storage:localhost/app:1");
    await act("manifest", "push", "--all", "--tls-verify=false", "--digestfile", "list.digest", "list:1", `docker://${repository}:list`);

    for (const [file, tag] of [
      ["app.digest", "1"],
      ["list.digest", "list"],
    ] as const) {
      const answer = await fetch(`http://${registry.host}/v2/${tool}/app/manifests/${tag}`, {
        method: "HEAD",
        // A Docker list is turned into one of its images for whoever does not take lists.
        headers: { accept: MANIFEST_TYPES.join(", ") },
      });
      const digest = answer.headers.get("docker-content-digest");
      assert.equal(parseDigestFile(await readFile(join(place, file)), file), digest);
      const signed = await signFrom(repository, join(place, file));
      assert.equal(signed.code, 0, signed.stderr);
      assert.match(signed.stdout, new RegExp(`@${digest}`));
    }
    const refused = await signFrom(repository, join(place, "app.iid"));
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, /is a part of the image/);
    const elsewhere = await signFrom(`${registry.host}/${tool}/none`, join(place, "app.digest"));
    assert.equal(elsewhere.code, 4, elsewhere.stderr);
    assert.match(elsewhere.stderr, /the image that ".*app\.digest" names is not there/);
  });
}

function configDigest(manifest: Uint8Array): string {
  const document: unknown = JSON.parse(Buffer.from(manifest).toString("utf8"));
  assert.ok(isObject(document) && isObject(document["config"]));
  return String(document["config"]["digest"]);
}

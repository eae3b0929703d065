/** OCI archives that others wrote are read, and others read ours: skopeo, tar, and what `docker save` writes. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runProgram } from "../fixtures/programs.ts";
import { CountersignError } from "../../src/core/errors.ts";
import { parseReference } from "../../src/core/reference.ts";
import { openArchive } from "../../src/registry/archive.ts";
import { openLayout } from "../../src/registry/layout.ts";
import { pushImage } from "../../src/testing/image.ts";
import { copy } from "../../src/copy.ts";
import { attachNote, everythingAt, pushRichImage } from "../fixtures/rich-image.ts";
import { needsPrograms } from "../real/programs.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-archives-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const FILES = [{ path: "app", bytes: Buffer.from("content") }];

async function run(program: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args, { env: { HOME: folder } });
  assert.equal(code, 0, `${program} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

test("skopeo reads what is written here, and an archive that skopeo wrote is read and signed into", async (context) => {
  if (!needsPrograms(context, "skopeo")) return;
  const path = join(folder, "ours.tar");
  const ours = openArchive(path, { create: true });
  const image = await pushImage(ours, { files: FILES, tag: "1.0" });
  await ours.commit();
  const theirs = join(folder, "theirs.tar");
  await run("skopeo", "--insecure-policy", "copy", "--preserve-digests", `oci-archive:${path}:1.0`, `oci-archive:${theirs}:2.0`);
  const store = openArchive(theirs);
  assert.equal((await store.resolve({ tag: "2.0" })).descriptor.digest, image.digest);
  const note = await attachNote(store, image, "added to an archive of skopeo's");
  await store.commit();
  const listed = (await openArchive(theirs).referrers(image.digest)).referrers.map(({ digest }) => digest);
  assert.deepEqual(listed, [note.descriptor.digest]);
  const inspected = await run("skopeo", "inspect", "--raw", `oci-archive:${theirs}:2.0`);
  assert.deepEqual(Buffer.from(inspected), Buffer.from((await store.resolve({ tag: "2.0" })).bytes));
});

test("tar unpacks it into the layout that it was, and packs a layout that is read", async (context) => {
  if (!needsPrograms(context, "tar")) return;
  const path = join(folder, "rich.tar");
  const store = openArchive(path, { create: true });
  await pushRichImage(store, "v1");
  const unpacked = join(folder, "unpacked");
  mkdirSync(unpacked);
  await run("tar", "-xf", path, "-C", unpacked);
  assert.deepEqual(await everythingAt(openLayout(unpacked), { tag: "v1" }), await everythingAt(store, { tag: "v1" }));
  for (const format of ["ustar", "pax", "gnu"]) {
    const packed = join(folder, `${format}.tar`);
    await run("tar", `--format=${format}`, "-cf", packed, "-C", unpacked, ".");
    assert.deepEqual(await everythingAt(openArchive(packed), { tag: "v1" }), await everythingAt(store, { tag: "v1" }), format);
  }
});

test("the archive of docker save is read, and what Docker put beside the layout is kept", async (context) => {
  if (!needsPrograms(context, "tar")) return;
  const layout = join(folder, "saved");
  const store = openLayout(layout, { create: true });
  const image = await pushImage(store, { files: FILES, tag: "1.0" });
  // Docker names its own documents beside those of the layout.
  writeFileSync(join(layout, "manifest.json"), "[]");
  writeFileSync(join(layout, "repositories"), "{}");
  const path = join(folder, "saved.tar");
  await run("tar", "-cf", path, "-C", layout, "blobs", "index.json", "manifest.json", "oci-layout", "repositories");
  const archive = openArchive(path);
  assert.equal((await archive.resolve({ tag: "1.0" })).descriptor.digest, image.digest);
  await attachNote(archive, image, "a note");
  await archive.commit();
  assert.match(await run("tar", "-tf", path), /^manifest\.json$/m);
});

test("--as is kept as the name by which containerd and Docker load an image", async () => {
  const from = openLayout(join(folder, "named"), { create: true });
  await pushImage(from, { files: FILES, tag: "1.0" });
  const path = join(folder, "named.tar");
  const to = openArchive(path, { create: true });
  await copy(parseReference(`oci:${from.name}:1.0`), parseReference(`oci-archive:${path}:1.0`), { from, to, as: "registry.example/app" });
  const { descriptor } = await openArchive(path).resolve({ tag: "1.0" });
  const unpacked = join(folder, "named-unpacked");
  mkdirSync(unpacked);
  await run("tar", "-xf", path, "-C", unpacked);
  const index = JSON.parse(await run("cat", join(unpacked, "index.json"))) as { manifests: readonly object[] };
  assert.deepEqual(index.manifests, [
    {
      ...descriptor,
      annotations: { "io.containerd.image.name": "registry.example/app:1.0", "org.opencontainers.image.ref.name": "1.0" },
    },
  ]);
});

test("what is no archive, or only a part of one, is refused, and left as it was", async () => {
  const path = join(folder, "broken.tar");
  const store = openArchive(path, { create: true });
  const image = await pushImage(store, { files: FILES, tag: "1.0" });
  await store.commit();
  await assert.rejects(openArchive(join(folder, "absent.tar")).resolve({ tag: "1.0" }), hasCode("store/not-found"));
  truncateSync(path, 1500);
  await assert.rejects(openArchive(path).resolve({ tag: "1.0" }), hasCode("store/invalid-answer"));
  const again = openArchive(path, { create: true });
  await assert.rejects(
    attachNote(again, image, "a note").then(() => again.commit()),
    hasCode("store/invalid-answer"),
  );
  assert.equal(statSync(path).size, 1500);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".lock")),
    [],
  );
  const pipe = join(folder, "pipe");
  await run("mkfifo", pipe);
  for (const other of [folder, pipe]) await assert.rejects(openArchive(other).resolve({ tag: "1.0" }), hasCode("store/invalid-answer"));
});

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof CountersignError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  };
}

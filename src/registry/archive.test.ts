/** What lies beside an archive may come from a stranger, as the archive itself does. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs, {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { EMPTY, hasCode, IMAGE, noteOn, pushImage } from "../../tests/fixtures/remote-repository.ts";
import { digestHex, digestOf } from "../core/digest.ts";
import { openArchive } from "./archive.ts";

const LONG_AGO = new Date("2020-01-01T00:00:00Z");

interface Victim {
  readonly path: string;
  readonly side: string;
  readonly archive: string;
}

/** Old files of the user's, under names of his and under names that we give. */
function createVictim(context: TestContext): Victim {
  const folder = mkdtempSync(join(tmpdir(), "countersign-archive-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "victim");
  mkdirSync(path);
  for (const name of ["thesis.odt", `.${"0".repeat(16)}.tmp`, "a".repeat(64)]) {
    writeFileSync(join(path, name), name);
    utimesSync(join(path, name), LONG_AGO, LONG_AGO);
  }
  return { path, archive: join(folder, "image.tar"), side: join(folder, ".image.tar.countersign") };
}

test("a pipe is no archive, and nobody is waited for at its other end", async (context) => {
  const { archive } = createVictim(context);
  assert.equal(spawnSync("mkfifo", [archive]).status, 0);
  await assert.rejects(openArchive(archive).resolve({ tag: "v1" }), hasCode("store/invalid-answer"));
  await assert.rejects(pushImage(openArchive(archive, { create: true })), hasCode("store/invalid-answer"));
});

test("a commit that was stopped leaves the archive as it was", async (context) => {
  const victim = createVictim(context);
  await write(victim);
  const before = readFileSync(victim.archive);
  const store = openArchive(victim.archive);
  await store.pushManifest(IMAGE.descriptor, IMAGE.bytes, { tag: "v2" });
  await assert.rejects(store.commit({ signal: AbortSignal.abort() }), hasCode("job/aborted"));
  assert.deepEqual(readFileSync(victim.archive), before);
});

test("an archive that is another at every look is read as one that there was", async (context) => {
  const { archive } = createVictim(context);
  const store = openArchive(archive, { create: true });
  await pushImage(store);
  const [one, ...others] = ["one", "two", "three"].map((text) => noteOn(IMAGE.descriptor, text));
  assert.ok(one !== undefined);
  await store.attach([one], { subject: IMAGE.descriptor });
  await store.commit();
  const states = [readFileSync(archive)];
  await store.attach(others, { subject: IMAGE.descriptor });
  await store.pushManifest(IMAGE.descriptor, IMAGE.bytes, { tag: "a-name-that-moves-all-that-comes-after-the-index".repeat(20) });
  await store.commit();
  states.push(readFileSync(archive));

  // As a writer would who commits whenever a reader is about to look.
  const { open } = fs.promises;
  let looks = 0;
  fs.promises.open = (path, ...rest) => {
    if (path === archive) {
      writeFileSync(`${archive}.new`, states[looks++ % 2] ?? "");
      renameSync(`${archive}.new`, archive);
    }
    return open(path, ...rest);
  };
  syncBuiltinESMExports();
  context.after(() => {
    fs.promises.open = open;
    syncBuiltinESMExports();
  });
  const reader = openArchive(archive);
  for (let times = 0; times < 5; times++) {
    assert.deepEqual((await reader.resolve({ tag: "v1" })).bytes, Buffer.from(IMAGE.bytes));
    assert.deepEqual(Buffer.from(await reader.fetch(EMPTY)), Buffer.from("{}"));
    assert.ok(await reader.has(EMPTY));
    const { referrers, complete, notes } = await reader.referrers(IMAGE.descriptor.digest);
    // Of the later state's index, what the earlier one does not hold is said not to be there, or the list not to be whole.
    if (complete) assert.deepEqual([[1, 3].includes(referrers.length), notes], [true, []]);
    // One more look, so that the next round begins with the other state.
    await reader.tags();
  }
  assert.ok(looks > 20);
});

async function write({ archive }: Victim): Promise<void> {
  const store = openArchive(archive, { create: true });
  await pushImage(store);
  await store.commit();
}

test("nothing is removed behind a link that somebody left beside the archive", async (context) => {
  for (const place of ["x", "blobs", "blobs/sha256"]) {
    const victim = createVictim(context);
    mkdirSync(join(victim.side, place, ".."), { recursive: true, mode: 0o700 });
    symlinkSync(victim.path, join(victim.side, place));
    await write(victim).catch(hasCode("store/invalid-answer"));
    assert.equal(readdirSync(victim.path).length, 3, place);
  }
});

const STRANGERS: Readonly<Record<string, (folder: string) => void>> = {
  "of another user": (folder) => chownSync(folder, 65_534, 65_534),
  "that others may write to": (folder) => chmodSync(folder, 0o777),
};

for (const [which, give] of Object.entries(STRANGERS)) {
  const skip = which === "of another user" && process.getuid?.() !== 0 && "only root can give a folder away";
  test(`a folder beside the archive ${which} is not written to, read or tidied`, { skip }, async (context) => {
    const victim = createVictim(context);
    await write(victim);
    const before = readFileSync(victim.archive);
    const [early, late] = ["early", "late"].map((text) => noteOn(IMAGE.descriptor, text));
    assert.ok(early !== undefined && late !== undefined);
    await openArchive(victim.archive).attach([early], { subject: IMAGE.descriptor });
    give(victim.side);
    const store = openArchive(victim.archive);
    await store.pushManifest(IMAGE.descriptor, IMAGE.bytes, { tag: "v2" });
    // Before the temporary takes the archive's place he could exchange it.
    await assert.rejects(store.commit(), hasCode("store/invalid-answer", /no folder of ours/));
    await assert.rejects(store.attach([late], { subject: IMAGE.descriptor }), hasCode("store/invalid-answer", /no folder of ours/));
    assert.deepEqual(readFileSync(victim.archive), before);
    assert.deepEqual(readdirSync(join(victim.side, "blobs", "sha256")), [digestHex(early.descriptor.digest)]);

    const reader = openArchive(victim.archive);
    assert.equal(await reader.has(early.descriptor), false);
    assert.equal((await reader.referrers(IMAGE.descriptor.digest)).complete, true);
  });
}

test("a link in place of our folder is refused, and nothing is made behind it", async (context) => {
  const victim = createVictim(context);
  symlinkSync(victim.path, victim.side);
  await assert.rejects(write(victim), hasCode("store/invalid-answer"));
  assert.equal(readdirSync(victim.path).length, 3);
  assert.ok(!existsSync(victim.archive));
});

test("a commit that has put the archive in its place is a success, though what it leaves cannot be removed", async (context) => {
  const victim = createVictim(context);
  const store = openArchive(victim.archive, { create: true });
  await pushImage(store);
  const { readdir } = fs.promises;
  let isLocked: boolean | undefined;
  Object.assign(fs.promises, {
    readdir: () => {
      isLocked = existsSync(`${victim.side}.lock`);
      return Promise.reject(Object.assign(new Error("no"), { code: "EIO", syscall: "scandir" }));
    },
  });
  syncBuiltinESMExports();
  try {
    await store.commit();
  } finally {
    fs.promises.readdir = readdir;
    syncBuiltinESMExports();
  }
  assert.equal(isLocked, true, "nobody else is about to take up what is removed");
  assert.deepEqual((await openArchive(victim.archive).resolve({ tag: "v1" })).bytes, Buffer.from(IMAGE.bytes));
});

test("of what another writer has left beside the archive only what is sound is taken up", async (context) => {
  const victim = createVictim(context);
  await write(victim);
  const blobs = join(victim.side, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true, mode: 0o700 });
  const [sound, spoilt] = ["sound", "spoilt"].map((text) => {
    const blob = { mediaType: "a/b", digest: digestOf(Buffer.from(text)), size: text.length };
    writeFileSync(join(blobs, digestHex(blob.digest)), text === "sound" ? text : text.toUpperCase());
    return blob;
  });
  assert.ok(sound !== undefined && spoilt !== undefined);
  const store = openArchive(victim.archive);
  assert.deepEqual([await store.has(sound), await store.has(spoilt)], [true, false]);
  await store.commit();
  const committed = readFileSync(victim.archive, "latin1");
  assert.deepEqual([committed.includes(digestHex(sound.digest)), committed.includes(digestHex(spoilt.digest))], [true, false]);
});

test("of what is in our folder only what has our names is removed, once it is old", async (context) => {
  const victim = createVictim(context);
  const blobs = join(victim.side, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true, mode: 0o700 });
  const names = [join(victim.side, "notes.txt"), join(blobs, "b".repeat(64)), join(blobs, `.${"1".repeat(16)}.tmp`)];
  for (const name of names) {
    writeFileSync(name, "x");
    utimesSync(name, LONG_AGO, LONG_AGO);
  }
  await write(victim);
  assert.deepEqual(names.map(existsSync), [true, false, false]);
});

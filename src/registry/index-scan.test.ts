/** What refers to what is read once for each state of an index, and again where something was missing. */
import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { IMAGE, noteOn, pushImage } from "../../tests/fixtures/remote-repository.ts";
import { type Digest, digestOf } from "../core/digest.ts";
import { encodeIndex, decodeIndex } from "./index-document.ts";
import { scanIndex } from "./index-scan.ts";
import { blobPath } from "./layout-document.ts";
import { openLayout } from "./layout.ts";

const NOTE = noteOn(IMAGE.descriptor, "a note");
const DOCUMENTS = new Map([IMAGE, NOTE].map(({ descriptor, bytes }) => [descriptor.digest, bytes]));

test("each manifest of an index is read once, and only one that is missing is asked for again", async () => {
  const junk = { ...NOTE.descriptor, digest: digestOf(Buffer.from("junk")), size: 4 };
  const entries = [IMAGE.descriptor, NOTE.descriptor, junk];
  const index = decodeIndex(encodeIndex({ members: { schemaVersion: 2 }, entries }), { maxBytes: 10_000 });
  const read: Digest[] = [];
  const there = new Set([IMAGE.descriptor.digest]);
  async function readBlob(digest: Digest): Promise<Uint8Array | undefined> {
    read.push(digest);
    return digest === junk.digest ? Buffer.from("junk") : there.has(digest) ? DOCUMENTS.get(digest) : undefined;
  }
  for (let time = 1; time <= 3; time++)
    assert.deepEqual(await scanIndex(index, readBlob), { referrers: new Map(), unreadable: 2, isCutOff: false });
  assert.equal(read.length, 5);
  there.add(NOTE.descriptor.digest);
  for (let time = 1; time <= 3; time++) {
    const { referrers, unreadable } = await scanIndex(index, readBlob);
    assert.equal(unreadable, 1);
    assert.deepEqual(
      referrers.get(IMAGE.descriptor.digest)?.map(({ digest }) => digest),
      [NOTE.descriptor.digest],
    );
  }
  assert.equal(read.length, 6);
});

test("a layout reads its manifests once for all listings, and anew when its index has changed", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-scan-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const writer = openLayout(folder, { create: true });
  const subject = await pushImage(writer);
  await writer.attach([NOTE], { subject });
  const reader = openLayout(folder);
  const listed = async (): Promise<readonly Digest[]> => (await reader.referrers(subject.digest)).referrers.map(({ digest }) => digest);
  assert.deepEqual(await listed(), [NOTE.descriptor.digest]);

  // Away for a while: whoever read it again would not find it.
  const blob = join(folder, blobPath(NOTE.descriptor.digest));
  renameSync(blob, `${blob}.away`);
  assert.deepEqual(await listed(), [NOTE.descriptor.digest]);
  renameSync(`${blob}.away`, blob);

  const second = noteOn(subject, "another note");
  await writer.attach([second], { subject });
  assert.deepEqual((await listed()).toSorted(), [NOTE.descriptor.digest, second.descriptor.digest].toSorted());
});

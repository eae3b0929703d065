/** Tar files: what is written is read back, what two readers could read differently is refused, and anything else ends in a fault. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { assert as holds, asyncProperty, integer, string, tuple, uint8Array, uniqueArray } from "fast-check";
import { readTar, type TarEntry, TarFault } from "./tar-reader.ts";
import { writeTar } from "./tar-writer.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-tar-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Part {
  readonly name: string;
  readonly type?: string;
  readonly content?: string | Uint8Array;
  /** What stands in the size field, if not the content's length. */
  readonly size?: string;
  readonly magic?: string;
  readonly prefix?: string;
  /** The last four bytes. */
  readonly trailer?: string;
}

/** A header as any tar writer makes it, with a checksum that is right. */
function part({ name, type = "0", content = "", size, magic = "ustar\x0000", prefix = "", trailer = "" }: Part): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100, "latin1");
  header.write(size ?? bytes.length.toString(8).padStart(11, "0"), 124, 12, "latin1");
  header.write("        ", 148);
  header.write(type, 156);
  header.write(magic, 257, "latin1");
  header.write(prefix, 345, "latin1");
  header.write(trailer, 508, "latin1");
  header.write(
    header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0"),
    148,
  );
  header[154] = 0;
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

const END = Buffer.alloc(1024);
const INDEX: Part = { name: "index.json", content: "{}" };

async function read(bytes: Uint8Array): Promise<ReadonlyMap<string, TarEntry>> {
  const path = join(folder, "file.tar");
  writeFileSync(path, bytes);
  await using file = await open(path, "r");
  return await readTar(file);
}

/** A record of an extended header. */
function pax(key: string, value: string): Part {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return { name: "pax", type: "x", content: `${length}${rest}` };
}

const READ: Readonly<Record<string, { readonly parts: readonly Part[]; readonly name: string }>> = {
  "a plain file": { parts: [INDEX], name: "index.json" },
  "a name that begins with a dot": { parts: [{ ...INDEX, name: "./index.json" }], name: "index.json" },
  "a name in two fields": { parts: [{ name: "ab", prefix: "blobs/sha256" }], name: "blobs/sha256/ab" },
  "a name in an extended header": { parts: [pax("path", "blobs/x"), { name: "short", content: "1" }], name: "blobs/x" },
  "a size in an extended header": { parts: [pax("size", "2"), { ...INDEX, size: "00000000000" }], name: "index.json" },
  "other records of an extended header": { parts: [pax("mtime", "1.5"), INDEX], name: "index.json" },
  "a global header that says nothing of names": { parts: [{ ...pax("comment", "x"), type: "g" }, INDEX], name: "index.json" },
  "GNU's long name": { parts: [{ name: "././@LongLink", type: "L", content: "blobs/long\0" }, { name: "cut" }], name: "blobs/long" },
  "GNU's binary size": { parts: [{ ...INDEX, size: "\x80\0\0\0\0\0\0\0\0\0\0\x02", magic: "ustar  \0" }], name: "index.json" },
  folders: { parts: [{ name: "blobs/", type: "5" }, { name: "./", type: "5" }, INDEX], name: "index.json" },
};

for (const [what, { parts, name }] of Object.entries(READ)) {
  test(`read: ${what}`, async () => {
    const entries = await read(Buffer.concat([...parts.map(part), END]));
    assert.deepEqual([...entries.keys()], [name]);
  });
}

const REFUSED: Readonly<Record<string, { readonly parts: readonly Part[]; readonly why: RegExp }>> = {
  "a file twice": { parts: [INDEX, INDEX], why: /twice/ },
  "a file twice, written differently": { parts: [INDEX, { ...INDEX, name: "./index.json" }], why: /twice/ },
  "a link in place of a blob": { parts: [{ name: "blobs/sha256/ab", type: "2" }], why: /neither a file nor a folder/ },
  "a hard link in place of the index": { parts: [{ name: "index.json", type: "1" }], why: /neither a file nor a folder/ },
  "a device in place of the layout file": { parts: [{ name: "oci-layout", type: "3" }], why: /neither a file nor a folder/ },
  "a link by which a file has another name": { parts: [{ name: "x", type: "2" }, INDEX], why: /neither a file nor a folder/ },
  "a type that somebody else takes for a file": { parts: [{ ...INDEX, type: "X" }], why: /neither a file nor a folder/ },
  "a long name for a link, of which nobody knows whose size is said before it": {
    parts: [pax("size", "2"), { name: "././@LongLink", type: "K" }, INDEX],
    why: /neither a file nor a folder/,
  },
  "an empty name in an extended header": { parts: [pax("path", ""), INDEX], why: /empty name/ },
  "an empty long name": { parts: [{ name: "././@LongLink", type: "L", content: "\0" }, INDEX], why: /empty name/ },
  "a file without a name": { parts: [{ name: "" }], why: /without a name/ },
  "a file with a folder's name": { parts: [{ name: "index.json/", content: "{}" }], why: /without a name, or with a folder's/ },
  "a prefix in GNU's own format": { parts: [{ name: "", prefix: "index.json", magic: "ustar  \0" }], why: /two ways/ },
  "star's own format, whose prefix is shorter": { parts: [{ ...INDEX, trailer: "tar\0" }], why: /two ways/ },
  "a path upwards": { parts: [{ name: "blobs/../../etc/passwd" }], why: /leads out/ },
  "a path from the root": { parts: [{ name: "/etc/passwd" }], why: /leads out/ },
  "a path upwards in an extended header": { parts: [pax("path", "../x"), INDEX], why: /leads out/ },
  "GNU's sparse file": { parts: [{ ...INDEX, type: "S" }], why: /neither a file nor a folder/ },
  "a sparse file in an extended header": { parts: [pax("GNU.sparse.major", "1"), INDEX], why: /sparse/ },
  "two sizes": { parts: [pax("size", "1"), INDEX], why: /two sizes/ },
  "a folder with content": { parts: [{ name: "blobs", type: "5", content: "x" }], why: /with content/ },
  "an extended header before a folder": { parts: [pax("path", "index.json"), { name: "a/", type: "5" }, INDEX], why: /no file follows/ },
  "two extended headers": { parts: [pax("path", "a"), pax("path", "b"), INDEX], why: /two extended headers/ },
  "a path said twice": {
    parts: [{ name: "pax", type: "x", content: "10 path=a\n10 path=b\n" }, INDEX],
    why: /twice/,
  },
  "a global header that renames": { parts: [{ ...pax("path", "index.json"), type: "g" }], why: /every entry/ },
  "an extended header without a length": { parts: [{ name: "pax", type: "x", content: "path=a\n" }], why: /cannot be read/ },
  "an extended header whose length is wrong": { parts: [{ name: "pax", type: "x", content: "99 path=a\n" }], why: /cannot be read/ },
  "an extended header that is too long": { parts: [{ name: "pax", type: "x", content: "x".repeat(65_537) }], why: /too long/ },
  "a size beyond the end": { parts: [{ ...INDEX, size: "77777777777" }], why: /cut off/ },
  "a size that is no number": { parts: [{ ...INDEX, size: "12x" }], why: /number/ },
  "a size below nothing": { parts: [{ ...INDEX, size: "\xff".repeat(12) }], why: /number/ },
  "a size that no number holds": { parts: [{ ...INDEX, size: `\x80${"\x7f".repeat(11)}` }], why: /number/ },
};

for (const [what, { parts, why }] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(read(Buffer.concat([...parts.map(part), END])), (error) => error instanceof TarFault && why.test(error.message));
  });
}

test("what is no tar file, is compressed, damaged or without an end is refused with its reason", async () => {
  const whole = Buffer.concat([part(INDEX), END]);
  const damaged = Buffer.concat([part({ name: "a" }), part(INDEX), END]);
  damaged[512] = 0x62;
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [Buffer.from("nothing of the kind"), /no tar file/],
    [new Uint8Array(), /no tar file/],
    [Buffer.alloc(2048, "x"), /no tar file/],
    [gzipSync(whole), /compressed/],
    [damaged, /damaged/],
    [whole.subarray(0, 1024), /cut off/],
    [whole.subarray(0, 600), /cut off/],
    [Buffer.concat([part(INDEX), Buffer.alloc(512), part({ name: "b" })]), /after its end/],
  ];
  for (const [bytes, why] of cases)
    await assert.rejects(read(bytes), (error) => error instanceof TarFault && why.test(error.message), String(why));
});

async function write(files: readonly (readonly [name: string, bytes: Uint8Array])[]): Promise<Buffer> {
  const entries = files.map(([name, bytes]) => ({
    name,
    size: bytes.length,
    async *open(): AsyncGenerator<Uint8Array, void> {
      yield bytes;
    },
  }));
  const pieces: Uint8Array[] = [];
  for await (const piece of writeTar(entries)) pieces.push(piece);
  return Buffer.concat(pieces);
}

test("what is written is read back, whatever it is called", async () => {
  const name = string({ minLength: 1, maxLength: 200, unit: "grapheme-ascii" }).map((text) => text.replace(/^[./]+|[/=]/g, "_"));
  await holds(
    asyncProperty(
      uniqueArray(tuple(name, uint8Array({ maxLength: 2000 })), { selector: ([text]) => text, maxLength: 5 }),
      async (files) => {
        const bytes = await write(files);
        const entries = await read(bytes);
        assert.deepEqual(
          [...entries.keys()],
          files.map(([text]) => text),
        );
        for (const [text, content] of files) {
          const { offset = 0, size = 0 } = entries.get(text) ?? {};
          assert.deepEqual(new Uint8Array(bytes.subarray(offset, offset + size)), content);
        }
      },
    ),
  );
});

test("a changed byte ends in a fault, or in entries that lie within the file", async () => {
  const whole = await write([
    ["oci-layout", Buffer.from("{}")],
    [`blobs/sha512/${"a".repeat(128)}`, Buffer.alloc(700, 1)],
  ]);
  await holds(
    asyncProperty(integer({ min: 0, max: whole.length - 1 }), integer({ min: 0, max: 255 }), async (at, value) => {
      const changed = Buffer.from(whole);
      changed[at] = value;
      try {
        for (const { offset, size } of (await read(changed)).values()) assert.ok(offset + size <= changed.length);
      } catch (error) {
        assert.ok(error instanceof TarFault, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

/**
 * An OCI image layout in one tar file as a store. What is pushed is kept in a folder beside the archive, where a writer
 * that was killed finds it again, until `commit` writes a new archive and puts it in the old one's place.
 */
import { createHash } from "node:crypto";
import { lstat, mkdir, readdir, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Digest, digestAlgorithm, digestHex } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { quoteWord } from "../core/shell.ts";
import type { CallOptions, Store } from "../core/store.ts";
import { systemCode } from "../files/failure.ts";
import { withLock } from "../files/lock.ts";
import { ArchiveFile } from "./archive-file.ts";
import { EMPTY_INDEX, encodeIndex, type IndexDocument } from "./index-document.ts";
import {
  blobPath,
  checkLayoutFile,
  createIndexDecoder,
  encodeLayoutFile,
  INDEX_FILE,
  LAYOUT_FILE,
  LAYOUT_FILE_BYTES,
} from "./layout-document.ts";
import { layoutFailure, openInside, readInside, replaceFile } from "./layout-files.ts";
import { createLocalStore } from "./local-store.ts";
import { type TarEntry, TarFault } from "./tar-reader.ts";
import type { NewEntry } from "./tar-writer.ts";

type Change = (index: IndexDocument) => IndexDocument;

/** What a writer that never came back has left is removed after this long, in milliseconds: whole blobs, which he may want again, and parts. */
const LEFTOVER_MS = { whole: 24 * 60 * 60 * 1000, part: 60 * 1000 } as const;
const FOLDER_TRIES = 5;

/** `create`: an archive that is not there is made by the first commit. */
export function openArchive(path: string, { create = false }: { readonly create?: boolean } = {}): Store {
  const archive = new OciArchive(path, create);
  return createLocalStore({
    name: path,
    readBlob: (digest, maxBytes) => archive.readBlob(digest, maxBytes),
    openBlob: (digest) => archive.openBlob(digest),
    writeBlob: (digest, content) => archive.writeBlob(digest, content),
    readIndex: () => archive.readIndex(),
    updateIndex: async (change) => archive.change(change),
    commit: (call) => archive.commit(call),
  });
}

class OciArchive {
  readonly #file: ArchiveFile;
  readonly #create: boolean;
  readonly #decodeIndex = createIndexDecoder();
  /** Blobs in the folder, with their sizes, that the next commit takes up. */
  readonly #staged = new Map<Digest, number>();
  #changes: readonly Change[] = [];
  /** What the changes made of which index. */
  #changed: { readonly stored: IndexDocument; readonly changes: readonly Change[]; readonly index: IndexDocument } | undefined;

  constructor(path: string, create: boolean) {
    this.#file = new ArchiveFile(path);
    this.#create = create;
  }

  async readBlob(digest: Digest, maxBytes: number): Promise<Uint8Array | undefined> {
    if (!this.#staged.has(digest)) return this.#read(blobPath(digest), maxBytes);
    return readInside(await this.#folder(), blobPath(digest), maxBytes);
  }

  async *openBlob(digest: Digest): AsyncGenerator<Uint8Array, void> {
    if (!this.#staged.has(digest) && (await this.#entries()).has(blobPath(digest))) {
      yield* this.#file.pieces(blobPath(digest));
      return;
    }
    const hash = createHash(digestAlgorithm(digest));
    let size = 0;
    for await (const piece of openInside(await this.#folder(), blobPath(digest))) {
      hash.update(piece);
      size += piece.length;
      yield piece;
    }
    // What a writer that was killed has left need not be pushed again: the next commit takes it up, if it is sound.
    if (hash.digest("hex") === digestHex(digest)) this.#staged.set(digest, size);
  }

  async writeBlob(digest: Digest, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    const folder = await this.#folder();
    let size = 0;
    let isBegun = false;
    async function* counted(): AsyncGenerator<Uint8Array, void> {
      isBegun = true;
      for await (const piece of content instanceof Uint8Array ? [content] : content) {
        size += piece.length;
        yield piece;
      }
    }
    for (let tries = 1; ; tries++) {
      try {
        await this.#makeFolder(folder);
        await replaceFile(folder, blobPath(digest), counted());
        break;
      } catch (error) {
        // Another writer, who has just finished, may have removed the empty folder that we were about to write into.
        if (isBegun || tries === FOLDER_TRIES) throw error;
      }
    }
    this.#staged.set(digest, size);
  }

  async readIndex(): Promise<IndexDocument> {
    const stored = await this.#storedIndex();
    // The same document for as long as nothing changes, so that what was found out about it holds on.
    if (this.#changed?.stored !== stored || this.#changed.changes !== this.#changes)
      this.#changed = { stored, changes: this.#changes, index: this.#changes.reduce((index, change) => change(index), stored) };
    return this.#changed.index;
  }

  change(change: Change): void {
    this.#changes = [...this.#changes, change];
  }

  async commit(call: CallOptions): Promise<void> {
    const name = `archive "${this.#file.name}"`;
    try {
      await withLock(
        await this.#file.beside(".lock"),
        async (isStillOurs) => {
          await this.#replace(isStillOurs, call);
          // The archive is whole. What cannot be removed now is left to the commit after the next day.
          await this.#tidy().catch(() => undefined);
        },
        call,
      );
    } catch (error) {
      if (error instanceof CountersignError) throw error;
      if (error instanceof TarFault)
        throw new CountersignError("store/contended", `Cannot write ${name}: ${error.message}`, { cause: error });
      throw layoutFailure(error, `write ${name}`);
    }
    this.#changes = [];
    this.#staged.clear();
  }

  /** The lock is held, so nobody changes the archive between the look at it and its replacement. */
  async #replace(isStillOurs: () => Promise<void>, { signal }: CallOptions): Promise<void> {
    const folder = await this.#folder();
    const before = await this.#storedIndex();
    const index = encodeIndex(this.#changes.reduce((so, change) => change(so), before));
    if (this.#staged.size === 0 && Buffer.compare(index, encodeIndex(before)) === 0) return;
    const entries = new Map<string, NewEntry>();
    for (const [path, entry] of await this.#entries())
      entries.set(path, { name: path, size: entry.size, open: () => this.#file.pieces(path) });
    for (const [digest, size] of this.#staged) {
      const path = blobPath(digest);
      // One that is gone was taken up by another writer, who has put it into the archive.
      if (entries.has(path) && (await kindOf(join(folder, path))) === "absent") continue;
      entries.set(path, { name: path, size, open: () => openInside(folder, path) });
    }
    const documents = [
      [LAYOUT_FILE, encodeLayoutFile()],
      [INDEX_FILE, index],
    ] as const;
    for (const [path] of documents) entries.delete(path);
    await this.#makeFolder(folder);
    await this.#file.replace([...documents.map(([path, bytes]) => wholeEntry(path, bytes)), ...entries.values()], {
      stagingFolder: folder,
      beforePlacing: isStillOurs,
      signal,
    });
  }

  async #storedIndex(): Promise<IndexDocument> {
    if (!(await this.#isThere())) return EMPTY_INDEX;
    const what = `archive "${this.#file.name}"`;
    checkLayoutFile(await this.#file.read(LAYOUT_FILE, LAYOUT_FILE_BYTES), what);
    return this.#decodeIndex(await this.#file.read(INDEX_FILE, LIMITS.listingBytes), what);
  }

  async #read(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return (await this.#isThere()) ? this.#file.read(path, maxBytes) : undefined;
  }

  async #entries(): Promise<ReadonlyMap<string, TarEntry>> {
    return (await this.#isThere()) ? this.#file.entries() : new Map<string, TarEntry>();
  }

  /** False for an archive that is yet to be made. One that should be there and is not is an error of the reading. */
  async #isThere(): Promise<boolean> {
    return !this.#create || (await kindOf(this.#file.name, stat)) !== "absent";
  }

  /** Whoever gave us the archive may have made the folder beside it too, and what leads elsewhere is not ours to write to. */
  async #folder(): Promise<string> {
    const folder = await this.#file.beside("");
    const kind = await kindOf(folder);
    if (kind === "other")
      throw new CountersignError("store/invalid-answer", `Cannot write archive "${this.#file.name}": "${folder}" is no folder of ours`, {
        remedy: `rm ${quoteWord(folder)}`,
      });
    return folder;
  }

  async #makeFolder(folder: string): Promise<void> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw layoutFailure(error, `write archive "${this.#file.name}"`);
    }
  }

  /** Under the lock: another's commit could be about to take up what is removed. What was taken up, and what a writer that never came back has left. Only what has our names, and nothing behind a link. */
  async #tidy(): Promise<void> {
    const root = await this.#folder();
    const folders: string[] = [];
    for (const folder of FOLDERS.map((name) => join(root, name))) {
      const isWithin = folder === root || folders.includes(dirname(folder));
      if (isWithin && (await kindOf(folder)) === "folder") folders.push(folder);
    }
    const taken = new Set([...this.#staged.keys()].map((digest) => join(root, blobPath(digest))));
    for (const folder of folders) {
      for (const name of (await readdir(folder)).filter((entry) => PART.test(entry) || WHOLE.test(entry))) {
        const path = join(folder, name);
        const stats = await lstat(path).catch(() => undefined);
        const limit = LEFTOVER_MS[PART.test(name) ? "part" : "whole"];
        const isOld = stats !== undefined && Date.now() - stats.mtimeMs > limit;
        if (stats?.isFile() === true && (isOld || taken.has(path))) await rm(path, { force: true });
      }
    }
    // The deepest first; one that is not empty stays.
    for (const folder of folders.toReversed()) await rmdir(folder).catch(() => undefined);
  }
}

/** As a writer makes them, each after the one that it is in. */
const FOLDERS = ["", "blobs", "blobs/sha256", "blobs/sha384", "blobs/sha512"];
const PART = /^\.[0-9a-f]{16}\.tmp$/;
const WHOLE = /^[0-9a-f]{64,128}$/;

/** Of a link itself, unless `stat` is to look behind it. */
async function kindOf(path: string, look: typeof stat | typeof lstat = lstat): Promise<"absent" | "folder" | "other"> {
  try {
    return (await look(path)).isDirectory() ? "folder" : "other";
  } catch (error) {
    if (systemCode(error) === "ENOENT") return "absent";
    throw layoutFailure(error, `read "${path}"`);
  }
}

function wholeEntry(name: string, bytes: Uint8Array): NewEntry {
  async function* open(): AsyncGenerator<Uint8Array, void> {
    yield bytes;
  }
  return { name, size: bytes.length, open };
}

/**
 * An OCI image layout in one tar file as a store. What is pushed is kept in a folder beside the archive, where a writer
 * that was killed finds it again, until `commit` writes a new archive and puts it in the old one's place.
 */
import { createHash } from "node:crypto";
import { lstat, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestAlgorithm, digestHex } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
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
import { storeFailure, openInside, readInside } from "./layout-files.ts";
import { blobNotFound, createLocalStore } from "./local-store.ts";
import { StagingFolder } from "./staging-folder.ts";
import { type TarEntry, TarFault } from "./tar-reader.ts";
import type { NewEntry } from "./tar-writer.ts";

type Change = (index: IndexDocument) => IndexDocument;

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
  readonly #folder: StagingFolder;
  readonly #create: boolean;
  readonly #decodeIndex = createIndexDecoder();
  /** Blobs in the folder, with their sizes, that the next commit takes up. */
  readonly #staged = new Map<Digest, number>();
  readonly #changes: Change[] = [];
  /** What the changes made of which index, as far as they have been applied: each is, once, while the archive stays as it is. */
  #changed: { readonly stored: IndexDocument; readonly count: number; readonly index: IndexDocument } | undefined;

  constructor(path: string, create: boolean) {
    this.#file = new ArchiveFile(path);
    this.#folder = new StagingFolder(path, () => this.#file.beside(""));
    this.#create = create;
  }

  async readBlob(digest: Digest, maxBytes: number): Promise<Uint8Array | undefined> {
    if (!this.#staged.has(digest)) return this.#read(blobPath(digest), maxBytes);
    const folder = await this.#folder.toRead();
    return folder === undefined ? undefined : readInside(folder, blobPath(digest), maxBytes);
  }

  async *openBlob(digest: Digest): AsyncGenerator<Uint8Array, void> {
    if (!this.#staged.has(digest) && (await this.#entries()).has(blobPath(digest))) {
      yield* this.#file.pieces(blobPath(digest));
      return;
    }
    const folder = await this.#folder.toRead();
    if (folder === undefined) throw blobNotFound(this.#file.name, digest);
    const hash = createHash(digestAlgorithm(digest));
    let size = 0;
    for await (const piece of openInside(folder, blobPath(digest))) {
      hash.update(piece);
      size += piece.length;
      yield piece;
    }
    // What a writer that was killed has left need not be pushed again: the next commit takes it up, if it is sound.
    if (hash.digest("hex") === digestHex(digest)) this.#staged.set(digest, size);
  }

  async writeBlob(digest: Digest, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    let size = 0;
    async function* counted(): AsyncGenerator<Uint8Array, void> {
      for await (const piece of content instanceof Uint8Array ? [content] : content) {
        size += piece.length;
        yield piece;
      }
    }
    await this.#folder.write(digest, counted());
    this.#staged.set(digest, size);
  }

  async readIndex(): Promise<IndexDocument> {
    return this.#applied(await this.#storedIndex());
  }

  /** The same document for as long as nothing changes, so that what was found out about it holds on. */
  #applied(stored: IndexDocument): IndexDocument {
    const { count, index } = this.#changed?.stored === stored ? this.#changed : { count: 0, index: stored };
    const applied = this.#changes.slice(count).reduce((so, change) => change(so), index);
    this.#changed = { stored, count: this.#changes.length, index: applied };
    return applied;
  }

  change(change: Change): void {
    this.#changes.push(change);
  }

  async commit(call: CallOptions): Promise<void> {
    const name = `archive "${this.#file.name}"`;
    try {
      await withLock(
        await this.#file.beside(".lock"),
        async (isStillOurs) => {
          await this.#replace(isStillOurs, call);
          // The archive is whole. What cannot be removed now is left to the commit after the next day.
          await this.#folder.tidy(this.#staged.keys()).catch(() => undefined);
        },
        call,
      );
    } catch (error) {
      if (error instanceof CountersignError) throw error;
      if (error instanceof TarFault)
        throw new CountersignError("store/contended", `Cannot write ${name}: ${error.message}`, { cause: error });
      throw storeFailure(error, `write ${name}`);
    }
    this.#changes.length = 0;
    this.#changed = undefined;
    this.#staged.clear();
  }

  /** The lock is held, so nobody changes the archive between the look at it and its replacement. */
  async #replace(isStillOurs: () => Promise<void>, { signal }: CallOptions): Promise<void> {
    const before = await this.#storedIndex();
    const index = encodeIndex(this.#applied(before));
    if (this.#staged.size === 0 && Buffer.compare(index, encodeIndex(before)) === 0) return;
    const folder = await this.#folder.toWrite();
    const entries = new Map<string, NewEntry>();
    for (const [path, entry] of await this.#entries())
      entries.set(path, { name: path, size: entry.size, open: () => this.#file.pieces(path) });
    for (const [digest, size] of this.#staged) {
      const path = blobPath(digest);
      // One that is gone was taken up by another writer, who has put it into the archive.
      if (entries.has(path) && (await isAbsent(join(folder, path), lstat))) continue;
      entries.set(path, { name: path, size, open: () => openInside(folder, path) });
    }
    const documents = [
      [LAYOUT_FILE, encodeLayoutFile()],
      [INDEX_FILE, index],
    ] as const;
    for (const [path] of documents) entries.delete(path);
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
    return !this.#create || !(await isAbsent(this.#file.name, stat));
  }
}

/** `look`: at a link itself, or at what is behind it. */
async function isAbsent(path: string, look: typeof stat | typeof lstat): Promise<boolean> {
  try {
    await look(path);
    return false;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return true;
    throw storeFailure(error, `read "${path}"`);
  }
}

function wholeEntry(name: string, bytes: Uint8Array): NewEntry {
  async function* open(): AsyncGenerator<Uint8Array, void> {
    yield bytes;
  }
  return { name, size: bytes.length, open };
}

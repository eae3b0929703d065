/** The file of an OCI archive: read by place, and replaced as a whole. */
import { constants, type FileHandle, open, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CountersignError } from "../core/errors.ts";
import { Malformed } from "../core/malformed.ts";
import { refuseStopped } from "../core/stop.ts";
import { readPieces } from "../files/load.ts";
import { placeFile } from "../files/place.ts";
import { systemCode } from "../files/failure.ts";
import { storeFailure } from "./layout-files.ts";
import { readTar, type TarEntry, TarFault } from "./tar-reader.ts";
import { type NewEntry, writeTar } from "./tar-writer.ts";

interface Snapshot {
  /** Which file it was, and in what state: another has another list. */
  readonly state: string;
  readonly entries: ReadonlyMap<string, TarEntry>;
}

export class ArchiveFile {
  readonly name: string;
  readonly #path: string;
  #snapshot: Snapshot | undefined;

  constructor(path: string) {
    this.name = path;
    this.#path = path;
  }

  /** What lies where. Throws `store/not-found`. */
  async entries(): Promise<ReadonlyMap<string, TarEntry>> {
    await using file = await this.#open();
    // Until then the file must stay open.
    return await this.#list(file);
  }

  /** `undefined` if the archive has no such file; `Malformed` `integrity/size-mismatch` if it is longer than `maxBytes`. */
  async read(name: string, maxBytes: number): Promise<Uint8Array | undefined> {
    await using file = await this.#open();
    const entry = (await this.#list(file)).get(name);
    if (entry === undefined) return undefined;
    if (entry.size > maxBytes)
      throw new Malformed("integrity/size-mismatch", `${name} is longer than the ${maxBytes} bytes that it may have`);
    const pieces: Uint8Array[] = [];
    for await (const piece of this.#pieces(file, entry)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** Throws `store/not-found` if the archive has no such file. */
  async *pieces(name: string): AsyncGenerator<Uint8Array, void> {
    await using file = await this.#open();
    const entry = (await this.#list(file)).get(name);
    if (entry === undefined)
      throw new CountersignError("store/not-found", `Cannot read "${name}" of archive "${this.name}": it is not there`);
    yield* this.#pieces(file, entry);
  }

  async #open(): Promise<FileHandle> {
    try {
      // Opening a pipe would wait for somebody at its other end.
      return await open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      throw storeFailure(error, `open archive "${this.name}"`);
    }
  }

  /** Of this very file: another may have its place by now. The list is made once for each state of the archive. */
  async #list(file: FileHandle): Promise<ReadonlyMap<string, TarEntry>> {
    try {
      const stats = await file.stat({ bigint: true });
      if (stats.isDirectory()) throw this.#broken("it is a folder", `oci:${this.name}, if it is an image layout`);
      if (!stats.isFile()) throw this.#broken("it is no regular file");
      const state = [stats.dev, stats.ino, stats.size, stats.mtimeNs].join(":");
      const { entries } = this.#snapshot?.state === state ? this.#snapshot : { entries: await readTar(file) };
      this.#snapshot = { state, entries };
      return entries;
    } catch (error) {
      if (error instanceof CountersignError) throw error;
      if (error instanceof TarFault) throw this.#broken(error.message);
      throw storeFailure(error, `open archive "${this.name}"`);
    }
  }

  async *#pieces(file: FileHandle, entry: TarEntry): AsyncGenerator<Uint8Array, void> {
    try {
      yield* readPieces(file, entry);
    } catch (error) {
      throw storeFailure(error, `read archive "${this.name}"`);
    }
  }

  /** The new file takes the old one's place when it is whole and on the disk; `beforePlacing` may still stop it. */
  async replace(
    entries: readonly NewEntry[],
    options: {
      readonly stagingFolder: string;
      readonly beforePlacing: () => Promise<void>;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<void> {
    const { stagingFolder, beforePlacing, signal } = options;
    const action = `write archive "${this.name}"`;
    async function* content(): AsyncGenerator<Uint8Array, void> {
      for await (const piece of writeTar(entries)) {
        refuseStopped(signal, action);
        yield piece;
      }
      await beforePlacing();
    }
    const path = await this.#target();
    const mode = await stat(path).then(
      (stats) => stats.mode & 0o777,
      () => 0o644,
    );
    await placeFile(path, content(), { mode, replace: true, stagingFolder });
  }

  /** Beside the archive, whatever way led there, so that a rename can put it in its place. */
  async beside(suffix: string): Promise<string> {
    const path = await this.#target();
    return join(dirname(path), `.${basename(path)}.countersign${suffix}`);
  }

  /** Behind links: what is replaced is the file, and not the link to it. */
  async #target(): Promise<string> {
    try {
      return await realpath(this.#path);
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw storeFailure(error, `open archive "${this.name}"`);
      const folder = await realpath(dirname(this.#path)).catch((cause: unknown) => {
        // The first write makes it.
        if (systemCode(cause) === "ENOENT") return dirname(resolve(this.#path));
        throw storeFailure(cause, `write archive "${this.name}"`);
      });
      return join(folder, basename(this.#path));
    }
  }

  #broken(why: string, remedy = "name another file, or make this one anew"): CountersignError {
    return new CountersignError("store/invalid-answer", `Cannot read archive "${this.name}": ${why}`, { remedy });
  }
}

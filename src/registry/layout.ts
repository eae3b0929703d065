/** An OCI image layout folder as a store, written as notation and oras write it. */
import { realpath } from "node:fs/promises";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { CallOptions, Store } from "../core/store.ts";
import { makeFolders } from "../files/folders.ts";
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
import { storeFailure, openInside, readInside, replaceFile } from "./layout-files.ts";
import { withLock } from "./layout-lock.ts";
import { removeOldParts } from "./leftovers.ts";
import { createLocalStore } from "./local-store.ts";

/** `create`: a folder that is missing or empty becomes a layout with the first write. */
export function openLayout(path: string, options: { readonly create?: boolean } = {}): Store {
  let opened: string | undefined;
  const decodeIndex = createIndexDecoder();
  const readIndex = async (root: string): Promise<IndexDocument> =>
    decodeIndex(await readInside(root, INDEX_FILE, LIMITS.listingBytes), `layout "${root}"`);
  const reading = async (): Promise<string> => (opened ??= await openFolder(path));
  const writing = async (call: CallOptions = {}): Promise<string> => {
    if (options.create === true && opened === undefined) await createFolder(path, call);
    return reading();
  };
  type Change = (index: IndexDocument) => IndexDocument;
  const change = async (changes: readonly Change[], call: CallOptions): Promise<void> => {
    const root = await writing(call);
    await withLock(
      root,
      async (isStillOurs) => {
        const before = await readIndex(root);
        const after = changes.reduce((index, each) => each(index), before);
        await isStillOurs();
        await replaceFile(root, INDEX_FILE, encodeIndex(after));
      },
      call,
    );
  };
  const updateIndex = inTurns(change);
  return createLocalStore({
    name: path,
    async readBlob(digest, maxBytes) {
      return readInside(await reading(), blobPath(digest), maxBytes);
    },
    async *openBlob(digest) {
      yield* openInside(await reading(), blobPath(digest));
    },
    async writeBlob(digest, content, call) {
      await replaceFile(await writing(call), blobPath(digest), content);
    },
    async readIndex() {
      return readIndex(await reading());
    },
    updateIndex,
    async commit() {
      // What was to be written is written. What cannot be removed now is left to the next one.
      if (opened !== undefined) await removeOldParts(opened).catch(() => undefined);
    },
  });
}

/**
 * What comes while `work` is being done waits and is done together: each time costs the reading and writing of the whole
 * index. A job that is stopped while it waits stops no other.
 */
function inTurns<Item>(
  work: (items: readonly Item[], call: CallOptions) => Promise<void>,
): (item: Item, call: CallOptions) => Promise<void> {
  let waiting: Item[] = [];
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return async function take(item, call) {
    waiting.push(item);
    next ??= last
      .catch(() => undefined)
      .then(() => {
        const items = waiting;
        waiting = [];
        next = undefined;
        last = work(items, call);
        return last;
      });
    try {
      await next;
    } catch (error) {
      const isOthers = error instanceof CountersignError && error.code === "job/aborted" && call.signal?.aborted !== true;
      if (!isOthers) throw error;
      await take(item, call);
    }
  };
}

async function openFolder(path: string): Promise<string> {
  const root = await realpath(path).catch((error: unknown) => {
    throw storeFailure(error, `open layout "${path}"`);
  });
  checkLayoutFile(await readInside(root, LAYOUT_FILE, LAYOUT_FILE_BYTES), `layout "${path}"`);
  return root;
}

async function createFolder(path: string, call: CallOptions): Promise<void> {
  try {
    await makeFolders(path);
  } catch (error) {
    throw storeFailure(error, `create layout "${path}"`);
  }
  const root = await realpath(path);
  if ((await readInside(root, LAYOUT_FILE, LAYOUT_FILE_BYTES)) !== undefined) return;
  await withLock(
    root,
    async () => {
      if ((await readInside(root, INDEX_FILE, LIMITS.listingBytes)) === undefined)
        await replaceFile(root, INDEX_FILE, encodeIndex(EMPTY_INDEX));
      await replaceFile(root, LAYOUT_FILE, encodeLayoutFile());
    },
    call,
  );
}

/** An OCI image layout folder as a store, written as notation and oras write it. */
import { mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "../core/descriptor.ts";
import { type Digest, digestAlgorithm, digestHex } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import type { Store } from "../core/store.ts";
import { decodeJson, encodeJson } from "../encoding/json.ts";
import { decodeIndex, EMPTY_INDEX, encodeIndex, type IndexDocument } from "./index-document.ts";
import { withLock } from "./layout-lock.ts";
import { layoutFailure, openInside, readInside, replaceFile } from "./layout-files.ts";
import { createLocalStore } from "./local-store.ts";

/** Source: OCI image-spec 1.1, image-layout.md. */
const LAYOUT_FILE = "oci-layout";
const INDEX_FILE = "index.json";
const VERSION = "1.0.0";

/** `create`: a folder that is missing or empty becomes a layout with the first write. */
export function openLayout(path: string, options: { readonly create?: boolean } = {}): Store {
  let opened: string | undefined;
  const reading = async (): Promise<string> => (opened ??= await openFolder(path));
  const writing = async (): Promise<string> => {
    if (options.create === true && opened === undefined) await createFolder(path);
    return reading();
  };
  return createLocalStore({
    name: path,
    async readBlob(digest, maxBytes) {
      return readInside(await reading(), blobPath(digest), maxBytes);
    },
    async *openBlob(digest) {
      yield* openInside(await reading(), blobPath(digest));
    },
    async writeBlob(digest, content) {
      await replaceFile(await writing(), blobPath(digest), content);
    },
    async readIndex() {
      return readIndex(await reading());
    },
    async updateIndex(change) {
      const root = await writing();
      await withLock(root, async (isStillOurs) => {
        const before = await readIndex(root);
        const after = change(before);
        await isStillOurs();
        await replaceFile(root, INDEX_FILE, encodeIndex(after));
      });
    },
  });
}

function blobPath(digest: Digest): string {
  return join("blobs", digestAlgorithm(digest), digestHex(digest));
}

async function openFolder(path: string): Promise<string> {
  const root = await realpath(path).catch((error: unknown) => {
    throw layoutFailure(error, `open layout "${path}"`);
  });
  const bytes = await readInside(root, LAYOUT_FILE, 4096);
  if (bytes === undefined) throw new CountersignError("store/not-found", `Cannot open layout "${path}": there is no ${LAYOUT_FILE} file`);
  const document = decodeJson(bytes, { maxBytes: 4096 });
  const version = isObject(document) ? document["imageLayoutVersion"] : undefined;
  if (version !== VERSION)
    throw new CountersignError("store/invalid-answer", `Cannot open layout "${path}": its version is not ${VERSION}`);
  return root;
}

async function createFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw layoutFailure(error, `create layout "${path}"`);
  }
  const root = await realpath(path);
  if ((await readInside(root, LAYOUT_FILE, 4096)) !== undefined) return;
  await withLock(root, async () => {
    if ((await readInside(root, INDEX_FILE, LIMITS.listingBytes)) === undefined)
      await replaceFile(root, INDEX_FILE, encodeIndex(EMPTY_INDEX));
    await replaceFile(root, LAYOUT_FILE, encodeJson({ imageLayoutVersion: VERSION }));
  });
}

async function readIndex(root: string): Promise<IndexDocument> {
  const bytes = await readInside(root, INDEX_FILE, LIMITS.listingBytes);
  if (bytes === undefined) throw new CountersignError("store/not-found", `Cannot read layout "${root}": there is no ${INDEX_FILE} file`);
  try {
    return decodeIndex(bytes, { maxBytes: LIMITS.listingBytes });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new CountersignError("store/invalid-answer", `Cannot read layout "${root}": its ${INDEX_FILE} cannot be read`, { cause: error });
  }
}

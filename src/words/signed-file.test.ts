/** Files that others have signed are read whole into memory: hostile ones are refused before that is much. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Descriptor } from "../core/descriptor.ts";
import { digestOf } from "../core/digest.ts";
import { LIMITS } from "../core/limits.ts";
import { OCI_EMPTY, OCI_MANIFEST } from "../core/media-types.ts";
import type { ReadonlyStore } from "../core/store.ts";
import { encodeJson } from "../encoding/json.ts";
import { openSignedFile } from "./signed-file.ts";

const IMAGE = { mediaType: OCI_MANIFEST, digest: digestOf(Buffer.from("image")), size: 5 };

/** A file with one manifest that hangs on the image and names these layers; `fetched` is what is read of them. */
function fileOf(layers: readonly Descriptor[]): { readonly store: ReadonlyStore; readonly fetched: Descriptor[] } {
  const fetched: Descriptor[] = [];
  const config = { mediaType: OCI_EMPTY, digest: digestOf(Buffer.from("{}")), size: 2 };
  const bytes = encodeJson({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers, subject: IMAGE });
  const manifest = { mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length };
  const store: ReadonlyStore = {
    name: "file",
    resolve: () => Promise.reject(new Error("nobody asks")),
    fetch: async (part) => {
      if (part.digest === manifest.digest) return bytes;
      fetched.push(part);
      return new Uint8Array();
    },
    referrers: async (digest) => ({
      referrers: digest === IMAGE.digest ? [manifest] : [],
      complete: true,
      notes: [],
      sources: ["index"],
    }),
  };
  return { store, fetched };
}

test("a signed file that names one blob again and again is refused before it fills the memory", async () => {
  const digest = digestOf(Buffer.from("large"));
  const layers = Array.from({ length: 1_000 }, (_, at) => ({ mediaType: `application/x-${at}`, digest, size: LIMITS.statementBytes }));
  const { store, fetched } = fileOf(layers);
  await assert.rejects(openSignedFile({ kind: "store", path: "hostile.tar", store }, IMAGE, {}), {
    code: "document/invalid",
    message: `Cannot attach "hostile.tar": what hangs on the image is over ${LIMITS.subjectBudgetBytes} bytes`,
  });
  assert.ok(fetched.reduce((sum, { size }) => sum + size, 0) <= LIMITS.subjectBudgetBytes);
});

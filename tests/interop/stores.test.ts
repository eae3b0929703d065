/** One table of what a store must do, run on every kind of store, and on the real registries where they are installed. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { digestOf } from "../../src/core/digest.ts";
import { CountersignError } from "../../src/core/errors.ts";
import { Malformed } from "../../src/core/malformed.ts";
import { OCI_EMPTY, OCI_MANIFEST } from "../../src/core/media-types.ts";
import type { Store } from "../../src/core/store.ts";
import { encodeJson } from "../../src/encoding/json.ts";
import { createHttpClient } from "../../src/net/http-client.ts";
import { openArchive } from "../../src/registry/archive.ts";
import { openLayout } from "../../src/registry/layout.ts";
import { openMemoryStore } from "../../src/registry/memory.ts";
import { openRemoteStore } from "../../src/registry/remote/store.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { findProgram, needsPrograms } from "../real/programs.ts";
import { startDockerRegistry, startOlareg } from "../real/registries.ts";

interface Place {
  /** A store of this place; the same `repository` is the same content. */
  open(repository: string): Store;
  close(): Promise<void> | void;
}

interface Kind {
  readonly name: string;
  readonly program?: string;
  readonly via: "api" | "tag" | "index";
  start(): Promise<Place>;
}

const ARTIFACT_TYPE = "application/vnd.example.note";
const EMPTY = { mediaType: OCI_EMPTY, digest: digestOf(Buffer.from("{}")), size: 2 };

const KINDS: readonly Kind[] = [
  { name: "memory", via: "index", start: async () => ({ open: sharedByName(openMemoryStore), close: () => undefined }) },
  { name: "layout", via: "index", start: () => startLocal(openLayout) },
  { name: "archive", via: "index", start: () => startLocal(openArchive) },
  { name: "registry server with the referrers API", via: "api", start: () => startOwn(true) },
  { name: "registry server without the referrers API", via: "tag", start: () => startOwn(false) },
  { name: "docker-registry", program: "docker-registry", via: "tag", start: async () => remote(await startDockerRegistry()) },
  { name: "olareg", program: "olareg", via: "api", start: async () => remote(await startOlareg()) },
];

for (const kind of KINDS) {
  describe(kind.name, () => {
    let place: Place | undefined;
    const storeFor = (context: TestContext): Store | undefined => {
      if (kind.program !== undefined && !needsPrograms(context, kind.program)) return undefined;
      assert.ok(place !== undefined);
      return place.open(
        `team/${context.name
          .toLowerCase()
          .match(/[a-z]+/g)
          ?.slice(0, 6)
          .join("-")}`,
      );
    };
    before(async () => {
      if (kind.program === undefined || findProgram(kind.program) !== undefined) place = await kind.start();
    });
    after(() => place?.close());

    test("an image is found by tag and by digest", async (context) => {
      const store = storeFor(context);
      if (store === undefined) return;
      const image = await pushImage(store, "v1");
      const byTag = await store.resolve({ tag: "v1" });
      assert.deepEqual(byTag, await store.resolve({ digest: image.digest }));
      assert.deepEqual(byTag.descriptor, image);
      const wrongTag = await store.resolve({ tag: "v2", digest: image.digest });
      assert.equal(wrongTag.descriptor.digest, image.digest, "with both, the digest decides");
    });

    test("what is not there is not found", async (context) => {
      const store = storeFor(context);
      if (store === undefined) return;
      await pushImage(store, "v1");
      const absent = digestOf(Buffer.from("absent"));
      await assert.rejects(store.resolve({ tag: "none" }), hasCode("store/not-found"));
      await assert.rejects(store.resolve({ digest: absent }), hasCode("store/not-found"));
      await assert.rejects(store.fetch({ mediaType: "application/octet-stream", digest: absent, size: 6 }), hasCode("store/not-found"));
    });

    test("a blob comes back as it was, and pushing it again is no error", async (context) => {
      const store = storeFor(context);
      if (store === undefined) return;
      const bytes = Buffer.from(`blob of ${kind.name}`);
      const descriptor = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };
      await store.pushBlob(descriptor, bytes);
      await store.pushBlob(descriptor, bytes);
      assert.deepEqual(Buffer.from(await store.fetch(descriptor)), bytes);
      await assert.rejects(store.fetch({ ...descriptor, size: bytes.length - 1 }), isMalformed("integrity/size-mismatch"));
      await assert.rejects(store.fetch({ ...descriptor, size: bytes.length + 1 }), isMalformed("integrity/size-mismatch"));
    });

    test("attached manifests are listed once, and filtered", async (context) => {
      const store = storeFor(context);
      if (store === undefined) return;
      const image = await pushImage(store, "v1");
      const { referrers, complete, notes } = await store.referrers(image.digest);
      assert.deepEqual({ referrers, complete, notes }, { referrers: [], complete: true, notes: [] });
      const note = await attachNote(store, { subject: image, text: "first" });
      await attachNote(store, { subject: image, text: "first" });
      assert.equal(note.via, kind.via);
      const listing = await store.referrers(image.digest, { artifactTypes: [ARTIFACT_TYPE] });
      assert.deepEqual(listing.notes, []);
      assert.equal(listing.complete, true);
      assert.deepEqual(asPlain(listing.referrers), [{ ...note.manifest, artifactType: ARTIFACT_TYPE, annotations: { text: "first" } }]);
      assert.deepEqual((await store.referrers(image.digest, { artifactTypes: ["application/vnd.example.other"] })).referrers, []);
      assert.deepEqual((await store.resolve({ tag: "v1" })).descriptor.digest, image.digest, "the tag still names the image");
    });

    test("an attached manifest can itself be a subject", async (context) => {
      const store = storeFor(context);
      if (store === undefined) return;
      const image = await pushImage(store, "v1");
      const note = await attachNote(store, { subject: image, text: "about the image" });
      const nested = await attachNote(store, { subject: note.manifest, text: "about the note" });
      assert.deepEqual(
        (await store.referrers(note.manifest.digest)).referrers.map(({ digest }) => digest),
        [nested.manifest.digest],
      );
      assert.deepEqual(
        (await store.referrers(image.digest)).referrers.map(({ digest }) => digest),
        [note.manifest.digest],
      );
    });

    test("a tag can be moved", async (context) => {
      const store = storeFor(context);
      if (store === undefined) return;
      await pushImage(store, "v1");
      const other = await pushImage(store, "v1", "another");
      assert.equal((await store.resolve({ tag: "v1" })).descriptor.digest, other.digest);
    });

    if (kind.via === "tag" || kind.name === "layout" || kind.name === "archive") {
      test("of 25 that attach at the same time none is lost", async (context) => {
        const store = storeFor(context);
        if (store === undefined) return;
        const image = await pushImage(store, "v1");
        const texts = Array.from({ length: 25 }, (_, number) => `note ${number}`);
        const attached = await Promise.all(texts.map((text) => attachNote(storeFor(context) ?? store, { subject: image, text })));
        const listed = (await store.referrers(image.digest)).referrers.map(({ digest }) => digest);
        assert.deepEqual(listed.toSorted(), attached.map(({ manifest }) => manifest.digest).toSorted());
      });
    }
  });
}

async function pushImage(store: Store, tag: string, text: string = "image"): Promise<Descriptor> {
  await store.pushBlob(EMPTY, Buffer.from("{}"));
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { ...EMPTY, mediaType: "application/vnd.oci.image.config.v1+json" },
    layers: [],
    annotations: { text },
  });
  const descriptor = { mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length };
  await store.pushManifest(descriptor, bytes, { tag });
  await store.commit();
  return descriptor;
}

async function attachNote(
  store: Store,
  note: { readonly subject: Descriptor; readonly text: string },
): Promise<{ manifest: Descriptor; via: string }> {
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: ARTIFACT_TYPE,
    config: EMPTY,
    layers: [EMPTY],
    subject: note.subject,
    annotations: { text: note.text },
  });
  const manifest = { mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length };
  await store.pushBlob(EMPTY, Buffer.from("{}"));
  const { via } = await store.attach([{ descriptor: manifest, bytes }], { subject: note.subject });
  await store.commit();
  return { manifest, via };
}

/** Without null prototypes, which deepEqual tells apart. */
function asPlain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof CountersignError && error.code === code;
}

function isMalformed(code: string): (error: unknown) => boolean {
  return (error) => error instanceof Malformed && error.code === code;
}

function sharedByName(create: (name: string) => Store): (name: string) => Store {
  const stores = new Map<string, Store>();
  return (name) => {
    const store = stores.get(name) ?? create(name);
    stores.set(name, store);
    return store;
  };
}

async function startLocal(open: typeof openLayout): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-local-"));
  return {
    open: (repository) => open(join(folder, repository.replace("/", "-")), { create: true }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function startOwn(referrersApi: boolean): Promise<Place> {
  return remote(await startRegistry({ referrersApi, delayMs: 1 }));
}

function remote(registry: { readonly host: string; close(): Promise<void> }): Place {
  const clients: ReturnType<typeof createHttpClient>[] = [];
  return {
    // A client for each store, as separate processes have.
    open: (repository) => {
      const client = createHttpClient();
      clients.push(client);
      return openRemoteStore({ registry: registry.host, repository, client });
    },
    close: async () => {
      for (const client of clients) client.close();
      await registry.close();
    },
  };
}

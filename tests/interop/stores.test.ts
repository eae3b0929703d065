/** One table of what a store must do, run on every kind of store, and on the real registries where they are installed. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
import { encodePem } from "../../src/encoding/pem.ts";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { startTokenServer } from "../real/token-server.ts";
import { createHttpClient } from "../../src/net/http-client.ts";
import { openArchive } from "../../src/registry/archive.ts";
import { openLayout } from "../../src/registry/layout.ts";
import { openMemoryStore } from "../../src/registry/memory.ts";
import { openRegistry } from "../../src/registry/remote/store.ts";
import type { Credentials } from "../../src/registry/credentials/credentials.ts";
import { type RegistryOptions, startRegistry } from "../../src/testing/registry-server.ts";
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

const USERS = { alice: "s3cret" };
/** bcrypt of the password. */
const HTPASSWD = "alice:$2b$05$rcZBGFmsMNkn9z4r48oWMOqjiJck5/Ovyau/fxQTayzJTx4Lc7H8.\n";
const ARTIFACT_TYPE = "application/vnd.example.note";
const EMPTY = { mediaType: OCI_EMPTY, digest: digestOf(Buffer.from("{}")), size: 2 };

const KINDS: readonly Kind[] = [
  { name: "memory", via: "index", start: async () => ({ open: sharedByName(openMemoryStore), close: () => undefined }) },
  { name: "layout", via: "index", start: () => startLocal(openLayout) },
  { name: "archive", via: "index", start: () => startLocal(openArchive) },
  { name: "registry server with the referrers API", via: "api", start: () => startOwn(true) },
  { name: "registry server without the referrers API", via: "tag", start: () => startOwn(false) },
  { name: "registry server behind passwords", via: "api", start: () => startOwn(true, { htpasswd: USERS }) },
  { name: "registry server behind tokens", via: "tag", start: () => startOwn(false, { htpasswd: USERS, token: {} }) },
  {
    name: "registry server that speaks TLS",
    via: "api",
    start: () => startOwn(true, { tls: { key: read("server.key"), cert: read("server.crt") } }),
  },
  { name: "docker-registry", program: "docker-registry", via: "tag", start: async () => remote(await startDockerRegistry()) },
  { name: "docker-registry behind passwords", program: "docker-registry", via: "tag", start: startWithPasswords },
  { name: "docker-registry behind tokens", program: "docker-registry", via: "tag", start: startWithTokens },
  { name: "docker-registry that speaks TLS", program: "docker-registry", via: "tag", start: startWithTls },
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

    test("a blob of any size goes and comes in pieces, each time that it is asked for", async (context) => {
      const store = storeFor(context);
      if (store === undefined) return;
      const piece = randomBytes(100_000);
      const descriptor = describePieces(piece, 7);
      let opened = 0;
      const content = (): AsyncIterable<Uint8Array> => {
        opened++;
        return piecesOf(piece, 7);
      };
      assert.equal(await store.pushBlob(descriptor, content), "pushed");
      assert.equal(await store.pushBlob(descriptor, content), "held");
      assert.equal(await hashOf(store.open(descriptor)), descriptor.digest);
      assert.equal(await hashOf(store.open(descriptor)), descriptor.digest);
      assert.ok(opened >= 1);
    });

    test("content that is not what its descriptor says is not kept, nor handed on to its end", async (context) => {
      const store = storeFor(context);
      if (store === undefined) return;
      const piece = randomBytes(100_000);
      const descriptor = describePieces(piece, 3);
      const wrong = { ...descriptor, digest: digestOf(randomBytes(10)) };
      for (const pushed of [wrong, { ...descriptor, size: descriptor.size - 1 }, { ...descriptor, size: descriptor.size + 1 }]) {
        await assert.rejects(store.pushBlob(pushed, () => piecesOf(piece, 3)));
        assert.equal(await store.has(pushed), false);
      }
      await assert.rejects(
        store.pushBlob(descriptor, () => failing(piece)),
        /the source has failed/,
      );
      assert.equal(await store.has(descriptor), false);
      await store.pushBlob(descriptor, () => piecesOf(piece, 3));
      let received = 0;
      const reading = async (): Promise<void> => {
        for await (const chunk of store.open({ ...descriptor, size: descriptor.size - 1 })) received += chunk.length;
      };
      await assert.rejects(reading(), isMalformed("integrity/size-mismatch"));
      assert.ok(received < descriptor.size);
      const absent = { ...descriptor, digest: digestOf(randomBytes(10)) };
      await assert.rejects(hashOf(store.open(absent)), hasCode("store/not-found"));
      assert.deepEqual([await store.has(descriptor), await store.has(absent)], [true, false]);
    });

    test("every tag is listed, once", async (context) => {
      const store = storeFor(context);
      if (store === undefined) return;
      const image = await pushImage(store, "v1");
      await pushImage(store, "v2");
      await pushImage(store, "v3", "another");
      assert.deepEqual((await store.tags()).toSorted(), ["v1", "v2", "v3"]);
      assert.deepEqual([await store.has(image), await store.has({ ...image, digest: digestOf(Buffer.from("none")) })], [true, false]);
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

function describePieces(piece: Uint8Array, count: number): Descriptor {
  const bytes = Buffer.concat(Array.from({ length: count }, () => piece));
  return { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };
}

async function* piecesOf(piece: Uint8Array, count: number): AsyncGenerator<Uint8Array, void> {
  for (let number = 0; number < count; number++) yield piece;
}

async function* failing(piece: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield piece;
  throw new Error("the source has failed");
}

async function hashOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
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

async function startOwn(referrersApi: boolean, options: RegistryOptions = {}): Promise<Place> {
  return remote(await startRegistry({ referrersApi, delayMs: 1, ...options }), options.tls !== undefined);
}

async function startWithPasswords(): Promise<Place> {
  return remote(await startDockerRegistry({ htpasswd: HTPASSWD }));
}

async function startWithTls(): Promise<Place> {
  return remote(await startDockerRegistry({ tls: { certificate: tlsFile("server.crt"), key: tlsFile("server.key") } }), true);
}

/** The registry trusts the root that signs the server's tokens. */
async function startWithTokens(): Promise<Place> {
  const chain = await createTestChain({ length: 2, keyType: "ec-256" });
  const folder = mkdtempSync(join(tmpdir(), "countersign-tokens-"));
  const rootcertbundle = join(folder, "root.crt");
  writeFileSync(rootcertbundle, encodePem("CERTIFICATE", chain.certificates.at(-1) ?? new Uint8Array()));
  const { realm, service, issuer, close } = await startTokenServer(USERS, chain);
  const registry = await startDockerRegistry({ token: { realm, service, issuer, rootcertbundle } });
  return remote({
    host: registry.host,
    close: async () => {
      await registry.close();
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

/** Credentials and a root are at hand everywhere; only who asks for them gets to see them. */
function remote(registry: { readonly host: string; close(): Promise<void> }, isTls = false): Place {
  const clients: ReturnType<typeof createHttpClient>[] = [];
  return {
    // A client for each store, as separate processes have.
    open: (repository) => {
      const client = createHttpClient(isTls ? { ca: read("ca.crt") } : {});
      clients.push(client);
      return openRegistry({ registry: registry.host, client, credentials }).repository(repository);
    },
    close: async () => {
      for (const client of clients) client.close();
      await registry.close();
    },
  };
}

function credentials(): Promise<Credentials> {
  return Promise.resolve({ username: "alice", password: "s3cret", source: "the test" });
}

function tlsFile(name: string): string {
  return new URL(`../fixtures/tls/${name}`, import.meta.url).pathname;
}

function read(name: string): string {
  return readFileSync(tlsFile(name), "utf8");
}

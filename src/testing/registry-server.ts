/** An OCI registry in memory on a free loopback port: for the demo, and for tests that need one to behave, or to misbehave. */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Socket } from "node:net";
import { createHash, randomUUID } from "node:crypto";
import { type AccessRules, type GivenTokens, refuseAccess } from "./registry-access.ts";
import { createRepository, readDocument, referrersOf, type Repository } from "./registry-content.ts";
import { changeByQuirks, type Quirk } from "./registry-quirks.ts";

export interface RegistryOptions extends AccessRules {
  /** Whether the referrers API is there, with the OCI-Subject header. Default true. */
  readonly referrersApi?: boolean;
  /** PEM. With it the registry speaks TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** What it does that others do not; see docs/quirks.md. */
  readonly quirks?: readonly Quirk[];
  /** Entries of one page of referrers or tags; all of them if absent. */
  readonly pageSize?: number;
  /** Before each answer. */
  readonly delayMs?: number;
  /** Asked for each request, after the quirks; what it returns is sent instead, members that are absent as they would have been. */
  readonly tamper?: (request: RecordedRequest, answer: Answer) => Partial<Answer> | undefined;
}

export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface RunningRegistry {
  /** `host:port`, as in a reference. */
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** The quirks that have shown in some answer. */
  readonly shown: ReadonlySet<Quirk>;
  close(): Promise<void>;
}

const MAX_BODY = 268_435_456;
const INDEX = "application/vnd.oci.image.index.v1+json";
// Repository names hold slashes, so the name ends where the last known word begins.
const ROUTE = /^\/v2\/([a-z0-9._/-]+)\/(manifests|blobs|tags|referrers)\/(.*)$/;

export async function startRegistry(options: RegistryOptions = {}): Promise<RunningRegistry> {
  const repositories = new Map<string, Repository>();
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  const tokens: GivenTokens = new Map();
  const quirks = new Set(options.quirks);
  const shown = new Set<Quirk>();

  /** Whether the registry has the quirk, here where it would show. */
  function shows(quirk: Quirk): boolean {
    if (quirks.has(quirk)) shown.add(quirk);
    return quirks.has(quirk);
  }

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void answer(request, response);
  };
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const recorded: RecordedRequest = { method: request.method ?? "", url: request.url ?? "", headers: request.headers };
    requests.push(recorded);
    try {
      const body = await readBody(request);
      const proper = refuseAccess(recorded, options, { origin: origin(), tokens }) ?? route(recorded, body);
      const plain = changeByQuirks(quirks, { request: recorded, answer: proper, shown });
      if (options.delayMs !== undefined) await new Promise((done) => setTimeout(done, options.delayMs));
      const { status, headers, body: sent } = { ...plain, ...options.tamper?.(recorded, plain) };
      response.writeHead(status, { "content-length": sent.length, ...headers });
      response.end(recorded.method === "HEAD" ? undefined : sent);
    } catch {
      // The client is gone, or sent too much; either way nobody is left to answer.
      request.destroy();
    }
  }

  function route(request: RecordedRequest, body: Uint8Array): Answer {
    const url = new URL(request.url, origin());
    if (url.pathname === "/v2/" || url.pathname === "/v2") return json(200, {});
    const [, name = "", kind, rest = ""] = ROUTE.exec(url.pathname) ?? [];
    if (kind === undefined) return error(404, "NAME_UNKNOWN");
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (!isRead && shows("read-only-405")) return error(405, "UNSUPPORTED");
    let repository = repositories.get(name);
    if (repository === undefined) {
      if (isRead) return error(404, kind === "referrers" && options.referrersApi === false ? "UNSUPPORTED" : "NAME_UNKNOWN");
      repository = createRepository();
      repositories.set(name, repository);
    }
    if (kind === "manifests" && request.method === "DELETE") return deleteManifest(repository, rest);
    if (kind === "manifests") return isRead ? getManifest(repository, rest) : putManifest(repository, rest, { request, body });
    if (kind === "blobs")
      return isRead ? getBlob(repository, rest) : putBlob(repository, rest, { url, name, body, method: request.method });
    if (kind === "tags") return page({ name, tags: [...repository.tags.keys()].toSorted() }, { url, list: "tags" });
    if (options.referrersApi === false) return error(404, "UNSUPPORTED");
    return listReferrers(repository, rest, url);
  }

  function putManifest(repository: Repository, name: string, sent: { request: RecordedRequest; body: Uint8Array }): Answer {
    const digest = name.includes(":") ? name : digestOf(sent.body);
    if (digestOf(sent.body, digest.split(":", 1)[0]) !== digest) return error(400, "DIGEST_INVALID");
    repository.manifests.set(digest, { mediaType: String(sent.request.headers["content-type"]), bytes: sent.body });
    if (digest !== name) repository.tags.set(name, digest);
    const subject = readDocument(sent.body)?.subject?.digest;
    const hasApi = options.referrersApi !== false || (subject !== undefined && shows("oci-subject-lying"));
    const ociSubject = subject === undefined || !hasApi ? {} : { "oci-subject": subject };
    return { status: 201, headers: { "docker-content-digest": digest, ...ociSubject }, body: NOTHING };
  }

  function deleteManifest(repository: Repository, name: string): Answer {
    if (!name.includes(":") && shows("delete-by-tag-400")) return error(400, "DIGEST_INVALID");
    const isHeld = name.includes(":") ? repository.manifests.delete(name) : repository.tags.delete(name);
    for (const [tag, digest] of repository.tags) if (digest === name) repository.tags.delete(tag);
    return isHeld ? { status: 202, headers: {}, body: NOTHING } : error(404, "MANIFEST_UNKNOWN");
  }

  function putBlob(repository: Repository, place: string, sent: { url: URL; name: string; body: Uint8Array; method: string }): Answer {
    const mounted = sent.url.searchParams.get("mount") ?? "";
    const held = repositories.get(sent.url.searchParams.get("from") ?? "")?.blobs.get(mounted);
    if (sent.method === "POST" && held !== undefined) {
      repository.blobs.set(mounted, held);
      return { status: 201, headers: { location: `/v2/${sent.name}/blobs/${mounted}` }, body: NOTHING };
    }
    const digest = sent.url.searchParams.get("digest");
    const isOneShot = sent.method === "POST" && digest !== null && !shows("one-shot-202");
    if (sent.method === "POST" && !isOneShot) {
      const location = `/v2/${sent.name}/blobs/uploads/${randomUUID()}`;
      const whole = shows("location-with-query") ? `${origin()}${location}?_state=${encodeURIComponent(STATE)}` : location;
      return { status: 202, headers: { location: whole }, body: NOTHING };
    }
    if (!isOneShot && (sent.method !== "PUT" || !place.startsWith("uploads/"))) return error(405, "UNSUPPORTED");
    if (quirks.has("location-with-query") && !isOneShot && sent.url.searchParams.get("_state") !== STATE)
      return error(400, "BLOB_UPLOAD_INVALID");
    if (digest === null || digestOf(sent.body, digest.split(":", 1)[0]) !== digest) return error(400, "DIGEST_INVALID");
    repository.blobs.set(digest, sent.body);
    return { status: 201, headers: { location: `/v2/${sent.name}/blobs/${digest}`, "docker-content-digest": digest }, body: NOTHING };
  }

  function listReferrers(repository: Repository, subject: string, url: URL): Answer {
    const asked = url.searchParams.get("artifactType");
    const wanted = asked !== null && shows("filter-ignored") ? null : asked;
    const all = referrersOf(repository, subject);
    const manifests = wanted === null ? all : all.filter((entry) => entry.artifactType === wanted);
    const listed = page({ schemaVersion: 2, mediaType: INDEX, manifests }, { url, list: "manifests" });
    return {
      ...listed,
      headers: { ...listed.headers, "content-type": INDEX, ...(wanted === null ? {} : { "oci-filters-applied": "artifactType" }) },
    };
  }

  /** One page of the list that the document holds under the name `list`. */
  function page(document: Readonly<Record<string, unknown>>, asked: { url: URL; list: string }): Answer {
    const all = document[asked.list];
    const size = options.pageSize;
    if (size === undefined || !Array.isArray(all) || shows("paging-ignored")) return json(200, document);
    const from = Number(asked.url.searchParams.get("from") ?? 0);
    const answered = json(200, { ...document, [asked.list]: all.slice(from, from + size) });
    if (from + size >= all.length) return answered;
    const next = new URL(asked.url);
    next.searchParams.set("from", String(from + size));
    return { ...answered, headers: { ...answered.headers, link: `<${next.pathname}${next.search}>; rel="next"` } };
  }

  const server: Server = options.tls === undefined ? createHttpServer(listener) : createHttpsServer(options.tls, listener);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(0, "127.0.0.1", done);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const origin = (): string => `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;

  return {
    host: `127.0.0.1:${port}`,
    port,
    url: origin(),
    requests,
    shown,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const NOTHING = new Uint8Array();
/** What a client must bring back with its upload. */
const STATE = "a/b+c=";

function getManifest(repository: Repository, name: string): Answer {
  const digest = name.includes(":") ? name : repository.tags.get(name);
  const held = digest === undefined ? undefined : repository.manifests.get(digest);
  if (digest === undefined || held === undefined) return error(404, "MANIFEST_UNKNOWN");
  return { status: 200, headers: { "content-type": held.mediaType, "docker-content-digest": digest }, body: held.bytes };
}

function getBlob(repository: Repository, digest: string): Answer {
  const bytes = repository.blobs.get(digest);
  if (bytes === undefined) return error(404, "BLOB_UNKNOWN");
  return { status: 200, headers: { "content-type": "application/octet-stream", "docker-content-digest": digest }, body: bytes };
}

function digestOf(bytes: Uint8Array, algorithm: string = "sha256"): string {
  return ["sha256", "sha384", "sha512"].includes(algorithm) ? `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}` : "";
}

function json(status: number, value: unknown): Answer {
  return { status, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(value)) };
}

function error(status: number, code: string): Answer {
  return json(status, { errors: [{ code, message: code.toLowerCase().replaceAll("_", " ") }] });
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY) throw new RangeError("the body is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

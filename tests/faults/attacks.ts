/** What a hostile registry, or whoever sits before it, can answer: each with what must come of it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { digestOf } from "../../src/core/digest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../src/core/media-types.ts";
import type { Answer } from "../../src/core/verdict.ts";
import { encodeJson } from "../../src/encoding/json.ts";
import type { Fault, OnRequest, ProxiedRequest } from "../fixtures/fault-proxy.ts";
import { BARE, SIGNED } from "./scene.ts";

/** What is attacked: an image with one signature. */
export interface Target {
  /** As it is listed. */
  readonly signature: Descriptor;
  readonly manifest: Readonly<Record<string, unknown>>;
}

export interface Attack {
  readonly name: string;
  readonly repository: typeof SIGNED | typeof BARE;
  readonly onRequest: (target: Target) => OnRequest;
  readonly answer: Answer;
  /** Of the error, or of some finding, or in a note; absent where nothing need be said. */
  readonly code?: string;
  /** The command; `verify` unless given. */
  readonly verb?: "verify" | "sign" | "copy" | "download";
  /** Only the end of the victim's patience ends it, so it is to be short. */
  readonly isSlow?: boolean;
}

type Respond = (request: IncomingMessage, response: ServerResponse) => void;
type Isolated = (request: ProxiedRequest) => boolean;

const atTag: Isolated = ({ url }) => url.endsWith("/manifests/v1");
const atApi: Isolated = ({ url }) => url.includes("/referrers/");
const atBlob: Isolated = ({ method, url }) => method === "GET" && url.includes("/blobs/");
const everywhere: Isolated = () => true;

const take =
  (isHit: Isolated, answer: Respond): OnRequest =>
  (request) =>
    isHit(request) ? { kind: "take", answer } : undefined;

/** Part of a path -> answer; what is not in the table is forwarded. */
function serve(places: ReadonlyMap<string, Fault>): OnRequest {
  return ({ url }) => [...places].find(([path]) => url.includes(path))?.[1];
}

function document(contentType: string, bytes: Uint8Array): Fault {
  return { kind: "take", answer: (_, response) => response.writeHead(200, { "content-type": contentType }).end(bytes) };
}

function listing(entries: readonly unknown[]): Fault {
  return document(OCI_INDEX, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: entries })));
}

/** Writes for as long as anybody reads. */
function endless(contentType: string, chunk: string, status: number = 200): Respond {
  const bytes = Buffer.from(chunk.repeat(Math.ceil(65_536 / chunk.length)));
  return (_, response) => {
    response.writeHead(status, { "content-type": contentType });
    const more = (): void => {
      while (!response.destroyed && response.write(bytes));
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  };
}

/** One byte at a time, each in time; nothing is ever complete. */
function drip(start: string, byte: string): Respond {
  return ({ socket }) => {
    socket.write(start);
    const timer = setInterval(() => socket.write(byte), 40);
    socket.once("close", () => clearInterval(timer));
  };
}

/** A body in chunks of one byte, as fast as they are read, and without an end. */
function crumbs(contentType: string, count: number): Respond {
  const piece = "1\r\n \r\n".repeat(10_000);
  return ({ socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${contentType}\r\ntransfer-encoding: chunked\r\n\r\n`);
    let left = count;
    const more = (): void => {
      for (; left > 0 && !socket.destroyed; left -= 10_000) {
        if (socket.write(piece)) continue;
        left -= 10_000;
        socket.once("drain", more);
        return;
      }
    };
    more();
  };
}

const raw =
  (text: string): Respond =>
  ({ socket }) =>
    void socket.write(text);

/** Listed like the real signature, and leading to `bytes`. */
function candidate({ signature }: Target, bytes: Uint8Array): Descriptor {
  return { ...signature, digest: digestOf(bytes), size: bytes.length };
}

/** The signature with its envelope in a blob of its own, described as `change` says. */
function detached(target: Target, change: (layer: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>): OnRequest {
  const [{ data: _embedded, ...layer } = {}] = target.manifest["layers"] as readonly Readonly<Record<string, unknown>>[];
  const bytes = encodeJson({ ...target.manifest, layers: [change(layer)] });
  const entry = candidate(target, bytes);
  return serve(
    new Map([
      [`/manifests/${entry.digest}`, document(OCI_MANIFEST, bytes)],
      ["/referrers/", listing([entry])],
    ]),
  );
}

function envelopeOf({ manifest }: Target): string {
  const [layer] = manifest["layers"] as readonly Descriptor[];
  return layer?.digest ?? "";
}

const both =
  (...all: readonly OnRequest[]): OnRequest =>
  async (request) => {
    for (const one of all) {
      const fault = await one(request);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };

const listed = (entries: (target: Target) => readonly unknown[]): Attack["onRequest"] => {
  return (target) => {
    const answer = listing(entries(target));
    return (request) => (atApi(request) ? answer : undefined);
  };
};

function strangers(count: number, claims: Partial<Descriptor> = {}): readonly Descriptor[] {
  return Array.from({ length: count }, (_, number) => ({
    mediaType: OCI_MANIFEST,
    artifactType: "application/vnd.cncf.notary.signature",
    digest: digestOf(Buffer.from(String(number))),
    size: 1_000,
    ...claims,
  }));
}

const MIB = 1_048_576;

export const ATTACKS: readonly Attack[] = [
  {
    name: "a manifest without end",
    repository: SIGNED,
    onRequest: () => take(atTag, endless(OCI_MANIFEST, " ")),
    answer: "unknown",
    code: "store/too-large",
  },
  {
    name: "a listing without end",
    repository: BARE,
    onRequest: () => take(atApi, endless(OCI_INDEX, " ")),
    answer: "unknown",
    code: "listing/cut-off",
  },
  {
    name: "an error page without end",
    repository: SIGNED,
    onRequest: () => take(atTag, endless("text/html", "<p>", 500)),
    answer: "unknown",
    code: "store/unreachable",
  },
  {
    name: "pages without end",
    repository: BARE,
    onRequest: () => {
      let page = 0;
      return take(atApi, (_, response) => {
        response.writeHead(200, { "content-type": OCI_INDEX, link: `<?page=${++page}>; rel="next"` });
        response.end(
          JSON.stringify({
            schemaVersion: 2,
            manifests: strangers(1, { digest: digestOf(Buffer.from(`page ${page}`)), artifactType: "x" }),
          }),
        );
      });
    },
    answer: "unknown",
    code: "listing/cut-off",
  },
  {
    name: "25,000 referrers, the signature last",
    repository: SIGNED,
    onRequest: listed(({ signature }) => [...strangers(25_000), signature]),
    answer: "unknown",
    code: "listing/cut-off",
  },
  {
    name: "25,000 referrers, the signature first",
    repository: SIGNED,
    onRequest: listed(({ signature }) => [signature, ...strangers(25_000)]),
    answer: "pass",
    code: "listing/cut-off",
  },
  {
    name: "19,000 referrers that claim the trusted certificate, the signature last",
    repository: SIGNED,
    onRequest: listed((target) => [...strangers(19_000, { annotations: target.signature.annotations ?? {} }), target.signature]),
    answer: "unknown",
    code: "integrity/unfetchable",
  },
  {
    name: "100 signatures of 1 MiB, each with its right digest",
    repository: BARE,
    onRequest: (target) => {
      const manifests = new Map<string, Fault>();
      const entries = Array.from({ length: 100 }, (_, number) => {
        const bytes = Buffer.from(JSON.stringify({ ...target.manifest, annotations: { padding: String(number).padEnd(MIB, "x") } }));
        const entry = candidate(target, bytes);
        manifests.set(`/manifests/${entry.digest}`, document(OCI_MANIFEST, bytes));
        return entry;
      });
      return both(serve(manifests), (request) => (atApi(request) ? listing(entries) : undefined));
    },
    answer: "unknown",
    code: "signature/unexamined",
  },
  {
    name: "32 MiB of empty objects",
    repository: BARE,
    onRequest: () =>
      take(atApi, (_, response) =>
        response.writeHead(200, { "content-type": OCI_INDEX }).end(`{"manifests":[${"{},".repeat(10 * MIB)}{}]}`),
      ),
    answer: "unknown",
    code: "listing/unreachable",
  },
  {
    name: "30 MiB of opening brackets",
    repository: BARE,
    onRequest: () => take(atApi, (_, response) => response.writeHead(200, { "content-type": OCI_INDEX }).end("[".repeat(30 * MIB))),
    answer: "unknown",
    code: "listing/unreachable",
  },
  {
    name: "2 MB in chunks of one byte",
    isSlow: true,
    repository: SIGNED,
    onRequest: () => take(atTag, crumbs(OCI_MANIFEST, 2_000_000)),
    answer: "unknown",
    code: "store/unreachable",
  },
  {
    name: "a gzip bomb",
    repository: SIGNED,
    onRequest: () => {
      const bomb = gzipSync(Buffer.alloc(64 * MIB));
      return take(atTag, (_, response) => response.writeHead(200, { "content-type": OCI_MANIFEST, "content-encoding": "gzip" }).end(bomb));
    },
    answer: "unknown",
    code: "store/invalid-answer",
  },
  {
    name: "a header of 8 MiB",
    repository: SIGNED,
    onRequest: () => take(atTag, raw(`HTTP/1.1 200 OK\r\nx: ${"x".repeat(8 * MIB)}`)),
    answer: "unknown",
    code: "store/invalid-answer",
  },
  {
    name: "a header that never ends, byte by byte",
    isSlow: true,
    repository: SIGNED,
    onRequest: () => take(atTag, drip("HTTP/1.1 200 OK\r\nx: ", "x")),
    answer: "unknown",
    code: "store/unreachable",
  },
  {
    name: "a body that never ends, byte by byte",
    isSlow: true,
    repository: SIGNED,
    onRequest: () => take(atTag, drip(`HTTP/1.1 200 OK\r\ncontent-type: ${OCI_MANIFEST}\r\ncontent-length: 100000\r\n\r\n`, " ")),
    answer: "unknown",
    code: "store/unreachable",
  },
  {
    name: "interim answers for ever",
    isSlow: true,
    repository: SIGNED,
    onRequest: () => take(atTag, drip("", "HTTP/1.1 103 Early Hints\r\n\r\n")),
    answer: "unknown",
    code: "store/unreachable",
  },
  {
    name: "a body that is shorter than it was announced",
    isSlow: true,
    repository: SIGNED,
    onRequest: () => take(atTag, raw(`HTTP/1.1 200 OK\r\ncontent-type: ${OCI_MANIFEST}\r\ncontent-length: 1000000000000\r\n\r\n{}`)),
    answer: "unknown",
    code: "store/unreachable",
  },
  {
    name: "another protocol",
    repository: SIGNED,
    onRequest: () => take(everywhere, raw("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")),
    answer: "unknown",
    code: "store/invalid-answer",
  },
  {
    name: "an answer that is not HTTP",
    repository: SIGNED,
    onRequest: () => take(everywhere, raw("SSH-2.0-OpenSSH_9.2\r\n")),
    answer: "unknown",
    code: "store/invalid-answer",
  },
  {
    name: "redirects without end",
    repository: SIGNED,
    onRequest: (target) =>
      both(
        take(atBlob, ({ url = "" }, response) => response.writeHead(307, { location: `${url.split("?")[0]}?hop=${Math.random()}` }).end()),
        detached(target, (layer) => layer),
      ),
    answer: "unknown",
    code: "integrity/unfetchable",
  },
  {
    name: "an envelope without end, said to be short",
    repository: SIGNED,
    onRequest: (target) =>
      both(
        take(atBlob, endless("application/octet-stream", "x")),
        detached(target, (layer) => layer),
      ),
    answer: "deny",
    code: "integrity/size-mismatch",
  },
  {
    name: "an envelope that is said to have a petabyte",
    repository: SIGNED,
    onRequest: (target) => detached(target, (layer) => ({ ...layer, size: 2 ** 50 })),
    answer: "deny",
    code: "integrity/too-large",
  },
  {
    name: "an envelope whose digest is a path",
    repository: SIGNED,
    onRequest: (target) => detached(target, (layer) => ({ ...layer, digest: "sha256:../../../../v2/team/other/blobs/x" })),
    answer: "deny",
    code: "descriptor/invalid",
  },
  {
    name: "entries whose digests are paths",
    repository: BARE,
    onRequest: listed(({ signature }) =>
      ["../../secret", "sha256:../../../../etc/passwd", "sha256:%2e%2e%2f"].map((digest) => ({ ...signature, digest })),
    ),
    answer: "deny",
    code: "listing/malformed-entry",
  },
  {
    name: "the signature of another image",
    repository: BARE,
    onRequest: (target) => {
      const bytes = Buffer.from(JSON.stringify(target.manifest));
      const entry = candidate(target, bytes);
      return serve(
        new Map([
          [`/manifests/${entry.digest}`, document(OCI_MANIFEST, bytes)],
          ["/referrers/", listing([entry])],
        ]),
      );
    },
    answer: "deny",
    code: "manifest/subject",
  },
  {
    name: "a place to upload to that climbs out of the repository",
    repository: SIGNED,
    verb: "sign",
    onRequest: () => (request) =>
      request.method === "POST"
        ? { kind: "answer", status: 202, headers: { location: "//169.254.169.254/latest/../../token" } }
        : undefined,
    answer: "unknown",
    code: "store/invalid-answer",
  },
  ...(["copy", "download"] as const).flatMap((verb): readonly Attack[] => [
    {
      name: `${verb}: a manifest without end`,
      repository: SIGNED,
      verb,
      onRequest: () => take(atTag, endless(OCI_MANIFEST, " ")),
      answer: "unknown",
      code: "store/too-large",
    },
    {
      name: `${verb}: redirects without end`,
      repository: SIGNED,
      verb,
      onRequest: (target) =>
        both(
          take(
            ({ method, url }) => method === "GET" && url.includes(envelopeOf(target)),
            ({ url = "" }, response) => response.writeHead(307, { location: `${url.split("?")[0]}?hop=${Math.random()}` }).end(),
          ),
          detached(target, (layer) => layer),
        ),
      answer: "unknown",
      code: "redirects without end",
    },
    {
      name: `${verb}: an envelope without end, said to be short`,
      repository: SIGNED,
      verb,
      onRequest: (target) =>
        both(
          take(({ method, url }) => method === "GET" && url.includes(envelopeOf(target)), endless("application/octet-stream", "x")),
          detached(target, (layer) => layer),
        ),
      answer: verb === "copy" ? "unknown" : "pass",
      code: "is longer than",
    },
  ]),
  {
    name: "copy: a layer without end",
    repository: BARE,
    verb: "copy",
    onRequest: () => take(atBlob, endless("application/octet-stream", "x")),
    answer: "unknown",
    code: "store/invalid-answer",
  },
  {
    name: "copy: 25,000 referrers",
    repository: SIGNED,
    verb: "copy",
    onRequest: listed(({ signature }) => [signature, ...strangers(25_000)]),
    answer: "unknown",
    code: "store/incomplete",
  },
  {
    name: "copy: 2,000 referrers that are not there",
    repository: SIGNED,
    verb: "copy",
    onRequest: listed(({ signature }) => [signature, ...strangers(2_000)]),
    answer: "unknown",
    code: "it is not there",
  },
  {
    name: "copy: what refers to what refers to what, without end",
    repository: BARE,
    verb: "copy",
    onRequest: () => {
      const manifests = new Map<string, Fault>();
      return both(
        ({ url }) => serve(manifests)({ number: 0, method: "GET", url }),
        ({ url }) => {
          const subject = /\/referrers\/(sha256:[0-9a-f]{64})/.exec(url)?.[1];
          if (subject === undefined) return undefined;
          const bytes = encodeJson({
            schemaVersion: 2,
            mediaType: OCI_MANIFEST,
            config: strangers(1, { mediaType: "application/vnd.example" })[0],
            layers: [],
            subject: { mediaType: OCI_MANIFEST, digest: subject, size: 2 },
          });
          manifests.set(`/manifests/${digestOf(bytes)}`, document(OCI_MANIFEST, bytes));
          return listing([{ mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length }]);
        },
      );
    },
    answer: "unknown",
    code: "more than 32 deep",
  },
  {
    name: "copy: tags without end",
    repository: SIGNED,
    verb: "copy",
    onRequest: () => take(({ url }) => url.includes("/tags/list"), endless("application/json", " ")),
    answer: "pass",
  },
];

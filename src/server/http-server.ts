/** One listening socket: a few fixed routes, every request bounded in bytes and time, and a stop that finishes what has begun. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { CountersignError } from "../core/errors.ts";
import { fileFailureOf, systemCode } from "../files/failure.ts";

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

export interface Route {
  readonly method: "GET" | "POST";
  /** Compared as it is sent, without what follows `?`. */
  readonly path: string;
  /** The one content type that is read. */
  readonly accepts?: string;
  /** The longest body; none is read unless given. */
  readonly maxBytes?: number;
  answer(body: Uint8Array): Promise<Answer>;
}

export interface ListenAddress {
  /** An IP address. */
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
}

export interface RunningServer {
  /** `http://127.0.0.1:3161` */
  readonly url: string;
  readonly port: number;
  /** Takes no more connections, answers what was asked, and resolves when all are closed. */
  close(): Promise<void>;
}

/** Times in milliseconds, the rest counts and bytes. */
const SERVER_LIMITS = {
  headerBytes: 8_192,
  headersMs: 10_000,
  requestMs: 20_000,
  /** A client that neither sends nor reads. */
  idleMs: 30_000,
  keepAliveMs: 5_000,
  checkMs: 1_000,
  connections: 512,
  /** Requests that are being answered. One connection can send many, one after the other. */
  atOnce: 1_024,
  /** What has begun may take so long after the stop. */
  graceMs: 10_000,
} as const;

export type ServerLimits = { readonly [name in keyof typeof SERVER_LIMITS]: number };

export interface ServerOptions {
  readonly routes: readonly Route[];
  readonly limits?: Partial<ServerLimits>;
}

/** Throws `server/listen`. */
export async function startServer(address: ListenAddress, options: ServerOptions): Promise<RunningServer> {
  const limits = { ...SERVER_LIMITS, ...options.limits };
  let isStopping = false;
  let open = 0;
  /** Connections on which nothing is being asked; Node counts those that never asked anything among the busy. */
  const idle = new Set<Socket>();
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    (request, response) => {
      const { socket } = request;
      idle.delete(socket);
      open += 1;
      response.once("close", () => {
        open -= 1;
        if (!socket.destroyed) idle.add(socket);
      });
      const answering =
        open > limits.atOnce ? Promise.resolve(refuse(503, "there are too many requests")) : respond(request, options.routes);
      void answering
        .then((sent) => send(response, { ...sent, isLast: isStopping || isUnread(request) }))
        // The client is gone, or we have failed.
        .catch(() => socket.destroy());
    },
  );
  server.on("connection", (socket) => {
    idle.add(socket);
    socket.once("close", () => idle.delete(socket));
  });
  server.maxConnections = limits.connections;
  server.setTimeout(limits.idleMs);
  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${showHost(address.host)}:${port}`,
    port,
    close: () => {
      isStopping = true;
      return stop(server, { idle, graceMs: limits.graceMs });
    },
  };
}

function showHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

async function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  try {
    await new Promise<void>((done, fail) => {
      server.once("error", fail);
      server.listen({ host, port, exclusive: true }, done);
    });
    // A connection that cannot be taken, for want of file descriptors, is its client's loss.
    server.on("error", () => undefined);
  } catch (error) {
    const place = `${showHost(host)}:${port}`;
    const state = LISTEN_STATES[systemCode(error) ?? ""] ?? fileFailureOf(error).message;
    throw new CountersignError("server/listen", `Cannot listen on "${place}": ${state}`);
  }
}

const LISTEN_STATES: Readonly<Record<string, string>> = {
  EADDRINUSE: "something else listens there",
  EADDRNOTAVAIL: "this machine has no such address",
};

async function stop(server: Server, { idle, graceMs }: { readonly idle: Iterable<Socket>; readonly graceMs: number }): Promise<void> {
  const late = setTimeout(() => server.closeAllConnections(), graceMs);
  try {
    await new Promise<void>((done) => {
      server.close(() => done());
      for (const socket of idle) socket.destroy();
    });
  } finally {
    clearTimeout(late);
  }
}

interface Sent extends Answer {
  readonly headers?: Readonly<Record<string, string>>;
}

async function respond(request: IncomingMessage, routes: readonly Route[]): Promise<Sent> {
  const [path = ""] = (request.url ?? "").split("?", 1);
  const here = routes.filter((route) => route.path === path);
  if (here.length === 0) return refuse(404, "there is nothing here");
  const route = here.find(({ method }) => method === request.method);
  if (route === undefined) {
    return { ...refuse(405, "the method is not supported here"), headers: { allow: here.map(({ method }) => method).join(", ") } };
  }
  if (route.accepts !== undefined && request.headers["content-type"] !== route.accepts) {
    return refuse(415, `the content type must be ${route.accepts}`);
  }
  const body = await readBody(request, route.maxBytes ?? 0);
  if (body === undefined) return refuse(413, `the body must not be longer than ${route.maxBytes ?? 0} bytes`);
  return await route.answer(body);
}

/** Whether there is a body of which something is still to come; without one, Node says so only in a moment. */
function isUnread({ headers, complete }: IncomingMessage): boolean {
  return !complete && (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0);
}

/** `undefined` if it is longer; no more than that is ever held. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return undefined;
  const pieces: Uint8Array[] = [];
  let length = 0;
  // What is too long is still answered.
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > maxBytes) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Fixed words: nothing of a request is ever repeated. */
function refuse(status: number, words: string): Sent {
  return { status, contentType: "text/plain; charset=utf-8", body: Buffer.from(`${words}\n`) };
}

/** `isLast`: the connection ends with it, as where the rest of the request is not read. */
function send(response: ServerResponse, { status, contentType, body, headers = {}, isLast }: Sent & { readonly isLast: boolean }): void {
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": body.length,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(isLast ? { connection: "close" } : {}),
    ...headers,
  });
  response.end(body);
}

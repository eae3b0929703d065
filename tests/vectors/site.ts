/** A registry that answers exactly what it is told to, true or not. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
  /** Repeats the body for as long as anyone reads. */
  endless?: true;
}

/** Answers by path and query. */
export type Site = Map<string, Answer>;

export function answer(body: Uint8Array | string, type: string, headers: Record<string, string> = {}): Answer {
  return { status: 200, headers: { "content-type": type, ...headers }, body: Buffer.from(body) };
}

export function failure(status: number, code: string): Answer {
  const body = Buffer.from(JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }));
  return { status, headers: { "content-type": "application/json" }, body };
}

export interface Registry {
  readonly host: string;
  readonly site: Site;
  close(): Promise<void>;
}

/** Looks a request up with its query, then without. */
export async function startSite(): Promise<Registry> {
  const site: Site = new Map();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = request.url ?? "/";
    const path = url.split("?", 1)[0] ?? "/";
    const found = path === "/v2/" ? answer("{}", "application/json") : (site.get(url) ?? site.get(path) ?? notFound(path));
    if (found.endless === true) return pour(found, response);
    response.writeHead(found.status, { ...found.headers, "content-length": String(found.body.length) });
    response.end(request.method === "HEAD" ? undefined : found.body);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    site,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function pour(found: Answer, response: ServerResponse): void {
  response.writeHead(found.status, found.headers);
  const more = (): void => {
    while (!response.destroyed && response.write(found.body));
  };
  response.on("drain", more);
  more();
}

function notFound(path: string): Answer {
  return failure(404, path.includes("/blobs/") ? "BLOB_UNKNOWN" : "MANIFEST_UNKNOWN");
}

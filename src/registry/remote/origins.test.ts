/** Everything by which a registry can send us elsewhere, held against every way of being elsewhere: where the password goes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { EMPTY, hasCode, IMAGE, noteOn, openRepository, pushImage } from "../../../tests/fixtures/remote-repository.ts";
import type { RemoteStore } from "./store.ts";
import { type Answer, type RegistryOptions, startRegistry } from "../../testing/registry-server.ts";

const fixture = (name: string): string => readFileSync(new URL(`../../../tests/fixtures/tls/${name}`, import.meta.url), "utf8");
/** For 127.0.0.1 and localhost. */
const TLS = { key: fixture("server.key"), cert: fixture("server.crt") };
const CREDENTIALS = { username: "alice", password: "s3cret" };
const BASIC = `Basic ${Buffer.from("alice:s3cret").toString("base64")}`;

type Scheme = "http" | "https";
type Place = "the same origin" | "another port" | "another host" | "another scheme" | "the same port, another scheme";
/** With the password, followed without it, or not followed. */
type Outcome = "with" | "without" | "refused";
type Kind = "blob" | "manifest" | "token realm" | "token redirect" | "upload" | "next page";

/** From plain HTTP, and from HTTPS. */
const TABLE: Readonly<Record<Kind, Readonly<Record<Place, readonly [http: Outcome, https: Outcome]>>>> = {
  // Blobs may be kept elsewhere, where their own digest protects them; HTTPS is not given up.
  blob: {
    "the same origin": ["with", "with"],
    "another port": ["without", "without"],
    "another host": ["without", "without"],
    "another scheme": ["without", "refused"],
    "the same port, another scheme": ["without", "refused"],
  },
  manifest: {
    "the same origin": ["refused", "refused"],
    "another port": ["refused", "refused"],
    "another host": ["refused", "refused"],
    "another scheme": ["refused", "refused"],
    "the same port, another scheme": ["refused", "refused"],
  },
  // The registry's own host, on any port; another only if a person named it. HTTPS is not given up.
  "token realm": {
    "the same origin": ["with", "with"],
    "another port": ["with", "with"],
    "another host": ["refused", "refused"],
    "another scheme": ["with", "refused"],
    "the same port, another scheme": ["with", "refused"],
  },
  "token redirect": {
    "the same origin": ["refused", "refused"],
    "another port": ["refused", "refused"],
    "another host": ["refused", "refused"],
    "another scheme": ["refused", "refused"],
    "the same port, another scheme": ["refused", "refused"],
  },
  upload: {
    "the same origin": ["with", "with"],
    "another port": ["refused", "refused"],
    "another host": ["refused", "refused"],
    "another scheme": ["refused", "refused"],
    "the same port, another scheme": ["refused", "refused"],
  },
  "next page": {
    "the same origin": ["with", "with"],
    "another port": ["refused", "refused"],
    "another host": ["refused", "refused"],
    "another scheme": ["refused", "refused"],
    "the same port, another scheme": ["refused", "refused"],
  },
};

/** A request to the path that the registry pointed at. */
interface Arrival {
  readonly origin: string;
  readonly headers: IncomingHttpHeaders;
}

const NOTE = noteOn(IMAGE.descriptor, "elsewhere");
const LISTING = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [{ ...NOTE.descriptor, artifactType: "application/vnd.example.note" }],
  }),
);
const ELSEWHERE = "/v2/team/app/elsewhere";
const OWN_REALM = "/v2/token-redirect";

/** What the place answers that the registry points at. */
function answerElsewhere(kind: Kind): Answer {
  const json = { "content-type": "application/json" };
  if (kind === "token realm" || kind === "token redirect") return { status: 200, headers: json, body: Buffer.from('{"token":"good"}') };
  if (kind === "upload") return { status: 201, headers: {}, body: Buffer.alloc(0) };
  if (kind === "next page") return { status: 200, headers: { "content-type": "application/vnd.oci.image.index.v1+json" }, body: LISTING };
  if (kind === "manifest") return { status: 200, headers: { "content-type": IMAGE.descriptor.mediaType }, body: IMAGE.bytes };
  return { status: 200, headers: {}, body: Buffer.from("{}") };
}

/** A server on a port of its own. */
async function startTrap(
  context: TestContext,
  { scheme, kind, arrivals }: { scheme: Scheme; kind: Kind; arrivals: Arrival[] },
): Promise<string> {
  const listener: RequestListener = ({ headers }, response) => {
    arrivals.push({ origin: `${scheme}://${String(headers.host)}`, headers });
    const { status, headers: sent, body } = answerElsewhere(kind);
    response.writeHead(status, sent).end(body);
  };
  const server = scheme === "https" ? createSecureServer(TLS, listener) : createServer(listener);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function portOf(origin: string): number {
  return Number(new URL(origin).port);
}

/** One port for both: who begins with a TLS hello is taken to the one, everybody else to the other. */
async function startBoth(context: TestContext, ports: { readonly tls: number; readonly plain: number }): Promise<number> {
  const open = new Set<Socket>();
  const server = createTcpServer((client) => {
    client.once("data", (first) => {
      const upstream = connect(first[0] === 0x16 ? ports.tls : ports.plain, "127.0.0.1");
      upstream.write(first);
      client.pipe(upstream).pipe(client);
      for (const socket of [client, upstream]) {
        open.add(socket);
        socket.on("error", () => socket.destroy());
      }
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  context.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** How a registry at `origin` points at the place, once somebody has shown who he is. */
function pointing(kind: Kind, places: () => { readonly origin: string; readonly target: string }): NonNullable<RegistryOptions["tamper"]> {
  const body = Buffer.alloc(0);
  return ({ method, url, headers }, answer) => {
    const { origin, target } = places();
    const { authorization } = headers;
    if (url.startsWith(ELSEWHERE)) return answerElsewhere(kind);
    if (kind === "token realm" || kind === "token redirect") {
      if (authorization === "Bearer good") return answerElsewhere("manifest");
      if (url.startsWith(OWN_REALM)) return { status: 307, headers: { location: target }, body };
      const realm = kind === "token realm" ? target : `${origin}${OWN_REALM}`;
      return { status: 401, headers: { "www-authenticate": `Bearer realm="${realm}",service="test"` }, body };
    }
    if (authorization !== BASIC) return undefined;
    if (kind === "blob" && method === "GET" && url.includes("/blobs/")) return { status: 307, headers: { location: target }, body };
    if (kind === "manifest" && method === "GET" && url.includes("/manifests/v1"))
      return { status: 307, headers: { location: target }, body };
    if (kind === "upload" && method === "POST") return { status: 202, headers: { location: target }, body };
    if (kind === "next page" && url.includes("/referrers/")) return { headers: { ...answer.headers, link: `<${target}>; rel="next"` } };
    return undefined;
  };
}

async function ask(kind: Kind, store: RemoteStore): Promise<void> {
  if (kind === "blob") await store.fetch(EMPTY);
  else if (kind === "upload") await store.pushBlob(noteOn(IMAGE.descriptor, "new").descriptor, noteOn(IMAGE.descriptor, "new").bytes);
  else if (kind === "next page") {
    const { complete, notes, referrers } = await store.referrers(IMAGE.descriptor.digest);
    // A listing never throws; what it did not follow it says.
    if (!complete) {
      assert.equal(notes[0]?.code, "listing/foreign-page");
      throw new RefusedPage();
    }
    assert.ok(referrers.some(({ digest }) => digest === NOTE.descriptor.digest));
  } else await store.resolve({ tag: "v1" });
}

class RefusedPage extends Error {}

function isRefusal(kind: Kind): (error: unknown) => boolean {
  if (kind === "next page") return (error) => error instanceof RefusedPage;
  return hasCode(kind === "token realm" ? "registry/unauthorized" : "store/invalid-answer");
}

for (const [kind, places] of Object.entries(TABLE) as [Kind, (typeof TABLE)[Kind]][]) {
  for (const [place, outcomes] of Object.entries(places) as [Place, readonly [Outcome, Outcome]][]) {
    for (const scheme of ["http", "https"] as const) {
      const outcome = outcomes[scheme === "http" ? 0 : 1];
      test(`${kind}: from ${scheme} to ${place}: ${outcome}`, async (context) => {
        const arrivals: Arrival[] = [];
        const otherScheme = scheme === "http" ? "https" : "http";
        const trap = await startTrap(context, { scheme: place.endsWith("another scheme") ? otherScheme : scheme, kind, arrivals });
        let [origin, target] = ["", ""];
        const registry = await startRegistry({
          // The token tests show who they are by tampering.
          ...(kind.startsWith("token") ? {} : { htpasswd: { alice: "s3cret" } }),
          ...(scheme === "https" ? { tls: TLS } : {}),
          tamper: pointing(kind, () => ({ origin, target: `${target}${ELSEWHERE}` })),
        });
        context.after(() => registry.close());
        const ports = scheme === "https" ? { tls: registry.port, plain: portOf(trap) } : { tls: portOf(trap), plain: registry.port };
        const host = place === "the same port, another scheme" ? `127.0.0.1:${await startBoth(context, ports)}` : registry.host;
        origin = `${scheme}://${host}`;
        const origins = {
          "the same origin": origin,
          "another port": trap,
          "another scheme": trap,
          "another host": `${scheme}://localhost:${registry.port}`,
          "the same port, another scheme": `${otherScheme}://${host}`,
        };
        target = origins[place];

        const store = openRepository(
          context,
          { host },
          {
            credentials: CREDENTIALS,
            http: { ca: fixture("ca.crt"), insecureHosts: scheme === "http" ? [host] : [] },
          },
        );
        if (kind === "next page") await pushImage(store);
        const asked = ask(kind, store);
        if (outcome === "refused") await assert.rejects(asked, isRefusal(kind));
        else await asked;

        const came: Arrival[] = [
          ...arrivals,
          ...registry.requests
            .filter(({ url }) => url.startsWith(ELSEWHERE))
            .map(({ headers }) => ({ origin: `${scheme}://${String(headers["host"])}`, headers: headers as IncomingHttpHeaders })),
        ];
        assert.equal(came.length > 0, outcome !== "refused", JSON.stringify(came));
        for (const arrival of came) {
          assert.equal(arrival.origin, target);
          assert.equal(arrival.headers.authorization, outcome === "with" ? BASIC : undefined);
          if (outcome === "without") assert.ok(!JSON.stringify(arrival.headers).includes(BASIC.slice("Basic ".length)));
        }
        const strayed = registry.requests.filter(
          ({ headers }) => headers["host"] !== new URL(origin).host && headers["authorization"] !== undefined,
        );
        assert.deepEqual(strayed, []);
      });
    }
  }
}

for (const scheme of ["Basic", "Bearer"]) {
  test(`a blob store elsewhere that asks for credentials (${scheme}) gets none, and does not say who does`, async (context) => {
    const arrivals: Arrival[] = [];
    // On the registry's own host, where the registry itself might have a token server.
    const trap = await startTrap(context, { scheme: "http", kind: "token realm", arrivals });
    const challenge = scheme === "Basic" ? 'Basic realm="x"' : `Bearer realm="${trap}/token",service="x"`;
    const blobStore = await startRegistry({
      tamper: () => ({ status: 401, headers: { "www-authenticate": challenge }, body: Buffer.alloc(0) }),
    });
    context.after(() => blobStore.close());
    const registry = await startRegistry({
      tamper: ({ url }) =>
        url.includes("/blobs/")
          ? { status: 307, headers: { location: `http://localhost:${blobStore.port}${ELSEWHERE}` }, body: Buffer.alloc(0) }
          : undefined,
    });
    context.after(() => registry.close());
    const store = openRepository(context, registry, { credentials: CREDENTIALS, http: { insecureHosts: [`localhost:${blobStore.port}`] } });
    await assert.rejects(store.fetch(EMPTY), hasCode("store/invalid-answer", /localhost:\d+", where the registry sends us/));
    assert.equal(await store.has(EMPTY), false);
    assert.equal(blobStore.requests.length > 0, true);
    assert.deepEqual(arrivals, []);
    for (const { headers } of [...registry.requests, ...blobStore.requests]) assert.equal(headers["authorization"], undefined);
  });
}

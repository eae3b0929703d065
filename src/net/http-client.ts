/** The one HTTP client: every exchange has a deadline and a byte cap, and credentials stay with the host they were meant for. */
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { monotonicMs } from "../core/clock.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { Agents } from "./agents.ts";
import { readChunks, sendBody, type StreamedBody } from "./body.ts";
import { ByteCollector } from "./byte-collector.ts";
import { Ending } from "./ending.ts";
import { takeEarlySockets } from "./early-sockets.ts";
import { errorCodeOf, failure, networkFailure, proxyFailure, tlsExpected } from "./network-failure.ts";
import { mayAsk, originFor, type PlainHttpRule } from "./origin.ts";
import type { Proxy, ProxyRule } from "./proxy.ts";
import { createRetry, hopeOfAnswer, type Patience, type Retry, type TracedRetry } from "./retry.ts";
import { ProxyRefusal } from "./tunnel.ts";
import { showUrl } from "./url-display.ts";

export interface HttpClientOptions {
  /** PEM certificates that are trusted beside those that Node brings. With it, loopback hosts are spoken to over TLS too. */
  readonly ca?: string;
  /** `host[:port]` of hosts that are spoken to in plain HTTP. Loopback needs no entry. */
  readonly insecureHosts?: readonly string[];
  /** Chooses the proxy for a URL. Without it none is used. */
  readonly proxyFor?: ProxyRule;
  readonly socketsPerHost?: number;
  /** Milliseconds for one exchange, from its socket to its last byte. A streamed body has as long as it keeps coming. */
  readonly deadlineMs?: number;
  /** Milliseconds without a single byte in either direction. */
  readonly silenceMs?: number;
  readonly patience?: Patience;
  readonly trace?: (exchange: TracedExchange) => void;
  readonly traceRetry?: (retry: TracedRetry) => void;
}

export interface TracedExchange {
  readonly method: string;
  /** Host, path and harmless query values. */
  readonly url: string;
  /** 0 where no answer came. */
  readonly status: number;
  readonly bytes: number;
  readonly ms: number;
}

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | StreamedBody;
  /** The longest body that is read of a successful answer. */
  readonly maxBytes: number;
  /** The body of a successful answer is not collected but comes as `chunks`, and must be read or left. */
  readonly isStreamed?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs?: number;
  /** GET and HEAD only; a redirect to another origin goes there without `authorization`. */
  readonly followRedirects?: boolean;
  /** Whether it does no harm to send it twice, so that it is sent again after a passing failure. All but POST unless it says otherwise. */
  readonly isRepeatable?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** `URL.origin` of who answered, which after redirects is another than was asked. */
  readonly origin: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The body of what was asked for `isStreamed`; reading it throws as `request` does. */
  readonly chunks?: AsyncIterable<Uint8Array>;
}

export interface HttpClient {
  /** Throws `CountersignError` `store/unreachable`, `registry/tls`, `store/too-large`, `store/invalid-answer`, `job/aborted`; a status is an answer. */
  request(wanted: HttpRequest): Promise<HttpResponse>;
  /** For work of several requests that are not repeatable one by one. */
  readonly retry: Retry;
  /** The URL of `host[:port]`, with the scheme that the options allow for it. */
  originFor(host: string): URL;
  close(): void;
}

const MAX_REDIRECTS = 5;
const NOTHING = new Uint8Array();
/** A registry may need this long for every byte of a large body after the last one, to look at the whole and to put it in its place. */
const SETTLED_PER_MS = 16_000;
/** Codes of a keep-alive socket that the other side closed while it was idle. */
const STALE_SOCKET = new Set(["ECONNRESET", "EPIPE"]);

export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const { deadlineMs = 60_000, silenceMs = 20_000, socketsPerHost = 12, ca, proxyFor = noProxy } = options;
  const rule: PlainHttpRule = { insecureHosts: options.insecureHosts ?? [], hasCa: ca !== undefined };
  // Alone it would replace the built-in roots, and a token server or blob store under a public authority would fail.
  const tls = ca === undefined ? {} : { ca: [...process.getBuiltinModule("node:tls").rootCertificates, ca] };
  const agents = new Agents({ socketsPerHost, tunnelMs: silenceMs, ...tls });

  const retry = createRetry({ patience: options.patience, trace: options.traceRetry });

  function request(wanted: HttpRequest): Promise<HttpResponse> {
    if (!isRepeatable(wanted)) return requestOnce(wanted);
    return retry(() => requestOnce(wanted), { what: describe(wanted, wanted.url), signal: wanted.signal, hopeOfResult: hopeOfAnswer });
  }

  async function requestOnce(wanted: HttpRequest): Promise<HttpResponse> {
    let { url } = wanted;
    let headers: Record<string, string> = { "accept-encoding": "identity", "user-agent": "countersign", ...wanted.headers };
    if (wanted.body !== undefined) headers["content-length"] = String(wanted.body.length);
    for (let hops = 0; ; hops++) {
      const response = await exchangeTraced(wanted, url, headers);
      const misunderstood = tlsExpected(url, { ...response, action: describe(wanted, url) });
      if (misunderstood !== undefined) throw misunderstood;
      const location = response.headers["location"];
      if (wanted.followRedirects !== true || response.status < 300 || response.status > 399 || location === undefined) return response;
      if (hops === MAX_REDIRECTS) throw failure("store/invalid-answer", describe(wanted, url), "it redirects without end");
      const next = redirectTarget(location, wanted, url);
      // Another port or scheme is another origin. What was dropped does not come back on a later hop.
      if (next.origin !== url.origin) headers = withoutCredentials(headers);
      url = next;
    }
  }

  async function exchangeTraced(wanted: HttpRequest, url: URL, headers: Readonly<Record<string, string>>): Promise<HttpResponse> {
    if (!mayAsk(url, rule)) {
      throw failure("registry/tls", describe(wanted, url), "plain HTTP is not allowed to this host", {
        remedy: `--insecure-registry ${url.host}, if the network in between can be trusted`,
      });
    }
    const started = monotonicMs();
    let answer: HttpResponse | undefined;
    try {
      answer = await exchange(wanted, url, { headers, fresh: false, proxy: proxyFor(url) });
      return answer;
    } finally {
      options.trace?.({
        method: wanted.method,
        url: showUrl(url),
        status: answer?.status ?? 0,
        bytes: answer?.body.length ?? 0,
        ms: monotonicMs() - started,
      });
    }
  }

  /** One request and its answer. A kept socket that had died meanwhile is replaced, once, by a new one. */
  function exchange(
    wanted: HttpRequest,
    url: URL,
    how: { headers: Readonly<Record<string, string>>; fresh: boolean; proxy: Proxy | undefined },
  ): Promise<HttpResponse> {
    const action = `${describe(wanted, url)}${how.proxy === undefined ? "" : ` through proxy "${how.proxy.url.host}"`}`;
    return new Promise((resolve, reject) => {
      const { signal } = wanted;
      if (signal?.aborted === true) {
        reject(aborted(action, signal));
        return;
      }
      const sending = send(url, { method: wanted.method, headers: { ...how.headers } }, { agents, isFresh: how.fresh, proxy: how.proxy });
      const ending = new Ending(signal, () => fail(aborted(action, signal)));
      const fail = (error: unknown): void => {
        ending.settle(() => reject(error));
        sending.destroy();
      };
      const stillAlive = (): void => ending.breakSilence();
      const streamed = wanted.body instanceof Uint8Array ? undefined : wanted.body;
      let isSent = streamed === undefined;

      // The clocks start with the socket: waiting for a free one is not the host's fault.
      sending.once("socket", (socket) => {
        const limit = (wanted.deadlineMs ?? deadlineMs) + (streamed?.length ?? 0) / SETTLED_PER_MS;
        ending.startDeadline(limit, () => fail(failure("store/unreachable", action, `no whole answer within ${limit} ms`)));
        // A streamed body may be waited for itself: its deadline begins anew with each piece instead.
        if (streamed === undefined) {
          ending.startSilence(silenceMs, () => fail(failure("store/unreachable", action, `nothing came for ${silenceMs} ms`)));
        }
        socket.on("drain", stillAlive);
        sending.once("close", () => socket.off("drain", stillAlive));
      });
      sending.on("error", (error) => {
        const wasKept = sending.reusedSocket || agents.wasAdopted(sending.socket);
        if (!how.fresh && wasKept && isRepeatable(wanted) && STALE_SOCKET.has(errorCodeOf(error)) && !ending.isOver) {
          ending.settle(() => resolve(exchange(wanted, url, { ...how, fresh: true })));
          return;
        }
        fail(networkFailure(error, action, url));
      });
      sending.once("upgrade", (_, socket) => {
        socket.destroy();
        fail(failure("store/invalid-answer", action, "it switches protocols, which was not asked for"));
      });
      sending.once("response", (incoming) => {
        receive(incoming, {
          wanted,
          silenceMs,
          action,
          url,
          stillAlive,
          done: (response) => {
            if (response.status === 407 && how.proxy !== undefined) return fail(proxyFailure(new ProxyRefusal(407, how.proxy), action));
            ending.settle(() => resolve(response));
            // The answer came before the end of what was sent: the rest is not wanted.
            if (!isSent) sending.destroy();
          },
          fail,
        });
      });
      if (streamed === undefined) {
        sending.end(wanted.body);
        return;
      }
      const watch = { isOver: () => ending.isOver, pass: () => ending.postponeDeadline() };
      sendBody(sending, streamed, watch).then(() => (isSent = true), fail);
    });
  }

  return {
    request,
    retry,
    originFor(host) {
      const origin = originFor(host, rule);
      agents.adopt(origin.origin, takeEarlySockets(origin));
      return origin;
    },
    close: () => agents.close(),
  };
}

function isRepeatable({ method, isRepeatable: said }: HttpRequest): boolean {
  return said ?? method !== "POST";
}

function redirectTarget(location: string, wanted: HttpRequest, from: URL): URL {
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (next === undefined) throw failure("store/invalid-answer", describe(wanted, from), "it redirects to something that is no URL");
  if (from.protocol === "https:" && next.protocol !== "https:") {
    throw failure("store/invalid-answer", describe(wanted, from), `it redirects from HTTPS to ${next.protocol}//${next.host}`);
  }
  next.username = "";
  next.password = "";
  return next;
}

/** HTTPS goes through a proxy in a tunnel; plain HTTP is asked of the proxy itself, by its whole URL. */
function send(
  url: URL,
  { method, headers }: { readonly method: string; readonly headers: Record<string, string> },
  way: { readonly agents: Agents; readonly isFresh: boolean; readonly proxy: Proxy | undefined },
): ClientRequest {
  const { agents, isFresh, proxy } = way;
  if (proxy === undefined || url.protocol === "https:") {
    return requestTo(url, { method, headers, agent: agents.for(url.protocol, { tunnel: proxy, isFresh }) });
  }
  const { authorization } = proxy;
  return requestTo(proxy.url, {
    method,
    path: url.href,
    headers: { ...headers, host: url.host, ...(authorization === undefined ? {} : { "proxy-authorization": authorization }) },
    agent: agents.for(proxy.url.protocol, { isFresh }),
  });
}

function requestTo(url: URL, options: RequestOptions): ClientRequest {
  const { request } = process.getBuiltinModule(url.protocol === "https:" ? "node:https" : "node:http");
  return request(url, options);
}

const noProxy: ProxyRule = () => undefined;

interface Receiving {
  readonly wanted: HttpRequest;
  readonly silenceMs: number;
  readonly action: string;
  readonly url: URL;
  stillAlive(): void;
  done(response: HttpResponse): void;
  fail(error: CountersignError): void;
}

/** Collects the body. The buffer grows with what arrives, never with what a header announces. */
function receive(incoming: IncomingMessage, receiving: Receiving): void {
  const status = incoming.statusCode ?? 0;
  const isSuccess = status >= 200 && status < 300;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) if (value !== undefined) headers[name] = String(value);
  if (isSuccess && (headers["content-encoding"] ?? "identity") !== "identity") {
    receiving.fail(failure("store/invalid-answer", receiving.action, "the answer is compressed, which was not asked for"));
    return;
  }
  const { wanted, action, url, silenceMs } = receiving;
  if (isSuccess && wanted.isStreamed === true) {
    const chunks = readChunks(incoming, { maxBytes: wanted.maxBytes, silenceMs, signal: wanted.signal, action, url });
    receiving.done({ status, origin: url.origin, headers, body: NOTHING, chunks });
    return;
  }
  const limit = isSuccess ? wanted.maxBytes : LIMITS.errorBodyBytes;
  const collected = new ByteCollector();
  let length = 0;
  const finish = (): void => receiving.done({ status, origin: url.origin, headers, body: collected.whole() });
  incoming.on("data", (chunk: Buffer) => {
    receiving.stillAlive();
    length += chunk.length;
    if (length <= limit) {
      collected.add(chunk);
    } else if (isSuccess) {
      receiving.fail(failure("store/too-large", action, `the answer is longer than the ${limit} bytes that it may have`));
    } else {
      finish();
      incoming.destroy();
    }
  });
  incoming.on("end", finish);
  incoming.on("error", (error) => receiving.fail(networkFailure(error, action, url)));
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(authorization|proxy-authorization|cookie)$/i.test(name)));
}

function describe(wanted: HttpRequest, url: URL): string {
  return `${wanted.method} "${showUrl(url)}"`;
}

function aborted(action: string, signal: AbortSignal | undefined): CountersignError {
  return failure("job/aborted", action, "the job was stopped", { cause: signal?.reason });
}

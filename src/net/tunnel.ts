/** A way through a proxy to a host: CONNECT, after which the bytes are between us and the host. Source: RFC 9110, 9.3.6. */
import type { ClientRequest } from "node:http";
import { isIPv6, type Socket } from "node:net";
import type { Proxy } from "./proxy.ts";

/** The proxy answered, and not with a way through. */
export class ProxyRefusal extends Error {
  readonly status: number;
  readonly proxy: Proxy;

  constructor(status: number, proxy: Proxy) {
    super(`the proxy answered ${status}`);
    this.name = "ProxyRefusal";
    this.status = status;
    this.proxy = proxy;
  }
}

interface TunnelOptions {
  readonly proxy: Proxy;
  readonly host: string;
  readonly port: number;
  /** For a proxy that is spoken to over TLS. */
  readonly ca?: readonly string[];
  readonly timeoutMs: number;
  readonly done: (error: Error | undefined, socket: Socket | undefined) => void;
}

/** Calls `done` once; destroying the request before that gives up. */
export function openTunnel({ proxy, host, port, ca, timeoutMs, done }: TunnelOptions): ClientRequest {
  const { url, authorization } = proxy;
  const { request } = process.getBuiltinModule(url.protocol === "https:" ? "node:https" : "node:http");
  const target = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const headers = { host: target, ...(authorization === undefined ? {} : { "proxy-authorization": authorization }) };
  const asking = request(url, { method: "CONNECT", path: target, headers, agent: false, ...(ca === undefined ? {} : { ca: [...ca] }) });
  const late = setTimeout(() => asking.destroy(new Error(`the proxy did not answer within ${timeoutMs} ms`)), timeoutMs);
  asking.once("connect", ({ statusCode = 0 }, socket: Socket, early: Buffer) => {
    clearTimeout(late);
    // What comes before we have said anything is not the host's: the host waits for our hello.
    if (statusCode >= 200 && statusCode <= 299 && early.length === 0) return done(undefined, socket);
    socket.destroy();
    done(new ProxyRefusal(statusCode, proxy), undefined);
  });
  asking.once("error", (error) => {
    clearTimeout(late);
    done(error, undefined);
  });
  asking.end();
  return asking;
}

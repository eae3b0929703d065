/** Keep-alive agents of one client, made when first needed; they can start from sockets that were opened early. */
import type { Agent as HttpAgent, ClientRequest } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { hostAndPort } from "./early-sockets.ts";
import type { Proxy } from "./proxy.ts";
import { openTunnel } from "./tunnel.ts";

interface AgentOptions {
  readonly socketsPerHost: number;
  /** Every PEM certificate that is trusted; those that Node brings unless given. */
  readonly ca?: readonly string[];
  /** Milliseconds for a proxy to open a way through. */
  readonly tunnelMs: number;
}

interface WantedAgent {
  /** The way there; direct if absent. Only for `https:`. */
  readonly tunnel?: Proxy | undefined;
  /** For one request alone, on a new socket. */
  readonly isFresh: boolean;
}

/** Where a request is going, as node's agents say it. */
interface ConnectionTarget {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
}

export class Agents {
  readonly #options: AgentOptions;
  readonly #early = new Map<string, Socket[]>();
  readonly #adopted = new WeakSet<Socket>();
  readonly #kept = new Map<string, HttpAgent>();
  readonly #tunnels = new Set<ClientRequest>();

  constructor(options: AgentOptions) {
    this.#options = options;
  }

  /** Takes sockets that are connected, or connecting, to the host and port of `origin`; the first requests use them. */
  adopt(origin: string, sockets: readonly Socket[]): void {
    const key = keyOf(new URL(origin));
    for (const socket of sockets) {
      // A failure before the first request shows itself there; without a listener it would end the program here.
      socket.on("error", ignoreUntilUsed);
      socket.unref();
      this.#adopted.add(socket);
    }
    this.#early.set(key, [...(this.#early.get(key) ?? []), ...sockets]);
  }

  wasAdopted(socket: Socket | null): boolean {
    return socket !== null && this.#adopted.has(socket);
  }

  // node:http and node:https are loaded here and not imported: an ESM import of either loads far more than a client needs.
  for(protocol: string, { tunnel, isFresh }: WantedAgent): HttpAgent {
    const create = (): HttpAgent => (protocol === "https:" ? this.#createHttps({ tunnel, isFresh }) : this.#createHttp(isFresh));
    if (isFresh) return create();
    const key = `${protocol} ${tunnel?.url.href ?? ""}`;
    let agent = this.#kept.get(key);
    if (agent === undefined) this.#kept.set(key, (agent = create()));
    return agent;
  }

  close(): void {
    for (const agent of this.#kept.values()) agent.destroy();
    for (const asking of this.#tunnels) asking.destroy();
    for (const sockets of this.#early.values()) for (const socket of sockets) socket.destroy();
    this.#early.clear();
  }

  #createHttp(isFresh: boolean): HttpAgent {
    const agent = new (process.getBuiltinModule("node:http").Agent)(this.#agentOptions(isFresh));
    const connect = agent.createConnection.bind(agent);
    agent.createConnection = (options, callback) => (isFresh ? undefined : this.#takeEarly("http:", options)) ?? connect(options, callback);
    return agent;
  }

  #createHttps({ tunnel, isFresh }: WantedAgent): HttpsAgent {
    const ca = this.#options.ca;
    const agent = new (process.getBuiltinModule("node:https").Agent)({
      ...this.#agentOptions(isFresh),
      ...(ca === undefined ? {} : { ca: [...ca] }),
    });
    const connect = agent.createConnection.bind(agent);
    agent.createConnection = (options, callback) => {
      if (tunnel !== undefined) {
        this.#openTunnel(tunnel, options, (error, socket) => {
          // The types want a socket beside an error; nobody looks at it.
          if (socket === undefined) callback?.(error ?? null, undefined as unknown as Socket);
          else callback?.(null, secure(options, socket));
        });
        return undefined;
      }
      const socket = isFresh ? undefined : this.#takeEarly("https:", options);
      if (socket === undefined) return connect(options, callback);
      const secured = secure(options, socket);
      this.#adopted.add(secured);
      return secured;
    };
    return agent;
  }

  #openTunnel(proxy: Proxy, { host, port }: ConnectionTarget, done: (error: Error | undefined, socket: Socket | undefined) => void): void {
    const { ca, tunnelMs } = this.#options;
    const asking = openTunnel({
      proxy,
      host: host ?? "",
      port: Number(port),
      timeoutMs: tunnelMs,
      ...(ca === undefined ? {} : { ca }),
      done: (error, socket) => {
        this.#tunnels.delete(asking);
        done(error, socket);
      },
    });
    this.#tunnels.add(asking);
  }

  #agentOptions(isFresh: boolean): { keepAlive: boolean; maxSockets: number } {
    return { keepAlive: !isFresh, maxSockets: this.#options.socketsPerHost };
  }

  #takeEarly(protocol: string, target: ConnectionTarget): Socket | undefined {
    const waiting = this.#early.get(`${protocol}//${target.host}:${target.port}`);
    for (let socket = waiting?.shift(); socket !== undefined; socket = waiting?.shift()) {
      if (socket.destroyed || socket.errored !== null || !socket.writable) continue;
      socket.off("error", ignoreUntilUsed);
      return socket.ref();
    }
    return undefined;
  }
}

/** TLS over a socket that is connected already. `options` are those that an agent gives, with the name of the host. */
function secure(options: object, socket: Socket): Socket {
  return process.getBuiltinModule("node:tls").connect({ ...options, socket } as ConnectionOptions);
}

function ignoreUntilUsed(): void {
  /* see adopt */
}

function keyOf(url: URL): string {
  return `${url.protocol}//${hostAndPort(url)}`;
}

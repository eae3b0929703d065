/** Keep-alive agents of one client, made when first needed; they can start from sockets that were opened early. */
import type { Agent as HttpAgent } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { hostAndPort } from "./early-sockets.ts";

export interface AgentOptions {
  readonly socketsPerHost: number;
  /** Every PEM certificate that is trusted; those that Node brings unless given. */
  readonly ca?: readonly string[];
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
  #http: HttpAgent | undefined;
  #https: HttpsAgent | undefined;

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
  for(protocol: string): HttpAgent {
    return protocol === "https:" ? (this.#https ??= this.#createHttps()) : (this.#http ??= this.#createHttp());
  }

  close(): void {
    this.#http?.destroy();
    this.#https?.destroy();
    for (const sockets of this.#early.values()) for (const socket of sockets) socket.destroy();
    this.#early.clear();
  }

  #createHttp(): HttpAgent {
    const agent = new (process.getBuiltinModule("node:http").Agent)(this.#agentOptions());
    const connect = agent.createConnection.bind(agent);
    agent.createConnection = (options, callback) => this.#takeEarly("http:", options) ?? connect(options, callback);
    return agent;
  }

  #createHttps(): HttpsAgent {
    const ca = this.#options.ca;
    const agent = new (process.getBuiltinModule("node:https").Agent)({
      ...this.#agentOptions(),
      ...(ca === undefined ? {} : { ca: [...ca] }),
    });
    const connect = agent.createConnection.bind(agent);
    agent.createConnection = (options, callback) => {
      const socket = this.#takeEarly("https:", options);
      if (socket === undefined) return connect(options, callback);
      const secured = process.getBuiltinModule("node:tls").connect({ ...options, socket } as ConnectionOptions);
      this.#adopted.add(secured);
      return secured;
    };
    return agent;
  }

  #agentOptions(): { keepAlive: true; maxSockets: number } {
    return { keepAlive: true, maxSockets: this.#options.socketsPerHost };
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

function ignoreUntilUsed(): void {
  /* see adopt */
}

function keyOf(url: URL): string {
  return `${url.protocol}//${hostAndPort(url)}`;
}

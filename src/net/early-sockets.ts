/** Sockets that the launcher opens while the program still loads, and where the program finds them. */
import type { Socket } from "node:net";

interface EarlySockets {
  /** Host and port they go to. */
  readonly target: string;
  readonly sockets: readonly Socket[];
}

// Launcher and program are two bundles in one process: only a registered symbol is the same in both.
const PLACE = Symbol.for("countersign.early-sockets");

const place = globalThis as typeof globalThis & { [PLACE]?: EarlySockets };

export function leaveEarlySockets(host: string, port: number, sockets: readonly Socket[]): void {
  for (const socket of sockets) {
    // Whoever makes the request will meet the same failure and report it; here it would end the program.
    socket.on("error", () => socket.destroy());
    socket.unref();
  }
  place[PLACE] = { target: `${host}:${port}`, sockets };
}

/** The sockets opened early to this origin's host and port, if any; nobody gets them twice. */
export function takeEarlySockets(origin: URL): readonly Socket[] {
  const early = place[PLACE];
  if (early?.target !== hostAndPort(origin)) return [];
  delete place[PLACE];
  return early.sockets;
}

/** Host, without brackets, and port, also where the URL leaves it to the scheme. */
export function hostAndPort({ hostname, port, protocol }: URL): string {
  return `${hostname.replace(/^\[|\]$/g, "")}:${port === "" ? (protocol === "https:" ? "443" : "80") : port}`;
}

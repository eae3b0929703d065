/** A TCP proxy that adds a round-trip time: what a client waits for on a real network, on one machine. */
import { connect, createServer, type Socket } from "node:net";

export interface DelayProxy {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Every byte takes half a round trip in each direction. A real handshake takes one round trip before the first byte
 * can leave; the kernel's loopback handshake takes none, so the first byte is held until that time has passed.
 */
export async function startDelayProxy(targetPort: number, options: { readonly roundTripMs: number }): Promise<DelayProxy> {
  const half = options.roundTripMs / 2;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const connectedAt = performance.now() + options.roundTripMs;
    const upstream = connect(targetPort, "127.0.0.1");
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.setNoDelay(true);
      // Either side may reset; the other then sees the same.
      socket.on("error", () => socket.destroy());
    }
    forward(client, upstream, () => Math.max(0, connectedAt - performance.now()) + half);
    forward(upstream, client, () => half);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    port: address.port,
    close: () =>
      new Promise((closed) => {
        for (const socket of open) socket.destroy();
        server.close(() => closed());
      }),
  };
}

function forward(from: Socket, to: Socket, delay: () => number): void {
  // Timers of equal length fire in order, so chunks do not overtake each other.
  let last = 0;
  const after = (work: () => void): void => {
    const due = Math.max(last, performance.now() + delay());
    last = due;
    setTimeout(work, due - performance.now());
  };
  from.on("data", (chunk) => after(() => to.write(chunk)));
  from.on("close", () => after(() => to.destroy()));
}

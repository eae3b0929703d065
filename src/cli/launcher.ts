/** Starts the program: the connection first, and the program is loaded while that is being made. */
import { leaveEarlySockets } from "../net/early-sockets.ts";
import { earlyTarget } from "./early-target.ts";

/** As many as a cold `verify` has requests in flight at once. */
const SOCKETS = 3;

const target = earlyTarget(process.argv.slice(2), process.env);
if (target !== undefined) {
  const { connect } = process.getBuiltinModule("node:net");
  const sockets = Array.from({ length: SOCKETS }, () => connect({ ...target, noDelay: true }));
  leaveEarlySockets(target.host, target.port, sockets);
  // Node puts the connecting off to the next tick; loading the program first would hold it up.
  await new Promise((tick) => process.nextTick(tick));
}

// The build puts `compiled-program.ts` in its place.
await import("./program.ts");

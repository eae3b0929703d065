/** Starts the program: compile cache first, then the connection, and the program is loaded while that is being made. */
import { enableCompileCache } from "node:module";
import { leaveEarlySockets } from "../net/early-sockets.ts";
import { VERSION } from "../version.ts";
import { compileCacheFolder } from "./compile-cache-folder.ts";
import { earlyTarget } from "./early-target.ts";

/** As many as a cold `verify` has requests in flight at once. */
const SOCKETS = 3;

const folder = compileCacheFolder(process.env, VERSION);
if (folder !== undefined) enableCompileCache(folder);

const target = earlyTarget(process.argv.slice(2), process.env);
if (target !== undefined) {
  const { connect } = process.getBuiltinModule("node:net");
  const sockets = Array.from({ length: SOCKETS }, () => connect({ ...target, noDelay: true }));
  leaveEarlySockets(target.host, target.port, sockets);
  // Node puts the connecting off to the next tick; loading the program first would hold it up.
  await new Promise((tick) => process.nextTick(tick));
}

await import("./program.ts");

/** Runs the parts of a server until it is told to stop: what was asked by then is still answered. */
import { isAbsolute, join, resolve } from "node:path";
import { CountersignError } from "../core/errors.ts";
import type { Setup } from "../setup.ts";
import type { AuthorityConfiguration, ServerConfiguration } from "./configuration/configuration.ts";
import { type RunningServer, startServer } from "./http-server.ts";
import { type AuthorityEvent, isOutside, timestampRoutes, TIMESTAMP_PATH } from "./timestamp/authority.ts";
import { withFileLedger } from "./timestamp/file-ledger.ts";

export interface ServeOptions {
  readonly setup: Pick<Setup, "clock" | "openTokenSigner" | "paths">;
  /** Where the paths of the configuration begin. */
  readonly folder: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Called once all parts answer. */
  readonly ready: (parts: readonly ServedPart[]) => void;
  readonly note?: (event: AuthorityEvent) => void;
}

export interface ServedPart {
  readonly name: "timestampAuthority";
  readonly url: string;
}

/** Resolves when it was told to stop and has. Throws `server/…`, `key/…` or `file/…`. */
export function serve({ timestampAuthority }: ServerConfiguration, options: ServeOptions): Promise<void> {
  return serveTimestamps(timestampAuthority, options);
}

async function serveTimestamps(authority: AuthorityConfiguration, options: ServeOptions): Promise<void> {
  const { setup, signal, ready, note } = options;
  const { clock } = setup;
  const { policy, accuracyMs } = authority;
  const signer = await setup.openTokenSigner({
    key: /^env:\/\/|^[^/]*$/.test(authority.key) ? authority.key : pathOf(authority.key, options),
    ...(authority.certificate === undefined ? {} : { certificate: pathOf(authority.certificate, options) }),
  });
  if (isOutside(clock.now(), { signer, accuracyMs })) {
    throw new CountersignError("key/certificate", `Cannot sign timestamps with key "${authority.key}": its certificate ends in a moment`);
  }
  const state = pathOf(authority.state, options);
  await withFileLedger(state, { clock, accuracyMs, signal }, async ({ ledger, lost }) => {
    const routes = timestampRoutes({ signer, policy, accuracyMs, clock, ledger, ...(note === undefined ? {} : { note }) });
    const server = await startServer(authority.listen, { routes });
    await untilStopped(server, { signal: AbortSignal.any([signal, lost]), ready });
    if (lost.aborted)
      throw new CountersignError("server/state", `Cannot go on with the folder "${state}": another server has taken it over`);
  });
}

async function untilStopped(server: RunningServer, { signal, ready }: Pick<ServeOptions, "signal" | "ready">): Promise<void> {
  try {
    ready([{ name: "timestampAuthority", url: `${server.url}${TIMESTAMP_PATH}` }]);
    if (!signal.aborted) await new Promise<void>((done) => signal.addEventListener("abort", () => done(), { once: true }));
  } finally {
    await server.close();
  }
}

function pathOf(written: string, { setup, folder }: Pick<ServeOptions, "setup" | "folder">): string {
  if (written.startsWith("~/")) return join(setup.paths.home, written.slice(2));
  return isAbsolute(written) ? written : resolve(folder, written);
}

/** `serve`: the parts that the configuration file switches on, until they are told to stop. */
import { dirname } from "node:path";
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { loadNamedFile } from "../../files/named.ts";
import { decodeServerConfiguration } from "../../server/configuration/document.ts";
import { serve, type ServedPart } from "../../server/serve.ts";
import type { AuthorityEvent } from "../../server/timestamp/authority.ts";
import type { Setup } from "../../setup.ts";
import type { Call } from "../declaration.ts";
import { print, remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";

export function run(call: Call): Promise<ExitCode> {
  refuseUnfit(call);
  return withSetup(call, async (opened) => {
    const [file = opened.paths.server] = call.words;
    const configuration = await loadConfiguration(file, opened);
    await serve(configuration, {
      setup: opened,
      folder: dirname(file),
      signal: call.io.signal ?? new AbortController().signal,
      ready: (parts) => announce(parts, call),
      note: noteFor(call),
    });
    return 0;
  });
}

/** A timestamp of another time than the present would be a lie. */
function refuseUnfit({ global }: Call): void {
  const option = global.at !== undefined ? "--at" : global.offline ? "--offline" : undefined;
  if (option === undefined) return;
  throw new CountersignError("usage/invalid", `Cannot serve with ${option}: ${UNFIT[option]}`, { remedy: `leave ${option} out` });
}

const UNFIT = { "--at": "timestamps are of the present", "--offline": "a server opens sockets" } as const;

async function loadConfiguration(file: string, { paths }: Setup): Promise<Awaited<ReturnType<typeof decodeServerConfiguration>>> {
  try {
    return await decodeServerConfiguration(await loadNamedFile(file, { maxBytes: LIMITS.policyBytes }), { source: file });
  } catch (error) {
    if (!(error instanceof CountersignError) || error.code !== "file/not-found" || file !== paths.server) throw error;
    throw new CountersignError("config/invalid", `Cannot serve: there is no "${file}", which says what to serve`, {
      remedy: "`countersign cert test clock --timestamp` writes one to try things with; docs/server.md says what it holds",
    });
  }
}

function announce(parts: readonly ServedPart[], { io, values, global }: Call): void {
  for (const { url } of global.quiet ? [] : parts) remark(io, `timestamp authority: ${url}`);
  // One line, because whoever reads it waits for its end.
  if (values.text("output") === "json") print(io, JSON.stringify({ apiVersion: API_VERSION, kind: "Serving", parts }));
}

/** Refusals are the asker's affair, and told only with `-v`; what keeps the authority from working is told once, until it works again. */
function noteFor({ io, global: { verbose } }: Call): (event: AuthorityEvent) => void {
  let trouble: string | undefined;
  return (event) => {
    if (event.kind === "issued") {
      if (verbose) remark(io, `issued ${event.serial} at ${event.time.toISOString()}`);
      if (trouble !== undefined) remark(io, "timestamps are given again");
      trouble = undefined;
      return;
    }
    if (verbose) remark(io, `refused: ${event.failure}`);
    const { cause } = event;
    if (cause === undefined) return;
    const said = showForeign(cause instanceof Error ? cause.message : String(cause), 1000);
    if (said !== trouble) remark(io, `no timestamp can be given: ${said}`);
    trouble = said;
  };
}

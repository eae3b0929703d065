/** Global options and environment -> the set-up, which is closed again whatever happens. */
import { showForeign } from "../core/display.ts";
import { CountersignError, type ExitCode } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { withoutAbsent } from "../core/without-absent.ts";
import { type Setup, setup } from "../setup.ts";
import type { Call } from "./declaration.ts";
import { type Io, readStdin, remark } from "./io.ts";

export async function withSetup(call: Call, work: (setup: Setup) => Promise<ExitCode>): Promise<ExitCode> {
  const opened = await openSetup(call);
  try {
    return await work(opened);
  } finally {
    opened.close();
  }
}

async function openSetup({ global, io }: Call): Promise<Setup> {
  const { config, offline, at, timeoutMs, concurrency, insecureRegistries, registryCa, tokenRealms, username, verbose } = global;
  const password = username === undefined ? undefined : await readPassword(username, global.passwordStdin, io);
  if (username === undefined && global.passwordStdin) {
    throw new CountersignError("usage/invalid", "Cannot use the password from stdin: there is no user name to go with it", {
      remedy: "add --username NAME",
    });
  }
  const { askHidden } = io;
  return setup({
    env: io.env,
    ...(config === undefined ? {} : { config }),
    offline,
    ...withoutAbsent({ at, timeoutMs, concurrency }),
    insecureRegistries,
    ...(registryCa === undefined ? {} : { registryCa }),
    tokenRealms,
    ...withoutAbsent({ username, password }),
    searchAbove: io.isTerminal && io.stdout.isTTY === true,
    ...(verbose ? { trace: (line: string) => remark(io, showForeign(line, 4096)) } : {}),
    ...(io.isTerminal && askHidden !== undefined ? { askPassphrase: (what: string) => askHidden(what) } : {}),
  });
}

async function readPassword(username: string, fromStdin: boolean, io: Io): Promise<string> {
  if (fromStdin) {
    const bytes = await readStdin(io, LIMITS.passwordBytes);
    const text =
      bytes === undefined
        ? ""
        : Buffer.from(bytes)
            .toString("utf8")
            .replace(/\r?\n$/, "");
    if (text !== "") return text;
  } else if (io.isTerminal && io.askHidden !== undefined) {
    const typed = await io.askHidden(`Password of ${username}`);
    if (typed === undefined) throw notAnswered(`sign in to the registry as "${showForeign(username)}"`);
    if (typed !== "") return typed;
  }
  throw new CountersignError("usage/invalid", `Cannot sign in to the registry as "${showForeign(username)}": no password was given`, {
    remedy: "--password-stdin (and the password on stdin)",
  });
}

/** Ctrl-C at a question, or the end of the input. */
export function notAnswered(action: string): CountersignError {
  return new CountersignError("job/interrupted", `Cannot ${action}: the question was left without an answer`, {
    remedy: "run the command again, and answer it",
  });
}

/** Runs the tool that makes a document about an image: what it writes is about that image, because nothing else was named to it. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { type Env, variableOf } from "../keys/read-file.ts";

/**
 * What signs, or is a password of ours or of the tools in whose place we stand: a tool that looks at an image has no need
 * of it. Its own access to registries (DOCKER_CONFIG, TRIVY_PASSWORD …) is left to it, for without that it sees no image.
 */
const SECRET = /^(COUNTERSIGN_|COSIGN_|NOTATION_|SIGSTORE_ID_TOKEN$|ACTIONS_ID_TOKEN_REQUEST_)/i;

/** Of what the tool says on stderr, so much is kept for the message. */
const TOLD_BYTES = 2_000;

export interface ToolRun {
  readonly output: Uint8Array;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

export interface ToolOptions {
  readonly image: string;
  readonly env: Env;
  /** Keys and certificates as the command line names them: a variable that holds one is not the tool's. */
  readonly keys?: readonly string[];
  readonly signal: AbortSignal;
}

/** The reference reaches the command as `$IMAGE` and not as text of it. Throws `document/tool-failed`. */
export async function runTool(command: string, { image, env, keys = [], signal }: ToolOptions): Promise<ToolRun> {
  signal.throwIfAborted();
  const script = /\$(IMAGE\b|\{IMAGE\})/.test(command) ? command : `${command} "$IMAGE"`;
  const held = new Set(keys.map((key) => variableOf(key)));
  const kept = Object.entries(env).filter(([name]) => !SECRET.test(name) && !held.has(name));
  const startedAt = new Date();
  const child = spawn("/bin/sh", ["-c", script], {
    env: { ...Object.fromEntries(kept), IMAGE: image },
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own, so that all that the shell has started can be ended with it.
    detached: true,
  });
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (told = (told + text).slice(-TOLD_BYTES)));
  const pieces: Buffer[] = [];
  let size = 0;
  const ended = await waitFor(child, {
    signal,
    onOutput(piece) {
      size += piece.length;
      if (size > LIMITS.statementBytes) return `it wrote more than ${LIMITS.statementBytes} bytes`;
      pieces.push(piece);
      return undefined;
    },
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw failed(command, error instanceof Error ? error.message : String(error), { told, cause: error });
  });
  if (ended !== "") throw failed(command, ended, { told });
  return { output: Buffer.concat(pieces), startedAt, finishedAt: new Date() };
}

/** Why it did not end well, empty if it did. `onOutput` says why it must end; nothing that it started is waited for then. */
async function waitFor(
  child: ChildProcessByStdio<null, Readable, Readable>,
  { signal, onOutput }: { readonly signal: AbortSignal; readonly onOutput: (piece: Buffer) => string | undefined },
): Promise<string> {
  const end = (): void => endGroup(child);
  process.once("exit", end);
  const stopped = new AbortController();
  try {
    return await new Promise<string>((done, fail) => {
      child.once("error", fail);
      child.once("close", (code, killed) =>
        done(code === 0 ? "" : killed === null ? `it ended with ${code}` : `it was ended by ${killed}`),
      );
      child.stdout.on("data", (piece: Buffer) => {
        const why = onOutput(piece);
        if (why !== undefined) done(why);
      });
      signal.addEventListener("abort", () => fail(signal.reason), { signal: stopped.signal });
    });
  } finally {
    stopped.abort();
    process.removeListener("exit", end);
    end();
  }
}

/** All that the shell has started, and what has left the group gets no more said: its pipes are gone. */
function endGroup(child: ChildProcessByStdio<null, Readable, Readable>): void {
  child.stdout.destroy();
  child.stderr.destroy();
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}

function failed(command: string, why: string, { told, cause }: { readonly told: string; readonly cause?: unknown }): CountersignError {
  const last = told.trim().split("\n").slice(-3).join(" / ");
  const said = last === "" ? "" : `; it said: ${showForeign(last, 500)}`;
  return new CountersignError("document/tool-failed", `Cannot run "${showForeign(command, 200)}": ${why}${said}`, { cause });
}

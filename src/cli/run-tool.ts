/** Runs the tool that makes a document about an image: what it writes is about that image, because nothing else was named to it. */
import { spawn } from "node:child_process";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";

/** What signs or logs in is ours: a tool that looks at an image has no need of it. */
const OURS = /^(COUNTERSIGN_|COSIGN_PASSWORD$|COSIGN_PRIVATE_KEY$)/;

/** Of what the tool says on stderr, so much is kept for the message. */
const TOLD_BYTES = 2_000;

export interface ToolRun {
  readonly output: Uint8Array;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** The reference reaches the command as `$IMAGE` and not as text of it. Throws `document/tool-failed`. */
export async function runTool(
  command: string,
  { image, env, signal }: { readonly image: string; readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<ToolRun> {
  const script = /\$(IMAGE\b|\{IMAGE\})/.test(command) ? command : `${command} "$IMAGE"`;
  const kept = Object.entries(env).filter(([name]) => !OURS.test(name));
  const startedAt = new Date();
  const child = spawn("/bin/sh", ["-c", script], {
    env: { ...Object.fromEntries(kept), IMAGE: image },
    stdio: ["ignore", "pipe", "pipe"],
    signal,
    killSignal: "SIGKILL",
  });
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (told = (told + text).slice(-TOLD_BYTES)));
  const pieces: Buffer[] = [];
  let size = 0;
  child.stdout.on("data", (piece: Buffer) => {
    size += piece.length;
    if (size > LIMITS.statementBytes) child.kill("SIGKILL");
    else pieces.push(piece);
  });
  const ended = await new Promise<string>((done, fail) => {
    child.once("error", fail);
    child.once("close", (code, killed) => done(code === 0 ? "" : killed === null ? `it ended with ${code}` : `it was ended by ${killed}`));
  }).catch((error: unknown) => failed(command, error instanceof Error ? error.message : String(error), { told, cause: error }));
  if (size > LIMITS.statementBytes) throw failed(command, `it wrote more than ${LIMITS.statementBytes} bytes`, { told });
  if (ended instanceof CountersignError) throw ended;
  if (ended !== "") throw failed(command, ended, { told });
  return { output: Buffer.concat(pieces), startedAt, finishedAt: new Date() };
}

function failed(command: string, why: string, { told, cause }: { readonly told: string; readonly cause?: unknown }): CountersignError {
  const last = told.trim().split("\n").slice(-3).join(" / ");
  const said = last === "" ? "" : `; it said: ${showForeign(last, 500)}`;
  return new CountersignError("document/tool-failed", `Cannot run "${showForeign(command, 200)}": ${why}${said}`, { cause });
}

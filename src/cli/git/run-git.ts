/** Runs git to read a repository that may be anybody's: nothing of it is run, fetched or put in place of something else. */
import { spawn } from "node:child_process";
import { showForeign } from "../../core/display.ts";
import { CountersignError } from "../../core/errors.ts";

export interface GitFolder {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** All that git sees of our environment: no variable of its own that would lead it elsewhere, and none with a secret. */
const KEPT = ["PATH", "HOME", "XDG_CONFIG_HOME", "USERPROFILE", "SystemRoot"];

const SET = {
  LC_ALL: "C",
  // What a repository says stands in place of an object is not what was signed.
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_GRAFT_FILE: "/dev/null",
  // A missing object is not asked for: the repository itself says how, and may name any command. The first is not known to every git.
  GIT_NO_LAZY_FETCH: "1",
  GIT_ALLOW_PROTOCOL: "none",
  GIT_TERMINAL_PROMPT: "0",
  GIT_OPTIONAL_LOCKS: "0",
} as const;

const ALWAYS = ["--no-pager", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.commitGraph=false"];

/** Of what git says on stderr, so much is kept for the message. */
const TOLD_BYTES = 2_000;

export interface GitRun {
  readonly code: number | null;
  readonly output: Buffer;
  readonly told: string;
}

/** Resolves whatever the exit code is. Throws `document/tool-failed` where git cannot be run, `store/too-large` where it says more than `maxBytes`. */
export async function runGit(
  { folder, env, signal }: GitFolder,
  { args, stdin = "", maxBytes }: { readonly args: readonly string[]; readonly stdin?: string; readonly maxBytes: number },
): Promise<GitRun> {
  const kept = KEPT.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  const child = spawn("git", [...ALWAYS, ...args], {
    cwd: folder,
    env: { ...Object.fromEntries(kept), ...SET },
    stdio: ["pipe", "pipe", "pipe"],
    signal,
    killSignal: "SIGKILL",
  });
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (told = (told + text).slice(-TOLD_BYTES)));
  const pieces: Buffer[] = [];
  let size = 0;
  child.stdout.on("data", (piece: Buffer) => {
    size += piece.length;
    if (size > maxBytes) child.kill("SIGKILL");
    else pieces.push(piece);
  });
  // It may end before it has read all.
  child.stdin.on("error", () => undefined).end(stdin);
  const code = await new Promise<number | null>((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw gitFailed(folder, `git could not be run: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  });
  if (size > maxBytes) throw gitFailed(folder, `git wrote more than ${maxBytes} bytes`);
  return { code, output: Buffer.concat(pieces), told };
}

/** The output as text. Throws unless git ends well. */
export async function askGit(at: GitFolder, question: { readonly args: readonly string[]; readonly maxBytes?: number }): Promise<string> {
  const { code, output, told } = await runGit(at, { maxBytes: 1_048_576, ...question });
  if (code === 0) return output.toString("utf8");
  const last = told.trim().split("\n").slice(-3).join(" / ");
  throw gitFailed(at.folder, `git ${question.args[0]} ended with ${code}${last === "" ? "" : `: ${showForeign(last, 500)}`}`);
}

export function gitFailed(
  folder: string,
  why: string,
  options: { readonly cause?: unknown; readonly remedy?: string } = {},
): CountersignError {
  return new CountersignError("document/tool-failed", `Cannot read the repository "${showForeign(folder, 500)}": ${why}`, options);
}

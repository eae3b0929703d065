/** Runs the whole command line in this process, and keeps what it said. */
import { main } from "../../src/cli/main.ts";

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as one JSON document. */
  json(): unknown;
}

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly isTerminal?: boolean;
  readonly isTTY?: boolean;
  readonly signal?: AbortSignal;
  /** What the person at the terminal types, one answer for each question. */
  readonly answers?: readonly string[];
}

export async function countersign(args: readonly string[], options: TerminalOptions = {}): Promise<Said> {
  let stdout = "";
  let stderr = "";
  const { env = {}, stdin = "", isTerminal = false, isTTY = false, signal, answers = [] } = options;
  const typed = [...answers];
  const ask = async (question: string): Promise<string | undefined> => {
    stderr += `${question}: \n`;
    return typed.shift();
  };
  const code = await main(args, {
    stdout: { write: (text) => (stdout += typeof text === "string" ? text : Buffer.from(text).toString("latin1")), isTTY },
    stderr: { write: (text) => (stderr += String(text)), isTTY },
    stdin: (async function* () {
      yield stdin;
    })(),
    env,
    isTerminal,
    ...(options.answers === undefined ? {} : { ask, askHidden: ask }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { code, stdout, stderr, json: () => JSON.parse(stdout) as unknown };
}

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
}

export async function countersign(args: readonly string[], options: TerminalOptions = {}): Promise<Said> {
  let stdout = "";
  let stderr = "";
  const { env = {}, stdin = "", isTerminal = false, isTTY = false, signal } = options;
  const code = await main(args, {
    stdout: { write: (text) => (stdout += text), isTTY },
    stderr: { write: (text) => (stderr += text), isTTY },
    stdin: (async function* () {
      yield stdin;
    })(),
    env,
    isTerminal,
    ...(signal === undefined ? {} : { signal }),
  });
  return { code, stdout, stderr, json: () => JSON.parse(stdout) as unknown };
}

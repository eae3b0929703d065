/** Runs the command line in this process, with everything outside it handed in. */
import { main } from "../../src/cli/main.ts";

export interface CommandResult {
  readonly exit: number;
  /** What stands on stdout, as JSON. */
  readonly document: unknown;
  readonly stderr: string;
}

/** `argv` must ask for JSON. */
export async function runCommandLine(argv: readonly string[]): Promise<CommandResult> {
  const written = { stdout: "", stderr: "" };
  const exit = await main(argv, {
    stdout: { write: (text) => void (written.stdout += text) },
    stderr: { write: (text) => void (written.stderr += text) },
    stdin: nothing(),
    env: {},
    isTerminal: false,
  });
  if (written.stdout === "") throw new Error(`nothing on stdout; on stderr: ${written.stderr}`);
  return { exit, document: JSON.parse(written.stdout) as unknown, stderr: written.stderr };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

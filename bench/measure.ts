/** Runs commands in turn and compares medians: A B A B …, so that a machine whose speed drifts favours neither. */
import { spawn } from "node:child_process";

export interface Command {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Exit code that says the work was done. */
  readonly exit?: number;
}

export interface Measured {
  readonly name: string;
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

export async function measureInTurn(commands: readonly Command[], rounds: number): Promise<readonly Measured[]> {
  const times = commands.map((): number[] => []);
  for (const command of commands) await run(command);
  for (let round = 0; round < rounds; round++) {
    for (const [index, command] of commands.entries()) times[index]?.push(await run(command));
  }
  return commands.map(({ name }, index) => {
    const sorted = (times[index] ?? []).toSorted((a, b) => a - b);
    return { name, medianMs: sorted[Math.floor(sorted.length / 2)] ?? NaN, minMs: sorted[0] ?? NaN, maxMs: sorted.at(-1) ?? NaN };
  });
}

/** Wall time of one run; a wrong exit code ends the bench, because a fast failure is no result. */
function run(command: Command): Promise<number> {
  const [program = "", ...args] = command.argv;
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(program, args, { env: { ...process.env, ...command.env }, stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === (command.exit ?? 0)) resolve(performance.now() - start);
      else reject(new Error(`${command.name}: exit ${code}\n${errors}`));
    });
  });
}

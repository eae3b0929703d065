/** Runs commands in turn and compares medians: A B A B …, so that a machine whose speed drifts favours neither. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Command {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Exit code that says the work was done. */
  readonly exit?: number;
  readonly watchMemory?: boolean;
}

export interface Measured {
  readonly name: string;
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

export async function measureInTurn(commands: readonly Command[], rounds: number): Promise<readonly Measured[]> {
  const times = commands.map((): number[] => []);
  for (const command of commands) await runOnce(command);
  for (let round = 0; round < rounds; round++) {
    for (const [index, command] of commands.entries()) times[index]?.push((await runOnce(command)).ms);
  }
  return commands.map(({ name }, index) => {
    const sorted = (times[index] ?? []).toSorted((a, b) => a - b);
    return { name, medianMs: sorted[Math.floor(sorted.length / 2)] ?? NaN, minMs: sorted[0] ?? NaN, maxMs: sorted.at(-1) ?? NaN };
  });
}

export interface Run {
  readonly ms: number;
  /** The most memory it ever held, in bytes; 0 where the system does not say. */
  readonly peakBytes: number;
}

/** One run, by the clock on the wall; a wrong exit code ends the bench, because a fast failure is no result. */
export function runOnce(command: Command): Promise<Run> {
  const [program = "", ...args] = command.argv;
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(program, args, { env: { ...process.env, ...command.env }, stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    let peakBytes = 0;
    const watch = command.watchMemory === true ? setInterval(() => (peakBytes = peakMemoryOf(child.pid) ?? peakBytes), 10) : undefined;
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(watch);
      if (code === (command.exit ?? 0)) resolve({ ms: performance.now() - start, peakBytes });
      else reject(new Error(`${command.name}: exit ${code}\n${errors}`));
    });
  });
}

/** Linux keeps the highest value, so looking now and then misses only what is new in the last moment. */
function peakMemoryOf(pid: number | undefined): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    // Not Linux, or the program has just ended.
    return undefined;
  }
}

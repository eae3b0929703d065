/** The program that the launcher starts: `main` over the real terminal, streams and signals. */
import { isatty } from "node:tty";
import { showForeignLines } from "../core/display.ts";
import { main } from "./main.ts";

const interrupt = new AbortController();

function stop(): void {
  // The first interrupt ends the job in order; whoever presses again does not want to wait.
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
}

process.on("SIGINT", stop);
process.on("SIGTERM", stop);

/** An answer that was not read is no success. */
const UNREAD = 4;

let isGivenUp = false;

/** A reader that left early (`| head`) knows it; a full disk is told about, once. */
function giveUp(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(UNREAD);
  if (isGivenUp) return;
  isGivenUp = true;
  const said = `Cannot write the answer: ${showForeignLines(error.message)} (store/write-failed)\n`;
  process.stderr.write(said, () => process.exit(UNREAD));
}

process.stdout.on("error", giveUp);
process.stderr.on("error", () => process.exit(UNREAD));

for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`Cannot finish "countersign": ${showForeignLines(said)} (job/internal)\n`);
    process.exit(4);
  });
}

void main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  // Looked at only by those who ask: opening stdin costs start-up time.
  get stdin() {
    return process.stdin;
  },
  get isTerminal() {
    return isatty(0) && isatty(2);
  },
  env: process.env,
  signal: interrupt.signal,
  ask: async (question) => (await import("./ask.ts")).askLine(question, { isSecret: false }),
  askHidden: async (question) => (await import("./ask.ts")).askLine(question, { isSecret: true }),
}).then(leave);

function leave(code: number): void {
  process.exitCode = code;
  // Not waiting for idle connections; an empty write comes back once everything before it is out, or could not be written.
  process.stdout.write("", (unread) => (unread ? giveUp(unread) : process.stderr.write("", () => process.exit(code))));
}

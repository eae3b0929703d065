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

/** A reader that left early (`| head`) has not read the answer, so this is no success; nothing is left to tell it either. */
const UNREAD = 4;

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? UNREAD : 3));
}

for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`Cannot finish "countersign": ${showForeignLines(said)} (job/internal)\n`);
    process.exit(4);
  });
}

const code = await main(process.argv.slice(2), {
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
});

process.exitCode = code;
// Not waiting for idle connections; an empty write comes back once everything before it is out, or could not be written.
process.stdout.write("", (unread) => process.stderr.write("", () => process.exit(unread ? UNREAD : code)));

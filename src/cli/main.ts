/** The command line as one function: argv in, exit code out, everything else through `io`. */
import { showForeignLines } from "../core/display.ts";
import type { ExitCode } from "../core/errors.ts";
import { toFailure } from "./failure.ts";
import { type Io, print, remark } from "./io.ts";
import { globalOptions } from "./options.ts";
import { parseCommandLine } from "./parse.ts";
import { failureDocument, renderFailure } from "./render/error.ts";
import { knownOf, NOTHING_KNOWN } from "./render/remedy.ts";
import { styleFor } from "./render/style.ts";

export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  let known = NOTHING_KNOWN;
  try {
    const parsed = parseCommandLine(argv);
    if (parsed.kind === "help") {
      (parsed.asked ? io.stdout : io.stderr).write(parsed.text);
      return parsed.asked ? 0 : 2;
    }
    const { command, words, values } = parsed;
    const global = globalOptions(values);
    known = knownOf(command, { words, config: global.config, values });
    const { run } = await command.load();
    return await run({ words, values, global, io, known });
  } catch (error) {
    const failure = toFailure(error, { known, interrupt: io.signal });
    const form = documentAsked(argv);
    if (form !== undefined) print(io, JSON.stringify(failureDocument(failure, known.reference), null, form === "json" ? 2 : undefined));
    remark(io, renderFailure(failure, styleFor(io, io.stderr)));
    if (failure.code === "job/internal" && error instanceof Error && argv.includes("-v")) remark(io, showForeignLines(error.stack ?? ""));
    return failure.exit;
  }
}

/** Looked up in argv itself, because the command line may be what could not be read. */
function documentAsked(argv: readonly string[]): string | undefined {
  const asked = argv.map((word, index) => (argv[index - 1] === "--output" ? word : /^--output=(.*)$/.exec(word)?.[1]));
  return asked.find((form) => form === "json" || form === "jsonl");
}

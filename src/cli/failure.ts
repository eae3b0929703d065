/** Whatever was thrown, as the four things a user needs: code, what happened, why, what to do; and the exit code. */
import { CountersignError, causesOf, type ExitCode } from "../core/errors.ts";
import { findingRow } from "../core/finding.ts";
import { Malformed } from "../core/malformed.ts";
import { fillRemedy, type Known, NOTHING_KNOWN } from "./render/remedy.ts";

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly because: readonly string[];
  readonly remedy: string;
  readonly exit: Exclude<ExitCode, 0>;
}

/** `known` goes into the remedy. */
export function toFailure(error: unknown, known: Known = NOTHING_KNOWN): Failure {
  const failure = describe(error);
  return { ...failure, remedy: fillRemedy(failure.remedy, known) };
}

function describe(error: unknown): Failure {
  if (error instanceof CountersignError) {
    // An error with exit code 0 would report success; there is none, and none can slip in.
    return {
      code: error.code,
      message: error.message,
      because: causesOf(error),
      remedy: error.remedy,
      exit: error.exit === 0 ? 4 : error.exit,
    };
  }
  if (error instanceof Malformed) {
    const message = `Cannot use what was received: ${error.message}`;
    return { code: error.code, message, because: causesOf(error), remedy: findingRow(error.code).remedy, exit: 4 };
  }
  if (error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError")) {
    return describe(new CountersignError("job/aborted", 'Cannot finish "countersign": the job was stopped before it ended'));
  }
  const said = error instanceof Error ? error.message : String(error);
  return describe(
    new CountersignError("job/internal", `Cannot finish "countersign": ${said}`, error instanceof Error ? { cause: error.cause } : {}),
  );
}

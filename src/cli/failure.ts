/** Whatever was thrown, as the four things a user needs: code, what happened, why, what to do; and the exit code. */
import { isObject } from "../core/descriptor.ts";
import { CountersignError, causesOf, type ExitCode } from "../core/errors.ts";
import { findingRow } from "../core/finding.ts";
import { Malformed } from "../core/malformed.ts";
import { fillRemedy, type Known, NOTHING_KNOWN } from "./render/remedy.ts";

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly because: readonly string[];
  readonly remedy: string;
  /** For a document that was refused: all that is wrong with it, what `message` says first. Else empty. */
  readonly problems: readonly Problem[];
  readonly exit: Exclude<ExitCode, 0>;
}

/** One of the mistakes in a document. */
export interface Problem {
  /** From 1; absent for a document that cannot be read at all. */
  readonly line?: number;
  readonly column?: number;
  readonly member: string;
  readonly state: string;
  readonly remedy: string;
}

/** `known` goes into the remedy. With `interrupt` aborted, a job that was stopped was stopped by the user, and not by a deadline. */
export function toFailure(
  error: unknown,
  { known = NOTHING_KNOWN, interrupt }: { readonly known?: Known; readonly interrupt?: AbortSignal | undefined } = {},
): Failure {
  const described = describe(error);
  const isInterrupted = interrupt?.aborted === true && described.code === "job/aborted";
  const failure = isInterrupted ? describe(interruption(known.words["COMMAND"])) : described;
  const problems = failure.problems.map((problem) => ({ ...problem, remedy: fillRemedy(problem.remedy, known) }));
  return { ...failure, remedy: fillRemedy(failure.remedy, known), problems };
}

function interruption(command: string | undefined): CountersignError {
  return new CountersignError("job/interrupted", `Cannot finish "${["countersign", command ?? []].flat().join(" ")}": it was interrupted`);
}

function describe(error: unknown): Failure {
  if (error instanceof CountersignError) {
    // An error with exit code 0 would report success; there is none, and none can slip in.
    return {
      code: error.code,
      message: error.message,
      because: causesOf(error),
      remedy: error.remedy,
      problems: problemsIn(error.detail["problems"]),
      exit: error.exit === 0 ? 4 : error.exit,
    };
  }
  if (error instanceof Malformed) {
    const message = `Cannot use what was received: ${error.message}`;
    return { code: error.code, message, because: causesOf(error), remedy: findingRow(error.code).remedy, problems: [], exit: 4 };
  }
  if (error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError")) {
    return describe(new CountersignError("job/aborted", 'Cannot finish "countersign": the job was stopped before it ended'));
  }
  const said = error instanceof Error ? error.message : String(error);
  return describe(
    new CountersignError("job/internal", `Cannot finish "countersign": ${said}`, error instanceof Error ? { cause: error.cause } : {}),
  );
}

/** Details are open: what does not look like a problem is passed over. */
function problemsIn(detail: unknown): readonly Problem[] {
  const parts: readonly unknown[] = Array.isArray(detail) ? detail : [];
  return parts.flatMap((part): readonly Problem[] => {
    if (!isObject(part)) return [];
    const { line, column, member, state, remedy } = part;
    if (typeof member !== "string" || typeof state !== "string" || typeof remedy !== "string") return [];
    return [{ ...(typeof line === "number" && typeof column === "number" ? { line, column } : {}), member, state, remedy }];
  });
}

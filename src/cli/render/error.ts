/** Failures as text and as a document. */
import { showForeign } from "../../core/display.ts";
import { API_VERSION } from "../../core/verdict.ts";
import type { Failure, Problem } from "../failure.ts";
import type { Style } from "./style.ts";

const MAX = 8192;
/** So many are mended before the document is looked at again; JSON has them all. */
const MAX_PROBLEMS = 30;

/** `Cannot <action> "<value>": <state>`, `because:` once for each cause, `try:`; and what else is wrong, each with its own way out. */
export function renderFailure(failure: Failure, style: Style): string {
  const lines = [`${style.bad(showForeign(failure.message, MAX))} ${style.dim(`(${failure.code})`)}`];
  for (const cause of failure.because) lines.push(`  because: ${showForeign(cause, MAX)}`);
  if (failure.remedy !== "") lines.push(`  try: ${showForeign(failure.remedy, MAX)}`);
  const [, ...others] = failure.problems;
  for (const { remedy, ...problem } of others.slice(0, MAX_PROBLEMS)) {
    lines.push(`  also: ${showForeign(describeProblem(problem), MAX)}`, `    try: ${showForeign(remedy, MAX)}`);
  }
  if (others.length > MAX_PROBLEMS) lines.push(`  and ${others.length - MAX_PROBLEMS} more`);
  return lines.join("\n");
}

function describeProblem({ line, column, member, state }: Omit<Problem, "remedy">): string {
  return `${line === undefined ? "" : `line ${line}, column ${column}: `}${member} ${state}`;
}

export interface ErrorDocument {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "Error";
  readonly reference?: string;
  readonly code: string;
  readonly message: string;
  readonly because: readonly string[];
  readonly remedy: string;
  readonly problems?: readonly Problem[];
}

export function failureDocument(failure: Failure, reference?: string): ErrorDocument {
  return {
    apiVersion: API_VERSION,
    kind: "Error",
    ...(reference === undefined ? {} : { reference: showForeign(reference, MAX) }),
    code: failure.code,
    message: showForeign(failure.message, MAX),
    because: failure.because.map((cause) => showForeign(cause, MAX)),
    remedy: showForeign(failure.remedy, MAX),
    ...(failure.problems.length === 0 ? {} : { problems: failure.problems.map(showProblem) }),
  };
}

function showProblem({ member, state, remedy, ...position }: Problem): Problem {
  return { ...position, member: showForeign(member, MAX), state: showForeign(state, MAX), remedy: showForeign(remedy, MAX) };
}

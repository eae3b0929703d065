/** Failures as text and as a document. */
import { showForeign } from "../../core/display.ts";
import { API_VERSION } from "../../core/verdict.ts";
import type { Failure } from "../failure.ts";
import type { Style } from "./style.ts";

const MAX = 8192;

/** `Cannot <action> "<value>": <state>`, `because:` once for each cause, `try:`. */
export function renderFailure(failure: Failure, style: Style): string {
  const lines = [`${style.bad(showForeign(failure.message, MAX))} ${style.dim(`(${failure.code})`)}`];
  for (const cause of failure.because) lines.push(`  because: ${showForeign(cause, MAX)}`);
  if (failure.remedy !== "") lines.push(`  try: ${showForeign(failure.remedy, MAX)}`);
  return lines.join("\n");
}

export interface ErrorDocument {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "Error";
  readonly reference?: string;
  readonly code: string;
  readonly message: string;
  readonly because: readonly string[];
  readonly remedy: string;
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
  };
}

/** What a decoder throws when bytes claim to be of its kind and break its rules. */
import type { FindingCode } from "./finding.ts";

/**
 * Hostile or broken input, with the code of the finding that it becomes. Not an error of the job:
 * `evaluate()` turns it into a failed finding of that one signature and goes on with the others.
 */
export class Malformed extends Error {
  readonly code: FindingCode;
  constructor(code: FindingCode, message: string) {
    super(message);
    this.name = "Malformed";
    this.code = code;
  }
}

/** What is read, or `undefined` if it is broken. */
export function unlessMalformed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** `--annotation name=value`, several times, as a record. */
import { CountersignError } from "../core/errors.ts";
import { parsePairs } from "./options.ts";
import type { Values } from "./values.ts";

export function annotationsOf(values: Values): Readonly<Record<string, string>> | undefined {
  const texts = values.texts("annotation");
  if (texts.length === 0) return undefined;
  try {
    return parsePairs(texts);
  } catch (error) {
    throw new CountersignError("usage/invalid", `Cannot use --annotation: ${error instanceof Error ? error.message : String(error)}`, {
      remedy: "--annotation NAME=VALUE",
    });
  }
}

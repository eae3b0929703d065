/** Which references a command is about: those in its arguments, or those of a list. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { formatReference, isShortName, parseReference } from "../core/reference.ts";
import type { Call } from "./declaration.ts";
import { readInput } from "./input.ts";
import { type Io, remark } from "./io.ts";

export interface References {
  readonly texts: readonly string[];
  /** True if the answer is a list, even one of a single reference: scripts must not have to count. */
  readonly isList: boolean;
}

export async function collectReferences(call: Call): Promise<References> {
  const from = call.values.text("from");
  if (from === "-" && call.global.passwordStdin) {
    throw new CountersignError("usage/invalid", "Cannot read both references and the password from stdin", { remedy: "--from FILE" });
  }
  const listed =
    from === undefined
      ? []
      : parseList(Buffer.from(await readInput(from, { io: call.io, maxBytes: LIMITS.referenceListBytes })).toString("utf8"));
  const texts = [...call.words, ...listed];
  if (texts.length === 0) {
    throw new CountersignError(
      "usage/invalid",
      from === undefined ? "Cannot start: no reference was given" : `Cannot start: "${from}" lists no reference`,
      { remedy: "registry.example/repository:tag, or --from FILE with one a line" },
    );
  }
  if (call.io.isTerminal && !call.global.quiet) remarkShortNames(texts, call.io);
  const isList = from !== undefined || texts.length > 1;
  // Said before keys are opened and passphrases asked for; in a list it is the answer for its line.
  if (!isList) parseReference(texts[0] ?? "");
  return { texts, isList };
}

/** A short name stands for Docker Hub, and the person may not have meant that. */
function remarkShortNames(texts: readonly string[], io: Io): void {
  for (const text of texts.filter(isShortName)) {
    const [folder = ""] = text.split(/[:@]/);
    const layout = existsSync(join(folder, "oci-layout")) ? `; the folder that is here is oci:${text}` : "";
    remark(io, `${text} is ${formatReference(parseReference(text))}${layout}`);
  }
}

/** One reference a line; blank lines and lines that start with # are passed over. */
function parseList(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

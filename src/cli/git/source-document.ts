/** The document of `attest --git`: the commits of a repository. */
import { showForeign } from "../../core/display.ts";
import { CountersignError } from "../../core/errors.ts";
import type { AttestedDocument } from "../attested-document.ts";
import type { Values } from "../values.ts";
import { readSource } from "./read-source.ts";
import { SOURCE_V1 } from "../../statements/predicate-types.ts";

/** It names no image and need not: that an image was built from a commit is what the image's provenance says. */
export async function readRepository(
  folder: string,
  { values, signal }: { readonly values: Values; readonly signal: AbortSignal },
): Promise<AttestedDocument> {
  const type = values.text("type") ?? "source";
  if (type !== "source" && type !== SOURCE_V1) {
    throw new CountersignError("usage/invalid", `Cannot attest a repository as "${showForeign(type, 200)}"`, { remedy: "--type source" });
  }
  const { predicate, commits } = await readSource({ folder, env: process.env, signal }, { since: values.texts("git-since") });
  const form = `git commit ${predicate.head}, ${commits === 1 ? "without history" : `with ${commits - 1} before it`}`;
  return { form, predicateType: SOURCE_V1, predicate, content: "source", named: [] };
}

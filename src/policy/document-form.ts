/** Which kind of policy a document is: told by what it holds, never by the name of its file. */
import { CountersignError } from "../core/errors.ts";

export type DocumentForm = "countersign" | "notary";

/** Enough to choose the reader, which then says what is wrong. Throws `policy/invalid` for what is neither. */
export function documentFormOf(bytes: Uint8Array, { source }: { readonly source: string }): DocumentForm {
  const text = new TextDecoder().decode(bytes);
  // JSON is YAML too, so that ours may be written in it.
  const isOurs = /^[{\s]*["']?(?:apiVersion|kind)["']?\s*:|,\s*"(?:apiVersion|kind)"\s*:/m.test(text);
  if (text.trimStart().startsWith("{")) return isOurs && !text.includes('"trustPolicies"') ? "countersign" : "notary";
  if (isOurs) return "countersign";
  throw new CountersignError(
    "policy/invalid",
    `Cannot use policy "${source}": it is neither a Countersign policy (YAML with "kind: Policy") nor a Notary trust policy (JSON with "trustPolicies")`,
    { remedy: "check which file is meant; a Countersign policy begins with apiVersion: countersign.dev/v1 and kind: Policy" },
  );
}

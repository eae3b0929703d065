/** "I did not write that commit": `https://countersign.dev/disown/v1`. */
import type { DisownSaid } from "../../core/decision.ts";
import type { ContentOf } from "../../core/evidence.ts";
import type { JsonPlace } from "../json-place.ts";
import { readSaid, SAID_MEMBERS, type SaidPredicate, writeSaid } from "./said.ts";

export interface DisownPredicate extends SaidPredicate {
  /** As git names it, in full. */
  readonly commit: string;
}

export function writeDisown(said: DisownSaid): DisownPredicate {
  return { ...writeSaid(said), commit: said.commit };
}

export function readDisown(predicate: JsonPlace): ContentOf<"disown"> {
  const said = readSaid(predicate.only([...SAID_MEMBERS, "commit"]));
  const place = predicate.get("commit");
  const commit = place.text();
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) place.refuse("is no id of a commit");
  return { kind: "disown", ...said, at: said.signedAt, commit };
}

/** What a record of a promotion says of the verdict that it rests on: the evidence that met the gate, and what was relaxed. */
import { type Digest, tryParseDigest } from "../core/digest.ts";
import type { Verdict } from "../core/verdict.ts";

/** What excuses, or tells of commits, met no need by itself, and the gate would not have passed without it. */
const HELPING: ReadonlySet<string> = new Set(["vex", "source", "disown", "exception", "approval"]);

/** Sorted. Of signatures by themselves the signature's digest; of statements that of whatever carries them. */
export function evidenceOf({ requirements, evidence = [] }: Pick<Verdict, "requirements" | "evidence">): readonly Digest[] {
  const met = requirements.flatMap(({ counted, waived = [] }) => [
    ...counted.map((one) => one.evidence ?? one.signature),
    ...waived.map(({ statement }) => statement),
  ]);
  const helping = evidence.filter(
    ({ content = "", signatures }) => HELPING.has(content) && signatures.some(({ outcome }) => outcome === "counts"),
  );
  const digests = [...met, ...helping.map(({ digest }) => digest)].flatMap((text) => tryParseDigest(text) ?? []);
  return [...new Set(digests)].toSorted();
}

/** In words; empty where the image has entered properly. */
export function properRelaxations({ relaxations }: Pick<Verdict, "relaxations">): readonly string[] {
  return relaxations.map((text) => text.slice(0, 1_000)).slice(0, 100);
}

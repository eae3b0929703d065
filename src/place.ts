/** The image at its place: what its records of promotions say to what is asked of it there. Loaded only where somebody may promote. */
import type { Descriptor } from "./core/descriptor.ts";
import { CountersignError } from "./core/errors.ts";
import type { Gate, Promoters } from "./core/policy.ts";
import { parseReference, type Reference, repositoryOf } from "./core/reference.ts";
import type { TrustSource } from "./core/trust-source.ts";
import type { Verdict } from "./core/verdict.ts";
import { type EntryQuestion, judgeReplaced, judgeStay } from "./entry.ts";
import type { GatherOptions, Hanging } from "./gather.ts";
import { isOvertaken, type PlaceRecords, recordsAt } from "./place-records.ts";
import { findRecords, RECORD_READER, type Records } from "./records.ts";
import { rememberReads } from "./remembered-store.ts";

export { RECORD_READER, rememberReads };

const NONE: PlaceRecords = { entered: [], replaced: [], gaps: [] };

/** What the records of an image say, of all places that they are about. */
export async function readRecords(
  subject: Descriptor,
  hanging: Hanging,
  options: Omit<GatherOptions, "rules" | "anchors" | "evidence"> & { readonly promoters: Promoters; readonly trust: TrustSource },
): Promise<Records> {
  return findRecords(subject, hanging, options);
}

/** The repositories in which promoters have found it when they brought it to its place for the gate. */
export function originsIn(records: Records, gate: Gate, now: Date): readonly string[] {
  if (gate.head === undefined) return [];
  const { entered } = recordsAt(records, gate.head, { now, allowsRollback: true });
  return entered.flatMap(({ said }) => repositoryIn(said.from) ?? []);
}

function repositoryIn(text: string): string | undefined {
  try {
    const reference: Reference = parseReference(text);
    return reference.kind === "registry" ? repositoryOf(reference) : undefined;
  } catch (error) {
    if (error instanceof CountersignError) return undefined;
    throw error;
  }
}

/** Whoever promotes it now lifts what can be lifted. */
function withoutLiftable({ replaced, ...records }: PlaceRecords, { allowsRollback }: Gate): PlaceRecords {
  if (allowsRollback === true) return NONE;
  return { ...records, replaced: replaced.filter(({ said }) => !isOvertaken(said)) };
}

/** `isPlace`: it is asked about at the product's place for the gate. */
export async function judgeAtPlace(
  all: Records,
  {
    isPlace,
    mustEnter,
    isPromoted,
    enter,
    ...question
  }: Omit<EntryQuestion, "records"> & {
    readonly isPlace: boolean;
    readonly mustEnter: boolean;
    readonly isPromoted: boolean;
    readonly enter: () => Promise<Verdict>;
  },
): Promise<Partial<Verdict> & Pick<Verdict, "outcome">> {
  const { gate, now } = question;
  const records =
    isPlace && gate.head !== undefined ? recordsAt(all, gate.head, { now, allowsRollback: gate.allowsRollback === true }) : NONE;
  const stay = mustEnter ? undefined : await judgeStay({ ...question, records });
  if (stay?.outcome === "pass") return stay;
  const verdict = await enter();
  const replaced = judgeReplaced({ records: isPromoted ? withoutLiftable(records, gate) : records, gate });
  // Whatever may come in now may stay as well; else the record says more.
  if (verdict.outcome === "pass" && replaced === undefined) return verdict;
  if (stay !== undefined) return stay;
  if (replaced === undefined) return verdict;
  const { validUntil: _, ...rest } = verdict;
  const outcome = verdict.outcome === "deny" ? "deny" : replaced.outcome;
  return { ...rest, outcome, requirements: [...verdict.requirements, replaced] };
}

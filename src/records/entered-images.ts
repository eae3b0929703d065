/** Finds out of images that approvals name whether they have entered their gate properly, and which commits went into them: those are not new there. */
import { fixedClock } from "../core/clock.ts";
import type { Digest } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import { DEFAULT_CONCURRENCY, inParallel } from "../core/in-parallel.ts";
import { Malformed } from "../core/malformed.ts";
import type { Gate } from "../core/policy.ts";
import { parseReference, type Reference } from "../core/reference.ts";
import { evaluate, type EvaluateOptions } from "../evaluate.ts";
import type { EnteredHint, EnteredImages } from "../policy/approvals/entered.ts";
import type { EvidenceSeen } from "../policy/evidence-seen.ts";
import { commitsBuiltFrom } from "../policy/requirements/commits.ts";
import { findPlaceRecords } from "./place-records.ts";

type FindOptions = Omit<EvaluateOptions, "store" | "gate" | "as"> & Required<Pick<EvaluateOptions, "openStore">>;

/** Whoever approves names few. */
const MOST_HINTS = 16;

/** A promoter's record says that it entered, and without exception; what went into it, its own builder says. What cannot be had is not known. */
export async function findEnteredImages(
  hints: readonly EnteredHint[],
  gates: readonly Gate[],
  options: FindOptions,
): Promise<EnteredImages> {
  const asked = hints.slice(0, MOST_HINTS);
  const found = await inParallel(asked, DEFAULT_CONCURRENCY, (hint) => commitsOf(hint, gates, options));
  const known = new Map(asked.map((hint, at) => [keyOf(hint), found[at]]));
  return { commitsOf: (hint) => known.get(keyOf(hint)) };
}

function keyOf({ image, gate }: EnteredHint): string {
  return `${gate} ${image}`;
}

async function commitsOf(hint: EnteredHint, gates: readonly Gate[], options: FindOptions): Promise<readonly string[] | undefined> {
  const gate = gates.find(({ name }) => name === hint.gate);
  const place = gate?.head?.repository;
  if (gate === undefined || place === undefined) return undefined;
  try {
    return await commitsAt(parseReference(`${place}@${hint.image}`), { ...options, gate, image: hint.image });
  } catch (error) {
    const isAbsent = error instanceof Malformed || (error instanceof CountersignError && error.code !== "job/internal");
    if (isAbsent && options.signal?.aborted !== true) return undefined;
    throw error;
  }
}

async function commitsAt(
  reference: Reference,
  { gate, image, ...options }: Omit<FindOptions, "gate"> & { readonly gate: Gate; readonly image: Digest },
): Promise<readonly string[] | undefined> {
  const { policy, trust, clock, openStore, onEvidence: _, ...shared } = options;
  const { head } = gate;
  if (head === undefined) return undefined;
  const store = await openStore(reference);
  const { descriptor } = await store.resolve({ digest: image }, shared);
  const { entered } = await findPlaceRecords(descriptor, { ...shared, store, policy, trust, now: clock.now(), head });
  const record = entered.find(({ said }) => said.relaxations.length === 0);
  if (record === undefined) return undefined;
  let seen: EvidenceSeen | undefined;
  const verdict = await evaluate(reference, {
    ...shared,
    store,
    policy,
    trust,
    gate: gate.name,
    enter: true,
    // Its own approvals are not the question.
    findEntered: () => Promise.resolve({ commitsOf: () => undefined }),
    clock: fixedClock(record.said.judged.to),
    onEvidence: (found) => (seen = found),
  });
  const built = verdict.requirements.filter(({ name, outcome }) => name === "provenance" && outcome === "pass");
  const provenance = new Set(built.flatMap(({ counted }) => counted.map(({ evidence }) => evidence)));
  const builders = new Set(built.flatMap(({ counted }) => counted.map(({ person, party }) => person ?? party)));
  const evidence = seen === undefined ? [] : [seen.image, ...seen.runnable].flatMap((about) => about.evidence);
  const commits = evidence.flatMap(({ content, report }) => {
    const isTheirs = report.signatures.some(({ person, party, outcome }) => outcome === "counts" && builders.has(person ?? party));
    return content?.kind === "source" && isTheirs ? content.commits : [];
  });
  return evidence.flatMap(({ content, report }) => {
    if (content?.kind !== "provenance" || !provenance.has(report.digest)) return [];
    const from = commitsBuiltFrom(content, { commits, since: [] });
    return typeof from === "string" ? [] : from.seen.map(({ id }) => id);
  });
}

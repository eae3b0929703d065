/** What waits for one person's approval: images that are where they are before a gate, and need no more than the word of people. */
import { tryResolve } from "../copying/resolve-tag.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { inParallel } from "../core/in-parallel.ts";
import { Malformed } from "../core/malformed.ts";
import { formatReference, parseReference, type Reference } from "../core/reference.ts";
import { quoteWord } from "../core/shell.ts";
import type { CallOptions, Store } from "../core/store.ts";
import { withoutAbsent } from "../core/without-absent.ts";
import { evaluate, type EvaluateOptions } from "../evaluate.ts";
import type { CountersignPolicy } from "../policy/countersign/document.ts";
import type { LoadedGate, LoadedProduct } from "../policy/countersign/loaded.ts";

export interface PendingOptions extends Pick<EvaluateOptions, "trust" | "clock" | "concurrency" | "budgetMs"> {
  readonly policy: CountersignPolicy;
  /** By the policy's name. */
  readonly person: string;
  /** Unless told, each that asks this person. */
  readonly gate?: string;
  /** Where to look, `host/path`; unless told, where the policy's products are. */
  readonly repositories?: readonly string[];
  readonly openStore: (reference: Reference) => Promise<Store>;
  readonly signal?: AbortSignal;
}

export interface Waiting {
  /** By digest. */
  readonly image: string;
  /** Sorted. */
  readonly tags: readonly string[];
  readonly gate: string;
  readonly product: string;
  readonly approvals: { readonly counted: number; readonly atLeast: number };
}

export interface PendingReport {
  readonly person: string;
  readonly waiting: readonly Waiting[];
  /** Where it was looked for. */
  readonly repositories: readonly string[];
  /** What was not looked at, or could not be. */
  readonly notes: readonly string[];
}

/** Of one repository; whoever keeps more is looking for something else. */
const MOST_TAGS = 500;

/** Tags that tie something to a digest are no images. */
const TIED = /^sha\d{3}-[0-9a-f]{64}/;

/** A repository to look in for one gate. */
interface Look {
  readonly repository: string;
  readonly gate: string;
  /** Where it goes from there, if that is elsewhere. */
  readonly place?: string;
}

export async function findPending(options: PendingOptions): Promise<PendingReport> {
  const { policy, person, gate } = options;
  const asked = policy.loaded.gates.filter(
    (one) => one.approve?.members.includes(person) === true && (gate === undefined || one.name === gate),
  );
  const notes = new Set<string>();
  const looks = asked.flatMap((one) => looksFor(one, options, notes));
  const found = await inParallel(looks, 1, (look) => lookInto(look, options, notes));
  return { person, waiting: found.flat(), repositories: [...new Set(looks.map(({ repository }) => repository))], notes: [...notes] };
}

function looksFor(gate: LoadedGate, { policy, repositories }: PendingOptions, notes: Set<string>): readonly Look[] {
  const named =
    repositories ??
    policy.loaded.products.flatMap((product) => {
      const places = placesBefore(gate, product, policy);
      const open = places.filter((text) => text.includes("{"));
      for (const text of open) notes.add(whichOnes(text));
      return places.filter((text) => !text.includes("{"));
    });
  return [...new Set(named)].flatMap((repository): Look[] => {
    const look = { repository, gate: gate.name };
    if (policy.select(repository, gate.name).kind === "gate") return [look];
    const place = policy.placeFor?.(repository, gate.name);
    if (place !== undefined) return [{ ...look, place }];
    notes.add(`the policy lists no product at ${showForeign(repository)} for gate ${showForeign(gate.name)}`);
    return [];
  });
}

/** A registry is not asked for all its repositories, so that a variable stands for nothing until somebody says so. */
function whichOnes(template: string): string {
  const example = template.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => name.toUpperCase());
  return `${showForeign(template)} has a variable, and may be any number of repositories: name yours, as countersign approve --pending ${quoteWord(example)}`;
}

/** The nearest on the way to the gate; the gate's own, where nothing comes before it. */
function placesBefore(gate: LoadedGate, { repositories }: LoadedProduct, { loaded }: CountersignPolicy): readonly string[] {
  const of = (names: readonly string[]): readonly string[] =>
    repositories.filter((place) => names.includes(place.gate)).map(({ repository }) => repository);
  const seen = new Set<string>();
  for (let names = gate.after; names.length > 0;) {
    const places = of(names);
    if (places.length > 0) return places;
    for (const name of names) seen.add(name);
    names = loaded.gates.filter(({ name }) => names.includes(name)).flatMap(({ after }) => after.filter((name) => !seen.has(name)));
  }
  return of([gate.name]);
}

async function lookInto(look: Look, options: PendingOptions, notes: Set<string>): Promise<readonly Waiting[]> {
  const { repository, gate, place } = look;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  try {
    const store = await options.openStore(parseReference(repository));
    const images = await imagesIn(store, { repository, call, notes });
    const there = place === undefined ? undefined : await options.openStore(parseReference(place));
    const found = await inParallel([...images], options.concurrency ?? 1, async ([digest, tags]) => {
      if (there !== undefined && (await hasEntered(there, { digest, tags, call }))) return [];
      return judge(parseReference(`${repository}@${digest}`), { look, tags, store, options, notes });
    });
    return found.flat();
  } catch (error) {
    if (!(error instanceof CountersignError) || options.signal?.aborted === true) throw error;
    notes.add(`${repository} could not be looked at for gate ${showForeign(gate)}: ${error.message}`);
    return [];
  }
}

async function imagesIn(
  store: Store,
  { repository, call, notes }: { readonly repository: string; readonly call: CallOptions; readonly notes: Set<string> },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const all = (await store.tags(call)).filter((tag) => !TIED.test(tag)).toSorted();
  const tags = all.slice(-MOST_TAGS);
  if (all.length > tags.length) notes.add(`of ${repository} only the last ${MOST_TAGS} tags were looked at`);
  const resolved = await inParallel(tags, 8, async (tag) => ({ tag, digest: (await tryResolve(store, { tag }, call))?.descriptor.digest }));
  const images = new Map<string, string[]>();
  for (const { tag, digest } of resolved) if (digest !== undefined) images.set(digest, [...(images.get(digest) ?? []), tag]);
  return images;
}

/** It is at its place already, under each of its tags. */
async function hasEntered(
  there: Store,
  { digest, tags, call }: { readonly digest: string; readonly tags: readonly string[]; readonly call: CallOptions },
): Promise<boolean> {
  const found = await Promise.all(tags.map(async (tag) => (await tryResolve(there, { tag }, call))?.descriptor.digest));
  return found.every((one) => one === digest);
}

async function judge(
  image: Reference,
  given: {
    readonly look: Look;
    readonly tags: readonly string[];
    readonly store: Store;
    readonly options: PendingOptions;
    readonly notes: Set<string>;
  },
): Promise<readonly Waiting[]> {
  const { look, tags, store, options, notes } = given;
  const { policy, person, trust, clock, concurrency, budgetMs, signal } = options;
  const { gate, place } = look;
  const shown = formatReference(image);
  try {
    const verdict = await evaluate(image, {
      store,
      policy,
      trust,
      clock,
      gate,
      enter: true,
      openStore: (reference) => options.openStore(reference),
      ...(place === undefined ? {} : { as: place }),
      ...withoutAbsent({ concurrency, budgetMs, signal }),
    });
    const isOwn = (one: (typeof verdict.requirements)[number]): boolean => one.kind === "approval" && one.gate === gate;
    const approvals = verdict.requirements.find(isOwn);
    if (approvals === undefined || approvals.outcome === "pass" || approvals.stillAble?.includes(person) !== true) return [];
    const missing = verdict.requirements.filter((one) => !isOwn(one) && one.kind !== "rule" && one.outcome !== "pass");
    if (missing.length > 0) {
      const names = [...new Set(missing.map(({ gate: asking, name }) => `${asking}: ${name}`))].join(", ");
      notes.add(`${shown} does not wait for people alone at gate ${showForeign(gate)}: ${showForeign(names, 300)}`);
      return [];
    }
    const counted = new Set(approvals.counted.map((one) => one.person)).size;
    return [{ image: shown, tags, gate, product: verdict.product ?? "", approvals: { counted, atLeast: approvals.atLeast } }];
  } catch (error) {
    if (!(error instanceof CountersignError || error instanceof Malformed) || signal?.aborted === true) throw error;
    notes.add(`${shown} could not be judged: ${showForeign(error.message, 300)}`);
    return [];
  }
}

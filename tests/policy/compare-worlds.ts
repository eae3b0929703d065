/**
 * Holds the engine against the slow evaluator in random worlds. Most of them are the same in each run, and these are asked what
 * they have met, so that it is known that each answer was given and that no run fails by chance; the others are new each time.
 */
import assert from "node:assert/strict";
import * as fc from "fast-check";

/** Any number: it tells which worlds the fixed ones are. */
const SEED = 20_261_125;
/** By hand: so many times as many new worlds. */
const MORE = Number(process.env["COUNTERSIGN_WORLDS"] ?? "1");
const SHARE_OF_NEW = 4;

interface Comparing<T> {
  readonly runs: number;
  readonly examples?: readonly T[];
  /** What has to be met, and how often at least, of what `compare` tells. */
  readonly wanted: Readonly<Record<string, number>>;
  /** Asserts that both agree, and tells what was met. */
  compare(world: T): Promise<readonly string[]>;
}

/** What was met in the fixed worlds, and how often. A world in which both differ is told with its seed. */
export async function compareWorlds<T>(worlds: fc.Arbitrary<T>, { runs, examples = [], wanted, compare }: Comparing<T>): Promise<void> {
  const seen = new Map<string, number>();
  const property = fc.asyncProperty(worlds, async (world) => {
    for (const told of await compare(world)) seen.set(told, (seen.get(told) ?? 0) + 1);
  });
  const fresh = Math.ceil(runs / SHARE_OF_NEW);
  await fc.assert(property, { numRuns: runs - fresh, seed: SEED, examples: examples.map((world): [T] => [world]) });
  const rare = Object.entries(wanted).filter(([told, least]) => (seen.get(told) ?? 0) < least);
  assert.deepEqual(rare, [], `of these too few were met; met were ${JSON.stringify(Object.fromEntries([...seen].toSorted()))}`);
  await fc.assert(property, { numRuns: fresh * MORE });
}

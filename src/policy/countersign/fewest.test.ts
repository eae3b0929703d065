import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { findFewest, type Threshold } from "./fewest.ts";

/** Every subset, the obvious way. */
function smallestByTrying(thresholds: readonly Threshold[]): readonly (readonly string[])[] {
  const names = [...new Set(thresholds.flatMap(({ of }) => of))];
  const subsets = Array.from({ length: 2 ** names.length }, (_, bits) => names.filter((__, index) => (bits & (1 << index)) !== 0));
  const meeting = subsets.filter((set) => thresholds.every(({ of, atLeast }) => set.filter((name) => of.includes(name)).length >= atLeast));
  const size = Math.min(...meeting.map((set) => set.length));
  return meeting.filter((set) => set.length === size);
}

function sorted(sets: readonly (readonly string[])[]): readonly string[] {
  return sets.map((set) => set.toSorted().join()).toSorted();
}

const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h"];
const THRESHOLD = fc.record({ of: fc.subarray(NAMES, { minLength: 1 }), atLeast: fc.integer({ min: 1, max: 4 }) });

test("the sets are the smallest that trying every set finds, each once", () => {
  fc.assert(
    fc.property(fc.array(THRESHOLD, { maxLength: 6 }), (thresholds) => {
      const expected = smallestByTrying(thresholds);
      const found = findFewest(thresholds, { maxSets: 1000 });
      assert.equal(found.isExact, true);
      assert.equal(found.size, expected[0]?.length);
      assert.deepEqual(sorted(found.sets), sorted(expected));
    }),
  );
});

test("of many sets only so many are told, and the size stays exact", () => {
  const of = Array.from({ length: 60 }, (_, index) => `p${index}`);
  const { size, isExact, sets, more } = findFewest([{ of, atLeast: 30 }]);
  assert.deepEqual([size, isExact, sets.length, more], [30, true, 20, { count: 1, isExact: false }]);
  const ten = [{ of: of.slice(0, 10), atLeast: 3 }];
  assert.deepEqual(findFewest(ten, { maxCounted: 1000 }).more, { count: 100, isExact: true });
  assert.deepEqual(findFewest(ten, { maxCounted: 50 }).more, { count: 30, isExact: false });
  assert.equal(findFewest(ten, { maxSets: 120 }).more, undefined);
  assert.equal(new Set(sets.map((set) => set.join())).size, 20);
});

test("one who serves two thresholds is counted once", () => {
  const both = findFewest([
    { of: ["ana", "bo"], atLeast: 1 },
    { of: ["cy", "bo"], atLeast: 1 },
  ]);
  assert.deepEqual(both, { size: 1, isExact: true, sets: [["bo"]] });
});

test("a search that has to stop says so, and how small a set cannot be", () => {
  // The edges of a cycle of odd length, whose smallest cover no bound of disjoint edges tells.
  const ring = Array.from({ length: 41 }, (_, index) => ({ of: [`v${index}`, `v${(index + 1) % 41}`], atLeast: 1 }));
  assert.deepEqual(findFewest(ring, { maxWork: 415 }), { size: 21, isExact: false, sets: [] });
  assert.deepEqual(findFewest([{ of: ["a"], atLeast: 2 }]), { size: undefined, isExact: true, sets: [] });
  assert.deepEqual(findFewest([]), { size: 0, isExact: true, sets: [[]] });
});

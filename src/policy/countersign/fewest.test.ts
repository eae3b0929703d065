import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { findFewest } from "./fewest.ts";
import type { Threshold } from "./thresholds.ts";

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

function isApart(a: Threshold, b: Threshold): boolean {
  return a !== b && (a.apart?.includes(b.name ?? "") === true || b.apart?.includes(a.name ?? "") === true);
}

/** Whether these are enough: each way to give each of them any of the thresholds that they may count for, the obvious way. */
function canServe(thresholds: readonly Threshold[], set: readonly string[]): boolean {
  const serve = (left: readonly string[], given: ReadonlyMap<Threshold, number>): boolean => {
    const [name, ...others] = left;
    if (name === undefined) return thresholds.every((one) => (given.get(one) ?? 0) >= one.atLeast);
    const own = thresholds.filter(({ of }) => of.includes(name));
    return Array.from({ length: 2 ** own.length }, (_, bits) => own.filter((__, index) => (bits & (1 << index)) !== 0))
      .filter((taken) => !taken.some((a) => taken.some((b) => isApart(a, b))))
      .some((taken) => serve(others, new Map([...given, ...taken.map((one) => [one, (given.get(one) ?? 0) + 1] as const)])));
  };
  return serve(set, new Map());
}

const FEW = NAMES.slice(0, 5);
const NAMED = fc.tuple(
  ...["p", "q", "r"].map((name, index) =>
    fc.record({
      name: fc.constant(name),
      of: fc.subarray(FEW, { minLength: 1 }),
      atLeast: fc.integer({ min: 1, max: 2 }),
      apart: fc.subarray(["p", "q", "r"].slice(0, index)),
    }),
  ),
);

test("nobody counts for two that want others apart, and whoever is free need not join", () => {
  fc.assert(
    fc.property(
      NAMED,
      fc.array(fc.record({ of: fc.subarray(FEW, { minLength: 1 }), atLeast: fc.integer({ min: 1, max: 3 }) }), { maxLength: 1 }),
      fc.subarray(FEW, { maxLength: 2 }),
      (named, plain, free) => {
        const thresholds: readonly Threshold[] = [...named, ...plain];
        const names = FEW.filter((name) => !free.includes(name) && thresholds.some(({ of }) => of.includes(name)));
        const subsets = Array.from({ length: 2 ** names.length }, (_, bits) => names.filter((__, index) => (bits & (1 << index)) !== 0));
        const meeting = subsets.filter((set) => canServe(thresholds, [...set, ...free]));
        const size = Math.min(...meeting.map((set) => set.length));
        const found = findFewest(thresholds, { maxSets: 1000, free: new Set(free) });
        assert.equal(found.isExact, true);
        assert.equal(found.size, meeting.length === 0 ? undefined : size);
        assert.deepEqual(sorted(found.sets), sorted(meeting.filter((set) => set.length === size)));
      },
    ),
  );
});

test("sets that are larger than is of use are not looked for", () => {
  assert.deepEqual(findFewest([{ of: ["a", "b"], atLeast: 2 }], { maxSize: 1 }), { size: 2, isExact: false, sets: [] });
});

test("more that have to be apart than can be looked at together: only how few it cannot be is told", () => {
  const many = Array.from({ length: 31 }, (_, index): Threshold => ({
    of: [`m${index}`, "n"],
    atLeast: 1,
    name: `r${index}`,
    apart: index === 0 ? [] : [`r${index - 1}`],
  }));
  const { isExact, sets } = findFewest(many);
  assert.deepEqual([isExact, sets], [false, []]);
});

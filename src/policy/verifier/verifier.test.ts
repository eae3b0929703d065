import assert from "node:assert/strict";
import { test } from "node:test";
import { type Digest, parseDigest } from "../../core/digest.ts";
import { MOST_PAST_PINS, type Pin, pinAfter, wasPinned } from "./verifier.ts";

function digest(number: number): Digest {
  return parseDigest(`sha256:${String(number).padStart(64, "0")}`);
}

function at(second: number): Date {
  return new Date(second * 1000);
}

/** Each pinned at the second of its number, from 0 on. */
function pinned(count: number): Pin {
  const numbers = Array.from({ length: count }, (_, number) => number);
  return numbers.reduce<Pin>((pin, number) => pinAfter(pin, { digest: digest(number) }, at(number)), { digest: digest(0) });
}

function was(pin: Pin, number: number, [from, to]: readonly [number, number]): boolean {
  return wasPinned(pin, { digest: digest(number), judged: { from: at(from), to: at(to) } });
}

test("a document was pinned from the end of the one before it to its own", () => {
  const pin = pinned(4);
  assert.deepEqual(
    [
      [2, 3],
      [2, 2],
      [3, 3],
      [1, 2],
      [2, 4],
      [1, 4],
    ].map(([from = 0, to = 0]) => was(pin, 2, [from, to])),
    [true, true, true, false, false, false],
  );
  // Before it was pinned here it may have been elsewhere.
  assert.equal(was(pin, 0, [-9, 1]), true);
  assert.equal(was(pin, 9, [0, 1]), false);
  // Today's is no past one.
  assert.equal(was(pin, 3, [3, 3]), false);
});

test("a document that is pinned again was pinned twice, and to pin the same one changes nothing", () => {
  const again = pinAfter(pinned(3), { digest: digest(0) }, at(5));
  const pin = pinAfter(again, { digest: digest(7) }, at(8));
  assert.deepEqual(pinAfter(pin, { digest: digest(7) }, at(9)), pin);
  assert.deepEqual([was(pin, 0, [0, 1]), was(pin, 0, [2, 3]), was(pin, 0, [6, 7])], [true, false, true]);
});

test("a clock that was set back gives no time to two documents", () => {
  const pin = pinAfter(pinAfter(pinned(3), { digest: digest(3) }, at(1)), { digest: digest(4) }, at(9));
  assert.deepEqual(
    pin.past?.map(({ until }) => until.getTime() / 1000),
    [1, 2, 2, 9],
  );
});

test("the oldest are dropped, and what is left does not begin before its time", () => {
  const pin = pinned(MOST_PAST_PINS + 9);
  assert.equal(pin.past?.length, MOST_PAST_PINS);
  const [first, second] = [8, 9];
  assert.deepEqual([was(pin, 7, [7, 8]), was(pin, first, [8, 9]), was(pin, second, [9, 10])], [false, false, true]);
});

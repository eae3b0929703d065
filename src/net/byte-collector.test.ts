import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteCollector } from "./byte-collector.ts";

test("pieces of any size come out as they came in", () => {
  for (const sizes of [[], [0], [1], [16_384, 1], [3, 16_384, 0, 40_000, 5], Array.from({ length: 40_000 }, () => 1)]) {
    const collector = new ByteCollector();
    const expected = Buffer.alloc(sizes.reduce((sum, size) => sum + size, 0));
    for (let at = 0; at < expected.length; at++) expected[at] = at % 251;
    let offset = 0;
    for (const size of sizes) {
      const piece = Uint8Array.from(expected.subarray(offset, offset + size));
      collector.add(piece);
      // It was copied: whoever gave it may use it again.
      piece.fill(255);
      offset += size;
    }
    assert.deepEqual(Buffer.from(collector.whole()), expected);
  }
});

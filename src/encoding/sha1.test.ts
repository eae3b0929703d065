import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { Malformed } from "../core/malformed.ts";
import { sha1 } from "./sha1.ts";

/** The start of the two files of https://shattered.io, up to their blocks that collide. Source: Stevens et al., "The first collision for full SHA-1" (2017), table 1. */
const PREFIX = hex(
  "255044462d312e330a25e2e3cfd30a0a0a312030206f626a0a3c3c2f57696474682032203020522f4865696768742033203020522f547970652034203020522f",
  "537562747970652035203020522f46696c7465722036203020522f436f6c6f7253706163652037203020522f4c656e6774682038203020522f42697473506572",
  "436f6d706f6e656e7420383e3e0a73747265616d0affd8fffe00245348412d3120697320646561642121212121852fec092339759c39b1a1c63c4c97e1fffe01",
);
const FIRST = hex(
  "7f46dc93a6b67e013b029aaa1db2560b45ca67d688c7f84b8c4c791fe02b3df614f86db1690901c56b45c1530afedfb76038e972722fe7ad728f0e4904e046c2",
  "30570fe9d41398abe12ef5bc942be33542a4802d98b5d70f2a332ec37fac3514e74ddc0f2cc1a874cd0c78305a21566461309789606bd0bf3f98cda8044629a1",
);
const SECOND = hex(
  "7346dc9166b67e118f029ab621b2560ff9ca67cca8c7f85ba84c79030c2b3de218f86db3a90901d5df45c14f26fedfb3dc38e96ac22fe7bd728f0e45bce046d2",
  "3c570feb141398bb552ef5a0a82be331fea48037b8b5d71f0e332edf93ac3500eb4ddc0decc1a864790c782c76215660dd309791d06bd0af3f98cda4bc4629b1",
);

function hex(...lines: readonly string[]): Buffer {
  return Buffer.from(lines.join(""), "hex");
}

describe("SHA-1", () => {
  test("is the one of node:crypto for all but collisions", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.deepEqual(Buffer.from(sha1(bytes)), createHash("sha1").update(bytes).digest());
      }),
      { numRuns: 200 },
    );
    for (const length of [0, 55, 56, 63, 64, 119, 120, 100_000]) {
      const bytes = Buffer.alloc(length, "a");
      assert.deepEqual(Buffer.from(sha1(bytes)), createHash("sha1").update(bytes).digest(), String(length));
    }
  });

  test("refuses either of two documents that collide, whatever follows", () => {
    const [one, two] = [FIRST, SECOND].map((blocks) => Buffer.concat([PREFIX, blocks, Buffer.from("the same from here on")]));
    assert.ok(one && two && !one.equals(two));
    assert.deepEqual(createHash("sha1").update(one).digest(), createHash("sha1").update(two).digest());
    for (const bytes of [one, two]) {
      assert.throws(
        () => sha1(bytes),
        (error) => error instanceof Malformed && error.code === "git/collision",
      );
    }
  });

  test("takes the blocks of a collision elsewhere for what they are there: bytes like any other", () => {
    const bytes = Buffer.concat([Buffer.alloc(64), FIRST]);
    assert.deepEqual(Buffer.from(sha1(bytes)), createHash("sha1").update(bytes).digest());
  });
});

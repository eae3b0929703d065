import assert from "node:assert/strict";
import { test } from "node:test";
import { progressLine } from "./progress.ts";
import { formatBytes } from "./text.ts";

test("progress is written over itself, not more often than it can be read, and leaves nothing", () => {
  let written = "";
  let time = 0;
  const line = progressLine({ write: (text) => (written += String(text)) }, () => time);
  line.clear();
  assert.equal(written, "", "nothing was shown, so there is nothing to erase");
  line.show("copying 1 of 3");
  line.show("copying 2 of 3");
  assert.equal(written, "\r\u001b[Kcopying 1 of 3");
  time = 100;
  line.show("copying 3 of 3");
  line.clear();
  assert.equal(written, "\r\u001b[Kcopying 1 of 3\r\u001b[Kcopying 3 of 3\r\u001b[K");
});

test("bytes are shown in powers of ten", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1000, "1.0 kB"],
    [12_345, "12 kB"],
    [1_500_000, "1.5 MB"],
    [1_000_026_112, "1.0 GB"],
    [5e15, "5000 TB"],
  ];
  for (const [bytes, shown] of cases) assert.equal(formatBytes(bytes), shown);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeVerifier } from "./document.ts";
import { VERIFIER_OBJECTS } from "./fields.ts";

const HEAD = ["apiVersion: countersign.dev/v1", "kind: Verifier"];

for (const [object, { fields }] of Object.entries(VERIFIER_OBJECTS)) {
  for (const [name, { example }] of Object.entries(fields)) {
    test(`the example of ${object}.${name} loads, and holds the field`, async () => {
      const head = HEAD.filter((line) => !example.startsWith(line.slice(0, line.indexOf(":") + 1)));
      const text = [...head, example].join("\n");
      await decodeVerifier(Buffer.from(text), { source: "verifier.yaml", readFile: () => assert.fail("no file is named") });
      assert.match(example, new RegExp(`\\b${name}:`));
    });
  }
}

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { bytesOf, DOCUMENTS, jsonOf, recognise } from "../../tests/fixtures/documents.ts";
import { CountersignError } from "../core/errors.ts";
import type { RecognisedDocument } from "./recognised.ts";

/** Optional by the tools' own account: left out where it is empty. */
const OPTIONAL = /^(?:Vulnerabilities|ignoredMatches|evidence)$/;

/** How much a document says: findings or packages. */
function sizeOf({ content }: RecognisedDocument): number {
  if (content.kind === "scan") return content.findings.length;
  return content.kind === "sbom" ? content.packages.length : assert.fail(content.kind);
}

/** Of every member of every object. */
function* placesIn(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) yield [...path, name];
    yield* placesIn(inner, [...path, name]);
  }
}

type Mutation = (object: Record<string, unknown>, name: string) => void;

function mutate(document: unknown, path: readonly string[], mutation: Mutation): unknown {
  const copy: unknown = structuredClone(document);
  const object = path.slice(0, -1).reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], copy);
  mutation(object as Record<string, unknown>, path.at(-1) ?? "");
  return copy;
}

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "is left out": (object, name) => delete object[name],
  "is null": (object, name) => (object[name] = null),
  "is of another kind": (object, name) => (object[name] = typeof object[name] === "string" ? 7 : "seven"),
  "is in another case": (object, name) => {
    object[name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase()] = object[name];
    delete object[name];
  },
};

suite("nothing is lost in silence", () => {
  for (const name of DOCUMENTS.filter((one) => one.endsWith(".json"))) {
    test(`${name}: any member that is gone or wrong is refused, or takes nothing away`, () => {
      const document = jsonOf(name);
      const whole = sizeOf(recognise(document));
      let refused = 0;
      for (const path of placesIn(document)) {
        for (const [what, mutation] of Object.entries(MUTATIONS)) {
          if (OPTIONAL.test(path.at(-1) ?? "") && (what === "is left out" || what === "is null")) continue;
          try {
            assert.ok(sizeOf(recognise(mutate(document, path, mutation))) >= whole, `${path.join(".")} ${what}`);
          } catch (error) {
            if (!(error instanceof CountersignError)) throw error;
            assert.match(error.code, /^document\//);
            refused += 1;
          }
        }
      }
      assert.ok(refused > 0);
    });
  }

  for (const name of DOCUMENTS) {
    test(`${name}: cut off anywhere it is refused, or was already whole`, () => {
      const bytes = bytesOf(name);
      const { content } = recognise(bytes);
      for (let length = 0; length < bytes.length; length += 1 + Math.floor(bytes.length / 500)) {
        try {
          assert.deepEqual(recognise(bytes.subarray(0, length)).content, content, `${length} bytes`);
        } catch (error) {
          if (!(error instanceof CountersignError)) throw error;
        }
      }
    });
  }

  test("a line less of a TAP stream that fails never makes it pass", () => {
    const lines = new TextDecoder().decode(bytesOf("node-bad.tap")).split("\n");
    for (const [index] of lines.entries()) {
      try {
        const { content } = recognise(lines.toSpliced(index, 1).join("\n"));
        assert.ok(content.kind === "test" && content.result === "failed", `line ${index + 1}`);
      } catch (error) {
        if (!(error instanceof CountersignError)) throw error;
      }
    }
  });

  test("anything at all is recognised, or refused by name", () => {
    const json = fc.json({ maxDepth: 4 });
    const names = fc.constantFrom(
      "SchemaVersion",
      "Results",
      "matches",
      "descriptor",
      "findings",
      "runs",
      "scanner",
      "result",
      "bomFormat",
      "components",
      "spdxVersion",
      "_type",
      "buildDefinition",
    );
    const object = fc.dictionary(names, fc.jsonValue({ maxDepth: 3 })).map((value) => JSON.stringify(value));
    const text = fc.oneof(
      json,
      object,
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom("<", ">", "/", "a", " ", "=", '"', "&", ";", "\n", "ok", "1..1", "testsuite", "testcase") }),
    );
    fc.assert(
      fc.property(text, (value) => {
        try {
          recognise(value);
        } catch (error) {
          assert.ok(error instanceof CountersignError && error.code.startsWith("document/"), String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });
});

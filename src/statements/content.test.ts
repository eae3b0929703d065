import assert from "node:assert/strict";
import { test } from "node:test";
import type { Content } from "../core/evidence.ts";
import { Malformed } from "../core/malformed.ts";
import { contentKindOf, readContent } from "./content.ts";

const SUBJECTS = [{ name: "ghcr.io/acme/shop", digest: { sha256: "a".repeat(64) } }];

function read(predicateType: string, predicate: unknown): Content {
  return readContent({ subjects: SUBJECTS, predicateType, predicate });
}

test("an unknown predicate is another kind, whatever it holds", () => {
  for (const predicate of [undefined, "text", { any: [] }]) assert.deepEqual(read("https://example.test/v1", predicate), { kind: "other" });
  assert.equal(contentKindOf("https://example.test/v1"), "other");
  assert.equal(contentKindOf("toString"), "other");
});

test("the kind is known by the type alone", () => {
  assert.equal(contentKindOf("https://slsa.dev/provenance/v1"), "provenance");
  assert.equal(contentKindOf("https://spdx.dev/Document"), "sbom");
  assert.equal(contentKindOf("https://in-toto.io/attestation/vulns/v0.2"), "scan");
  assert.equal(contentKindOf("https://openvex.dev/ns/v0.2.0"), "vex");
});

test("a known type without a predicate is broken, never an empty answer", () => {
  for (const type of ["https://slsa.dev/provenance/v1", "https://spdx.dev/Document", "https://in-toto.io/attestation/vulns/v0.2"]) {
    for (const predicate of [undefined, {}, ""]) {
      assert.throws(
        () => read(type, predicate),
        (error) => error instanceof Malformed && error.code === "statement/predicate",
      );
    }
  }
});

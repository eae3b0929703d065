import assert from "node:assert/strict";
import { test } from "node:test";
import { nameOne, nameSeveral } from "./evidence-words.ts";

test("words of policies as sentences have them", () => {
  assert.deepEqual(["sbom", "scan", "vex", "attestation"].map(nameOne), ["SBOM", "scan", "VEX document", "attestation"]);
  assert.deepEqual(["sbom", "scan", "provenance"].map(nameSeveral), ["SBOMs", "scans", "statements of provenance"]);
});

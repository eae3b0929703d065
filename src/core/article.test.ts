import assert from "node:assert/strict";
import { test } from "node:test";
import { withArticle } from "./article.ts";

test("the article is that of the word as it is spoken", () => {
  assert.deepEqual(["SBOM", "scan", "OpenVEX document", "in-toto statement", "Trivy report", "SARIF log"].map(withArticle), [
    "an SBOM",
    "a scan",
    "an OpenVEX document",
    "an in-toto statement",
    "a Trivy report",
    "a SARIF log",
  ]);
});

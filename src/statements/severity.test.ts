import assert from "node:assert/strict";
import { test } from "node:test";
import { severityOfLabel, severityOfRating, severityOfScore, worstOf } from "./severity.ts";

test("labels of scanners and distributions, in any case", () => {
  assert.deepEqual(["CRITICAL", "High", "important", "Moderate", "medium", "LOW", "Negligible", "info", "none"].map(severityOfLabel), [
    "critical",
    "high",
    "high",
    "medium",
    "medium",
    "low",
    "low",
    "none",
    "none",
  ]);
  assert.deepEqual([" CRITICAL ", "High\n"].map(severityOfLabel), ["critical", "high"]);
  for (const label of ["", "UNKNOWN", "untriaged", "toString", "9.8", "CVSS:3.1/AV:N"])
    assert.equal(severityOfLabel(label), "unknown", label);
});

test("the bands of CVSS: version 2 has no critical", () => {
  const bands = [0, 0.1, 3.9, 4, 6.9, 7, 8.9, 9, 10];
  assert.deepEqual(
    bands.map((score) => severityOfScore(score, { isVersion2: false })),
    ["none", "low", "low", "medium", "medium", "high", "high", "critical", "critical"],
  );
  assert.deepEqual(
    bands.map((score) => severityOfScore(score, { isVersion2: true })),
    ["low", "low", "low", "medium", "medium", "high", "high", "high", "high"],
  );
  for (const score of [-1, 10.1, Number.NaN, Infinity]) assert.equal(severityOfScore(score, { isVersion2: false }), "unknown");
});

test("ratings: a number counts only with a method that counts as CVSS does", () => {
  assert.equal(severityOfRating({ method: "nvd", score: "medium" }), "medium");
  assert.equal(severityOfRating({ method: "cvss_score", score: "9.8" }), "critical");
  for (const score of ["9.800", " 9.8", "09.8"]) assert.equal(severityOfRating({ method: "cvss_v3", score }), "critical", score);
  assert.equal(severityOfRating({ method: "CVSSv2", score: "9.8" }), "high");
  assert.equal(severityOfRating({ method: "CVSSv2.0", score: "9.8" }), "high");
  assert.equal(severityOfRating({ method: "CVSSv31", score: "9.8" }), "critical");
  assert.equal(severityOfRating({ method: "epss", score: "0.02" }), "unknown");
  assert.equal(severityOfRating({ method: "cvss", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }), "unknown");
});

test("the worst counts, and not knowing is worse than nothing", () => {
  assert.equal(worstOf(["low", "critical", "medium"]), "critical");
  assert.equal(worstOf(["none", "unknown"]), "unknown");
  assert.equal(worstOf(["unknown", "low"]), "low");
  assert.equal(worstOf([]), "unknown");
});

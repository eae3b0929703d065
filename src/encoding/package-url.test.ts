import assert from "node:assert/strict";
import { test } from "node:test";
import { splitPackageUrl } from "./package-url.ts";

test("a package URL is taken apart, however many slashes and blanks it has", () => {
  assert.deepEqual(splitPackageUrl("pkg:oci/app@sha256%3Aab?repository_url=r.example/app&tag=1#sub"), {
    type: "oci",
    path: "app",
    version: "sha256:ab",
    query: "repository_url=r.example/app&tag=1",
  });
  const lodash = { type: "npm", path: "@scope/lodash", version: "1", query: "" };
  for (const text of [
    "pkg:npm/%40scope/lodash@1",
    "pkg:npm/@scope/lodash@1",
    " PKG://NPM//@scope/lodash@1 ",
    "pkg:npm/@scope/lodash@1#a?b",
  ])
    assert.deepEqual(splitPackageUrl(text), lodash, text);
  assert.deepEqual(splitPackageUrl("pkg:npm/@scope/lodash"), { type: "npm", path: "@scope/lodash", query: "" });
  assert.equal(splitPackageUrl("pkg:npm/lodash@")?.version, "");
});

test("what is none, or cannot be decoded, is undefined", () => {
  for (const text of ["", "lodash", "npm/lodash", "pkg:npm", "pkg:npm/", "pkg:npm/ / ", "pkg:npm/%zz", "pkg:npm/lodash@%zz", "pkg:?a/b"])
    assert.equal(splitPackageUrl(text), undefined, text);
});

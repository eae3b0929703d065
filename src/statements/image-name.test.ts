import assert from "node:assert/strict";
import { test } from "node:test";
import { repositoryOfMaterial } from "./image-name.ts";

test("an image is told by what builders write of it", () => {
  const digest = `sha256:${"1".repeat(64)}`;
  for (const [uri, repository] of [
    ["pkg:docker/registry.acme.io/base/node@20?platform=linux%2Famd64", "registry.acme.io/base/node"],
    [`pkg:docker/registry.acme.io/base/node@20?digest=${digest}`, "registry.acme.io/base/node"],
    ["pkg:docker/alpine@3.18", "docker.io/library/alpine"],
    ["pkg:docker/base/node@20?repository_url=https%3A%2F%2Fregistry.acme.io", "registry.acme.io/base/node"],
    [`pkg:oci/node@${encodeURIComponent(digest)}?repository_url=registry.acme.io%2Fbase%2Fnode&tag=20`, "registry.acme.io/base/node"],
    ["docker://registry.acme.io/base/node:20", "registry.acme.io/base/node"],
    [`registry.acme.io/base/node@${digest}`, "registry.acme.io/base/node"],
    ["registry.acme.io:5000/base/node:20", "registry.acme.io:5000/base/node"],
  ] as const) {
    assert.equal(repositoryOfMaterial(uri), repository, uri);
  }
});

test("what is no image of a registry is none", () => {
  for (const uri of [
    "git+https://git.acme.io/shop",
    "https://acme.io/file.tar",
    "pkg:npm/left-pad@1",
    "pkg:oci/node@1",
    "pkg:docker/%zz@1",
    "file:///x",
    "",
  ]) {
    assert.equal(repositoryOfMaterial(uri), undefined, uri);
  }
});

/** Which repositories are taken for places of one product. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { groupPlaces } from "./product-places.ts";

function grouped(...repositories: readonly string[]): readonly string[] {
  return groupPlaces(repositories).map(
    ({ path, places }) =>
      `${path}: ${places.map(({ repository, stage }) => (stage === undefined ? repository : `${stage}=${repository}`)).join(" ")}`,
  );
}

test("what differs in one segment, or one label of the host, that is a word for a stage is one product", () => {
  assert.deepEqual(grouped("r.io/prod/api", "r.io/web", "r.io/build/api"), [
    "api: build=r.io/build/api prod=r.io/prod/api",
    "web: r.io/web",
  ]);
  assert.deepEqual(grouped("r.io/acme/dev/api", "r.io/acme/staging/api", "r.io/acme/production/api"), [
    "acme/api: dev=r.io/acme/dev/api staging=r.io/acme/staging/api production=r.io/acme/production/api",
  ]);
  assert.deepEqual(grouped("build.acme.io/api", "prod.acme.io/api"), ["api: build=build.acme.io/api prod=prod.acme.io/api"]);
});

test("what differs otherwise, or has no other name, is a product of its own", () => {
  const apart = [
    ["r.io/build/api", "r.io/prod/web"],
    ["r.io/team/api", "r.io/prod/api"],
    ["r.io/build/api", "q.io/prod/api"],
    ["r.io/api-build", "r.io/api-prod"],
    ["r.io/build", "r.io/prod"],
    ["build.acme.io/api", "acme.io/build/api"],
    ["build.io/api", "prod/api"],
  ];
  for (const repositories of apart) assert.equal(grouped(...repositories).length, 2, repositories.join(" "));
});

test("a repository is a place of one product, also where it could be read in two ways", () => {
  assert.deepEqual(grouped("r.io/build/test/a", "r.io/prod/test/a", "r.io/build/qa/a", "r.io/build/a"), [
    "test/a: build=r.io/build/test/a prod=r.io/prod/test/a",
    "build/qa/a: r.io/build/qa/a",
    "build/a: r.io/build/a",
  ]);
});

/** Every field of a policy decides something, and `policy diff` tells it: taking it away or weakening it must change some answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRealCases } from "./evidence-really.ts";
import {
  allFields,
  fieldPaths,
  DECIDES_NOTHING,
  fieldsIn,
  findConfirmed,
  findSurvivors,
  findUntold,
  fixtures,
  IN_NO_FIXTURE,
  makeMutationWorld,
  withoutElsewhere,
} from "./mutations.ts";

const world = await makeMutationWorld();

for (const [name, document] of Object.entries(fixtures(world))) {
  test(`each field of the policy "${name}" changes an answer, but for those that are said to decide nothing`, async () => {
    const survivors = await findSurvivors(document, world);
    const expected = fieldPaths(document).filter((field) => Object.hasOwn(DECIDES_NOTHING, field));
    assert.deepEqual(survivors.map(({ field }) => field).toSorted(), expected.toSorted());
  });

  test(`policy diff tells each change of a field of the policy "${name}"`, async () => {
    const { neverLoad, untold } = await findUntold(document);
    assert.deepEqual(untold, []);
    // The first two have one value; without the third most policies are refused.
    assert.deepEqual(
      neverLoad.filter((field) => !["apiVersion", "kind", "sharedSigner"].includes(field)),
      [],
    );
  });
}

test("each field that asks for evidence changes what the engine answers about a real image with real signatures", async () => {
  const document = withoutElsewhere(fixtures(world)["evidence"] ?? {});
  const confirmed = new Set(await findConfirmed(document, await makeRealCases()));
  const asking = fieldPaths(document).filter((field) => /\.needs\[\d+\]\.(?!signature\.)/.test(field));
  assert.ok(asking.length > 30, `${asking.length} fields`);
  assert.deepEqual(
    asking.filter((field) => !confirmed.has(field)),
    [],
  );
});

test("the fixtures have every field of a policy between them, but for those that say why not", () => {
  const found = new Set(Object.values(fixtures(world)).flatMap((document) => fieldsIn(document)));
  const missing = allFields().filter((field) => !found.has(field));
  assert.deepEqual(missing.toSorted(), Object.keys(IN_NO_FIXTURE).toSorted());
});

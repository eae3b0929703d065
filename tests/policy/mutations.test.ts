/** Every field of a policy decides something: taking it away or weakening it must change some answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DECIDES_NOTHING, findSurvivors, fixtures, makeMutationWorld } from "./mutations.ts";

const world = await makeMutationWorld();

for (const [name, document] of Object.entries(fixtures(world))) {
  test(`each field of the policy "${name}" changes an answer, but for those that are said to decide nothing`, async () => {
    const survivors = await findSurvivors(document, world);
    const expected = Object.keys(document).filter((field) => Object.hasOwn(DECIDES_NOTHING, field));
    assert.deepEqual(survivors.map(({ field }) => field).toSorted(), expected.toSorted());
  });
}

/** Several builders who come to the same image: `provenance: { agree: 2 }`, with statements that are really signed. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EvidenceRequirement } from "../../src/core/requirement.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { type Attester, gateAsking, makeAttester, makeEvidenceWorld, trustOf } from "./world.ts";

const PROVENANCE = "https://slsa.dev/provenance/v1";
const ci = await makeAttester("ci");
const farm = await makeAttester("farm");
const stranger = await makeAttester("stranger");

const NEEDS: EvidenceRequirement = {
  kind: "evidence",
  name: "provenance",
  by: ["ci", "farm"],
  byText: "ci, farm",
  about: { content: "provenance" },
  newestOnly: false,
  perManifest: true,
  agree: 2,
  asks: "provenance by ci, farm, on which 2 of them agree",
  judge: (content) =>
    content.kind === "provenance" && content.buildType === "https://ci.acme.io/v1"
      ? []
      : [{ code: "evidence/build-type", message: "it was built in another way" }],
};

interface Said {
  readonly by: Attester;
  readonly builder: string;
  readonly buildType?: string;
}

async function judge(said: readonly Said[], { isUnread = false } = {}): Promise<Verdict> {
  const world = await makeEvidenceWorld(trustOf([ci, farm, stranger]));
  for (const { by, builder, buildType = "https://ci.acme.io/v1" } of said) {
    const buildDefinition = { buildType, externalParameters: {}, resolvedDependencies: [] };
    await world.attestAs(by, { buildDefinition, runDetails: { builder: { id: builder } } }, { type: PROVENANCE });
  }
  const store = {
    ...world.store,
    referrers: async (...args: Parameters<typeof world.store.referrers>) => ({
      ...(await world.store.referrers(...args)),
      complete: !isUnread,
    }),
  };
  return world.judge(gateAsking([NEEDS], [ci, farm]), { store });
}

const [A, B] = ["https://ci.acme.io/runner", "https://farm.acme.io"];

describe("builders who agree on an image", () => {
  test("are enough, and are both counted", async () => {
    const { outcome, requirements } = await judge([
      { by: ci, builder: A },
      { by: farm, builder: B },
    ]);
    assert.equal(outcome, "pass");
    assert.equal(requirements[0]?.atLeast, 2);
    assert.deepEqual(requirements[0]?.counted.map(({ party }) => party).toSorted(), ["ci", "farm"]);
  });

  test("one builder alone, or one who says it twice, is no", async () => {
    for (const said of [
      [{ by: ci, builder: A }],
      [
        { by: ci, builder: A },
        { by: ci, builder: B },
      ],
      [
        { by: ci, builder: A },
        { by: farm, builder: A },
      ],
      [
        { by: ci, builder: A },
        { by: stranger, builder: B },
      ],
    ]) {
      const { outcome, requirements } = await judge(said);
      assert.equal(outcome, "deny");
      assert.match(String(requirements[0]?.missing[0]), /^1 of 2 builders agree: (ci|farm) \(https:\/\//);
      assert.match(String(requirements[0]?.remedy), /attest/);
    }
    const { outcome, requirements } = await judge([
      { by: ci, builder: A },
      { by: farm, builder: B, buildType: "https://evil.io" },
    ]);
    assert.equal(outcome, "deny");
    assert.deepEqual(requirements[0]?.missing, [`1 of 2 builders agree: ci (${A})`, "it was built in another way"]);
  });

  test("nobody is told as nobody", async () => {
    const { outcome, requirements } = await judge([]);
    assert.equal(outcome, "deny");
    assert.deepEqual(requirements[0]?.missing, ["there is no statement of provenance"]);
  });

  test("too few, where more may hang there than was seen, is not known", async () => {
    const { outcome, requirements } = await judge([{ by: ci, builder: A }], { isUnread: true });
    assert.equal(outcome, "unknown");
    assert.match(String(requirements[0]?.missing), /1 of 2 builders agree.*did not give the whole list/);
  });
});

/** The tree of referrers, also where a registry's listings make no tree. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { IMAGE, noteOn, openRepository, pushImage, REPOSITORY, startRemote } from "../tests/fixtures/remote-repository.ts";
import type { Descriptor } from "./core/descriptor.ts";
import { OCI_INDEX } from "./core/media-types.ts";
import { parseReference } from "./core/reference.ts";
import { encodeJson } from "./encoding/json.ts";
import { tree, type TreeNode, type TreeReport } from "./tree.ts";

/** What the registry says refers to a digest, whether that can be or not; the image itself is real. */
async function grow(context: TestContext, listings: ReadonlyMap<string, readonly Descriptor[]>): Promise<TreeReport> {
  const registry = await startRemote(context, {
    tamper: ({ url }) => {
      const subject = /\/referrers\/(sha256:[0-9a-f]+)/.exec(url)?.[1];
      if (subject === undefined) return undefined;
      const manifests = listings.get(subject) ?? [];
      return {
        status: 200,
        headers: { "content-type": OCI_INDEX },
        body: encodeJson({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }),
      };
    },
  });
  const store = openRepository(context, registry);
  await pushImage(store);
  return tree(parseReference(`${registry.host}/${REPOSITORY}:v1`), { store });
}

/** The digests, nested as the tree is. */
interface Shape {
  readonly [digest: string]: Shape;
}

const shapeOf = ({ referrers }: TreeNode): Shape => Object.fromEntries(referrers.map((node) => [node.digest, shapeOf(node)]));

const one = noteOn(IMAGE.descriptor, "one").descriptor;
const two = noteOn(one, "two").descriptor;

test("referrers, and referrers of referrers", async (context) => {
  const grown = await grow(
    context,
    new Map([
      [IMAGE.descriptor.digest, [one]],
      [one.digest, [two]],
    ]),
  );
  assert.deepEqual(shapeOf(grown.root), { [one.digest]: { [two.digest]: {} } });
  assert.deepEqual([grown.root.digest, grown.complete, grown.notes], [IMAGE.descriptor.digest, true, []]);
});

test("what is said to refer to itself is not its own child", async (context) => {
  const grown = await grow(
    context,
    new Map([
      [IMAGE.descriptor.digest, [IMAGE.descriptor, one]],
      [one.digest, [one]],
    ]),
  );
  assert.deepEqual(shapeOf(grown.root), { [one.digest]: {} });
});

test("a ring is followed once, and what hangs in two places is shown in both", async (context) => {
  const grown = await grow(
    context,
    new Map([
      [IMAGE.descriptor.digest, [one, two]],
      [one.digest, [two]],
      [two.digest, [one, IMAGE.descriptor]],
    ]),
  );
  assert.deepEqual(shapeOf(grown.root), { [one.digest]: { [two.digest]: {} }, [two.digest]: { [one.digest]: {} } });
});

test("deeper than four levels nothing is shown, and that is said", async (context) => {
  const chain = [IMAGE.descriptor];
  for (let depth = 0; depth < 6; depth++) chain.push(noteOn(chain.at(-1) ?? IMAGE.descriptor, `${depth}`).descriptor);
  const deep = await grow(context, new Map(chain.slice(0, -1).map(({ digest }, depth) => [digest, chain.slice(depth + 1, depth + 2)])));
  assert.equal(deep.complete, false);
  assert.match(deep.notes.join(), /at most 2000 entries, 4 deep/);
  assert.deepEqual(
    shapeOf(deep.root),
    chain.slice(1, 5).reduceRight<Shape>((below, { digest }) => ({ [digest]: below }), {}),
  );
});

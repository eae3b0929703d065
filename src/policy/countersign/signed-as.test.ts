import assert from "node:assert/strict";
import { test } from "node:test";
import { CountersignError } from "../../core/errors.ts";
import type { Selection } from "../../core/policy.ts";
import { toContainers } from "./containers.ts";
import { diffPolicies } from "./diff.ts";
import { type CountersignPolicy, decodePolicy } from "./document.ts";
import { whoCan } from "./who-can.ts";

const POLICY = `
apiVersion: countersign.dev/v1
kind: Policy
name: bases
version: 1
products:
  base/{name}: { base: "registry.acme.io/base/{name}" }
parties:
  upstream: { certificate: { anchor: "ca:vendor", subject: { CN: release, O: Vendor } } }
gates:
  base: { needs: [ { signature: { by: upstream, signedAs: "docker.io/vendor/{name}", maxAge: 90d } } ] }
`;

type Edit = readonly [from: string, to: string];

function load(...changes: readonly Edit[]): Promise<CountersignPolicy> {
  const text = changes.reduce((rest, [from, to]) => {
    assert.ok(rest.includes(from), from);
    return rest.replace(from, to);
  }, POLICY);
  return decodePolicy(Buffer.from(text), { source: "bases.yaml" });
}

function asks(selection: Selection): unknown {
  return selection.kind === "gate" ? selection.gate.requirements : selection.kind;
}

test("the publisher's name for the image is asked for, with the variables filled in", async () => {
  const policy = await load();
  assert.deepEqual(asks(policy.select("registry.acme.io/base/node")), [
    {
      kind: "signature",
      name: "signature",
      by: ["upstream"],
      byText: "upstream",
      atLeast: 1,
      maxAge: 90 * 86_400,
      signedAs: "docker.io/vendor/node",
    },
  ]);
  assert.deepEqual(policy.warnings, []);
  assert.deepEqual((await load(["docker.io", "DOCKER.io"])).loaded, policy.loaded);
});

test("a name that holds the product's variable lets one signer be that of many images, and no other name does", async () => {
  const { openers } = whoCan((await load()).loaded);
  assert.deepEqual(
    openers.map(({ name, isShared }) => [name, isShared]),
    [["upstream", false]],
  );
  const twice = '"docker.io/vendor/{name}" } }, { signature: { by: upstream';
  for (const changes of [
    [['"docker.io/vendor/{name}"', "docker.io/vendor/base"]],
    [[', signedAs: "docker.io/vendor/{name}"', ""]],
    // He signs without a name as well.
    [['"docker.io/vendor/{name}"', twice]],
  ] satisfies readonly Edit[][]) {
    await assert.rejects(load(...changes), (error) => {
      assert.ok(error instanceof CountersignError);
      return /is signed for by upstream, whose identity does not hold \{name\}/.test(error.message);
    });
    const shared = await load(...changes, ["\ngates:", "\nsharedSigner: true\ngates:"]);
    assert.deepEqual(
      whoCan(shared.loaded).openers.map(({ isShared }) => isShared),
      [true],
    );
  }
});

test("a name or age that is asked for no longer, or less, makes a gate easier", async () => {
  const before = await load();
  const easier = async (...changes: readonly Edit[]): Promise<unknown> =>
    diffPolicies(before.loaded, (await load(...changes, ["\ngates:", "\nsharedSigner: true\ngates:"])).loaded).gates.flatMap(
      (gate) => gate.easier,
    );
  const lost = "not all of this is asked for any more: signature of upstream, no older than 90d, signed as docker.io/vendor/{name}";
  assert.deepEqual(await easier(["90d", "91d"]), [lost]);
  assert.deepEqual(await easier([", maxAge: 90d", ""]), [lost]);
  assert.deepEqual(await easier(["vendor/{name}", "others/{name}"]), [lost]);
  assert.deepEqual(await easier(["90d", "89d"]), []);
});

test("another reader of policies cannot ask for it", async () => {
  const key = `key: "SHA256:${"A".repeat(43)}"`;
  const { policy } = toContainers(
    await load(
      ['{ certificate: { anchor: "ca:vendor", subject: { CN: release, O: Vendor } } }', `{ ${key} }`],
      ["base/{name}:", "base:"],
      ["base/{name}", "base"],
      ["vendor/{name}", "vendor/base"],
    ),
  );
  assert.deepEqual(policy.transports.docker, { "registry.acme.io/base": [{ type: "reject" }] });
});

test("where an image is not at the name that is asked for, somebody must have found it there", async () => {
  const { loaded } = await load();
  const opens = (policy: typeof loaded, believed: Parameters<typeof whoCan>[1] = {}): unknown =>
    whoCan(policy, believed).gates.map(({ fewest, lacks }) => [fewest.sets, lacks.length]);
  assert.deepEqual(opens(loaded), [[[["upstream"]], 1]]);
  const promoter = { name: "promoter", kind: "person", identities: [{ kind: "key", fingerprint: "SHA256:p" }], isOfProduct: true } as const;
  assert.deepEqual(opens(loaded, { promoters: { members: [promoter], atLeast: 1 } }), [[[["upstream", "promoter"]], 0]]);
  // Whoever is both is one.
  const [upstream] = loaded.parties;
  assert.ok(upstream?.kind === "machine");
  const both = { ...promoter, identities: upstream.identities };
  assert.deepEqual(opens(loaded, { promoters: { members: [both], atLeast: 1 } }), [[[["upstream"]], 0]]);
  const atHome = (await load(["registry.acme.io/base/{name}", "docker.io/vendor/{name}"])).loaded;
  assert.deepEqual(opens(atHome), [[[["upstream"]], 0]]);
});

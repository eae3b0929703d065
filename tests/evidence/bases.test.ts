/** The base that provenance names: its layers begin the image's, and it passes its own gate in its own repository. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { digestHex, digestOf } from "../../src/core/digest.ts";
import { CountersignError } from "../../src/core/errors.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../src/core/media-types.ts";
import type { Policy, Selection } from "../../src/core/policy.ts";
import type { EvidenceRequirement } from "../../src/core/requirement.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Store } from "../../src/core/store.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { attest } from "../../src/attest.ts";
import { encodeJson } from "../../src/encoding/json.ts";
import { evaluate } from "../../src/evaluate.ts";
import { openMemoryStore } from "../../src/registry/memory.ts";
import { sign } from "../../src/sign.ts";
import { gateAsking, HOUR, makeAttester, NOW, trustOf } from "./world.ts";

const ci = await makeAttester("ci");
const upstream = await makeAttester("upstream");
const trust = trustOf([ci, upstream]);
const clock = { now: () => new Date(NOW.getTime() - HOUR) };
const BASE = "registry.example/base/node";

const provenance: EvidenceRequirement = {
  kind: "evidence",
  name: "provenance",
  by: ["ci"],
  byText: "ci",
  about: { content: "provenance" },
  newestOnly: false,
  perManifest: true,
  asks: "provenance by ci, of an image whose base passes gate base",
  baseGate: "base",
  judge: () => [],
};

/** Gate `prod` for everything, and gate `base` for the one repository of bases. */
function policy(): Policy {
  const prod = gateAsking([provenance], [ci]);
  const base = gateAsking([{ kind: "signature", name: "signature", by: ["upstream"], byText: "upstream", atLeast: 1 }], [upstream]);
  return {
    ...prod,
    select: (repository, gate): Selection => {
      if (gate !== "base") return prod.select(repository, gate);
      return repository === BASE ? base.select(repository, gate) : { kind: "not-listed", message: "no base", remedy: "" };
    },
  };
}

function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** What a configuration says of its layers. */
type Told = (ids: readonly string[]) => object;

const honestly: Told = (ids) => ({ rootfs: { type: "layers", diff_ids: ids } });

async function pushLayered(
  store: Store,
  layers: readonly string[],
  { told = honestly }: { readonly told?: Told } = {},
): Promise<Descriptor> {
  const blobs = layers.map((text) => Buffer.from(text));
  const config = encodeJson({
    architecture: "amd64",
    os: "linux",
    config: {},
    ...told(blobs.map((bytes) => digestOf(bytes))),
  });
  const configuration = describe("application/vnd.oci.image.config.v1+json", config);
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: configuration,
    layers: blobs.map((blob) => describe("application/vnd.oci.image.layer.v1.tar", blob)),
  });
  for (const blob of blobs) await store.pushBlob(describe("application/vnd.oci.image.layer.v1.tar", blob), blob);
  await store.pushBlob(configuration, config);
  const manifest = describe(OCI_MANIFEST, bytes);
  await store.pushManifest(manifest, bytes);
  return manifest;
}

interface Built {
  readonly base: Descriptor;
  judge(options?: { readonly open?: boolean; readonly by?: Policy }): Promise<Verdict>;
  signBase(): Promise<unknown>;
}

async function build(
  options: {
    readonly layers?: readonly string[];
    readonly baseLayers?: readonly string[];
    readonly told?: Told;
    readonly baseTold?: Told;
    readonly materials?: (base: Descriptor, other: Descriptor) => readonly object[];
    readonly otherBase?: readonly string[];
  } = {},
): Promise<Built> {
  const { layers = ["os", "node", "app"], baseLayers = ["os", "node"], told = honestly, baseTold = honestly } = options;
  const [apps, bases] = [openMemoryStore(), openMemoryStore()];
  const base = await pushLayered(bases, baseLayers, { told: baseTold });
  const other = await pushLayered(bases, options.otherBase ?? ["other"]);
  const image = await pushLayered(apps, layers, { told });
  const reference = parseReference(`registry.example/app@${image.digest}`);
  const materials = options.materials?.(base, other) ?? [{ uri: `pkg:docker/${BASE}@20`, digest: { sha256: digestHex(base.digest) } }];
  const predicate = {
    buildDefinition: { buildType: "https://acme.io/build/v1", externalParameters: {}, resolvedDependencies: materials },
    runDetails: { builder: { id: "https://acme.io/runner" } },
  };
  await attest(reference, { store: apps, signer: ci.signer, clock, predicateType: "https://slsa.dev/provenance/v1", predicate });
  return {
    base,
    signBase: () => sign(parseReference(`${BASE}@${base.digest}`), { store: bases, signer: upstream.signer, clock }),
    judge: ({ open = true, by = policy() } = {}) =>
      evaluate(reference, {
        store: apps,
        policy: by,
        trust,
        clock: { now: () => NOW },
        ...(open ? { openStore: async () => bases } : {}),
      }),
  };
}

/** A material that is of the repository that the policy lists. */
function listedBase(hex: string): object {
  return { uri: `pkg:docker/${BASE}@20`, digest: { sha256: hex } };
}

function codesOf({ requirements }: Verdict): readonly string[] {
  return requirements.flatMap(({ refusedEvidence = [] }) => refusedEvidence.flatMap(({ because }) => because.map(({ code }) => code)));
}

test("a base counts once it passes its own gate", async () => {
  const { judge, signBase } = await build();
  const before = await judge();
  assert.equal(before.outcome, "deny");
  assert.deepEqual(codesOf(before), ["base/denied"]);
  await signBase();
  assert.equal((await judge()).outcome, "pass");
});

test("what was relaxed to let a base pass is told of what is built on it", async () => {
  const lax = policy();
  const by: Policy = {
    ...lax,
    select: (repository, gate): Selection => {
      const found = lax.select(repository, gate);
      if (found.kind !== "gate" || gate !== "base") return found;
      return { ...found, gate: { ...found.gate, actions: { ...found.gate.actions, revocation: "skip" } } };
    },
  };
  const { signBase, judge } = await build();
  await signBase();
  const { outcome, relaxations } = await judge({ by });
  assert.equal(outcome, "pass");
  assert.match(relaxations.join("\n"), /its base registry\.example\/base\/node\S*@sha256:[0-9a-f]{64}: revocation was not checked/);
});

test("where the source shows which product it is, the base of a builder who signs for several is looked at", async () => {
  const { judge, signBase } = await build();
  await signBase();
  const proving = { ...provenance, provesProduct: true } as const;
  const by = withSharedBuilder(proving);
  assert.equal((await judge({ by })).outcome, "pass");
  assert.equal((await judge({ by: withSharedBuilder(provenance) })).outcome, "deny");
});

/** The builder signs for other products too, and has not said for which. */
function withSharedBuilder(requirement: EvidenceRequirement): Policy {
  const prod = gateAsking([requirement], [ci]);
  return {
    ...prod,
    select: (repository, gate): Selection => {
      const selection = gate === "base" ? policy().select(repository, gate) : prod.select(repository, gate);
      if (gate === "base" || selection.kind !== "gate" || selection.rules?.signers.kind !== "members") return selection;
      const { rules } = selection;
      const members = rules.signers.kind === "members" ? rules.signers.members.map((one) => ({ ...one, isOfProduct: false })) : [];
      return { ...selection, product: "shop", rules: { ...rules, product: "shop", signers: { kind: "members", members } } };
    },
  };
}

test("an image that does not begin with the layers of a base that the policy lists has none", async () => {
  for (const options of [{ layers: ["os", "app"] }, { layers: ["node", "os", "app"] }, { layers: ["os"] }]) {
    const { judge, signBase } = await build(options);
    await signBase();
    const verdict = await judge();
    assert.equal(verdict.outcome, "deny");
    assert.deepEqual(codesOf(verdict), ["base/not-prefix"]);
  }
});

test("a configuration that says other layers to programs in Go, or more or fewer than there are, begins with no base's", async () => {
  const lies: readonly Told[] = [
    (ids) => ({ ...honestly(ids), RootFS: { type: "layers", diff_ids: ids } }),
    (ids) => ({ ...honestly(ids), "rootf\u{17f}": { type: "layers", diff_ids: ids } }),
    (ids) => ({ rootfs: { type: "layers", diff_ids: ids, Diff_IDs: ids } }),
    (ids) => ({ rootfs: { type: "layers", diff_ids: ids, "diff_id\u{17f}": ids } }),
    (ids) => honestly([...ids, ...ids]),
    (ids) => honestly(ids.slice(0, -1)),
    () => honestly([]),
  ];
  for (const told of lies) {
    for (const options of [{ told }, { baseTold: told }]) {
      const { judge, signBase } = await build(options);
      await signBase();
      const verdict = await judge();
      assert.deepEqual(
        [verdict.outcome, codesOf(verdict)],
        ["unknown", ["base/unknown"]],
        `${String(told)} ${Object.keys(options).join("")}`,
      );
    }
  }
});

test("where the policy lists no base that is named, nothing need be read to see that there is none", async () => {
  const { judge } = await build({
    told: () => honestly([]),
    materials: ({ digest }) => [{ uri: "pkg:docker/other.example/node@20", digest: { sha256: digestHex(digest) } }],
  });
  const verdict = await judge();
  assert.deepEqual([verdict.outcome, codesOf(verdict)], ["deny", ["base/not-prefix"]]);
});

test("no base named is no", async () => {
  for (const materials of [
    [],
    [{ uri: "git+https://git.example/app", digest: { sha1: "1".repeat(40) } }],
    [{ uri: `pkg:docker/${BASE}@20`, digest: { sha1: "1".repeat(40) } }],
  ]) {
    const { judge } = await build({ materials: () => materials });
    const verdict = await judge();
    assert.equal(verdict.outcome, "deny");
    assert.deepEqual(codesOf(verdict), ["base/none-named"]);
  }
});

test("of several that fit, the one with the most layers is the base", async () => {
  const { judge, signBase } = await build({
    otherBase: ["os"],
    materials: (base, small) =>
      [small, base].map(({ digest }) => ({ uri: `pkg:docker/${BASE}@20`, digest: { sha256: digestHex(digest) } })),
  });
  await signBase();
  // Nobody has signed the smaller one.
  assert.equal((await judge()).outcome, "pass");
});

test("a base that cannot be asked for leaves the answer open", async () => {
  const { judge, signBase } = await build();
  await signBase();
  const verdict = await judge({ open: false });
  assert.equal(verdict.outcome, "unknown");
  assert.deepEqual(codesOf(verdict), ["base/unknown"]);
});

test("of an index the manifest that was built on counts, and the index is judged", async () => {
  const [apps, bases] = [openMemoryStore(), openMemoryStore()];
  const children = [await pushLayered(bases, ["os-arm", "node-arm"]), await pushLayered(bases, ["os", "node"])];
  const bytes = encodeJson({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: children });
  const index = { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length };
  await bases.pushManifest(index, bytes);
  const image = await pushLayered(apps, ["os", "node", "app"]);
  const reference = parseReference(`registry.example/app@${image.digest}`);
  const predicate = {
    buildDefinition: {
      buildType: "https://acme.io/build/v1",
      externalParameters: {},
      resolvedDependencies: [{ uri: `docker://${BASE}:20`, digest: { sha256: digestHex(index.digest) } }],
    },
    runDetails: { builder: { id: "https://acme.io/runner" } },
  };
  await attest(reference, { store: apps, signer: ci.signer, clock, predicateType: "https://slsa.dev/provenance/v1", predicate });
  const judge = (): Promise<Verdict> =>
    evaluate(reference, { store: apps, policy: policy(), trust, clock: { now: () => NOW }, openStore: () => Promise.resolve(bases) });
  assert.equal((await judge()).outcome, "deny");
  await sign(parseReference(`${BASE}@${index.digest}`), { store: bases, signer: upstream.signer, clock });
  assert.equal((await judge()).outcome, "pass");
  const failing = (code: "registry/unauthorized" | "registry/forbidden" | "registry/credentials" | "job/internal"): Promise<Verdict> =>
    evaluate(reference, {
      store: apps,
      policy: policy(),
      trust,
      clock: { now: () => NOW },
      openStore: () => Promise.reject(new CountersignError(code, "Cannot open it")),
    });
  for (const code of ["registry/unauthorized", "registry/forbidden"] as const) assert.equal((await failing(code)).outcome, "unknown");
  // What is set up wrongly here is no answer about the image.
  for (const code of ["registry/credentials", "job/internal"] as const) await assert.rejects(failing(code), { code });
});

function listed(hex: string): object {
  return { uri: `pkg:docker/${BASE}@20`, digest: { sha256: hex } };
}

test("what else went into the build is no base, and its registry is not asked", async () => {
  const tool = { uri: "pkg:docker/docker/dockerfile@1", digest: { sha256: "1".repeat(64) } };
  const { judge, signBase } = await build({ materials: ({ digest }) => [tool, listed(digestHex(digest))] });
  await signBase();
  assert.equal((await judge()).outcome, "pass");
});

test("where one of those named cannot be read, or there are too many, the base may be another", async () => {
  for (const others of [["1".repeat(64)], Array.from({ length: 32 }, (_, number) => number.toString(16).padStart(64, "0"))]) {
    const { judge, signBase } = await build({ materials: ({ digest }) => [listedBase(digestHex(digest)), ...others.map(listedBase)] });
    await signBase();
    const verdict = await judge();
    assert.equal(verdict.outcome, "unknown");
    assert.ok(codesOf(verdict).every((code) => code === "base/unknown"));
  }
});

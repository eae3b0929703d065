import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContentOf } from "../../core/evidence.ts";
import { Malformed } from "../../core/malformed.ts";
import { readContent } from "../content.ts";
import { parseGitUri } from "./git-uri.ts";

const COMMIT = "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d";
const OTHER = "d61b27b83955120000000000000000000000abcd";

function readV1(predicate: unknown): ContentOf<"provenance"> {
  return read("https://slsa.dev/provenance/v1", predicate);
}

function readV02(predicate: unknown): ContentOf<"provenance"> {
  return read("https://slsa.dev/provenance/v0.2", predicate);
}

function read(predicateType: string, predicate: unknown): ContentOf<"provenance"> {
  const content = readContent({ subjects: [], predicateType, predicate });
  assert.equal(content.kind, "provenance");
  return content.kind === "provenance" ? content : assert.fail();
}

/** As GitHub's `attest-build-provenance` writes it. */
const GITHUB = {
  buildDefinition: {
    buildType: "https://actions.github.io/buildtypes/workflow/v1",
    externalParameters: {
      workflow: { ref: "refs/heads/main", repository: "https://github.com/acme/shop", path: ".github/workflows/release.yml" },
    },
    internalParameters: { github: { event_name: "push", runner_environment: "github-hosted" } },
    resolvedDependencies: [{ uri: "git+https://github.com/acme/shop@refs/heads/main", digest: { gitCommit: COMMIT } }],
  },
  runDetails: {
    builder: { id: "https://github.com/acme/shop/.github/workflows/release.yml@refs/heads/main" },
    metadata: { invocationId: "https://github.com/acme/shop/actions/runs/1/attempts/1" },
  },
};

const SHOP = { uri: "git+https://github.com/acme/shop", commit: COMMIT, ref: "refs/heads/main" };

test("GitHub's workflow: the repository that was asked for, with the commit that was fetched", () => {
  assert.deepEqual(readV1(GITHUB), {
    kind: "provenance",
    builder: "https://github.com/acme/shop/.github/workflows/release.yml@refs/heads/main",
    buildType: "https://actions.github.io/buildtypes/workflow/v1",
    sources: [SHOP],
    materials: [],
  });
});

function withDependencies(resolvedDependencies: unknown, externalParameters: unknown = GITHUB.buildDefinition.externalParameters): unknown {
  return { ...GITHUB, buildDefinition: { ...GITHUB.buildDefinition, externalParameters, resolvedDependencies } };
}

const DEPENDENCIES = GITHUB.buildDefinition.resolvedDependencies;

test("what a build merely needed is no source, where the builder says what it was told to build", () => {
  const tool = { uri: "git+https://github.com/acme/trusted@refs/heads/main", digest: { gitCommit: OTHER } };
  const base = { uri: "pkg:docker/alpine@3.18", digest: { sha256: "a".repeat(64) } };
  const { sources, materials } = readV1(withDependencies([tool, ...DEPENDENCIES, base]));
  assert.deepEqual(sources, [SHOP]);
  assert.deepEqual(
    materials.map(({ uri }) => uri),
    [tool.uri, base.uri],
  );
});

test("a trusted dependency never stands in for the source that was asked for", () => {
  const trusted = { uri: "git+https://github.com/acme/trusted@refs/heads/main", digest: { gitCommit: OTHER } };
  assert.deepEqual(readV1(withDependencies([trusted])).sources, [{ uri: "git+https://github.com/acme/shop", ref: "refs/heads/main" }]);
  const otherRef = { uri: "git+https://github.com/acme/shop@refs/heads/evil", digest: { gitCommit: OTHER } };
  assert.deepEqual(readV1(withDependencies([otherRef])).sources, [{ uri: "git+https://github.com/acme/shop", ref: "refs/heads/main" }]);
});

test("a build type that names no source: all that lies in git is one", () => {
  const second = { uri: "git+https://git.example/lib", digest: { sha1: OTHER } };
  assert.deepEqual(readV1(withDependencies([...DEPENDENCIES, second], { runSpec: {} })).sources, [
    SHOP,
    { uri: "git+https://git.example/lib", commit: OTHER },
  ]);
  assert.deepEqual(readV1(withDependencies(null, null)).sources, []);
});

function asType(buildType: string, externalParameters: unknown, resolvedDependencies: unknown = DEPENDENCIES): unknown {
  return { ...GITHUB, buildDefinition: { buildType, externalParameters, resolvedDependencies } };
}

const GCB = "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1";

for (const [name, buildType, parameters] of [
  [
    "Google Cloud Build",
    GCB,
    {
      buildConfigSource: { repository: "https://github.com/acme/config", ref: "refs/heads/main" },
      sourceToBuild: { repository: "https://github.com/acme/shop", ref: "refs/heads/main" },
    },
  ],
  [
    "Google Cloud Build without a source of its own",
    GCB,
    { buildConfigSource: { repository: "git+https://github.com/acme/shop", ref: "refs/heads/main" } },
  ],
  [
    "the generators of SLSA",
    "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
    { source: { uri: "git+https://github.com/acme/shop@refs/heads/main", digest: { sha1: COMMIT } }, configPath: "x" },
  ],
  ["a source as text", "https://ci.acme.io/v1", { source: "git+https://github.com/acme/shop@refs/heads/main" }],
  [
    "the example of the specification",
    "https://example.com/Build/v1",
    { repository: "https://github.com/acme/shop", ref: "refs/heads/main" },
  ],
] as const) {
  test(`the source as ${name} says it`, () => {
    assert.deepEqual(readV1(asType(buildType, parameters)).sources, [SHOP]);
  });
}

const EVIL = { uri: "git+https://evil.example/x", digest: { gitCommit: OTHER } };
const WORKFLOW = GITHUB.buildDefinition.externalParameters.workflow;

function namesOf(predicate: unknown): readonly string[] {
  return readV1(predicate).sources.map(({ uri }) => uri);
}

test("where the platform names the source, no other parameter does", () => {
  for (const more of [{ source: "git+https://evil.example/x" }, { sourceToBuild: { repository: "https://evil.example/x" } }]) {
    const { buildType } = GITHUB.buildDefinition;
    assert.deepEqual(readV1(asType(buildType, { workflow: WORKFLOW, ...more })).sources, [SHOP]);
    assert.deepEqual(namesOf(asType(buildType, { ...more }, [EVIL])), [EVIL.uri]);
  }
});

test("where whoever starts a build may name the source, all that is named is one, and what was fetched if it is another", () => {
  const own = "https://ci.acme.io/v1";
  const shop = { source: "git+https://github.com/acme/shop" };
  assert.deepEqual(namesOf(asType(own, shop, [EVIL])), [SHOP.uri, EVIL.uri]);
  assert.deepEqual(namesOf(asType(own, { ...shop, configSource: { uri: EVIL.uri } })), [EVIL.uri, SHOP.uri]);
  assert.deepEqual(namesOf(asType(own, { workflow: WORKFLOW, source: EVIL.uri }, [])), [SHOP.uri, EVIL.uri]);
  assert.deepEqual(namesOf(asType(own, shop, [...DEPENDENCIES, EVIL])), [SHOP.uri], "what was merely needed is none");
  assert.deepEqual(namesOf(asType(own, shop, [])), [SHOP.uri], "a builder need not list what it fetched");
  const old = readV02({
    builder: { id: "https://ci.example/builder" },
    buildType: "https://mobyproject.org/buildkit@v1",
    invocation: { configSource: { uri: "https://github.com/acme/shop.git#main" } },
    materials: [EVIL],
  });
  assert.deepEqual(
    old.sources.map(({ uri }) => uri),
    ["git+https://github.com/acme/shop.git", EVIL.uri],
  );
});

test("BuildKit, both versions", () => {
  const configSource = { uri: "https://github.com/acme/shop.git#refs/heads/main:app", digest: { sha1: COMMIT } };
  const base = { uri: "pkg:docker/alpine@3.18?platform=linux%2Famd64", digest: { sha256: "a".repeat(64) } };
  const materials = [base, { uri: "https://github.com/acme/shop.git#refs/heads/main:app", digest: { sha1: COMMIT } }];
  const expected = [{ uri: "git+https://github.com/acme/shop.git", commit: COMMIT, ref: "refs/heads/main" }];
  const metadata = { buildStartedOn: "2026-01-02T03:04:05.678Z", buildFinishedOn: "2026-01-02T03:05:00Z", reproducible: false };
  const old = readV02({
    builder: { id: "https://ci.example/builder" },
    buildType: "https://mobyproject.org/buildkit@v1",
    invocation: { configSource: { ...configSource, entryPoint: "Dockerfile" }, parameters: { frontend: "dockerfile.v0" } },
    materials,
    metadata,
  });
  assert.deepEqual(old.sources, expected);
  assert.deepEqual(
    old.materials.map(({ uri }) => uri),
    [base.uri],
  );
  assert.equal(old.at?.toISOString(), "2026-01-02T03:05:00.000Z");
  const current = readV1({
    buildDefinition: {
      buildType: "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
      externalParameters: { configSource: { ...configSource, path: "Dockerfile" }, request: { frontend: "dockerfile.v0" } },
      resolvedDependencies: materials,
    },
    runDetails: { builder: { id: "https://ci.example/builder" }, metadata: { startedOn: "2026-01-02T03:04:05Z" } },
  });
  assert.deepEqual(current.sources, expected);
  assert.equal(current.at?.toISOString(), "2026-01-02T03:04:05.000Z", "the start where the end is not said");
});

test("a build of files that a client sent names no source", () => {
  const { sources } = readV1(
    withDependencies([{ uri: "pkg:docker/alpine@3.18", digest: { sha256: "a".repeat(64) } }], {
      configSource: { path: "Dockerfile" },
      request: {},
    }),
  );
  assert.deepEqual(sources, []);
});

test("Tekton's configuration may come from a catalogue, so that its git materials are the sources", () => {
  const { sources } = readV02({
    builder: { id: "https://tekton.dev/chains/v2" },
    buildType: "tekton.dev/v1beta1/TaskRun",
    invocation: { configSource: { uri: "git+https://github.com/tektoncd/catalog", digest: { sha1: OTHER }, entryPoint: "t.yaml" } },
    materials: [{ uri: "git+https://github.com/acme/shop.git", digest: { sha1: COMMIT } }],
  });
  assert.deepEqual(sources, [{ uri: "git+https://github.com/acme/shop.git", commit: COMMIT }]);
});

for (const [name, fault] of [
  ["no builder", { ...GITHUB, runDetails: {} }],
  ["an empty builder", { ...GITHUB, runDetails: { builder: { id: "" } } }],
  ["no build type", { ...GITHUB, buildDefinition: { ...GITHUB.buildDefinition, buildType: undefined } }],
  ["no build definition", { ...GITHUB, buildDefinition: null }],
  ["dependencies that are no list", withDependencies({})],
  ["a dependency that is no object", withDependencies(["x"])],
  ["a dependency with a broken digest", withDependencies([{ uri: "git+https://x.test/a", digest: { gitCommit: "zz" } }])],
  ["a dependency that names two commits", withDependencies([{ uri: `git+https://x.test/a@${COMMIT}`, digest: { gitCommit: OTHER } }])],
  ["parameters that are no object", withDependencies([], "x")],
  ["a workflow that is no object", withDependencies([], { workflow: 7 })],
  ["a time that is none", { ...GITHUB, runDetails: { ...GITHUB.runDetails, metadata: { finishedOn: "today" } } }],
] as const) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => readV1(fault),
      (error) => error instanceof Malformed && error.code === "statement/predicate",
    );
  });
}

test("the revision begins at the first @ of the path: a branch may hold another", () => {
  assert.deepEqual(parseGitUri("git+https://x.test/a/b@refs/heads/c@refs/heads/main"), {
    uri: "git+https://x.test/a/b",
    ref: "refs/heads/c@refs/heads/main",
  });
  assert.deepEqual(parseGitUri(`git+ssh://git@x.test/a@${COMMIT}#sub`), { uri: "git+ssh://git@x.test/a", commit: COMMIT });
  assert.deepEqual(parseGitUri("git+https://x.test/a"), { uri: "git+https://x.test/a" });
  for (const uri of ["https://x.test/a.tar.gz", "pkg:docker/alpine@3", "oci://x.test/a", ""])
    assert.equal(parseGitUri(uri), undefined, uri);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { diffPolicies, findNewOpener, type PolicyDiff } from "./diff.ts";
import { decodePolicy } from "./document.ts";
import type { Threshold } from "./thresholds.ts";

const SHOP = `
apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
products:
  shop/api: { build: "build.acme.io/api", prod: "prod.acme.io/api" }
people:
  ana: { certificate: { anchor: "ca:acme", subject: { CN: Ana, O: Acme } } }
  bo: { certificate: { anchor: "ca:acme", subject: { CN: Bo, O: Acme } } }
  cy: { certificate: { anchor: "ca:acme", subject: { CN: Cy, O: Acme } } }
parties:
  ci: { certificate: { anchor: "ca:acme", subject: { CN: ci, O: Acme } } }
  release: { people: [ana, bo, cy] }
gates:
  build: { needs: [ { signature: { by: ci } } ] }
  prod: { after: build, needs: [ { signature: { by: release, atLeast: 2 } } ] }
`;

async function diff(...changes: readonly (readonly [from: string, to: string])[]): Promise<PolicyDiff> {
  let changed = SHOP;
  for (const [from, to] of changes) {
    assert.ok(changed.includes(from), from);
    changed = changed.replace(from, to);
  }
  const [before, after] = await Promise.all([SHOP, changed].map((text) => decodePolicy(Buffer.from(text), { source: "shop.yaml" })));
  assert.ok(before && after);
  return diffPolicies(before.loaded, after.loaded);
}

test("order, comments, and what holds anyway are no change", async () => {
  assert.deepEqual(await diff(), { changes: [], gates: [] });
  const same = await diff(
    ["name: shop", "# the shop\nname: shop"],
    ["[ana, bo, cy]", "[cy, ana, bo]"],
    ["{ CN: Ana, O: Acme }", "{ O: Acme, CN: Ana }"],
    ["by: ci } }", "by: [ci], atLeast: 1 } }"],
    ["after: build,", "after: [build], checks: { expiry: enforce },"],
  );
  assert.deepEqual(same, { changes: [], gates: [] });
});

test("a smaller threshold opens the gate to fewer, and says to whom", async () => {
  const { changes, gates } = await diff(["atLeast: 2", "atLeast: 1"], ["version: 1\n", "version: 2\n"]);
  assert.deepEqual(changes, [
    { part: "policy", name: "", what: "version", was: "1", is: "2" },
    { part: "gate", name: "prod", what: "needs", was: "signature of any 2 of {ana, bo, cy}", is: "signature of any 1 of {ana, bo, cy}" },
  ]);
  assert.deepEqual(gates, [{ gate: "prod", was: 3, is: 2, easier: ["ci and ana open it, and did not before"] }]);
});

test("somebody more opens more, somebody else is told, somebody renamed is the same, somebody less is no gain", async () => {
  const more = await diff(
    ["people: [ana, bo, cy]", "people: [ana, bo, cy, dan]"],
    ["people:\n", 'people:\n  dan: { key: "SHA256:' + "A".repeat(43) + '" }\n'],
  );
  assert.deepEqual(more.gates, [{ gate: "prod", was: 3, is: 3, easier: ["ci and ana and dan open it, and did not before"] }]);
  const less = await diff(["people: [ana, bo, cy]", "people: [ana, bo]"]);
  assert.deepEqual([less.gates, less.changes.some(({ what, was }) => what === "people" && was === "cy")], [[], true]);
  const renamed = await diff(["ana: {", "anna: {"], ["[ana,", "[anna,"]);
  assert.ok(renamed.changes.length > 0);
  assert.deepEqual(renamed.gates, []);
  const moved = await diff(["CN: ci, O", "CN: ci2, O"]);
  assert.deepEqual(
    moved.gates.map(({ gate, easier }) => [gate, easier]),
    [
      ["build", ["ci (as known now) opens it, and did not before"]],
      ["prod", ["ci (as known now) and ana and bo open it, and did not before"]],
    ],
  );
});

test("one person who counts as two now makes it easier", async () => {
  const key = `key: "SHA256:${"A".repeat(43)}"`;
  const certificate = 'certificate: { anchor: "ca:acme", subject: { CN: Cy, O: Acme } }';
  const [one, two] = [
    SHOP.replace(`cy: { ${certificate} }`, `cy: { ${certificate}, ${key} }`),
    SHOP.replace(`cy: { ${certificate} }`, `cy: { ${certificate} }\n  cyrus: { ${key} }`).replace("[ana, bo, cy]", "[ana, bo, cy, cyrus]"),
  ];
  const [before, after] = await Promise.all([one, two].map((text) => decodePolicy(Buffer.from(text), { source: "shop.yaml" })));
  assert.ok(before && after);
  const [prod] = diffPolicies(before.loaded, after.loaded).gates;
  assert.match(prod?.easier[0] ?? "", /cyrus/);
});

test("a check that is weaker, and a gate before that is gone, make it easier; new gates are told", async () => {
  const logged = await diff([
    "build: { needs: [ { signature: { by: ci } } ] }",
    "build: { needs: [ { signature: { by: ci } } ], checks: { expiry: log } }",
  ]);
  assert.deepEqual(logged.changes, [{ part: "gate", name: "build", what: "checks.expiry", was: "enforce", is: "log" }]);
  // Of gates that are judged together the strictest counts, so prod is as it was.
  assert.deepEqual(logged.gates, [{ gate: "build", was: 1, is: 1, easier: ["expiry is log, and was enforce"] }]);
  const alone = await diff(["after: build, ", ""]);
  assert.deepEqual(alone.gates, [{ gate: "prod", was: 3, is: 2, easier: ["ana and bo open it, and did not before"] }]);
  const staging = await diff(["  prod: { after", "  staging: { after: build }\n  prod: { after"]);
  assert.deepEqual(staging.gates, [{ gate: "staging", is: 1, easier: [] }]);
});

test("a machine that signs for several products now makes it easier, whatever it is called now", async () => {
  const web = ["people:\n", '  shop/web: { build: "build.acme.io/web", prod: "prod.acme.io/web" }\npeople:\n'] as const;
  for (const name of ["ci", "builder"]) {
    const { gates } = await diff(web, ["  ci: {", `  ${name}: {`], ["by: ci", `by: ${name}`]);
    const easier = [`${name} signs for several products, and did not before`];
    assert.deepEqual(gates, [
      { gate: "build", was: 1, is: 1, easier },
      { gate: "prod", was: 3, is: 3, easier },
    ]);
  }
  // A machine that has its old name and is another one is told as such.
  const other = await diff(web, ["CN: ci, O", "CN: ci2, O"]);
  assert.deepEqual(other.gates[0]?.easier, ["ci (as known now) opens it, and did not before"]);
});

const NAMES = ["a", "b", "c", "d", "e"];
const THRESHOLD = fc.record({ of: fc.subarray(NAMES, { minLength: 1 }), atLeast: fc.integer({ min: 1, max: 3 }) });
const THRESHOLDS = fc.array(THRESHOLD, { maxLength: 4 });
const SETS = Array.from({ length: 2 ** NAMES.length }, (_, bits) => NAMES.filter((__, index) => (bits & (1 << index)) !== 0));

function meets(set: readonly string[], thresholds: readonly Threshold[]): boolean {
  return thresholds.every(({ of, atLeast }) => set.filter((name) => of.includes(name)).length >= atLeast);
}

test("a gate is easier exactly if some set opens it that did not, and the set that is told does", () => {
  fc.assert(
    fc.property(THRESHOLDS, THRESHOLDS, (before, after) => {
      const found = findNewOpener(before, after);
      assert.equal(
        found !== undefined,
        SETS.some((set) => meets(set, after) && !meets(set, before)),
      );
      if (found !== undefined) assert.deepEqual([meets(found, after), meets(found, before)], [true, false]);
    }),
  );
});

const WEB = ["  shop/api: {", '  shop/web: { build: "build.acme.io/web", prod: "prod.acme.io/web" }\n  shop/api: {'] as const;

async function compare(before: string, after: string): Promise<readonly (readonly [string, readonly string[]])[]> {
  const [old, now] = await Promise.all([before, after].map((text) => decodePolicy(Buffer.from(text), { source: "shop.yaml" })));
  assert.ok(old && now);
  return diffPolicies(old.loaded, now.loaded).gates.map(({ gate, easier }) => [gate, easier] as const);
}

const free = (names: string): string => `signatures by ${names} need no longer name the product shop/api`;

test("with one product less its signers need no longer name it, which makes the gates easier to open", async () => {
  const two = SHOP.replace(...WEB);
  assert.deepEqual(await compare(two, SHOP), [
    ["build", [free("ci")]],
    ["prod", [free("ci"), free("ana"), free("bo"), free("cy")]],
  ]);
  // The other way there is one reason already: machines that sign for several now; and of people nothing.
  assert.ok((await compare(SHOP, two)).every(([, easier]) => !easier.some((reason) => reason.includes("no longer"))));
  const both = two.replace("shop/web:", "shop/site:");
  assert.deepEqual(await compare(two, both), []);
  // A pattern that becomes one product, under another name.
  const pattern = SHOP.replace("version: 1", "version: 1\nsharedSigner: true").replace(
    'shop/api: { build: "build.acme.io/api", prod: "prod.acme.io/api" }',
    'shop/{app}: { build: "build.acme.io/{app}", prod: "prod.acme.io/{app}" }',
  );
  assert.deepEqual((await compare(pattern, SHOP))[0], ["build", [free("ci")]]);
});

const SCAN = "scan: { by: ci, maxAge: 24h, databaseMaxAge: 48h, deny: high, unless: { vex: { by: ana } } }";
const SBOM = 'sbom: { by: ci, licenses: { deny: [X11] }, packages: { deny: ["pkg:npm/x"] } }';
const EVIDENCE = SHOP.replace(
  "{ needs: [ { signature: { by: ci } } ] }",
  `{ needs: [ { signature: { by: ci } }, { ${SCAN} }, { ${SBOM} }, { test: { by: ci } }, { image: { user: nonroot, ports: [80] } }, { provenance: { by: ci, builder: b } } ] }`,
).replace("\ngates:", "\nrules: [ { name: r, gate: build, expr: 'now.getHours() < 16', message: no } ]\ngates:");

function weaken(from: string, to: string): ReturnType<typeof compare> {
  assert.equal(EVIDENCE.split(from).length, 2, from);
  return compare(EVIDENCE, EVIDENCE.replace(from, to));
}

test("what is asked of evidence and does less, or is gone, makes a gate easier; what does more does not", async () => {
  const weaker = [
    ["maxAge: 24h", "maxAge: 25h"],
    ["maxAge: 24h, ", ""],
    ["databaseMaxAge: 48h", "databaseMaxAge: 3d"],
    ["deny: high", "deny: critical"],
    ["deny: high", "deny: high, unknownSeverity: allow"],
    ["vex: { by: ana }", "vex: { by: [ana, bo] }"],
    ["scan: { by: ci,", "scan: { by: [ci, ana],"],
    [`, { ${SCAN} }`, ""],
    ["deny: [X11]", "deny: [X11], unknown: allow"],
    ["deny: [X11]", "deny: [MIT]"],
    ["licenses: { deny: [X11] }, ", ""],
    ['packages: { deny: ["pkg:npm/x"] }', 'packages: { deny: ["pkg:npm/y"] }'],
    ["test: { by: ci }", "test: { by: ci, result: warned }"],
    ["test: { by: ci }", "test: { by: ci, asserted: { by: ci } }"],
    ["user: nonroot, ", ""],
    ["ports: [80]", "ports: [80, 81]"],
    ["builder: b", "builder: c"],
    [", builder: b", ""],
    ["< 16", "< 18"],
  ] as const;
  for (const [from, to] of weaker) {
    const gates = await weaken(from, to);
    assert.deepEqual(
      gates.map(([gate]) => gate),
      ["build", "prod"],
      `${from} -> ${to}`,
    );
    for (const [, easier] of gates)
      assert.match(easier.join("; "), /not all of this is asked for any more|is asked no longer|open/, `${from} -> ${to}`);
  }
  const stricter = [
    ["maxAge: 24h", "maxAge: 12h"],
    ["deny: high", "deny: low"],
    [", unless: { vex: { by: ana } }", ""],
    ["deny: [X11]", "deny: [X11, MIT]"],
    ["deny: [X11]", "deny: [X11], allow: [MIT]"],
    ["ports: [80]", "ports: []"],
    ["test: { by: ci }", "test: { by: ci, maxAge: 7d }"],
    ["builder: b", "builder: b, buildType: t"],
    ["version: 1\n", "version: 2\n"],
    ["message: no", "message: not now"],
  ] as const;
  for (const [from, to] of stricter) assert.deepEqual(await weaken(from, to), [], `${from} -> ${to}`);
});

test("what is asked of evidence is told in words", async () => {
  const [before, after] = await Promise.all([SHOP, EVIDENCE].map((text) => decodePolicy(Buffer.from(text), { source: "shop.yaml" })));
  assert.ok(before && after);
  const { changes } = diffPolicies(before.loaded, after.loaded);
  assert.deepEqual(
    changes.map(({ what, is }) => `${what}: ${is}`),
    [
      "needs: an image that runs as another user than root and listens on no other port than 80/tcp",
      "needs: provenance by ci, built by b",
      "needs: an SBOM by ci, without pkg:npm/x, without licences X11, and no unknown licence",
      "needs: a scan by ci, no older than 24h, its database no older than 48h, without findings of severity high or worse or unknown, unless excused by a VEX statement by ana",
      "needs: a test result by ci, passed",
      "rule r: now.getHours() < 16: no",
    ],
  );
});

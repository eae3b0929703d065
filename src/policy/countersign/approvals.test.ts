import assert from "node:assert/strict";
import { test } from "node:test";
import { CountersignError } from "../../core/errors.ts";
import { parseDigest } from "../../core/digest.ts";
import type { Selection } from "../../core/policy.ts";
import type { RequirementReport } from "../../core/verdict.ts";
import { decideAll, decideGates } from "../decide.ts";
import { toContainers } from "./containers.ts";
import { diffPolicies } from "./diff.ts";
import { type CountersignPolicy, decodePolicy } from "./document.ts";
import { whoCan } from "./who-can.ts";

const POLICY = `
apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
products:
  shop: { build: "build.acme.io/shop", prod: "prod.acme.io/shop" }
people:
  ana: { certificate: { anchor: "ca:acme", subject: { CN: Ana, O: Acme } } }
  bo: { certificate: { anchor: "ca:acme", subject: { CN: Bo, O: Acme } } }
  cy: { certificate: { anchor: "ca:acme", subject: { CN: Cy, O: Acme } } }
parties:
  ci: { certificate: { anchor: "ca:acme", subject: { CN: ci, O: Acme } } }
  release: { people: [ana, bo, cy] }
gates:
  build:
    needs:
      - provenance: { by: ci, builder: "https://ci.acme.io/runner", source: "git+https://git.acme.io/shop", ref: refs/heads/main }
      - scan: { by: ci, deny: critical }
    approve: { by: [ana, bo], valid: 7d }
  prod:
    after: build
    approve: { by: release, atLeast: 2, not: [author, builder, approver-of: build], valid: 72h, evidence: exact }
    stay: { scan: { maxAge: 14d }, superseded: 30d }
exceptions: { by: release, for: [scan], max: 30d }
breakGlass: { by: cy, waive: [scan, approvals, revocation/unknown], max: 4h, afterwards: { by: release, within: 24h }, stayMax: 7d }
`;

type Edit = readonly [from: string | RegExp, to: string];

function edited(changes: readonly Edit[]): string {
  return changes.reduce((rest, [from, to]) => {
    const next = rest.replace(from, to);
    assert.notEqual(next, rest, String(from));
    return next;
  }, POLICY);
}

function load(...changes: readonly Edit[]): Promise<CountersignPolicy> {
  return decodePolicy(Buffer.from(edited(changes)), { source: "shop.yaml" });
}

async function problemsOf(...changes: readonly Edit[]): Promise<readonly string[]> {
  const error: unknown = await load(...changes).catch((reason: unknown) => reason);
  assert.ok(error instanceof CountersignError, "it was not refused");
  const problems = error.detail["problems"] as readonly Readonly<Record<string, string>>[];
  return problems.map(({ member, state, remedy }) => {
    assert.ok(remedy !== undefined && remedy !== "");
    return `${member} ${state}`;
  });
}

function approvalsAt(selection: Selection): readonly RequirementReport[] {
  assert.equal(selection.kind, "gate");
  if (selection.kind !== "gate") return [];
  const gates = [...selection.before, selection.gate].map((gate) => ({
    ...gate,
    requirements: gate.requirements.filter(({ kind }) => kind === "approval"),
  }));
  return decideGates(gates, {
    signatures: [],
    coverage: { complete: true, unexamined: 0 },
    place: { now: new Date(), subject: parseDigest(`sha256:${"ab".repeat(32)}`), repository: "prod.acme.io/shop" },
  });
}

test("approvals are asked for, and where nobody has looked whether they are there is not known", async () => {
  const policy = await load();
  const reports = approvalsAt(policy.select("prod.acme.io/shop"));
  assert.equal(decideAll(reports), "unknown");
  assert.deepEqual(
    reports.map(({ gate, kind, name, by, atLeast, outcome, missing }) => [gate, kind, name, by, atLeast, outcome, ...missing]),
    [
      ["build", "approval", "approvals", "ana, bo", 1, "unknown", "it was not looked at"],
      ["prod", "approval", "approvals", "release (ana, bo, cy)", 2, "unknown", "it was not looked at"],
    ],
  );
  const selection = policy.select("prod.acme.io/shop");
  const asked = selection.kind === "gate" ? selection.gate.requirements.map((one) => ("asks" in one ? one.asks : "")) : [];
  assert.deepEqual(asked, [
    "approval by 2 of release (ana, bo, cy), by no approver of build, author, builder, valid for 72h, of exactly the evidence that is there",
  ]);
});

test("a gate may ask for approvals alone", async () => {
  const policy = await load(
    [/ {4}needs:\n.*\n.*\n/, ""],
    [", not: [author, builder, approver-of: build]", ""],
    ["scan: { maxAge: 14d }, ", ""],
    [/\nexceptions.*\nbreakGlass.*\n/, "\n"],
  );
  assert.equal(decideAll(approvalsAt(policy.select("build.acme.io/shop"))), "unknown");
});

test("approvals that nobody could give, or that rest on nothing, are refused", async () => {
  const approve = "gates.prod.approve";
  const rows: readonly (readonly [problem: string, ...changes: readonly Edit[]])[] = [
    [`${approve} has no valid, which an approval requirement needs`, [", valid: 72h", ""]],
    [`${approve}.valid is "3 days", which is no length of time`, ["valid: 72h", "valid: 3 days"]],
    // No time could be told that is so far off.
    [`${approve}.valid is "99999999d", which is no length of time`, ["valid: 72h", "valid: 99999999d"]],
    [`${approve}.by names "relase", which is no party or person`, ["by: release, atLeast", "by: relase, atLeast"]],
    [`${approve}.by is empty`, ["by: release, atLeast", "by: [], atLeast"]],
    [`${approve}.by means ci, which is a machine, and an approval is a decision of people`, ["by: release, atLeast", "by: ci, atLeast"]],
    [`${approve}.atLeast wants 4 approvals, and only 3 are asked`, ["atLeast: 2", "atLeast: 4"]],
    [`${approve}.atLeast is 0, and must be a whole number of at least 1`, ["atLeast: 2", "atLeast: 0"]],
    [`${approve}.evidence is "newest", and must be exact`, ["evidence: exact", "evidence: newest"]],
    [`${approve}.not[0] is "authors", and must be author or builder`, ["not: [author,", "not: [authors,"]],
    [`${approve}.not[1] has "author" again`, ["[author, builder", "[author, author, builder"]],
    [`${approve}.not[2].approver-of names the gate "bild", which the policy does not have`, ["approver-of: build", "approver-of: bild"]],
    [
      `${approve}.not[2].approver-of is "prod", which is no gate before this one that asks for approvals`,
      ["approver-of: build", "approver-of: prod"],
    ],
    [
      `${approve}.not[2].approver-of is "build", which is no gate before this one that asks for approvals`,
      [/\n {4}approve: \{ by: \[ana, bo\].*/, ""],
    ],
    // Both of them have approved the build, and one is left.
    [
      `${approve}.not[0] leaves 1 of release (ana, bo, cy) where 2 must approve: the others are needed before`,
      ["by: [ana, bo], valid", "by: [ana, bo], atLeast: 2, valid"],
    ],
    [
      `${approve}.not[0] needs to know the commits, and neither the gate nor one before it asks for provenance with builder, source and ref`,
      [", ref: refs/heads/main", ""],
    ],
    [
      `${approve}.not[0] needs to know the commits, and neither the gate nor one before it asks for provenance with builder, source and ref`,
      ['builder: "https://ci.acme.io/runner", ', ""],
    ],
    [
      `${approve}.not[0] needs to know the builder, and neither the gate nor one before it asks for provenance`,
      ["[author, builder", "[builder"],
      [/\n.*provenance.*/, ""],
    ],
    ["gates.prod.stay asks for nothing", [/stay: .*/, "stay: {}"]],
    ["gates.prod.stay.scan has no maxAge, which a scan while it runs needs", ["{ maxAge: 14d }", "{}"]],
    [
      "gates.prod.stay asks for a scan, and neither the gate nor one before it does",
      [/\n.*- scan.*/, ""],
      ["[scan]", "[provenance]"],
      ["[scan, ", "["],
    ],
    ["gates.prod.stay.superseded is the number 30, and must be text", ["superseded: 30d", "superseded: 30"]],
    ["exceptions has no max, which exceptions needs", ["[scan], max: 30d", "[scan]"]],
    [
      "exceptions.by means ci, which is a machine, and an exception is a decision of people",
      ["exceptions: { by: release", "exceptions: { by: ci"],
    ],
    ['exceptions.for[0] is "scans", which is no requirement', ["for: [scan]", "for: [scans]"]],
    ['exceptions.for[0] is "sbom", which no gate asks for', ["for: [scan]", "for: [sbom]"]],
    ['exceptions.for[1] names "scan" again', ["for: [scan]", "for: [scan, scan]"]],
    ...["integrity", "subject", "authenticity", "identity", "time", "log", "revoked", "revocation"].map((name): readonly [string, Edit] => [
      `exceptions.for[0] is "${name}", which nobody may waive`,
      ["for: [scan]", `for: [${name}]`],
    ]),
    ['exceptions.for[0] is "revocation/unknown", which is no requirement', ["for: [scan]", "for: [revocation/unknown]"]],
    ['breakGlass.waive[2] is "revoked", which nobody may waive', ["revocation/unknown", "revoked"]],
    ["breakGlass.waive is empty", [/waive: \[.*\], max/, "waive: [], max"]],
    ["breakGlass has no afterwards, which an emergency needs", [/afterwards: \{.*\}, /, ""]],
    ["breakGlass.afterwards has no within, which an approval afterwards needs", [", within: 24h", ""]],
    ["breakGlass has no stayMax, which an emergency needs", [", stayMax: 7d", ""]],
    ["breakGlass ends (stayMax) before the time for the approval afterwards (within) is over", ["stayMax: 7d", "stayMax: 23h"]],
    ['breakGlass.by names "oncall", which is no party or person', ["by: cy", "by: oncall"]],
    ['breakGlass.afterwards.by names "ops", which is no party or person', ["afterwards: { by: release", "afterwards: { by: ops"]],
  ];
  for (const [problem, ...changes] of rows) assert.deepEqual(await problemsOf(...changes), [problem]);
  for (const name of ["[approvals]", "[scan, approvals, provenance]"]) await load(["for: [scan]", `for: ${name}`]);
});

async function gatesOf(...changes: readonly Edit[]): Promise<unknown> {
  const { gates } = whoCan((await load(...changes)).loaded);
  return gates.map(({ gate, needs, others, fewest }) => [
    gate,
    needs.map(({ of, atLeast }) => `${atLeast} of ${of.join()}`).join("; "),
    others.map((way) => `${way.by}: ${way.fewest.sets.map((set) => set.join()).join("; ")}`),
    fewest.sets.map((set) => set.join()),
    fewest.isExact,
  ]);
}

test("whoever opens a gate must approve it, or break the glass; nobody counts for two that are to be apart", async () => {
  const glass = "breakGlass: ci,cy";
  const [ci, build, release] = ["1 of ci", "1 of ana,bo", "2 of ana,bo,cy"];
  assert.deepEqual(await gatesOf(), [
    ["build", [ci, build].join("; "), [glass], ["ci,ana", "ci,bo", "ci,cy"], true],
    ["prod", [ci, build, release].join("; "), [glass], ["ci,cy"], true],
  ]);
  const noGlass: Edit = [/\nbreakGlass.*/, ""];
  assert.deepEqual(await gatesOf(noGlass), [
    ["build", [ci, build].join("; "), [], ["ci,ana", "ci,bo"], true],
    // Whoever approves the build may not again, so that it takes all three.
    ["prod", [ci, build, release].join("; "), [], ["ci,ana,bo,cy"], true],
  ]);
  assert.deepEqual(await gatesOf(noGlass, [", not: [author, builder, approver-of: build]", ""]), [
    ["build", [ci, build].join("; "), [], ["ci,ana", "ci,bo"], true],
    ["prod", [ci, release].join("; "), [], ["ci,ana,bo", "ci,ana,cy", "ci,bo,cy"], true],
  ]);
  // An exception of a scan excuses a finding, and the scan is still to be made; one of approvals is another way.
  assert.deepEqual(await gatesOf(noGlass, ["for: [scan]", "for: [scan, approvals]"]), [
    ["build", [ci, build].join("; "), ["exception: ci,ana; ci,bo; ci,cy"], ["ci,ana", "ci,bo", "ci,cy"], true],
    ["prod", [ci, build, release].join("; "), ["exception: ci,ana; ci,bo; ci,cy"], ["ci,ana", "ci,bo", "ci,cy"], true],
  ]);
});

test("what is asked of approvals and does less makes a gate easier; all of it is told", async () => {
  const before = await load();
  const diff = async (...changes: readonly Edit[]) => {
    const { changes: told, gates } = diffPolicies(before.loaded, (await load(...changes)).loaded);
    return {
      told: told.map(({ part, name, what }) => [part, name, what].filter((text) => text !== "").join(" ")),
      easier: gates.flatMap(({ easier }) => easier),
    };
  };
  const lost = [
    "not all of this is asked for any more: approval by any 2 of {ana, bo, cy}, by no approver of build, author, builder, valid for 72h, of exactly the evidence that is there",
  ];
  for (const change of [
    ["author, ", ""],
    [", approver-of: build", ""],
    ["valid: 72h", "valid: 73h"],
    [", evidence: exact", ""],
  ] satisfies Edit[])
    assert.deepEqual(await diff(change), { told: ["gate prod approve"], easier: lost });
  assert.deepEqual((await diff(["atLeast: 2", "atLeast: 1"])).easier, ["ci and ana open it, and did not before"]);
  assert.deepEqual(await diff(["valid: 72h", "valid: 71h"]), { told: ["gate prod approve"], easier: [] });
  assert.deepEqual(await diff(["superseded: 30d", "superseded: 31d"]), { told: ["gate prod stay"], easier: [] });
  assert.deepEqual(await diff([", superseded: 30d", ""]), { told: ["gate prod stay"], easier: [] });
  assert.deepEqual(await diff(["for: [scan]", "for: [scan, approvals]"]), { told: ["policy exceptions"], easier: [] });
  assert.deepEqual(await diff(["max: 4h", "max: 5h"]), { told: ["policy breakGlass"], easier: [] });
  assert.deepEqual(await diff(["within: 24h", "within: 25h"]), { told: ["policy breakGlass"], easier: [] });
  assert.deepEqual(await diff([/\nbreakGlass.*/, ""]), { told: ["policy breakGlass"], easier: [] });
  const [alone, excepting] = await Promise.all([
    load([/\nbreakGlass.*/, ""]),
    load([/\nbreakGlass.*/, ""], ["for: [scan]", "for: [scan, approvals]"]),
  ]);
  assert.deepEqual(
    diffPolicies(alone.loaded, excepting.loaded).gates.flatMap(({ gate, was, is, easier }) => [gate, was, is, ...easier]),
    ["prod", 4, 2, "ci and ana can open it by another way than before"],
  );
});

test("two documents that ask the same of approvals have one loaded form", async () => {
  const { loaded } = await load();
  const same = await load(
    ["[author, builder, approver-of: build]", "[ { approver-of: build }, builder, author ]"],
    ["valid: 72h", "valid: 3d"],
    ["by: [ana, bo], valid", "by: [bo, ana], atLeast: 1, valid"],
    ["waive: [scan, approvals, revocation/unknown]", "waive: [revocation/unknown, approvals, scan]"],
  );
  assert.deepEqual(same.loaded, loaded);
});

test("another reader of policies lets nothing through that needs approvals, and says what it leaves out", async () => {
  const { policy, losses } = toContainers(await load());
  assert.deepEqual(Object.values(policy.transports.docker), [[{ type: "reject" }], [{ type: "reject" }]]);
  const told = losses.map(({ name, message }) => `${name}: ${message}`);
  assert.ok(
    told.includes("prod.acme.io/shop: gate prod: it asks for approvals, and only signatures can be asked for: refused"),
    told.join("\n"),
  );
  for (const name of ["exceptions", "breakGlass"]) assert.ok(losses.some((loss) => loss.name === name));
});

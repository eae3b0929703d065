/** Who opens a gate, told from the policy, is who opens it when everybody really tries: every set of people and machines says all that it can, and the engine decides. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { StatementHead } from "../../src/core/decision.ts";
import { parseDigest } from "../../src/core/digest.ts";
import { CountersignError } from "../../src/core/errors.ts";
import type { Content } from "../../src/core/evidence.ts";
import type { Gate, Selection } from "../../src/core/policy.ts";
import { decideApprovals } from "../../src/policy/approvals/decide.ts";
import { type CountersignPolicy, decodePolicy } from "../../src/policy/countersign/document.ts";
import { whoCan } from "../../src/policy/countersign/who-can.ts";
import { decideAll, decideGates } from "../../src/policy/decide.ts";
import type { EvidenceSeen, ExaminedEvidence } from "../../src/policy/evidence-seen.ts";
import { waiverRules } from "../../src/policy/waivable.ts";
import { waivingBy } from "../../src/policy/waivers/at-gate.ts";
import { commit, commitId, digest, evidenceOf, HOUR, IMAGE, NOW, signatureBy } from "../approvals/scene.ts";

const PEOPLE = ["ana", "bo", "cy"];
const MACHINES = ["ci", "bot"];
const ALL = [...PEOPLE, ...MACHINES];

type Json = Readonly<Record<string, unknown>>;

/** A fingerprint that is nobody else's. */
function keyOf(name: string): string {
  return `SHA256:${Buffer.from(digest(`key of ${name}`).slice(7), "hex")
    .toString("base64")
    .slice(0, 43)}`;
}

const BY = fc.subarray(ALL, { minLength: 1, maxLength: 3 });
const NEED = fc.oneof(
  fc.record({ signature: fc.record({ by: BY, atLeast: fc.integer({ min: 1, max: 2 }) }) }),
  fc.record({ test: fc.record({ by: BY, result: fc.constant("passed") }) }),
  fc.record({ scan: fc.record({ by: BY, deny: fc.constant("critical") }) }),
);
const PROVENANCE = BY.map((by) => ({
  provenance: { by, builder: "https://ci.acme.io", source: "git+https://git.acme.io/api", ref: "refs/heads/main" },
}));
const APPROVE = (not: readonly string[]): fc.Arbitrary<Json | undefined> =>
  fc.option(
    fc.record({
      by: fc.subarray(PEOPLE, { minLength: 1 }),
      atLeast: fc.integer({ min: 1, max: 2 }),
      valid: fc.constant("72h"),
      not: fc.subarray([...not]),
    }),
    { nil: undefined, freq: 3 },
  );
const KINDS = ["signature", "provenance", "test", "scan", "approvals"];
const WAIVER = fc.option(
  fc.record({ by: fc.subarray(PEOPLE, { minLength: 1, maxLength: 2 }), kinds: fc.subarray(KINDS, { minLength: 1, maxLength: 2 }) }),
  {
    nil: undefined,
    freq: 2,
  },
);

interface GateParts {
  readonly needs: readonly Json[];
  readonly approve: Json | undefined;
}

const DOCUMENT = fc
  .record({
    build: fc.record({ needs: fc.array(fc.oneof(NEED, PROVENANCE), { minLength: 1, maxLength: 3 }), approve: APPROVE([]) }),
    testing: fc.option(fc.record({ needs: fc.array(NEED, { minLength: 1, maxLength: 1 }), approve: APPROVE(["builder"]) }), {
      nil: undefined,
    }),
    prod: fc.record({
      needs: fc.array(NEED, { minLength: 1, maxLength: 1 }),
      approve: APPROVE(["author", "builder", "approver-of: build", "approver-of: test"]),
    }),
    exceptions: WAIVER,
    breakGlass: WAIVER,
  })
  .map(({ build, testing, prod, exceptions, breakGlass }) => {
    const gates: Readonly<Record<string, GateParts>> = { build, ...(testing === undefined ? {} : { test: testing }), prod };
    const asked = new Set(Object.values(gates).flatMap(kindsOf));
    return {
      apiVersion: "countersign.dev/v1",
      kind: "Policy",
      name: "shop",
      version: 1,
      products: { "shop/api": { build: "build.acme.io/api", prod: "prod.acme.io/api" } },
      // Somebody else writes the commits.
      people: Object.fromEntries([...PEOPLE.map((name) => [name, { key: keyOf(name) }]), ["dev", { git: [{ ssh: keyOf("dev") }] }]]),
      parties: Object.fromEntries(MACHINES.map((name) => [name, { key: keyOf(name) }])),
      gates: Object.fromEntries(Object.keys(gates).map((name) => [name, gateOf(name, gates)])),
      ...waiverOf("exceptions", exceptions, asked),
      ...waiverOf("breakGlass", breakGlass, asked),
    };
  });

function kindsOf({ needs, approve }: GateParts): readonly string[] {
  return [...needs.flatMap((need) => Object.keys(need)), ...(approve === undefined ? [] : ["approvals"])];
}

/** Without what no policy may say. */
function gateOf(name: string, gates: Readonly<Record<string, GateParts>>): Json {
  const { needs = [], approve } = gates[name] ?? {};
  const after = { build: [], test: ["build"], prod: Object.keys(gates).filter((one) => one !== "prod") }[name] ?? [];
  const hasProvenance = gates["build"] !== undefined && kindsOf(gates["build"]).includes("provenance");
  const not = ((approve?.["not"] ?? []) as readonly string[]).flatMap((one): readonly unknown[] => {
    const before = one.split("approver-of: ")[1];
    if (before === undefined) return hasProvenance ? [one] : [];
    return gates[before]?.approve === undefined ? [] : [{ "approver-of": before }];
  });
  const { not: _, ...asked } = approve ?? {};
  return {
    ...(after.length === 0 ? {} : { after }),
    needs: needs.map(reachable),
    ...(approve === undefined ? {} : { approve: { ...clamped(asked), ...(not.length === 0 ? {} : { not }) } }),
  };
}

function reachable(need: Json): Json {
  return Object.fromEntries(Object.entries(need).map(([kind, asked]) => [kind, kind === "signature" ? clamped(asked as Json) : asked]));
}

function clamped(asked: Json): Json {
  return { ...asked, atLeast: Math.min(Number(asked["atLeast"]), (asked["by"] as readonly string[]).length) };
}

function waiverOf(
  name: "exceptions" | "breakGlass",
  waiver: { readonly by: readonly string[]; readonly kinds: readonly string[] } | undefined,
  asked: ReadonlySet<string>,
): Json {
  const kinds = waiver?.kinds.filter((kind) => asked.has(kind)) ?? [];
  if (waiver === undefined || kinds.length === 0) return {};
  if (name === "exceptions") return { exceptions: { by: waiver.by, for: kinds, max: "30d" } };
  return { breakGlass: { by: waiver.by, waive: kinds, max: "4h", afterwards: { by: PEOPLE, within: "24h" }, stayMax: "7d" } };
}

/** Too few may be left for a policy to load: that is for other tests. */
async function load(document: unknown): Promise<CountersignPolicy | undefined> {
  try {
    return await decodePolicy(Buffer.from(JSON.stringify(document)), { source: "shop.yaml" });
  } catch (error) {
    if (error instanceof CountersignError && error.code === "policy/invalid") return undefined;
    throw error;
  }
}

function signed(name: string): ReturnType<typeof signatureBy> {
  return signatureBy(MACHINES.includes(name) ? `${name}:` : name);
}

/** What one does where doing all would keep one out of something. */
interface Acts {
  readonly isBuilder: boolean;
  readonly approves: readonly string[];
}

function headAt({ head }: Gate): StatementHead & { readonly gateTerms: ReturnType<typeof parseDigest> } {
  assert.ok(head?.policyChain !== undefined);
  return { ...head, policyChain: head.policyChain };
}

/** All that they can say; what they would rather not have said they do not say. */
function sayAll(joined: readonly string[], acts: ReadonlyMap<string, Acts>, gates: readonly Gate[]): readonly ExaminedEvidence[] {
  const sources = [{ uri: "git+https://git.acme.io/api", commit: commitId("c"), ref: "refs/heads/main" }];
  const provenance: Content = { kind: "provenance", builder: "https://ci.acme.io", sources, materials: [] };
  const documents: Readonly<Record<string, Content>> = {
    test: { kind: "test", result: "passed", failed: [], passed: 1, at: NOW },
    scan: { kind: "scan", scanner: "any", at: NOW, databaseAt: NOW, findings: [] },
    source: {
      kind: "source",
      head: commitId("c"),
      commits: [commit("c", "dev", { signature: { kind: "ssh", fingerprint: keyOf("dev") } })],
      tags: [],
    },
  };
  return joined.flatMap((name) => [
    ...Object.entries(documents).map(([what, content]) => evidenceOf(`${what} by ${name}`, content, [signed(name)])),
    ...(acts.get(name)?.isBuilder === false ? [] : [evidenceOf(`provenance by ${name}`, provenance, [signed(name)])]),
    ...(acts.get(name)?.approves ?? []).map((at) => approvalBy(name, gateNamed(gates, at))),
    ...(PEOPLE.includes(name) ? gates.flatMap((one) => [false, true].map((isBreakGlass) => waive(name, { gate: one, isBreakGlass }))) : []),
  ]);
}

function gateNamed(gates: readonly Gate[], wanted: string): Gate {
  const found = gates.find(({ name }) => name === wanted);
  assert.ok(found);
  return found;
}

function approvalBy(name: string, at: Gate): ExaminedEvidence {
  const { gateTerms, ...head } = headAt(at);
  const signedAt = new Date(NOW.getTime() - HOUR);
  const said = { head, signedAt, policyDigest: head.policyChain, gateTerms, decision: "approved", despite: false } as const;
  const content: Content = { kind: "approval", at: signedAt, ...said, evidence: [], supersedes: [], overrules: [] };
  return evidenceOf(`${name} approves ${at.name}`, content, [signed(name)]);
}

function waive(name: string, { gate: at, isBreakGlass }: { readonly gate: Gate; readonly isBreakGlass: boolean }): ExaminedEvidence {
  const { gateTerms: _, ...head } = headAt(at);
  const signedAt = new Date(NOW.getTime() - HOUR / 4);
  const expiresOn = new Date(NOW.getTime() + HOUR);
  const said = { head, signedAt, policyDigest: head.policyChain, waives: KINDS, isBreakGlass, expiresOn, reason: "we want it" };
  return evidenceOf(`${name} waives at ${at.name} ${isBreakGlass}`, { kind: "exception", at: signedAt, ...said }, [signed(name)]);
}

class World {
  readonly #gates: readonly Gate[];
  readonly #selection: Extract<Selection, { kind: "gate" }>;
  readonly #policyDigest: string;
  tried = 0;

  constructor(policy: CountersignPolicy, gate: string) {
    const selection = policy.select(gate === "build" ? "build.acme.io/api" : "prod.acme.io/api", gate);
    assert.ok(selection.kind === "gate" && policy.chain !== undefined);
    const policyChain = parseDigest(policy.chain);
    this.#selection = selection;
    this.#policyDigest = policy.digest;
    this.#gates = [...selection.before, selection.gate].map((one) =>
      one.head === undefined ? one : { ...one, head: { ...one.head, policyChain } },
    );
  }

  /** Whether they find some way. */
  opens(joined: readonly string[]): boolean {
    const approving = this.#gates.flatMap(({ name, requirements }) =>
      requirements.flatMap((one) => (one.kind === "approval" ? [{ name, by: one.by, not: one.not }] : [])),
    );
    const mattersWho = approving.some(({ not }) => not.builder || not.approverOf.length > 0);
    const choices = joined.map((name): readonly (readonly [string, Acts])[] => {
      const own = approving.filter(({ by }) => by.includes(name)).map((one) => one.name);
      const all: Acts = { isBuilder: true, approves: own };
      if (!mattersWho || !PEOPLE.includes(name)) return [[name, all]];
      const some = Array.from({ length: 2 ** own.length }, (_, bits) => own.filter((__, index) => (bits & (1 << index)) !== 0));
      return some.flatMap((approves) => [true, false].map((isBuilder) => [name, { isBuilder, approves }] as const));
    });
    return everyChoice(choices).some((acts) => this.#passes(joined, new Map(acts)));
  }

  #passes(joined: readonly string[], acts: ReadonlyMap<string, Acts>): boolean {
    this.tried += 1;
    const image = { subject: IMAGE, isChild: false, evidence: sayAll(joined, acts, this.#gates), gaps: [] };
    const evidence: EvidenceSeen = { now: NOW, image, runnable: [image], gaps: [] };
    const { people = { committers: [] } } = this.#selection;
    const rules = waiverRules(this.#gates, people);
    const reports = decideGates(this.#gates, {
      signatures: joined.map(signed),
      coverage: { complete: true, unexamined: 0 },
      evidence,
      place: { now: NOW, subject: IMAGE, repository: "prod.acme.io/api" },
      approvals: (requirement, around) => decideApprovals(requirement, around, { policyDigest: this.#policyDigest, people }),
      waiving: rules && waivingBy(rules),
    });
    return decideAll(reports) === "pass";
  }
}

function everyChoice<T>(choices: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return choices.reduce<readonly (readonly T[])[]>((all, some) => all.flatMap((one) => some.map((choice) => [...one, choice])), [[]]);
}

/** By trying: of every size the sets that open it, up to the smallest. */
function smallest(world: World): readonly string[] {
  const sets = Array.from({ length: 2 ** ALL.length }, (_, bits) => ALL.filter((__, index) => (bits & (1 << index)) !== 0));
  for (let size = 0; size <= ALL.length; size += 1) {
    const open = sets.filter((set) => set.length === size && world.opens(set));
    if (open.length > 0) return open.map((set) => set.toSorted().join());
  }
  return [];
}

test("the fewest who open a gate are those who open it when everybody really tries", async () => {
  const seen = { loaded: 0, apart: 0, waived: 0, shut: 0, tried: 0 };
  await fc.assert(
    fc.asyncProperty(DOCUMENT, async (document) => {
      const policy = await load(document);
      if (policy === undefined) return;
      seen.loaded += 1;
      for (const { gate: name, needs, others, fewest } of whoCan(policy.loaded).gates) {
        const world = new World(policy, name);
        const expected = smallest(world).toSorted();
        const told = fewest.sets.map((set) => set.toSorted().join()).toSorted();
        assert.deepEqual(told, expected, `${name} of ${JSON.stringify(document)}`);
        assert.equal(fewest.isExact, true);
        if (needs.some(({ apart }) => apart !== undefined)) seen.apart += 1;
        if (others.length > 0) seen.waived += 1;
        if (expected.length === 0) seen.shut += 1;
        seen.tried += world.tried;
      }
    }),
    { numRuns: 30 },
  );
  assert.ok(seen.loaded > 0, JSON.stringify(seen));
  if (process.env["WHO_CAN_SEEN"] !== undefined) console.log(JSON.stringify(seen));
});

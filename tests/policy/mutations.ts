/**
 * Removes or weakens each field of each fixture policy by name, and tells which changes nothing. A rule that can be taken
 * away without any answer changing is no rule. `node tests/policy/mutations.ts` prints the table.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isObject } from "../../src/core/descriptor.ts";
import { CountersignError } from "../../src/core/errors.ts";
import type { Policy } from "../../src/core/policy.ts";
import { parseReference } from "../../src/core/reference.ts";
import { evaluate } from "../../src/evaluate.ts";
import { decodeCertificate } from "../../src/pki/x509/certificate.ts";
import { diffPolicies } from "../../src/policy/countersign/diff.ts";
import { APPROVAL_OBJECTS } from "../../src/policy/countersign/approval-fields.ts";
import { type CountersignPolicy, decodePolicy } from "../../src/policy/countersign/document.ts";
import type { FieldValue } from "../../src/policy/countersign/field.ts";
import { OBJECTS } from "../../src/policy/countersign/fields.ts";
import { answersByEvidence, BASE_GATE, BASELINE, type EvidenceAnswer, KEYS, REVIEW } from "./evidence-cases.ts";
import type { RealCases } from "./evidence-really.ts";
import { makeSigningWorld, NOW, REVOCABLE, type SigningWorld } from "./signing-world.ts";

const [OPENPGP_KEY = "", OTHER_OPENPGP_KEY = ""] = ["ana", "bo"].map((name) =>
  readFileSync(join(import.meta.dirname, "..", "fixtures", "policy-documents", "keys", `${name}.asc`), "utf8"),
);

type Json = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/** Fields that decide no answer of this version, each with the reason. */
export const DECIDES_NOTHING: Readonly<Record<string, string>> = {
  apiVersion: "any other is refused",
  kind: "any other is refused",
  name: "it is told in every verdict and signed policy, and asked for by verifier.yaml",
  version: "verifier.yaml asks for a minimum of it",
  previous: "the chain of versions is followed when signed policies are",
  sharedSigner: "without it the policy is refused",
  "people.ana.authors[0]": "they keep the author of a commit from approving, and this version counts no approvals",
  "people.ana.authors[1]": "they keep the author of a commit from approving, and this version counts no approvals",
  "rules[0].name": "verdicts call the rule so",
  "rules[0].message": "verdicts say it",
  "gates.prod.checks.time": "a signature that is young enough has a certificate that is valid",
};

const UNREAD = "this version checks it and reads no such statements (approvals.test.ts)";

/** Fields that no fixture has, each with the reason. */
export const IN_NO_FIXTURE: Readonly<Record<string, string>> = {
  "person.keyless": "it matches nothing in this version",
  "person.oidc": "it matches nothing in this version",
  "party.keyless": "it matches nothing in this version",
  "party.oidc": "it matches nothing in this version",
  "keyless.issuer": "it matches nothing in this version",
  "keyless.identity": "it matches nothing in this version",
  "keyless.repositoryId": "it matches nothing in this version",
  "keyless.ownerId": "it matches nothing in this version",
  "oidc.issuer": "it matches nothing in this version",
  "oidc.subject": "it matches nothing in this version",
  ...Object.fromEntries(
    Object.entries(APPROVAL_OBJECTS).flatMap(([object, { fields }]) => Object.keys(fields).map((name) => [`${object}.${name}`, UNREAD])),
  ),
  "policy.forges": "they are believed where authors are kept out (tests/approvals/forges.test.ts)",
  "forge.git": "they are believed where authors are kept out (tests/approvals/forges.test.ts)",
  "gate.approve": UNREAD,
  "gate.stay": "it is asked of an image that was promoted (tests/e2e/promote.test.ts)",
  "gate.rollback": "it is asked of an image that was promoted (tests/e2e/promote.test.ts)",
  "policy.exceptions": "it is asked of what people have signed (src/policy/waivers/find.test.ts)",
  "policy.breakGlass": "it is asked of what people have signed (src/policy/waivers/find.test.ts)",
  "signature.signedAs": "it is asked where the image was found (signature-view.test.ts)",
  "keyFile.file": "it is read into the key's fingerprint, which a fixture has",
  "keyFile.sha256": "a policy whose key file has another digest is refused",
};

const LATER = new Date(NOW.getTime() + 40 * 86_400_000);

export async function makeMutationWorld(): Promise<SigningWorld> {
  return makeSigningWorld(["Ana", "Bo", "Cy", "ci-api", "builder", REVOCABLE], ["shop/api", "shop/web", "tools"]);
}

function named(commonName: string): Json {
  return { certificate: { anchor: "ca:acme", subject: { C: "US", O: "Acme", CN: commonName } } };
}

/** Policies that have every field of this version between them, but for those of `IN_NO_FIXTURE`. */
export function fixtures(world: SigningWorld): Readonly<Record<string, Json>> {
  const leaf = (commonName: string): ReturnType<typeof decodeCertificate> => decodeCertificate(world.certificateOf(commonName));
  const head = { apiVersion: "countersign.dev/v1", kind: "Policy", version: 3, previous: `sha256:${"0".repeat(64)}` };
  return {
    team: {
      ...head,
      name: "team",
      sharedSigner: true,
      products: {
        "shop/{app}": { build: "build.acme.io/{app}", prod: "prod.acme.io/{app}" },
        tools: { tools: "build.acme.io/base/tools" },
      },
      people: { ana: named("Ana"), bo: named("Bo"), cy: named("Cy") },
      parties: { ci: named("ci-{app}"), builder: named("builder"), release: { people: ["ana", "bo", "cy"] } },
      gates: {
        build: { needs: [{ signature: { by: ["ci", "builder"] } }] },
        prod: { after: "build", needs: [{ signature: { by: "release", atLeast: 2 } }] },
        tools: { needs: [{ signature: { by: "builder" } }] },
      },
    },
    identities: {
      ...head,
      name: "identities",
      sharedSigner: true,
      products: { "shop/{app}": { build: "build.acme.io/{app}", lax: "lax.acme.io/{app}" } },
      people: {
        ana: { certificate: { anchor: "ca:acme", san: { uri: "https://acme.io/Ana" } } },
        bo: { certificate: { anchor: "ca:acme", fingerprint: leaf("Bo").fingerprint } },
      },
      parties: { builder: { key: keyText(leaf("builder").spki) }, revocable: named(REVOCABLE) },
      gates: {
        build: {
          needs: [{ signature: { by: "ana" } }, { signature: { by: ["bo", "builder"], atLeast: 2 } }],
        },
        lax: { needs: [{ signature: { by: ["ana", "revocable"] } }], checks: { expiry: "log", time: "skip", revocation: "log" } },
      },
    },
    names: {
      ...head,
      name: "names",
      sharedSigner: true,
      products: { "shop/api": { build: "build.acme.io/api", prod: "prod.acme.io/api" } },
      people: { ana: { key: keyText(leaf("Ana").spki) }, bo: named("Bo") },
      parties: {
        host: { certificate: { anchor: "ca:acme", san: { dns: "builder.acme.io" } } },
        mail: { certificate: { anchor: "ca:acme", san: { email: "Cy@acme.io" } } },
      },
      gates: {
        build: { needs: [{ signature: { by: ["ana", "bo"] } }, { signature: { by: ["host", "mail"], atLeast: 2 } }] },
        // Without the check of time, the age alone tells now from later.
        prod: { needs: [{ signature: { by: ["ana"], maxAge: "20d" } }], checks: { time: "skip" } },
      },
    },
    evidence: evidenceFixture(head),
  };
}

/** Every field of the table, as `object.field`. */
export function allFields(): readonly string[] {
  return Object.entries(OBJECTS).flatMap(([object, { fields }]) => Object.keys(fields).map((name) => `${object}.${name}`));
}

/** Fields that the document has, as the table names them. */
export function fieldsIn(value: unknown, shape: FieldValue = { kind: "object", object: "policy" }): readonly string[] {
  if (shape.kind === "list" && Array.isArray(value)) return value.flatMap((item) => fieldsIn(item, shape.of));
  if (shape.kind === "either") return shape.of.flatMap((one) => fieldsIn(value, one));
  if (!isObject(value)) return [];
  if (shape.kind === "names") return Object.values(value).flatMap((member) => fieldsIn(member, shape.of));
  if (shape.kind !== "object") return [];
  const { fields } = OBJECTS[shape.object as keyof typeof OBJECTS];
  return Object.entries(fields).flatMap(([name, field]) =>
    Object.hasOwn(value, name) ? [`${shape.object}.${name}`, ...fieldsIn(value[name], field.value)] : [],
  );
}

function keyText(spki: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(spki).digest("base64").replace(/=+$/, "")}`;
}

/** What evidence a policy may ask for, as its cases in `evidence-cases.ts` have it. */
function evidenceFixture(head: Json): Json {
  const asserted = { by: "ana" };
  return {
    ...head,
    name: "evidence",
    sharedSigner: true,
    products: {
      "shop/{app}": { build: "build.acme.io/{app}", lax: "lax.acme.io/{app}", prod: "prod.acme.io/{app}", tools: "elsewhere.io/{app}" },
    },
    people: {
      ana: { ...named("Ana"), git: [{ ssh: KEYS.ana }], authors: ["ana@acme.io", "ana@home.io"] },
      bo: { ...named("Bo"), git: [{ ssh: KEYS.bo }, { openpgp: OPENPGP_KEY }] },
      cy: named("Cy"),
    },
    parties: {
      builder: named("builder"),
      scanner: named("ci-{app}"),
      release: { people: ["ana", "bo"] },
      security: { people: ["ana", "cy"] },
    },
    gates: {
      build: {
        needs: [
          {
            provenance: {
              by: "builder",
              builder: "https://ci.acme.io/runner",
              buildType: "https://ci.acme.io/v1",
              source: "git+https://git.acme.io/{app}",
              ref: "refs/heads/main",
              base: BASE_GATE,
              commit: { signedBy: "people", since: BASELINE },
            },
          },
          {
            sbom: {
              by: ["builder", "release", "security"],
              licenses: { deny: ["X11", "BSD-2-Clause"], unknown: "allow" },
              packages: { deny: ["pkg:npm/event-stream", "pkg:npm/left-pad"] },
              asserted,
            },
          },
          {
            scan: {
              by: "scanner",
              deny: "high",
              maxAge: "24h",
              databaseMaxAge: "48h",
              unknownSeverity: "allow",
              unless: { vex: { by: "ana" } },
            },
          },
          { test: { by: ["builder", "release", "security"], result: "warned", maxAge: "30h", asserted } },
          {
            attestation: {
              by: ["builder", "release", "security"],
              type: REVIEW,
              maxAge: "30h",
              expr: 'predicate.result == "ok"',
              asserted,
            },
          },
          { image: { user: "nonroot", ports: [8080, "53/udp"] } },
        ],
      },
      // By signatures alone, so that it is seen who is who.
      prod: { needs: [{ signature: { by: ["builder", "scanner", "release"] } }] },
      tools: { needs: [{ signature: { by: "security" } }] },
      lax: {
        needs: [
          { sbom: { by: "builder", licenses: { allow: ["MIT", "Apache-2.0"] } } },
          { vex: { by: "ana" } },
          { provenance: { by: ["builder", "cy"], agree: 2 } },
        ],
      },
    },
    rules: [{ name: "year", gate: "build", expr: "now.getFullYear() == 2026", message: "This year only" }],
  };
}

const REPOSITORIES = ["build.acme.io/api", "prod.acme.io/api", "lax.acme.io/api", "build.acme.io/base/tools", "elsewhere.io/api"];
const GATES = ["build", "prod", "tools", "lax"];

/** Every answer to every question: places, gates, and the signatures of one, two or three of those who sign. */
async function* answersOf(policy: Policy, world: SigningWorld): AsyncGenerator<string> {
  const places = REPOSITORIES.flatMap((repository) => GATES.map((gate) => [repository, gate] as const));
  yield* answersByEvidence(policy, { places, now: NOW }).map(({ answer }) => answer);
  const { singles, more } = signatureSets(world);
  for (const repository of REPOSITORIES) {
    const unasked = policy.select(repository);
    yield unasked.kind === "gate" ? unasked.gate.name : unasked.kind;
    for (const gate of GATES) {
      const selection = policy.select(repository, gate);
      if (selection.kind !== "gate") {
        yield selection.kind;
        continue;
      }
      const answer = async (chosen: SigningWorld["pool"], now: Date): Promise<string> => {
        const options = { policy, gate, trust: world.trust, clock: { now: () => now }, store: world.show(chosen) };
        return (await evaluate(parseReference(`${repository}@${world.digest}`), options)).outcome;
      };
      for (const chosen of [...singles, ...more]) yield await answer(chosen, NOW);
      for (const chosen of singles) yield await answer(chosen, LATER);
    }
  }
}

interface SignatureSets {
  readonly singles: readonly SigningWorld["pool"][];
  readonly more: readonly SigningWorld["pool"][];
}

/** Each that one needs by itself, and what two or three of those sign who are worth something. */
function signatureSets({ pool }: SigningWorld): SignatureSets {
  const good = pool.filter(({ signed }) => signed.product === "shop/api" && !signed.isExpired && signed.isAnchored);
  const pairs = good.flatMap((one, at) => good.slice(at + 1).map((other) => [one, other] as const));
  const triples = pairs.flatMap(([one, other]) => good.slice(good.indexOf(other) + 1).map((third) => [one, other, third]));
  return { singles: pool.filter(({ signed }) => signed.product !== "shop/web").map((one) => [one]), more: [[], ...pairs, ...triples] };
}

interface Mutation {
  /** `gates.prod.needs[0].signature.atLeast: 1 less`. */
  readonly name: string;
  readonly policy: Json;
}

/** What one field can be made into. */
function weaken(document: Json, path: Path): readonly Mutation[] {
  const value = valueAt(document, path);
  const field = String(path.findLast((step) => typeof step === "string"));
  const to = (how: string, other: unknown): Mutation => ({ name: `${textOf(path)}: ${how}`, policy: replaced(document, path, other) });
  const mutations = [{ name: `${textOf(path)}: removed`, policy: replaced(document, path, undefined) }];
  const everybody = [...Object.keys((document["people"] ?? {}) as Json), ...Object.keys((document["parties"] ?? {}) as Json)];
  if (path.length === 1 && field === "name") mutations.push(to("another", `x${String(value)}`));
  if (typeof value === "number") mutations.push(to("one less", value - 1));
  if (field === "by") mutations.push(to("two people", ["ana", "bo"]));
  if (field === "by" || field === "people" || field === "signedBy")
    for (const other of everybody) if (other !== value) mutations.push(to(other, other));
  if (field === "anchor") mutations.push(to("another store", "ca:elsewhere"));
  if (["expiry", "time", "revocation"].includes(field)) mutations.push(to("enforced", "enforce"), to("skipped", "skip"));
  if (["builder", "buildType", "source", "type", "ref"].includes(field)) mutations.push(to("another", `${String(value)}x`));
  if (field === "deny" && typeof value === "string") mutations.push(to("only worse", "critical"));
  if (field === "expr") mutations.push(to("true", "true"));
  if (field === "gate") for (const gate of GATES) mutations.push(to(gate, gate));
  if (field === "message" || (field === "name" && path.length > 1)) mutations.push(to("another", `x${String(value)}`));
  if (field === "ssh") mutations.push(to("another key", `SHA256:${"C".repeat(42)}A`));
  if (field === "openpgp") mutations.push(to("another key", OTHER_OPENPGP_KEY));
  if (field === "since") mutations.push(to("another commit", "0".repeat(40)));
  if (field === "key") mutations.push(to("another key", `SHA256:${"A".repeat(43)}`));
  if (field === "fingerprint") mutations.push(to("another certificate", "0".repeat(64)));
  if (path[0] === "products" && path.length === 3) mutations.push(to("elsewhere", String(value).replace(/^[a-z]+\./, "other.")));
  if (typeof value === "string" && path.some((step) => step === "subject" || step === "san")) mutations.push(to("another", `x${value}`));
  return mutations;
}

export interface Survivor {
  readonly field: string;
  readonly tried: readonly string[];
}

/** Fields of the policy that could be removed and weakened without an answer changing; a refusal to load is no change. */
export async function findSurvivors(document: Json, world: SigningWorld): Promise<readonly Survivor[]> {
  const answers: string[] = [];
  for await (const answer of answersOf(await load(document), world)) answers.push(answer);
  const survivors: Survivor[] = [];
  for (const path of pathsOf(document)) {
    const mutations = weaken(document, path);
    if (!(await changesSomething(mutations, { answers, world })))
      survivors.push({ field: textOf(path), tried: mutations.map(({ name }) => name) });
  }
  return survivors;
}

async function changesSomething(
  mutations: readonly Mutation[],
  { answers, world }: { readonly answers: readonly string[]; readonly world: SigningWorld },
): Promise<boolean> {
  for (const { policy } of mutations) {
    const loaded = await tryLoad(policy);
    if (loaded === undefined) continue;
    let at = 0;
    for await (const answer of answersOf(loaded, world)) {
      if (answer !== answers[at]) return true;
      at += 1;
    }
  }
  return false;
}

/** Fields that ask for what the real cases do not have, each with the test that has it. */
const REAL_ELSEWHERE: Readonly<Record<string, string>> = {
  base: "tests/evidence/bases.test.ts",
  commit: "tests/evidence/source.test.ts",
};

/** The document without them, and the paths that are left. */
export function withoutElsewhere(document: Json): Json {
  return JSON.parse(JSON.stringify(document), (name, value: unknown) => (Object.hasOwn(REAL_ELSEWHERE, name) ? undefined : value)) as Json;
}

/** Fields of which some mutation changes what the engine answers about a real image, where it changes what is decided about evidence. */
export async function findConfirmed(document: Json, cases: RealCases): Promise<readonly string[]> {
  const places = REPOSITORIES.flatMap((repository) => GATES.map((gate) => [repository, gate] as const));
  const before = await load(document);
  const answers = answersByEvidence(before, { places, now: NOW });
  const isConfirmed = async ({ policy }: Mutation): Promise<boolean> => {
    const after = await tryLoad(policy);
    if (after === undefined) return false;
    const others = new Map(answersByEvidence(after, { places, now: NOW }).map((one) => [keyOf(one), one.answer]));
    const differing = answers.filter((one) => others.has(keyOf(one)) && others.get(keyOf(one)) !== one.answer);
    for (const one of differing.slice(0, 5)) if ((await cases.answer(before, one)) !== (await cases.answer(after, one))) return true;
    return false;
  };
  const confirmed: string[] = [];
  for (const path of pathsOf(document)) {
    for (const mutation of weaken(document, path)) {
      if (!(await isConfirmed(mutation))) continue;
      confirmed.push(textOf(path));
      break;
    }
  }
  return confirmed;
}

function keyOf({ repository, gate, number }: EvidenceAnswer): string {
  return `${repository} ${gate} ${number}`;
}

interface Untold {
  /** Fields of which no mutation loads. */
  readonly neverLoad: readonly string[];
  /** Mutations that load, and of which `policy diff` says nothing. */
  readonly untold: readonly string[];
}

export async function findUntold(document: Json): Promise<Untold> {
  const before = await load(document);
  const untold: string[] = [];
  const neverLoad: string[] = [];
  for (const path of pathsOf(document)) {
    const mutations = weaken(document, path).filter(({ policy }) => !isDeepStrictEqual(policy, document));
    const loaded = await Promise.all(mutations.map(async ({ name, policy }) => ({ name, after: await tryLoad(policy) })));
    if (loaded.every(({ after }) => after === undefined)) neverLoad.push(textOf(path));
    for (const { name, after } of loaded)
      if (after !== undefined && meaningOf(after) !== meaningOf(before) && diffPolicies(before.loaded, after.loaded).changes.length === 0)
        untold.push(name);
  }
  return { neverLoad, untold };
}

/** A group and its people by name are the same. */
function meaningOf({ loaded }: CountersignPolicy): string {
  return JSON.stringify(loaded, (name, value: unknown) => (name === "by" ? undefined : value));
}

/** JSON is YAML. */
function load(document: Json): Promise<CountersignPolicy> {
  return decodePolicy(Buffer.from(JSON.stringify(document)), { source: "fixture.yaml" });
}

async function tryLoad(document: Json): Promise<CountersignPolicy | undefined> {
  try {
    return await load(document);
  } catch (error) {
    if (error instanceof CountersignError && error.code === "policy/invalid") return undefined;
    throw error;
  }
}

/** To every value that is not made of others. */
function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (Array.isArray(value)) return value.flatMap((item, at) => pathsOf(item, [...path, at]));
  return isObject(value) ? Object.entries(value).flatMap(([name, member]) => pathsOf(member, [...path, name])) : [path];
}

/** `gates.prod.needs[0].signature.atLeast`, and all others. */
export function fieldPaths(document: Json): readonly string[] {
  return pathsOf(document).map(textOf);
}

function valueAt(document: unknown, [step, ...rest]: Path): unknown {
  if (step === undefined) return document;
  return valueAt((document as Record<string | number, unknown>)[step], rest);
}

/** `undefined` takes the member or item out. */
function replaced(document: Json, path: Path, value: unknown): Json {
  const copy = structuredClone(document);
  const last = path.at(-1) ?? "";
  const parent = valueAt(copy, path.slice(0, -1)) as Record<string | number, unknown>;
  if (value !== undefined) parent[last] = value;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}

function textOf(path: Path): string {
  return path.map((step, at) => (typeof step === "number" ? `[${step}]` : `${at === 0 ? "" : "."}${step}`)).join("");
}

if (import.meta.main) {
  const world = await makeMutationWorld();
  for (const [name, document] of Object.entries(fixtures(world))) {
    const survivors = await findSurvivors(document, world);
    console.log(`${name}: ${pathsOf(document).length} fields, ${survivors.length} of them change nothing`);
    for (const { field, tried } of survivors)
      console.log(`  ${field}: ${DECIDES_NOTHING[field] ?? `UNEXPLAINED, tried ${tried.join("; ")}`}`);
  }
}

/** A policy whose names lead somewhere: who each requirement means, and which gates come before which. */
import { type Asked, meant, personNamed, refuseUnreachable, resolveBy, resolveWho, type Somebody } from "./asked.ts";
import {
  type Approval,
  type BreakGlass,
  type Exceptions,
  kindsAsked,
  resolveApproval,
  resolveBreakGlass,
  resolveExceptions,
} from "./approvals.ts";
import type { Stay } from "./read-approval.ts";
import type { WrittenBreakGlass, WrittenExceptions } from "./waivers.ts";
import { EVERYBODY, type Forge, refuseWithoutKey } from "./commit-signers.ts";
import { readEach, readWhole } from "./complaints.ts";
import type { AskedOfEvidence, ImageAsked } from "../requirements/asked.ts";
import type { Checks, WrittenGate } from "./gates.ts";
import type { Named } from "./name.ts";
import { type Place, quote } from "./place.ts";
import type { Product } from "./products.ts";
import type { PlacedExpression } from "./expressions.ts";
import type { EvidenceNeed, Need, PlacedTemplate, SignatureNeed } from "./need.ts";
import { NO_BASE } from "./read-provenance.ts";
import type { WrittenRule } from "./rules.ts";
import type { Actor, Group } from "./signers.ts";

/** As it was read. */
export interface WrittenPolicy {
  readonly name: string;
  readonly version: number;
  readonly previous: string | undefined;
  readonly products: readonly Product[];
  readonly people: readonly Actor[];
  readonly parties: readonly (Actor | Group)[];
  readonly forges: readonly Forge[];
  readonly gates: readonly WrittenGate[];
  readonly rules: readonly WrittenRule[];
  readonly exceptions: WrittenExceptions | undefined;
  readonly breakGlass: WrittenBreakGlass | undefined;
  readonly sharedSigner: boolean;
}

export type ModelEvidenceNeed = AskedOfEvidence &
  Asked & {
    readonly maxAge: number | undefined;
    readonly source: PlacedTemplate | undefined;
    /** The gate that the base has to pass. */
    readonly base: Named | undefined;
    readonly expr: PlacedExpression | undefined;
    readonly vex: Asked | undefined;
    readonly asserted: Asked | undefined;
    readonly commits: CommitsAsked | undefined;
  };

/** Those who must have signed commits. */
interface CommitsAsked extends Asked {
  /** By the fingerprint of a key for commits, everybody who has one. */
  readonly known: ReadonlyMap<string, string>;
  readonly openPgpKeys: readonly Uint8Array[];
}

export type ModelSignatureNeed = Asked & Pick<SignatureNeed, "kind" | "atLeast" | "maxAge" | "signedAs">;

export type ModelNeed = ModelSignatureNeed | ModelEvidenceNeed | { readonly kind: "image"; readonly asked: ImageAsked };

export interface ModelGate {
  readonly name: string;
  readonly key: Place;
  readonly after: readonly string[];
  readonly needs: readonly ModelNeed[];
  readonly rules: readonly ModelRule[];
  readonly approve: Approval | undefined;
  readonly stay: Stay | undefined;
  readonly rollback: boolean;
  readonly checks: Checks;
}

export type ModelRule = Omit<WrittenRule, "gate">;

export interface Model extends Omit<WrittenPolicy, "gates" | "rules" | "exceptions" | "breakGlass"> {
  readonly exceptions: Exceptions | undefined;
  readonly breakGlass: BreakGlass | undefined;
  /** In the order of the document. */
  readonly gates: ReadonlyMap<string, ModelGate>;
}

/** Throws `Complaints` for every name that leads nowhere. */
export function resolveNames(written: WrittenPolicy): Model {
  const { people, parties, products, gates, rules, exceptions, breakGlass } = written;
  const everybody = new Map<string, Somebody>(people.map((person) => [person.name, person]));
  const gateNames = gates.map(({ name }) => name);
  const gateNamed = ({ name, place }: Named): string => {
    if (gateNames.includes(name)) return name;
    return place.refuse(`names the gate ${quote(name)}, which the policy does not have`, meant(name, gateNames, "gates"));
  };
  const baseGateNamed = (base: Named): Named | undefined => {
    if (base.name === NO_BASE) {
      if (gateNames.includes(NO_BASE))
        base.place.refuse(`means no base, and the policy has a gate ${quote(NO_BASE)}`, "give that gate another name");
      return undefined;
    }
    const name = gateNamed(base);
    if (products.some(({ repositories }) => repositories.some(({ gate }) => gate === name))) return base;
    return base.place.refuse(
      `names the gate ${quote(name)}, for which no product has a repository, so that no base could pass it`,
      `add a product of bases: base/{name}: { ${name}: "registry.acme.io/base/{name}" }`,
    );
  };
  readEach(parties, (party) => {
    if (everybody.has(party.name))
      party.key.refuse("is the name of a person too, and by: would mean either", "give the party another name");
    everybody.set(party.name, party);
  });
  // Names that lead nowhere are told with their places, whatever part of the document they stand in.
  const asked = kindsAsked(gates);
  const found = readWhole<Pick<Model, "gates" | "exceptions" | "breakGlass"> & Checked>({
    people: () =>
      readEach(
        parties.filter((party) => party.kind === "group").flatMap((group) => group.people),
        (person) => personNamed(person, everybody),
      ),
    places: () =>
      readEach(
        products.flatMap(({ repositories }) => repositories),
        ({ gate, key }) => gateNamed({ name: gate, place: key }),
      ),
    rules: () => readEach(rules, ({ gate }) => gateNamed(gate)),
    exceptions: () => exceptions && resolveExceptions(exceptions, { everybody, asked }),
    breakGlass: () => breakGlass && resolveBreakGlass(breakGlass, { everybody, asked }),
    gates: () => new Map(readEach(gates, (gate) => [gate.name, resolveGate(gate, { everybody, gateNamed, baseGateNamed, rules })])),
  });
  return { ...written, gates: found.gates, exceptions: found.exceptions, breakGlass: found.breakGlass };
}

/** Looked up only to see that they lead somewhere. */
interface Checked {
  readonly people: readonly Actor[];
  readonly places: readonly string[];
  readonly rules: readonly string[];
}

interface Known {
  readonly everybody: ReadonlyMap<string, Somebody>;
  readonly gateNamed: (name: Named) => string;
  /** `undefined` for the word that means none. */
  readonly baseGateNamed: (base: Named) => Named | undefined;
  readonly rules: readonly WrittenRule[];
}

function resolveGate({ after, needs, approve, ...gate }: WrittenGate, known: Known): ModelGate {
  const { gateNamed, rules } = known;
  const resolved = readWhole<Pick<ModelGate, "after" | "needs" | "approve">>({
    after: () => readEach(after, gateNamed),
    needs: () => readEach(needs, (need) => resolveNeed(need, known)),
    approve: () => approve && resolveApproval(approve, known),
  });
  const own = rules.filter((rule) => rule.gate.name === gate.name).map(({ name, expr, message }) => ({ name, expr, message }));
  return { ...gate, ...resolved, rules: own };
}

function resolveNeed(need: Need, known: Known): ModelNeed {
  switch (need.kind) {
    case "signature":
      return resolveSignature(need, known.everybody);
    case "image":
      return need;
    default:
      return resolveEvidence(need, known);
  }
}

function resolveSignature({ by, countPlace, ...need }: SignatureNeed, everybody: ReadonlyMap<string, Somebody>): ModelNeed {
  const asked = resolveBy(by, everybody);
  refuseUnreachable(asked, { atLeast: need.atLeast, place: countPlace, what: "signers" });
  return { ...need, ...asked };
}

function resolveEvidence(
  { by, vexBy, assertedBy, commitsBy, agreePlace, maxAge, source, base, expr, ...asked }: EvidenceNeed,
  { everybody, baseGateNamed }: Known,
): ModelEvidenceNeed {
  const optional = (names: readonly Named[] | undefined): Asked | undefined =>
    names === undefined ? undefined : resolveBy(names, everybody);
  const found = readWhole<{ whose: Asked } & Pick<ModelEvidenceNeed, "vex" | "asserted" | "base" | "commits">>({
    whose: () => resolveBy(by, everybody),
    vex: () => optional(vexBy),
    asserted: () => optional(assertedBy),
    base: () => (base === undefined ? undefined : baseGateNamed(base)),
    commits: () => (commitsBy === undefined ? undefined : resolveCommitters(commitsBy, everybody)),
  });
  const other = found.asserted?.signers.find((signer) => !found.whose.signers.includes(signer));
  if (other !== undefined)
    assertedBy?.[0]?.place.refuse(
      `means ${other.name}, whose statements are not asked for`,
      `name ${other.name} in by too, or take it out here`,
    );
  const { whose, ...others } = found;
  if (agreePlace !== undefined && asked.kind === "provenance")
    refuseUnreachable(whose, { atLeast: asked.asked.agree ?? 1, place: agreePlace, what: "builders" });
  return { ...asked, ...whose, ...others, maxAge, source, expr };
}

function resolveCommitters(by: readonly Named[], everybody: ReadonlyMap<string, Somebody>): CommitsAsked {
  const people = [...everybody.values()].filter((one): one is Actor => one.kind === "person");
  const keys = people.flatMap(({ name, gitKeys }) => gitKeys.map((key) => ({ ...key, owner: name })));
  const known = new Map(keys.map(({ name, owner }) => [name, owner]));
  const openPgpKeys = keys.flatMap(({ openPgp }) => openPgp ?? []);
  const [first] = by;
  const everyone = by.find(({ name }) => name === EVERYBODY);
  if (everyone === undefined) {
    const asked = resolveWho(by, everybody);
    if (first !== undefined) refuseWithoutKey(asked.signers, first.place);
    return { ...asked, known, openPgpKeys };
  }
  if (by.length > 1 || everybody.has(EVERYBODY))
    everyone.place.refuse("means all people, and something else beside them", "write people by itself, and call no person or party so");
  const signers = people.filter(({ gitKeys }) => gitKeys.length > 0);
  refuseWithoutKey(signers, everyone.place);
  return { by: [EVERYBODY], byText: `people (${signers.map(({ name }) => name).join(", ")})`, signers, known, openPgpKeys };
}

/** All whom a need means, whatever for. */
export function signersOfNeed(need: ModelNeed): readonly Actor[] {
  switch (need.kind) {
    case "signature":
      return need.signers;
    case "image":
      return [];
    default:
      return [...need.signers, ...(need.vex?.signers ?? [])];
  }
}

/** The ways to open a gate: what it asks for, and what may stand in the place of that. */
import type { Identity } from "../../core/policy.ts";
import { BY_FINDING } from "../waivable.ts";
import type { Verifier } from "../verifier/verifier.ts";
import { gatesBefore, gatesNeeded, membersIn, type Somebody, wantedByNeed } from "./loaded-questions.ts";
import type { LoadedGate, LoadedPolicy } from "./loaded.ts";
import { implies, type Threshold, withoutImplied } from "./thresholds.ts";
import { describeIdentity } from "./words.ts";

/** By what the gate opens: all that it asks for, or some of it waived, or nothing but somebody's word. */
export type WayName = "needs" | "exception" | "breakGlass" | "exception+breakGlass" | "summary" | "record";

export interface Way {
  readonly by: WayName;
  /** All must be met, those of the gates before it and of its bases too; what another one implies is left out. */
  readonly needs: readonly Threshold[];
}

export type Believed = Pick<Verifier, "summaryIssuers" | "promoters">;

interface Around {
  readonly known: ReadonlyMap<string, Somebody>;
  readonly believed: Believed;
  readonly isKnowable: (somebody: Pick<Somebody, "identities">) => boolean;
}

/** What the gate itself asks for is the first. */
export function waysOf(policy: LoadedPolicy, gate: string, { known, believed, isKnowable }: Around): readonly Way[] {
  const knowable = (of: readonly string[]): readonly string[] => of.filter((name) => isKnowable(known.get(name) ?? { identities: [] }));
  const promoters = (believed.promoters?.members ?? []).filter(isKnowable).map(({ name }) => name);
  const found = believed.promoters === undefined || !needsRecord(policy, gate) ? [] : [foundBy(promoters)];
  const roles = [...rolesOf(policy, gate).map((role): Role => ({ ...role, of: knowable(role.of) })), ...found];
  const asked = withoutImplied(roles);
  const waived = waiversOf(policy).flatMap(({ by, kinds, who }) =>
    withoutKinds(roles, kinds).map((left): Way => ({
      by,
      needs: withoutImplied([...left, ...who.map((of) => ({ of: knowable(of), atLeast: 1 }))]),
    })),
  );
  const ways = [{ by: "needs", needs: asked } as const, ...waived, ...wordsOf(policy, gate, { known, believed, isKnowable })];
  return ways.filter((way, at) => at === 0 || !ways.some((other, index) => index < at && isNoHarder(other, way)));
}

/** Something that somebody must do, by the name that others are apart from. */
interface Role extends Threshold {
  readonly name: string;
  /** As exceptions call it. */
  readonly kind: string;
  /** Of approvals from which authors are kept out: what tells the commits. */
  readonly provenance?: readonly string[];
}

function rolesOf(policy: LoadedPolicy, asked: string): readonly Role[] {
  return gatesNeeded(policy, asked).flatMap((gate) => [...needsOf(gate), ...approvalsOf(policy, gate)]);
}

/** Whether a name is asked for under which the image is not judged at its place: then somebody must have found it there. */
export function needsRecord(policy: LoadedPolicy, asked: string): boolean {
  return gatesNeeded(policy, asked).some((gate) => {
    const places = new Set(
      policy.products.flatMap(({ repositories }) => repositories.flatMap((one) => (one.gate === gate.name ? [one.repository] : []))),
    );
    return gate.needs.some((need) => need.kind === "signature" && need.signedAs !== undefined && !places.has(need.signedAs));
  });
}

/** An exception of the signature is one of its name too. */
function foundBy(promoters: readonly string[]): Role {
  return { of: promoters, atLeast: 1, kind: "signature", name: "the record of where it was found" };
}

function needsOf(gate: LoadedGate): readonly Role[] {
  return gate.needs.flatMap((need, at) =>
    wantedByNeed(need).map(({ members, atLeast }) => ({ of: members, atLeast, kind: need.kind, name: nameOfNeed(gate, at) })),
  );
}

function nameOfNeed({ name, needs }: LoadedGate, at: number): string {
  const kind = needs[at]?.kind ?? "";
  const same = needs.flatMap((need, index) => (need.kind === kind ? [index] : []));
  return `${kind}${same.length > 1 ? ` ${same.indexOf(at) + 1}` : ""} at gate ${name}`;
}

function nameOfApprovals(gate: string): string {
  return `approvals at gate ${gate}`;
}

/** What the policy calls an author keeps nobody out here: whoever makes the provenance names a commit of somebody else. */
function approvalsOf(policy: LoadedPolicy, { name, approve }: LoadedGate): readonly Role[] {
  if (approve === undefined) return [];
  const isOfBuilt = approve.not.includes("author") || approve.not.includes("builder");
  const provenance = (isOfBuilt ? gatesBefore(policy, name) : []).flatMap((gate) =>
    gate.needs.flatMap((need, at) => (need.kind === "provenance" ? [nameOfNeed(gate, at)] : [])),
  );
  const apart = approve.not.flatMap((text) => {
    if (text === "builder") return provenance;
    return text.startsWith(APPROVER_OF) ? [nameOfApprovals(text.slice(APPROVER_OF.length))] : [];
  });
  return [
    {
      of: approve.members,
      atLeast: approve.atLeast,
      kind: "approvals",
      name: nameOfApprovals(name),
      ...(apart.length === 0 ? {} : { apart }),
      ...(approve.not.includes("author") ? { provenance } : {}),
    },
  ];
}

const APPROVER_OF = "approver-of: ";

interface Waived {
  readonly by: WayName;
  readonly kinds: ReadonlySet<string>;
  /** One of each of these. */
  readonly who: readonly (readonly string[])[];
}

/** An exception of a scan or an SBOM excuses one finding; the document is still to be made by whoever is asked. */
function waiversOf({ exceptions, breakGlass }: LoadedPolicy): readonly Waived[] {
  const excepted = exceptions === undefined ? [] : exceptions.waived.filter((kind) => !BY_FINDING.has(kind));
  const broken = breakGlass?.waived ?? [];
  const except: Waived = { by: "exception", kinds: new Set(excepted), who: [exceptions?.members ?? []] };
  const smash: Waived = { by: "breakGlass", kinds: new Set(broken), who: [breakGlass?.members ?? []] };
  const both: Waived = { by: "exception+breakGlass", kinds: new Set([...excepted, ...broken]), who: [...except.who, ...smash.who] };
  return [
    ...(excepted.length === 0 ? [] : [except]),
    ...(broken.length === 0 ? [] : [smash]),
    ...(excepted.length === 0 || broken.length === 0 ? [] : [both]),
  ];
}

/** What is left of the roles; several ways where one of several provenances is still wanted, for it tells who has written it. */
function withoutKinds(roles: readonly Role[], kinds: ReadonlySet<string>): readonly (readonly Role[])[] {
  const left = roles.filter(({ kind }) => !kinds.has(kind));
  if (left.length === roles.length) return [];
  let ways: readonly (readonly Role[])[] = [left];
  for (const { provenance } of left) {
    if (provenance === undefined || provenance.some((name) => left.some((role) => role.name === name))) continue;
    const wanted = roles.filter(({ name }) => provenance.includes(name));
    ways = ways.flatMap((way) => wanted.map((one) => (way.includes(one) ? way : [...way, one])));
  }
  return ways;
}

/** Those whose word is enough, because the verifier takes it. */
function wordsOf(policy: LoadedPolicy, gate: string, { known, believed, isKnowable }: Around): readonly Way[] {
  const { summaryIssuers, promoters } = believed;
  const before = gatesBefore(policy, gate);
  const names = new Set(before.flatMap(({ needs, approve }) => [...membersIn(needs), ...(approve?.members ?? [])]));
  const asked = new Set([...names].flatMap((name) => known.get(name)?.identities ?? []).map(describeIdentity));
  // Whoever is asked at the gate, by whatever identity, gives no verdict on it.
  const isAsked = (identities: readonly Identity[]): boolean => identities.some((one) => asked.has(describeIdentity(one)));
  const issuers = (summaryIssuers?.members ?? []).filter((one) => isKnowable(one) && !isAsked(one.identities));
  const hasPlace = policy.products.some(({ repositories }) => repositories.some((place) => place.gate === gate));
  const trusted = promoters?.trustRecords === true && hasPlace ? promoters.members.filter(isKnowable) : [];
  return [
    ...(issuers.length === 0 ? [] : [{ by: "summary" as const, needs: [{ of: issuers.map(({ name }) => name), atLeast: 1 }] }]),
    ...(trusted.length === 0 ? [] : [{ by: "record" as const, needs: [{ of: trusted.map(({ name }) => name), atLeast: 1 }] }]),
  ];
}

/** Whoever goes the other way goes this one too. */
function isNoHarder(way: Way, other: Way): boolean {
  return way.needs.every((need) =>
    other.needs.some((one) => ((need.apart ?? need.name) === undefined ? implies(one, need) : isSame(one, need))),
  );
}

function isSame(a: Threshold, b: Threshold): boolean {
  return JSON.stringify([a.of, a.atLeast, a.name, a.apart]) === JSON.stringify([b.of, b.atLeast, b.name, b.apart]);
}

/** What a policy asks beside signatures, for the slow evaluator: does one world, in which everything is known, meet it? */
import type { Severity } from "../../src/core/evidence.ts";
import type { Answer } from "../../src/core/verdict.ts";
import { type BaseFact, hasGoodBase } from "./slow-bases.ts";
import { areSigned, type CommitFact } from "./slow-commits.ts";
import {
  fill,
  gatesAsked,
  type ImaginedSignature,
  isGoodOf,
  isOwnSource,
  membersOf,
  type Place,
  placesOf,
  type PlainGate,
  type PlainPolicy,
  type SignatureFact,
} from "./slow-policy.ts";

interface By {
  readonly by: readonly string[];
}

/** Lengths of time in hours. */
export type PlainAsk =
  | (By & {
      readonly kind: "scan";
      readonly deny: "high" | "critical";
      readonly maxAge?: number;
      readonly databaseMaxAge?: number;
      readonly isUnknownAllowed: boolean;
      readonly vexBy?: readonly string[];
    })
  | (By & {
      readonly kind: "sbom";
      /** Names in npm. */
      readonly deniedPackages: readonly string[];
      readonly licenses?: { readonly deny: readonly string[]; readonly allow?: readonly string[]; readonly isUnknownAllowed: boolean };
      readonly assertedBy: readonly string[];
    })
  | (By & {
      readonly kind: "test";
      readonly isWarnedEnough: boolean;
      readonly maxAge?: number;
      readonly assertedBy: readonly string[];
    })
  | (By & {
      readonly kind: "provenance";
      readonly builder?: string;
      readonly buildType?: string;
      /** May hold `{app}`. */
      readonly source?: string;
      readonly ref?: string;
      /** So many who name builders that are all different. */
      readonly agree?: number;
      /** People, or `people` for all of them. */
      readonly commits?: { readonly signedBy: readonly string[]; readonly since: readonly string[] };
      /** The gate that its base passes. */
      readonly base?: string;
    })
  | (By & { readonly kind: "vex" })
  | (By & { readonly kind: "attestation"; readonly maxAge?: number; readonly assertedBy: readonly string[] })
  | { readonly kind: "image"; readonly isNonroot: boolean; readonly ports?: readonly string[] };

/** Nobody asks for the source by itself: it brings commits along. */
export type SaidKind = Exclude<PlainAsk["kind"], "image"> | "source";

/** What a statement says. Of one that nobody has read it can be imagined that it says all that anybody could ask, or nothing of it. */
export type Says =
  | { readonly kind: "scan"; readonly flaw?: Severity; readonly databaseHoursAgo?: number }
  | { readonly kind: "sbom"; readonly packages: readonly { readonly name: string; readonly license?: string }[] }
  | { readonly kind: "test"; readonly result: "passed" | "warned" | "failed" }
  | {
      readonly kind: "provenance";
      readonly builder: string;
      readonly buildType: string;
      readonly source?: string;
      readonly ref?: string;
      /** Of the source. */
      readonly commit?: string;
      readonly bases?: readonly string[];
    }
  | { readonly kind: "source"; readonly commits: readonly string[] }
  | { readonly kind: "vex"; readonly status: "not_affected" | "fixed" | "affected"; readonly isAboutFlaw: boolean }
  | { readonly kind: "attestation" }
  | "all"
  | "nothing";

/** What one statement really is. */
export interface SaidFact {
  readonly kind: SaidKind;
  readonly hangsOn: string;
  /** Manifests that it names. */
  readonly about: readonly string[];
  readonly signatures: readonly SignatureFact[];
  readonly isAsserted: boolean;
  readonly isBroken: boolean;
  /** As the document says it, before now; absent where it says no time. */
  readonly hoursAgo?: number;
  readonly says: Says;
}

/** In one world the time of everything is known. */
export interface WorldStatement extends Omit<SaidFact, "signatures"> {
  readonly signatures: readonly (SignatureFact | ImaginedSignature)[];
  /** The lower, the later was it said; of a document without a time only where its signatures say none either. */
  readonly order: number;
  /** Hours. */
  readonly age: number;
}

export interface WorldManifest {
  readonly name: string;
  /** What its configuration says; of one that nobody has read as of statements. */
  readonly config: { readonly user: string; readonly ports: readonly string[]; readonly layers: readonly string[] } | "all" | "nothing";
  /** Of a manifest that nobody has read: whether all that anybody could ask is said of it. */
  readonly isImagined?: "all" | "nothing";
}

export interface World {
  readonly signatures: readonly (SignatureFact | ImaginedSignature)[];
  readonly said: readonly WorldStatement[];
  /** What can run. */
  readonly manifests: readonly WorldManifest[];
  /** All that can be brought along. */
  readonly commits: readonly CommitFact[];
  readonly bases: readonly BaseFact[];
  readonly answerOfBase: (base: BaseFact, gate: string) => Answer;
  /** How commits and bases of which nobody knows enough would turn out. */
  readonly isDoubtGood: boolean;
}

/** What is judged: the image itself, by the name of its manifest. */
export interface Judged {
  readonly policy: PlainPolicy;
  readonly place: Place;
  /** The gate that was asked about. */
  readonly gate: string;
  readonly image: string;
  readonly world: World;
}

/** Whether enough have signed. */
export function isSigned(judged: Judged, at: string, need: PlainGate["needs"][number]): boolean {
  const { policy, place, world } = judged;
  const gate = policy.gates[at];
  if (gate === undefined) return false;
  const isProductProven = provesProduct(judged);
  const wanted = new Set(need.by.flatMap((who) => membersOf(policy, who)));
  const signed = [...wanted].filter((member) =>
    world.signatures.some((fact) => isGoodOf(policy, { member, fact, place, gate, isProductProven })),
  );
  return signed.length >= need.atLeast;
}

export function isMet(judged: Judged, at: string, ask: PlainAsk): boolean {
  return isMetBy(judged, { at, ask, isProductProven: provesProduct(judged) });
}

/** Some gate asks for a source that only this product has, and that is what the image was built from, all of it. */
function provesProduct(judged: Judged): boolean {
  const { policy, gate, place } = judged;
  return gatesAsked(policy, gate).some((at) =>
    (policy.gates[at]?.asks ?? []).some(
      (ask) =>
        ask.kind === "provenance" &&
        ask.source !== undefined &&
        isOwnSource(policy, ask.source, place) &&
        isMetBy(judged, { at, ask, isProductProven: true }),
    ),
  );
}

interface Asked {
  readonly at: string;
  readonly ask: PlainAsk;
  readonly isProductProven: boolean;
}

/** Tests and attestations are of the whole; all else is asked of each manifest that can run, and of none is not enough. */
function isMetBy(judged: Judged, asked: Asked): boolean {
  if (asked.ask.kind === "test" || asked.ask.kind === "attestation") return isMetFor(judged.image, judged, asked);
  const { manifests } = judged.world;
  return (
    manifests.length > 0 &&
    manifests.every((manifest) => {
      if (manifest.isImagined !== undefined) return manifest.isImagined === "all";
      return asked.ask.kind === "image" ? isConfigured(asked.ask, manifest.config) : isMetFor(manifest.name, judged, asked);
    })
  );
}

function isConfigured({ isNonroot, ports }: Extract<PlainAsk, { kind: "image" }>, config: WorldManifest["config"]): boolean {
  if (typeof config === "string") return config === "all";
  return (!isNonroot || config.user !== "root") && (ports === undefined || config.ports.every((port) => ports.includes(port)));
}

function isMetFor(manifest: string, judged: Judged, { at, ask, isProductProven }: Asked): boolean {
  if (ask.kind === "image") return false;
  const { world } = judged;
  const gate = judged.policy.gates[at];
  if (gate === undefined) return false;
  const around = { ...judged, gate, isProductProven };
  const vouchedBy = (by: readonly string[]): readonly WorldStatement[] =>
    world.said
      .filter((said) => !said.isBroken && isAbout(said, { manifest, image: judged.image }) && vouching(said, by, around).length > 0)
      .map((said) => withTime(said, vouching(said, by, around)));
  const isAccepted = (said: WorldStatement): boolean =>
    !said.isAsserted || ("assertedBy" in ask && vouching(said, ask.assertedBy, around).length > 0);
  // What is only asserted to be about the image is as if it were not there, unless one whose word counts for that vouches for it.
  const theirs = vouchedBy(ask.by).filter((said) => said.kind === ask.kind && isAccepted(said));
  const vex = ask.kind === "scan" ? vouchedBy(ask.vexBy ?? []).filter((said) => said.kind === "vex" && !said.isAsserted) : [];
  const isGood = (said: WorldStatement): boolean =>
    saysEnough(said, ask, { vex, app: judged.place.app }) && isBuiltWell(said, ask, { ...around, manifest });
  // Where something was built, or that a flaw does not matter, stays so; all else the last word decides, and of several at once each must be good.
  if (ask.kind === "provenance") {
    const members = ask.by.flatMap((who) => membersOf(judged.policy, who));
    const witnesses = theirs.filter(isGood).map(({ says, signatures }, number) => ({
      builder: typeof says === "string" ? `imagined ${number}` : says.kind === "provenance" ? says.builder : "",
      by: members.filter((member) => signatures.some((fact) => isGoodOf(judged.policy, { ...around, member, fact }))),
    }));
    return agree(witnesses, ask.agree ?? 1);
  }
  if (ask.kind === "vex") return theirs.some(isGood);
  const last = theirs.filter((said) => theirs.every((other) => said.order <= other.order));
  return last.length > 0 && last.every(isGood);
}

/** From commits that are signed, and on a base that passes. */
function isBuiltWell(
  { says }: WorldStatement,
  ask: PlainAsk,
  around: Vouching & Pick<Judged, "world" | "image"> & { readonly manifest: string },
): boolean {
  if (ask.kind !== "provenance" || typeof says === "string" || says.kind !== "provenance") return true;
  const { world, policy, manifest } = around;
  const { isDoubtGood } = world;
  const { commits, base: gate } = ask;
  if (commits !== undefined) {
    const { signedBy, since } = commits;
    const keys = Object.entries(policy.git).flatMap(([name, key]) => (signedBy.includes(name) || signedBy.includes("people") ? [key] : []));
    const carried = new Set(world.said.flatMap((said) => (isOfUse(said, ask.by, around) ? namesIn(said) : [])));
    const committed = { carried: world.commits.filter(({ name }) => carried.has(name)), since, keys, isDoubtGood };
    if (!areSigned(says.source === undefined ? undefined : says.commit, committed)) return false;
  }
  if (gate === undefined) return true;
  const config = world.manifests.find(({ name }) => name === manifest)?.config ?? "nothing";
  return hasGoodBase({
    listed: world.bases.filter(
      ({ name, repository }) => says.bases?.includes(name) === true && placesOf(policy, repository).some((one) => one.gate === gate),
    ),
    layers: typeof config === "string" ? config : config.layers,
    answerOf: (base) => world.answerOfBase(base, gate),
    isDoubtGood,
  });
}

/** A commit is what it is, whichever manifest of the image it is said of. */
function isOfUse(
  said: WorldStatement,
  by: readonly string[],
  around: Vouching & Pick<Judged, "image"> & { readonly manifest: string },
): boolean {
  const { hangsOn, about, isBroken } = said;
  const isHere = hangsOn === around.manifest || hangsOn === around.image;
  return isHere && about.includes(hangsOn) && !isBroken && vouching(said, by, around).length > 0;
}

function namesIn({ says }: WorldStatement): readonly string[] {
  return typeof says !== "string" && says.kind === "source" ? says.commits : [];
}

/** Whether so many can be chosen, each for one of its signers, that no signer and no builder is there twice: every choice is tried. */
function agree(witnesses: readonly { readonly builder: string; readonly by: readonly string[] }[], count: number): boolean {
  if (count === 0) return true;
  return witnesses.some(({ builder, by }) =>
    by.some((member) => {
      const others = witnesses.filter((other) => other.builder !== builder);
      return agree(
        others.map((other) => ({ ...other, by: other.by.filter((name) => name !== member) })),
        count - 1,
      );
    }),
  );
}

/** It is about what it hangs on, and about the manifest; it hangs on that, or on the image that holds it. */
function isAbout({ hangsOn, about }: WorldStatement, { manifest, image }: { readonly manifest: string; readonly image: string }): boolean {
  return about.includes(hangsOn) && about.includes(manifest) && (hangsOn === manifest || hangsOn === image);
}

type Vouching = Pick<Judged, "policy" | "place"> & { readonly gate: PlainGate; readonly isProductProven: boolean };

function vouching({ signatures }: WorldStatement, by: readonly string[], around: Vouching): WorldStatement["signatures"] {
  const members = by.flatMap((who) => membersOf(around.policy, who));
  return signatures.filter((fact) => members.some((member) => isGoodOf(around.policy, { ...around, member, fact })));
}

/** A document that says no time is as old as the oldest signature of those who are asked. */
function withTime(said: WorldStatement, signatures: WorldStatement["signatures"]): WorldStatement {
  if (said.hoursAgo !== undefined) return said;
  const times = signatures.flatMap((fact) => ("hoursAgo" in fact && fact.hoursAgo !== undefined ? [fact.hoursAgo] : []));
  return times.length === 0 ? said : { ...said, order: Math.max(...times), age: Math.max(...times) };
}

function saysEnough(
  { says, age }: WorldStatement,
  ask: Exclude<PlainAsk, { kind: "image" }>,
  { vex, app }: { readonly vex: readonly WorldStatement[]; readonly app: string },
): boolean {
  if ("maxAge" in ask && ask.maxAge !== undefined && age > ask.maxAge) return false;
  if (typeof says === "string") return says === "all";
  switch (ask.kind) {
    case "scan":
      return says.kind === "scan" && isDatabaseYoung(ask, says) && (!isDenied(ask, says.flaw) || isExcused(vex));
    case "sbom":
      return says.kind === "sbom" && says.packages.length > 0 && says.packages.every((one) => isHarmless(ask, one));
    case "test":
      return says.kind === "test" && (says.result === "passed" || (ask.isWarnedEnough && says.result === "warned"));
    case "provenance":
      return (
        says.kind === "provenance" &&
        (ask.builder === undefined || ask.builder === says.builder) &&
        (ask.buildType === undefined || ask.buildType === says.buildType) &&
        (ask.source === undefined || fill(ask.source, app) === says.source) &&
        (ask.ref === undefined || ask.ref === says.ref)
      );
    case "vex":
    case "attestation":
      return says.kind === ask.kind;
  }
}

function isDatabaseYoung(
  { databaseMaxAge }: Extract<PlainAsk, { kind: "scan" }>,
  { databaseHoursAgo: age }: Extract<Says, { kind: "scan" }>,
): boolean {
  return databaseMaxAge === undefined || (age !== undefined && age >= 0 && age <= databaseMaxAge);
}

function isDenied({ deny, isUnknownAllowed }: Extract<PlainAsk, { kind: "scan" }>, flaw: Severity | undefined): boolean {
  return flaw === "critical" || (flaw === "high" && deny === "high") || (flaw === "unknown" && !isUnknownAllowed);
}

/** The last word on the flaw says that it does not matter. */
function isExcused(vex: readonly WorldStatement[]): boolean {
  const words = vex.flatMap(({ says, order }) => {
    if (typeof says === "string") return [{ order, isExcuse: says === "all" }];
    return says.kind === "vex" && says.isAboutFlaw ? [{ order, isExcuse: says.status !== "affected" }] : [];
  });
  const last = words.filter((word) => words.every((other) => word.order <= other.order));
  return last.length > 0 && last.every(({ isExcuse }) => isExcuse);
}

function isHarmless(
  { deniedPackages, licenses }: Extract<PlainAsk, { kind: "sbom" }>,
  { name, license }: { readonly name: string; readonly license?: string },
): boolean {
  if (deniedPackages.includes(name)) return false;
  if (licenses === undefined) return true;
  if (license === undefined) return licenses.isUnknownAllowed;
  return !licenses.deny.includes(license) && (licenses.allow === undefined || licenses.allow.includes(license));
}

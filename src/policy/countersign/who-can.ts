/** The fewest people, machines and keys whose joint will, or compromise, opens each gate: from the policy and the verifier's configuration alone. */
import { formatStore } from "../../core/trust-source.ts";
import type { Role, Verifier } from "../verifier/verifier.ts";
import { cutSets, type Fewest, findFewest } from "./fewest.ts";
import { gatesNeeded, type Somebody, signersOf } from "./loaded-questions.ts";
import type { LoadedGate, LoadedPolicy } from "./loaded.ts";
import { type ProductSigners, productSigners } from "./product-signers.ts";
import type { Threshold } from "./thresholds.ts";
import { type Believed, needsRecord, type Way, waysOf } from "./ways.ts";
import { keepsAuthorsOut } from "./weaker.ts";
import { describeIdentity } from "./words.ts";

interface Opener {
  readonly name: string;
  readonly kind: "person" | "machine";
  /** Nothing but one key says who it is. */
  readonly isKey: boolean;
  /** A machine that signs for several products: whoever may write any of their repositories has it. */
  readonly isShared: boolean;
}

/** Whoever can issue certificates for an anchor: as all who are known by a name under it. */
export interface Issuer {
  readonly anchor: string;
  readonly as: readonly string[];
}

/** One of several ways to open a gate. */
interface WayToOpen extends Way {
  readonly fewest: Fewest;
}

export interface GateOpeners {
  readonly gate: string;
  /** What the gate asks for: all must be met, those of the gates before it and of its bases too; what another one implies is left out. */
  readonly needs: readonly Threshold[];
  /** What may stand in the place of that. */
  readonly others: readonly WayToOpen[];
  /** Why it opens to nobody as things stand, whoever joins; empty if it does open. */
  readonly lacks: readonly string[];
  /** People whose commits keep them from approving: only as long as these say truly from which commits it was built. */
  readonly authorsBy: readonly string[];
  /** By whatever way, assuming honest infrastructure: that no issuer, and nobody who keeps the configuration, helps. */
  readonly fewest: Fewest;
  readonly issuers: readonly Issuer[];
  /** The same with the help of issuers, who stand in the sets as `ca:acme`; only where that takes fewer. */
  readonly withIssuers?: Fewest;
  /** The smallest number of all, with issuers or without: those who may sign policies can change what the gate asks. `undefined` if nobody opens it. */
  readonly size: number | undefined;
}

/** Those who may sign the policy, and so change it. */
interface PolicySigners {
  readonly of: readonly string[];
  readonly atLeast: number;
  readonly fewest: Fewest;
  readonly issuers: readonly Issuer[];
  readonly withIssuers?: Fewest;
}

export interface WhoCan {
  /** Everybody who stands in a way to open a gate. */
  readonly openers: readonly Opener[];
  /** People and machines whom this version cannot know, so that they open nothing. */
  readonly unknowable: readonly string[];
  readonly gates: readonly GateOpeners[];
  readonly policySigners?: PolicySigners;
}

export function whoCan(policy: LoadedPolicy, { policySigners, ...roles }: Pick<Verifier, "policySigners"> & Believed = {}): WhoCan {
  const believed = asNamed(policy, roles);
  const fromRoles = [believed.summaryIssuers, believed.promoters].flatMap((role) => role?.members ?? []);
  const known = new Map<string, Somebody>([...fromRoles.map((member) => [member.name, member] as const), ...signersOf(policy)]);
  const changers = policySigners === undefined ? undefined : whoSigns(policySigners);
  const products = productSigners(policy);
  const maxWork = Math.max(ALL_WORK / policy.gates.length, Math.min(MIN_WORK, MOST_WORK / policy.gates.length));
  const gates = policy.gates.map(({ name }) => {
    const [asked, ...others] = waysOf(policy, name, { known, believed, isKnowable });
    const needs = asked?.needs ?? [];
    const { each, ...opened } = openWith([{ needs }, ...others], { known, maxWork });
    const ways = [opened.fewest, opened.withIssuers, changers?.fewest, changers?.withIssuers];
    const sizes = ways.map((way) => way?.size).filter((size) => size !== undefined);
    return {
      gate: name,
      needs,
      others: others.map((way, at) => ({ ...way, fewest: each[at + 1] ?? NOBODY })),
      lacks: believed.promoters === undefined && needsRecord(policy, name) ? [NO_PROMOTERS] : [],
      authorsBy: authorsBy(gatesNeeded(policy, name)),
      ...opened,
      size: sizes.length === 0 ? undefined : Math.min(...sizes),
    };
  });
  const asked = new Set(gates.flatMap(({ needs, others }) => [needs, ...others.map((way) => way.needs)].flat().flatMap(({ of }) => of)));
  const wanted = new Set(
    policy.gates.flatMap(({ needs, approve }) => [
      ...needs.flatMap((need) => (need.kind === "image" ? [] : need.members)),
      ...(approve?.members ?? []),
    ]),
  );
  const signers = [...known.values()];
  return {
    openers: signers.filter(({ name }) => asked.has(name)).map((signer) => openerOf(signer, products)),
    unknowable: signers.filter((signer) => wanted.has(signer.name) && !isKnowable(signer)).map(({ name }) => name),
    gates,
    ...(changers === undefined ? {} : { policySigners: changers }),
  };
}

/** Whoever is in the policy too is one and the same. */
function asNamed(policy: LoadedPolicy, { summaryIssuers, promoters }: Believed): Believed {
  const owners = new Map(
    [...signersOf(policy).values()].flatMap(({ name, identities }) => identities.map((one) => [describeIdentity(one), name] as const)),
  );
  const named = <T extends Role>(role: T): T => ({
    ...role,
    members: role.members.map((member) => {
      const names = member.identities.flatMap((one) => owners.get(describeIdentity(one)) ?? []);
      return { ...member, name: names[0] ?? member.name };
    }),
  });
  return {
    ...(summaryIssuers === undefined ? {} : { summaryIssuers: named(summaryIssuers) }),
    ...(promoters === undefined ? {} : { promoters: named(promoters) }),
  };
}

const NO_PROMOTERS =
  "it asks for images of another name than that of their place, and roles.promoters in verifier.yaml names nobody who could have found them there";

/** Who makes the provenance that tells whose commits they are. */
function authorsBy(gates: readonly LoadedGate[]): readonly string[] {
  if (!keepsAuthorsOut(gates)) return [];
  return [...new Set(gates.flatMap(({ needs }) => needs.flatMap((need) => (need.kind === "provenance" ? need.members : []))))];
}

function whoSigns({ members, atLeast }: NonNullable<Verifier["policySigners"]>): PolicySigners {
  const of = members.filter(isKnowable).map(({ name }) => name);
  const known = new Map(members.map((member) => [member.name, member]));
  const { each: _, ...opened } = openWith([{ needs: [{ of, atLeast }] }], { known, maxWork: MIN_WORK });
  return { of, atLeast, ...opened };
}

/** Told; of the others only how many there are. */
const MAX_SETS = 20;
const MAX_COUNTED = 1000;
/** Of the searches for one policy together, in the units of a search, and of one at least: some tenths of a second. */
const ALL_WORK = 2_000_000;
const MIN_WORK = 100_000;
/** Of all together, however many gates there are: a second or two. */
const MOST_WORK = 10_000_000;

const NOBODY: Fewest = { size: undefined, isExact: true, sets: [] };

interface Searching {
  readonly known: ReadonlyMap<string, Somebody>;
  readonly maxWork: number;
}

/** `each`: of every way by itself; of one that takes more than another does only that. */
function openWith(
  ways: readonly Pick<Way, "needs">[],
  { known, maxWork }: Searching,
): Pick<GateOpeners, "fewest" | "issuers" | "withIssuers"> & { readonly each: readonly Fewest[] } {
  let best = Infinity;
  const each = ways.map(({ needs }) => {
    const found = findFewest(needs, { maxSets: MAX_SETS, maxCounted: MAX_COUNTED, maxWork, maxSize: best });
    if (found.sets.length > 0) best = Math.min(best, found.size ?? Infinity);
    return found;
  });
  const fewest = fewestOf(each);
  const issuers = issuersOf(
    ways.flatMap(({ needs }) => needs),
    known,
  );
  const helped = findWithIssuers(ways, issuers, { without: fewest.size, maxWork });
  const isWorthTelling = helped?.size !== undefined && (fewest.size === undefined || helped.size < fewest.size);
  return { each, fewest, issuers, ...(isWorthTelling ? { withIssuers: helped } : {}) };
}

function issuersOf(thresholds: readonly Threshold[], known: ReadonlyMap<string, Somebody>): readonly Issuer[] {
  const issuers = new Map<string, Set<string>>();
  for (const name of thresholds.flatMap(({ of }) => of)) {
    for (const identity of known.get(name)?.identities ?? []) {
      // One certificate, or one key, cannot be issued again; a name can.
      if (identity.kind !== "certificate" || identity.is.kind === "fingerprint") continue;
      const anchor = formatStore(identity.anchor);
      issuers.set(anchor, (issuers.get(anchor) ?? new Set()).add(name));
    }
  }
  return [...issuers].map(([anchor, as]) => ({ anchor, as: [...as] }));
}

/** Whom issuers stand for need not join. Each choice of issuers is tried; a policy with many anchors is tried with few of them. */
function findWithIssuers(
  ways: readonly Pick<Way, "needs">[],
  issuers: readonly Issuer[],
  { without, maxWork }: { readonly without: number | undefined; readonly maxWork: number },
): Fewest | undefined {
  const tried = issuers.slice(0, MAX_ISSUERS);
  const found: Fewest[] = [];
  let best = (without ?? Infinity) - 1;
  for (let bits = 1; bits < 2 ** tried.length; bits += 1) {
    const helping = tried.filter((__, index) => (bits & (1 << index)) !== 0);
    const free = new Set(helping.flatMap(({ as }) => as));
    for (const { needs } of ways) {
      const maxSize = best - helping.length;
      if (maxSize < 0) continue;
      const rest = findFewest(needs, { maxSets: MAX_SETS, maxWork: maxWork / 2 ** tried.length, free, maxSize });
      if (rest.size === undefined || rest.size > maxSize) continue;
      const size = rest.size + helping.length;
      if (rest.sets.length > 0) best = Math.min(best, size);
      const sets = rest.sets.map((set) => [...helping.map(({ anchor }) => anchor), ...set]);
      found.push({ ...rest, size, sets, isExact: rest.isExact && issuers.length <= MAX_ISSUERS });
    }
  }
  return found.length === 0 ? undefined : fewestOf(found);
}

const MAX_ISSUERS = 8;

/** Of several ways the easiest, each set once. Where one of those was not searched to its end there may be more, or smaller ones. */
function fewestOf(ways: readonly Fewest[]): Fewest {
  const sizes = ways.flatMap(({ size }) => size ?? []);
  if (sizes.length === 0) return NOBODY;
  const size = Math.min(...sizes);
  const best = ways.filter((way) => way.size === size);
  const [only, ...others] = best;
  if (only !== undefined && others.length === 0) return only;
  const sets = [...new Map(best.flatMap((way) => way.sets).map((set) => [set.toSorted().join("\n"), set])).values()];
  const hidden = Math.max(...best.map(({ more }) => more?.count ?? 0));
  const cut = cutSets(sets, { maxSets: MAX_SETS, isCounted: best.every(({ more, isExact }) => more === undefined && isExact) });
  // What one way does not tell another one may: so many more at least.
  const more = cut.more === undefined ? {} : { more: { ...cut.more, count: Math.max(cut.more.count, hidden) } };
  return { size, isExact: best.some(({ isExact }) => isExact), ...cut, ...more };
}

/** Identities of providers match nothing in this version. */
function isKnowable({ identities }: Pick<Somebody, "identities">): boolean {
  return identities.some(({ kind }) => kind === "certificate" || kind === "key");
}

function openerOf({ name, kind, identities }: Somebody, products: readonly ProductSigners[]): Opener {
  const isShared = kind === "machine" && products.some(({ mustName }) => mustName.has(name));
  return { name, kind, isKey: identities.every((identity) => identity.kind === "key"), isShared };
}

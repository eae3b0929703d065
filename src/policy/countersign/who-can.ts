/** The fewest people, machines and keys whose joint will, or compromise, opens each gate: from the policy and the verifier's configuration alone. */
import { formatStore } from "../../core/trust-source.ts";
import type { Verifier } from "../verifier/verifier.ts";
import { cutSets, type Fewest, findFewest } from "./fewest.ts";
import { describeThresholds, type Threshold, withoutImplied } from "./thresholds.ts";

export { describeThresholds };
import { gatesNeeded, type LoadedGate, type LoadedPolicy, type Somebody, signersOf, wantedBy } from "./loaded.ts";
import { type ProductSigners, productSigners } from "./product-signers.ts";

interface Opener {
  readonly name: string;
  readonly kind: "person" | "machine";
  /** Nothing but one key says who it is. */
  readonly isKey: boolean;
  /** A machine that signs for several products: whoever may write any of their repositories has it. */
  readonly isShared: boolean;
}

/** Whoever can issue certificates for an anchor: as all whom the policy knows by a name under it. */
export interface Issuer {
  readonly anchor: string;
  readonly as: readonly string[];
}

export interface GateOpeners {
  readonly gate: string;
  /** All must be met, those of the gates before it and of its bases too; what another one implies is left out. */
  readonly needs: readonly Threshold[];
  /** What is asked for there and not read by this version, so that the gate lets nothing pass yet. */
  readonly unread: readonly string[];
  /** Assuming honest infrastructure: that no issuer, and nobody who keeps the configuration, helps. */
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
  /** Everybody who stands in a gate's needs. */
  readonly openers: readonly Opener[];
  /** People and machines whom this version cannot know, so that they open nothing. */
  readonly unknowable: readonly string[];
  readonly gates: readonly GateOpeners[];
  readonly policySigners?: PolicySigners;
}

export function whoCan(policy: LoadedPolicy, { policySigners }: Pick<Verifier, "policySigners"> = {}): WhoCan {
  const known = signersOf(policy);
  const asked = new Set(policy.gates.flatMap((gate) => wantedBy(gate).flatMap(({ members }) => members)));
  const signers = [...known.values()].filter(({ name }) => asked.has(name));
  const changers = policySigners === undefined ? undefined : whoSigns(policySigners);
  const products = productSigners(policy);
  return {
    openers: signers.filter(isKnowable).map((signer) => openerOf(signer, products)),
    unknowable: signers.filter((signer) => !isKnowable(signer)).map(({ name }) => name),
    gates: policy.gates.map(({ name }) => {
      const needs = thresholdsOf(policy, name, known);
      const opened = asLeast(openWith(needs, known), gatesNeeded(policy, name));
      const ways = [opened.fewest, opened.withIssuers, changers?.fewest, changers?.withIssuers];
      const sizes = ways.map((way) => way?.size).filter((size) => size !== undefined);
      return {
        gate: name,
        needs,
        unread: unreadBy(gatesNeeded(policy, name)),
        ...opened,
        size: sizes.length === 0 ? undefined : Math.min(...sizes),
      };
    }),
    ...(changers === undefined ? {} : { policySigners: changers }),
  };
}

/** What the gate, those before it and those of its bases ask for, of those who can be known at all. */
function thresholdsOf(policy: LoadedPolicy, gate: string, known: ReadonlyMap<string, Somebody>): readonly Threshold[] {
  const needs = gatesNeeded(policy, gate).flatMap(wantedBy);
  const canBeKnown = (name: string): boolean => isKnowable(known.get(name) ?? { identities: [] });
  return withoutImplied(needs.map(({ members, atLeast }) => ({ of: members.filter(canBeKnown), atLeast })));
}

/** Whoever may not approve because of what they did before makes it take more, and how many more is not searched for. */
function asLeast(opened: ReturnType<typeof openWith>, gates: readonly LoadedGate[]): ReturnType<typeof openWith> {
  const builders = new Set(gates.flatMap(({ needs }) => needs.flatMap((need) => (need.kind === "provenance" ? need.members : []))));
  const takesMore = gates.some(({ approve }) =>
    approve?.not.some(
      (text) => text.startsWith("approver-of") || (text === "builder" && approve.members.some((name) => builders.has(name))),
    ),
  );
  if (!takesMore) return opened;
  const { fewest, withIssuers } = opened;
  return {
    ...opened,
    fewest: { ...fewest, isExact: false },
    ...(withIssuers === undefined ? {} : { withIssuers: { ...withIssuers, isExact: false } }),
  };
}

function unreadBy(gates: readonly LoadedGate[]): readonly string[] {
  const asksNames = gates.some(({ needs }) => needs.some((need) => need.kind === "signature" && need.signedAs !== undefined));
  return asksNames ? ["signedAs"] : [];
}

function whoSigns({ members, atLeast }: NonNullable<Verifier["policySigners"]>): PolicySigners {
  const of = members.filter(isKnowable).map(({ name }) => name);
  return { of, atLeast, ...openWith([{ of, atLeast }], new Map(members.map((member) => [member.name, member]))) };
}

function openWith(
  thresholds: readonly Threshold[],
  known: ReadonlyMap<string, Somebody>,
): Pick<GateOpeners, "fewest" | "issuers" | "withIssuers"> {
  const fewest = findFewest(thresholds, { maxSets: MAX_SETS, maxCounted: MAX_COUNTED });
  const issuers = issuersOf(thresholds, known);
  const helped = findWithIssuers(thresholds, issuers);
  const isWorthTelling = helped?.size !== undefined && (fewest.size === undefined || helped.size < fewest.size);
  return { fewest, issuers, ...(isWorthTelling ? { withIssuers: helped } : {}) };
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
function findWithIssuers(thresholds: readonly Threshold[], issuers: readonly Issuer[]): Fewest | undefined {
  const tried = issuers.slice(0, MAX_ISSUERS);
  let best: Fewest | undefined;
  for (let bits = 1; bits < 2 ** tried.length; bits += 1) {
    const helping = tried.filter((__, index) => (bits & (1 << index)) !== 0);
    if (best?.size !== undefined && helping.length > best.size) continue;
    const covered = new Set(helping.flatMap(({ as }) => as));
    const left = thresholds.flatMap(({ of, atLeast }) => {
      const free = of.filter((name) => !covered.has(name));
      const wanted = atLeast - (of.length - free.length);
      return wanted > 0 ? [{ of: free, atLeast: wanted }] : [];
    });
    const rest = findFewest(left, { maxSets: MAX_SETS });
    if (rest.size === undefined) continue;
    const size = rest.size + helping.length;
    const sets = rest.sets.map((set) => [...helping.map(({ anchor }) => anchor), ...set]);
    const isExact = rest.isExact && issuers.length <= MAX_ISSUERS;
    if (best?.size === undefined || size < best.size)
      best = { size, isExact, sets, ...(rest.more === undefined ? {} : { more: rest.more }) };
    else if (size === best.size) {
      const isCounted = best.more === undefined && rest.more === undefined;
      best = { size, isExact: isExact && best.isExact, ...cutSets([...best.sets, ...sets], { maxSets: MAX_SETS, isCounted }) };
    }
  }
  return best;
}

const MAX_ISSUERS = 8;
/** Told; of the others only how many there are. */
const MAX_SETS = 20;
const MAX_COUNTED = 1000;

/** Identities of providers match nothing in this version. */
function isKnowable({ identities }: Pick<Somebody, "identities">): boolean {
  return identities.some(({ kind }) => kind === "certificate" || kind === "key");
}

function openerOf({ name, kind, identities }: Somebody, products: readonly ProductSigners[]): Opener {
  const isShared = kind === "machine" && products.some(({ mustName }) => mustName.has(name));
  return { name, kind, isKey: identities.every((identity) => identity.kind === "key"), isShared };
}

/** Which policy judges, and how far it is trusted. */
import { quoteWord } from "../core/shell.ts";
import { missingGateWarnings } from "../policy/verifier/missing-gate.ts";
import { unreadListWarnings } from "../policy/verifier/unread-list.ts";
import type { Verifier } from "../policy/verifier/verifier.ts";
import type { HoldOptions } from "../trust/hold-to-floor.ts";
import type { PolicyFile } from "../trust/policy-file.ts";
import type { Pinning, RestsOn } from "../trust/policy-trust.ts";
import type { Found } from "./named-policy.ts";
import { type Candidate, candidates, noPolicy } from "./policy-places.ts";
import { type Surroundings, trustStoresFolder } from "./surroundings.ts";

/** The policy that judges: `named`, as `--policy` has it, else what the surroundings say. Throws `policy/…`. */
export async function openPolicy(named: string | undefined, around: Surroundings): Promise<PolicyFile> {
  const { pinnedPolicy } = await import("../trust/policy-trust.ts");
  return withFloor(await withTrust(await findPolicy(named, around), pinnedPolicy, around), around.isAsOf ? "as-of" : "judge", around);
}

/** The same for people who look at it: that it is another than the pinned one is a warning. */
export async function showPolicy(named: string | undefined, around: Surroundings): Promise<PolicyFile> {
  return show(await findPolicy(named, around), around);
}

async function show(found: Found, around: Surroundings): Promise<PolicyFile> {
  const { shownPolicy } = await import("../trust/policy-trust.ts");
  return withFloor(await withTrust(found, shownPolicy, around), "look", around);
}

/** One that is older than what this machine has seen is refused; whoever looks at it is told. */
async function withFloor(file: PolicyFile, way: HoldOptions["way"], around: Surroundings): Promise<PolicyFile> {
  const { signed, policy } = file;
  if (signed === undefined) return file;
  const [{ holdToFloor }, floors, { pins }] = await Promise.all([import("../trust/hold-to-floor.ts"), around.floors(), around.verifier()]);
  const isPinned = pins.get(policy.name)?.digest === policy.digest;
  return holdToFloor(file, { floors, way, isPinned, leadsTo: (seen, floor) => around.leadsTo(signed.artifact, seen, floor) });
}

type Judge = (file: PolicyFile, pinning: Pinning) => PolicyFile;

async function withTrust(found: Found, judge: Judge, around: Surroundings): Promise<PolicyFile> {
  const verifier = await around.verifier();
  const { distrustWithinTree } = await import("../trust/policy-trust.ts");
  const { paths } = around;
  const file = announce(judge(found.file, { asked: found.asked, pins: verifier.pins }), found);
  const warnings = [...missingGateWarnings(file.policy, verifier, paths.verifier), ...unreadListWarnings(verifier, paths.verifier)];
  return distrustWithinTree(withWarnings(file, warnings), restsOn(found, verifier, around), paths);
}

/** What the answer rests on besides the document: without the trust stores neither its digest nor its signatures say whom it means. */
function restsOn({ configuration }: Found, verifier: Verifier, { paths }: Surroundings): readonly RestsOn[] {
  const stores = { what: "the folder of trust stores", path: trustStoresFolder(paths, verifier) };
  return configuration === undefined ? [stores] : [{ what: "the configuration's folder", path: configuration }, stores];
}

/** A policy, and why it is this one that judges. */
export interface ExplainedPolicy {
  readonly file: PolicyFile;
  /** What named it, or where it was found. */
  readonly how: string;
  /** Others that are there, each with the reason why it does not judge. */
  readonly passedOver: readonly string[];
}

/** As `showPolicy`, with all places where a policy is. */
export async function explainPolicy(named: string | undefined, around: Surroundings): Promise<ExplainedPolicy> {
  const all: Candidate[] = [];
  for await (const candidate of candidates(named, around)) all.push(candidate);
  const chosen = all.find(({ open }) => open !== undefined);
  if (chosen?.open === undefined) throw noPolicy(around, all[0]?.path);
  const file = await show(await chosen.open(), around);
  const { pinKey } = await import("../trust/policy-trust.ts");
  // Two of the places may be one and the same file.
  const own = file.place.kind === "file" ? pinKey(file.place.text) : undefined;
  const others = all.filter((one) => one !== chosen && (one.path === undefined || pinKey(one.path) !== own));
  return { file, how: chosen.how, passedOver: others.map(({ passedOver }) => passedOver) };
}

/** Whoever has just fetched somebody's project is to see that it brings the policy along. */
function announce(file: PolicyFile, { isOfProject = false }: Found): PolicyFile {
  const { place, policy } = file;
  if (!isOfProject || policy.trust !== "unpinned") return file;
  const warning = `the policy is ${place.text}, which nobody named and nobody has pinned; countersign policy trust ${quoteWord(place.text)}`;
  return withWarnings(file, [warning]);
}

function withWarnings(file: PolicyFile, more: readonly string[]): PolicyFile {
  const { policy } = file;
  return more.length === 0 ? file : { ...file, policy: { ...policy, warnings: [...policy.warnings, ...more] } };
}

async function findPolicy(named: string | undefined, around: Surroundings): Promise<Found> {
  let unnamed: string | undefined;
  for await (const { open, path } of candidates(named, around)) {
    if (open !== undefined) return open();
    unnamed = path;
  }
  throw noPolicy(around, unnamed);
}

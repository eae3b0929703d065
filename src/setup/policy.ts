/** Which policy judges, and how far it is trusted. Source for the order: docs/policies.md, "Which policy judges". */
import { dirname, join, resolve } from "node:path";
import type { Digest } from "../core/digest.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import type { EarlierVersion, FoundVersion } from "../core/policy.ts";
import { formatReference, type Reference } from "../core/reference.ts";
import { quoteWord } from "../core/shell.ts";
import type { SignedPolicy } from "../signed-policies/fetch-signed-policy.ts";
import { isPresent } from "../files/present.ts";
import type { Paths } from "./paths.ts";
import { parsePolicyLocation, type PolicyLocation } from "../policy/policy-location.ts";
import { missingGateWarnings } from "../policy/verifier/missing-gate.ts";
import { unreadListWarnings } from "../policy/verifier/unread-list.ts";
import { type ConfiguredPolicy, NO_VERIFIER, policyAt, type PolicySigners, type Verifier } from "../policy/verifier/verifier.ts";
import type { Floor, SignedVersion } from "../policy/floor.ts";
import type { HoldOptions } from "../trust/hold-to-floor.ts";
import type { PolicyFile } from "../trust/policy-file.ts";
import type { PolicyFloors } from "../trust/policy-floors.ts";
import type { Pinning, RestsOn } from "../trust/policy-trust.ts";

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly paths: Paths;
  readonly verifier: () => Promise<Verifier>;
  /** A person is looking: the project that he stands in may bring its policy. */
  readonly searchAbove: boolean;
  readonly openSigned: (reference: Reference, signers: PolicySigners) => Promise<SignedPolicy>;
  readonly floors: () => Promise<PolicyFloors>;
  /** Whether the versions before `seen`, of the artifact, lead to the floor; `undefined` where they are not there. */
  readonly leadsTo: (artifact: Reference, seen: SignedVersion, floor: Floor) => Promise<boolean | undefined>;
  /** The document of an earlier version of the artifact, if it was the newest at that time. */
  readonly pastPolicy: (
    artifact: Reference,
    asked: { readonly digest: string; readonly at: Date },
    signers: PolicySigners,
  ) => Promise<Uint8Array | undefined>;
  /** It is asked as of another time. */
  readonly isAsOf: boolean;
}

interface Found {
  readonly file: PolicyFile;
  /** The digest that was given with its name. */
  readonly asked?: Digest | undefined;
  /** Nobody has named it: it lies in the project that somebody stands in. */
  readonly isOfProject?: boolean;
  /** The folder of the configuration that it belongs to. */
  readonly configuration?: string;
}

/** Throws `config/invalid`. */
export async function openVerifier(paths: Paths): Promise<Verifier> {
  // Looked for first: without one, the reader of YAML is not loaded.
  if (!isPresent(paths.verifier)) return NO_VERIFIER;
  const { loadVerifier } = await import("../trust/verifier-file.ts");
  return loadVerifier(paths.verifier, paths);
}

export function trustStoresFolder(paths: Paths, { trustStores }: Verifier): string {
  return trustStores === undefined ? paths.trustStores : resolveBeside(trustStores, paths);
}

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

/** A place where a policy is. */
interface Candidate {
  /** Why this one judges: what names it, or where it lies. */
  readonly how: string;
  /** What it is, and why it does not judge: where another one does. */
  readonly passedOver: string;
  /** Of a file. */
  readonly path?: string;
  /** Absent where it judges only if it is named. */
  readonly open?: () => Promise<Found>;
}

/** The places where a policy is, in the order in which they judge. Whoever wants the first alone does not look for the others. */
async function* candidates(named: string | undefined, around: Surroundings): AsyncGenerator<Candidate> {
  const { env, paths, searchAbove } = around;
  const variable = env["COUNTERSIGN_POLICY"] || undefined;
  if (named !== undefined) yield givenPolicy({ text: named, by: "--policy" }, around);
  if (variable !== undefined && variable !== named) yield givenPolicy({ text: variable, by: "COUNTERSIGN_POLICY" }, around);
  const { policies } = await around.verifier();
  for (const configured of policies) {
    if (configured.name !== named && configured.name !== variable) yield configuredPolicy(configured, around);
  }
  if (isPresent(paths.policy)) yield ownPolicy(paths.policy);
  if (searchAbove) yield* projectPolicy(around);
  const { findInstalledPolicy } = await import("../trust/policy-file.ts");
  const installed = findInstalledPolicy(paths.notaryPolicies);
  if (installed !== undefined) yield installedPolicy(installed);
  if (!searchAbove) yield* projectPolicy(around);
}

interface Given {
  readonly text: string;
  readonly by: "--policy" | "COUNTERSIGN_POLICY";
}

function givenPolicy(given: Given, around: Surroundings): Candidate {
  const { text, by } = given;
  return {
    how: `${by} names it`,
    passedOver: `${text}: ${by} names it, and --policy comes before it`,
    open: () => openGiven(given, around),
  };
}

async function openGiven({ text, by }: Given, around: Surroundings): Promise<Found> {
  // A name of the verifier's own comes before a file of the working folder.
  const { policies } = await around.verifier();
  const configured = policies.find(({ name }) => name === text);
  if (configured !== undefined) return openConfigured(configured, around);
  const location = locate({ text, by });
  if (location.kind === "registry") return openSigned(location.reference, around, policyAt(location.reference, policies)?.name);
  const { loadConfiguredPolicy, loadNamedPolicy } = await import("../trust/policy-file.ts");
  const file = by === "--policy" ? loadNamedPolicy(location.path) : loadConfiguredPolicy(location.path, by);
  return { file: await file, asked: location.digest };
}

/** What is wrong with the environment is wrong with the set-up, and not with what was asked. */
function locate({ text, by }: Given): PolicyLocation {
  try {
    return parsePolicyLocation(text);
  } catch (error) {
    if (by === "--policy" || !(error instanceof CountersignError)) throw error;
    throw new CountersignError("policy/invalid", error.message, { remedy: `${by} names it: correct or unset that` });
  }
}

function configuredPolicy(configured: ConfiguredPolicy, around: Surroundings): Candidate {
  const { name, location } = configured;
  const { verifier } = around.paths;
  return {
    how: `policies.${name} of ${verifier} names it`,
    passedOver: `policies.${name} of ${verifier}: what is named comes before it`,
    ...(location.kind === "file" ? { path: resolveBeside(location.path, around.paths) } : {}),
    open: async () => {
      const names = (await around.verifier()).policies.map((one) => one.name);
      if (names.length === 1) return openConfigured(configured, around);
      throw new CountersignError("policy/none", `Cannot choose a policy: "${verifier}" names ${names.join(", ")}`, {
        remedy: names.map((one) => `--policy ${one}`).join(", or "),
      });
    },
  };
}

function ownPolicy(path: string): Candidate {
  return {
    how: "it is the policy of the configuration, and none is named",
    passedOver: `${path}: what is named, also in verifier.yaml, comes before it`,
    path,
    open: async () => {
      const { loadConfiguredPolicy } = await import("../trust/policy-file.ts");
      return { file: await loadConfiguredPolicy(path, "the configuration"), configuration: dirname(path) };
    },
  };
}

async function* projectPolicy({ paths, searchAbove }: Surroundings): AsyncGenerator<Candidate> {
  const { findPolicyAbove, PROJECT_POLICY, refuseOtherOwner } = await import("../trust/policy-above.ts");
  const path = findPolicyAbove(process.cwd(), paths);
  if (path === undefined) return;
  const how = `it is the nearest ${PROJECT_POLICY}, and a person is at the terminal`;
  if (!searchAbove) yield { how, passedOver: `${path}: off a terminal it judges only where it is named`, path };
  else {
    const open = async (): Promise<Found> => {
      refuseOtherOwner(path);
      const { loadFoundPolicy } = await import("../trust/policy-file.ts");
      return { file: await loadFoundPolicy(path), isOfProject: true };
    };
    yield { how, passedOver: `${path}: what is named or configured comes before it`, path, open };
  }
}

function installedPolicy(path: string): Candidate {
  return {
    how: "it is the installed trust policy, and none is named or configured",
    passedOver: `${path}: it judges where no other policy does`,
    path,
    open: async () => {
      const { loadFoundPolicy } = await import("../trust/policy-file.ts");
      return { file: await loadFoundPolicy(path), configuration: dirname(path) };
    },
  };
}

/** `unnamed`: one that is there, and would judge if it were named. */
function noPolicy({ paths }: Surroundings, unnamed?: string): CountersignError {
  const folders = [...new Set([paths.configuration, paths.notation])].map((folder) => `"${folder}"`).join(" or ");
  const state = `there is no policy in ${folders}, and none was given`;
  if (unnamed === undefined) return new CountersignError("policy/none", `Cannot judge: ${state}`);
  const word = quoteWord(unnamed);
  return new CountersignError(
    "policy/none",
    `Cannot judge: ${state}; "${unnamed}" is there, and off a terminal it judges only if it is named`,
    {
      remedy: `--policy ${word}, or COUNTERSIGN_POLICY=${word} in the environment`,
    },
  );
}

async function openConfigured({ name, location }: ConfiguredPolicy, around: Surroundings): Promise<Found> {
  const { paths } = around;
  if (location.kind === "registry") return openSigned(location.reference, around, name);
  const { loadConfiguredPolicy } = await import("../trust/policy-file.ts");
  const file = await loadConfiguredPolicy(resolveBeside(location.path, paths), `policies.${name} of "${paths.verifier}"`);
  await refuseOther(file, around, name);
  return { file, asked: location.digest };
}

async function openSigned(reference: Reference, around: Surroundings, name?: string): Promise<Found> {
  const { policySigners } = await around.verifier();
  const source = `oci://${formatReference(reference)}`;
  if (policySigners === undefined) {
    throw new CountersignError("policy/unsigned", `Cannot use policy "${source}": nobody says who may sign policies`, {
      remedy: `write roles.policySigners into "${around.paths.verifier}"`,
    });
  }
  const { pinned, bytes, chain } = await around.openSigned(reference, policySigners);
  const { decodePolicyDocument } = await import("../trust/policy-file.ts");
  const text = `oci://${formatReference(pinned)}`;
  const policy = await decodePolicyDocument(bytes, { source: text });
  const versionOf = async ({ digest, judged }: EarlierVersion): Promise<FoundVersion> => {
    const earlier = await around.pastPolicy(pinned, { digest, at: judged.from }, policySigners);
    if (earlier === undefined) return { gaps: [] };
    const found = await decodePolicyDocument(earlier, { source: `${source}, version ${digest}` });
    return { policy: { ...found, ...(chain === undefined ? {} : { chain }), trust: "signed" }, gaps: [] };
  };
  const file: PolicyFile = {
    place: { kind: "registry", text },
    bytes,
    policy: { ...policy, ...(policy.chain === undefined && chain !== undefined ? { chain } : {}), trust: "signed", versionOf },
    signed: { artifact: pinned, chain },
  };
  await refuseOther(file, around, name);
  return { file };
}

/** Whoever may write where it is kept must not put another, or an older one, in its place. */
async function refuseOther({ place, policy }: PolicyFile, around: Surroundings, name: string = policy.name): Promise<void> {
  const { form, version } = policy;
  const configured = (await around.verifier()).policies.find((entry) => entry.name === name);
  const minimum = configured?.minimumVersion;
  const wanted = `"${around.paths.verifier}" asks for`;
  if (form === "countersign" && policy.name !== name) {
    throw new CountersignError(
      "policy/invalid",
      `Cannot use policy "${place.text}": its name is ${showForeign(policy.name)}, and ${wanted} ${name}`,
      {
        remedy: `if that is the policy you mean, write ${showForeign(policy.name)} in place of ${name} under policies (and pins) in "${around.paths.verifier}"; else correct its source there`,
      },
    );
  }
  if (minimum === undefined || (form === "countersign" && Number(version) >= minimum)) return;
  const state = form === "countersign" ? `it is version ${version}` : "a Notary trust policy has no version of its own";
  throw new CountersignError("policy/invalid", `Cannot use policy "${place.text}": ${state}, and ${wanted} ${minimum} or later`, {
    remedy: `bring version ${minimum} or later to its place`,
  });
}

/** A path of `verifier.yaml`: below the home folder after `~/`, else beside the file. */
function resolveBeside(path: string, { home, verifier }: Paths): string {
  return path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : resolve(dirname(verifier), path);
}

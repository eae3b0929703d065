/** The places where a policy is, in the order in which they judge. Source for the order: docs/policies.md, "Which policy judges". */
import { dirname } from "node:path";
import { CountersignError } from "../core/errors.ts";
import { quoteWord } from "../core/shell.ts";
import { isPresent } from "../files/present.ts";
import { parsePolicyLocation, type PolicyLocation } from "../policy/policy-location.ts";
import { type ConfiguredPolicy, policyAt } from "../policy/verifier/verifier.ts";
import { type Found, openConfigured, openSigned } from "./named-policy.ts";
import { resolveBeside, type Surroundings } from "./surroundings.ts";

/** A place where a policy is. */
export interface Candidate {
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
export async function* candidates(named: string | undefined, around: Surroundings): AsyncGenerator<Candidate> {
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
export function noPolicy({ paths }: Surroundings, unnamed?: string): CountersignError {
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

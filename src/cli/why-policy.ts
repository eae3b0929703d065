/** Why this policy judges and not another one that is there: in words, for people. */
import { isPresent } from "../files/present.ts";
import { realPath } from "../trust/working-tree.ts";
import { findPolicyAbove, PROJECT_POLICY } from "../trust/policy-above.ts";
import { findInstalledPolicy, type PolicyFile } from "../trust/policy-file.ts";
import type { Paths } from "../paths.ts";
import type { Setup } from "../setup.ts";
import { CountersignError } from "../core/errors.ts";
import type { Io } from "./io.ts";

export interface WhyPolicy {
  /** What named it, or where it was found. */
  readonly chosen: string;
  /** Others that are there, each with the reason why it does not judge. */
  readonly passedOver: readonly string[];
}

export async function whyPolicy(
  file: PolicyFile,
  given: { readonly named: string | undefined; readonly io: Io; readonly opened: Setup },
): Promise<WhyPolicy> {
  const { named, io, opened } = given;
  const path = file.path.startsWith("oci://") ? file.path : realPath(file.path);
  const { paths } = opened;
  const { policies } = await opened.verifier();
  const text = named ?? (io.env["COUNTERSIGN_POLICY"] || undefined);
  const configured = policies.find(({ name }) => (text === undefined ? policies.length === 1 : name === text));
  const installed = findInstalledPolicy(paths.notaryPolicies);
  const project = findProject(paths);
  const ways: readonly (readonly [isIt: boolean, chosen: string])[] = [
    [configured !== undefined, `policies.${configured?.name} of ${paths.verifier} names it`],
    [named !== undefined, "--policy names it"],
    [text !== undefined, "COUNTERSIGN_POLICY names it"],
    [path === realPath(paths.policy), "it is the policy of the configuration"],
    [path === project, `it is the nearest ${PROJECT_POLICY}, and a person is at the terminal`],
  ];
  const chosen = ways.find(([isIt]) => isIt)?.[1] ?? "it is the Notary trust policy that is installed, and there is no other policy";
  const others = [
    ...(isPresent(paths.policy) && path !== realPath(paths.policy) ? [`${paths.policy}: it judges where nothing is named`] : []),
    ...(project !== undefined && path !== project
      ? [
          `${project}: ${io.isTerminal && io.stdout.isTTY === true ? "what is named or configured comes before it" : "off a terminal it judges only where it is named"}`,
        ]
      : []),
    ...(installed !== undefined && path !== realPath(installed) ? [`${installed}: it judges where there is no Countersign policy`] : []),
  ];
  return { chosen, passedOver: others };
}

/** One that may not be used is none. */
function findProject(paths: Paths): string | undefined {
  try {
    return findPolicyAbove(process.cwd(), paths);
  } catch (error) {
    if (error instanceof CountersignError) return undefined;
    throw error;
  }
}

/** Holds a signed policy to the newest version of it that this machine has seen. */
import { CountersignError } from "../core/errors.ts";
import { repositoryOf } from "../core/reference.ts";
import { isCountersignPolicy } from "../policy/countersign/document.ts";
import { followsAnother, type Floor, type SignedVersion } from "../policy/floor.ts";
import type { PolicyFile } from "./policy-file.ts";
import type { PolicyFloors } from "./policy-floors.ts";

/** The digest of a policy's first version, by which every later one is known; `undefined` where only the versions between could tell. */
export function chainOf({ policy, signed }: PolicyFile): string | undefined {
  if (!isCountersignPolicy(policy)) return undefined;
  return policy.loaded.previous === undefined ? policy.digest : signed?.chain;
}

/** What is remembered of it; `undefined` for one that is not signed, or has no version of its own. */
function signedVersionOf(file: PolicyFile): SignedVersion | undefined {
  const { policy, signed } = file;
  if (signed === undefined || !isCountersignPolicy(policy)) return undefined;
  const { name, version, previous } = policy.loaded;
  return { name, repository: repositoryOf(signed.artifact), version, digest: policy.digest, previous, chain: chainOf(file) };
}

export interface HoldOptions {
  readonly floors: PolicyFloors;
  /** `judge`: it is refused or remembered; else somebody looks at it, or judges as of another time, and is told. */
  readonly way: "judge" | "look" | "as-of";
  /** `verifier.yaml` has its digest: whoever owns that says which one it is to be. */
  readonly isPinned: boolean;
  /** Whether the versions before it lead to the one that was seen; `undefined` where they are not there. Throws `store/…`. */
  readonly leadsTo: (seen: SignedVersion, floor: Floor) => Promise<boolean | undefined>;
}

/** Throws `policy/rolled-back` and `policy/forked`, and `config/invalid` for a floor that cannot be read. */
export async function holdToFloor(file: PolicyFile, { floors, way, isPinned, leadsTo }: HoldOptions): Promise<PolicyFile> {
  const seen = signedVersionOf(file);
  if (seen === undefined) return file;
  const below = floors.whyBelow(seen);
  if (below !== undefined) {
    if (way === "look") return warned(file, `${below.state}: it judges nothing here`);
    if (way === "as-of") return warned(file, `${below.state}: it judges because --at asks about another time`);
    if (isPinned) return warned(file, `${below.state}: it judges because its digest is pinned`);
    throw floors.refusal(seen, { below, source: file.place.text });
  }
  // Signatures that rest on what others may write are none to remember.
  if (way !== "judge" || file.policy.trust !== "signed") return file;
  const unsure = await whyNotFollowed(seen, { floors, leadsTo, source: file.place.text });
  try {
    await floors.raise(seen);
    return unsure === undefined ? file : warned(file, unsure);
  } catch (error) {
    if (!(error instanceof CountersignError) || error.code !== "config/invalid") throw error;
    return warned(
      file,
      `version ${seen.version} cannot be remembered, so an older one would not be noticed: ${error.message}; ${error.remedy}`,
    );
  }
}

/** One version later names the one that was seen; where there are more between, each has to be looked at. */
async function whyNotFollowed(
  seen: SignedVersion,
  { floors, leadsTo, source }: Pick<HoldOptions, "floors" | "leadsTo"> & { readonly source: string },
): Promise<string | undefined> {
  const floor = floors.read(seen);
  if (floor === undefined || seen.version <= floor.version + 1) return undefined;
  const unsure = `it could not be seen whether version ${seen.version} follows the version ${floor.version} that was seen on this machine`;
  try {
    const leads = await leadsTo(seen, floor);
    if (leads === undefined) return `${unsure}: those between are not there`;
    if (leads) return undefined;
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    return `${unsure}: ${error.message}`;
  }
  throw floors.refusal(seen, { below: followsAnother(seen, floor), source });
}

function warned(file: PolicyFile, state: string): PolicyFile {
  const { policy } = file;
  return { ...file, policy: { ...policy, warnings: [...policy.warnings, `${file.place.text}: ${state}`] } };
}

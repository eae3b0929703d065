/** How far a policy is trusted: pinned by whoever verifies, or not; and whether it is still the one that was pinned. */
import { dirname } from "node:path";
import type { Digest } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import type { EarlierVersion, FoundVersion, Policy } from "../core/policy.ts";
import { quoteWord } from "../core/shell.ts";
import { type Pin, wasPinned } from "../policy/verifier/verifier.ts";
import { decodePolicyDocument, type PolicyFile } from "./policy-file.ts";
import { realPath, whyWithinTree } from "./working-tree.ts";

export interface Pinning {
  /** Given with the policy: it stands above what is kept. */
  readonly asked?: Digest | undefined;
  /** By absolute path, or by the policy's name. */
  readonly pins: ReadonlyMap<string, Pin>;
}

/** A folder that the answer rests on besides the document, in words and where it is. */
export interface RestsOn {
  readonly what: string;
  readonly path: string;
}

/** The policy as pinned or unpinned. Throws `policy/changed` for another than the one that is pinned. */
export function pinnedPolicy(file: PolicyFile, pinning: Pinning): PolicyFile {
  const changed = whyChanged(file, pinning);
  if (changed === undefined) return withPinning(file, pinning);
  const remedy =
    pinning.asked === undefined ? `look at what it allows now: countersign policy trust ${quoteWord(file.place.text)}` : undefined;
  throw new CountersignError(
    "policy/changed",
    `Cannot use policy "${file.place.text}": ${changed}`,
    remedy === undefined ? {} : { remedy },
  );
}

/** The same for people who look at the policy: what has changed is said among its warnings. */
export function shownPolicy(file: PolicyFile, pinning: Pinning): PolicyFile {
  const changed = whyChanged(file, pinning);
  if (changed === undefined) return withPinning(file, pinning);
  const warning = `${changed}: ${untilTrusted(file)}`;
  return { ...file, policy: { ...file.policy, warnings: [...file.policy.warnings, warning] } };
}

/** How the warning about a changed policy ends. */
export function untilTrusted({ place }: PolicyFile): string {
  return `it judges nothing until \`countersign policy trust ${quoteWord(place.text)}\``;
}

/** Whoever may write one of `places` decides what passes, whoever has pinned or signed the policy: it counts as unpinned, and says why. */
export function distrustWithinTree(file: PolicyFile, places: readonly RestsOn[], homes: { readonly home: string }): PolicyFile {
  const reasons = places.flatMap(({ what, path }) => {
    const why = whyWithinTree(path, homes);
    return why === undefined ? [] : [`${what} is "${path}", which ${why}: the policy counts as unpinned`];
  });
  if (reasons.length === 0) return file;
  return { ...file, policy: { ...file.policy, trust: "unpinned", warnings: [...file.policy.warnings, ...reasons] } };
}

/** What the policy must be; `undefined` where nobody has said. */
function pinOf({ place, policy }: PolicyFile, { asked, pins }: Pinning): Pin | undefined {
  const kept = (place.kind === "file" ? pins.get(pinKey(place.text)) : undefined) ?? pins.get(policy.name);
  // What is kept knows the first version of the same document.
  return asked === undefined || asked === kept?.digest ? kept : { digest: asked };
}

/** A file is pinned by where it really is, so that a link cannot lend its pin to another. */
export function pinKey(path: string): string {
  return realPath(path);
}

/** One that is signed stays so: its pin holds it to one document, and who vouches for it is known all the same. */
function withPinning(file: PolicyFile, pinning: Pinning): PolicyFile {
  const pin = pinOf(file, pinning);
  if (file.policy.trust === "signed" || pin === undefined) return file;
  return { ...file, policy: { ...asPinned(file.policy, pin), versionOf: (asked) => findPast(asked, { pin, file }) } };
}

function asPinned(policy: Policy, pin: Pin): Policy {
  return { ...withChain(policy, pin), trust: "pinned" };
}

/** The configuration says which document it was, and until when; the document itself may come from anywhere. */
async function findPast(
  { digest, judged, findKept }: EarlierVersion,
  { pin, file }: { readonly pin: Pin; readonly file: PolicyFile },
): Promise<FoundVersion> {
  if (!wasPinned(pin, { digest, judged })) return { gaps: [] };
  const { bytes, gaps } = await findKept();
  if (bytes === undefined) return { gaps };
  const { kind, text } = file.place;
  const folder = kind === "file" ? { folder: dirname(text) } : {};
  try {
    const past = await decodePolicyDocument(bytes, { source: `${text} as it was, ${digest}`, ...folder });
    return past.digest === digest ? { policy: asPinned(past, pin), gaps: [] } : { gaps };
  } catch (error) {
    // A key of a file that is gone, say: the image may come in by today's version all the same.
    if (error instanceof CountersignError && error.code === "policy/invalid") return { gaps: [error.message] };
    throw error;
  }
}

/** Approvals name the first version; whoever edits a pinned policy keeps them. */
function withChain(policy: Policy, { chain, isChainUnknown }: Pin): Policy {
  if (chain !== undefined) return { ...policy, chain };
  if (isChainUnknown !== true) return policy;
  const { chain: _, ...unknown } = policy;
  return unknown;
}

function whyChanged(file: PolicyFile, pinning: Pinning): string | undefined {
  const pin = pinOf(file, pinning)?.digest;
  if (pin === undefined || pin === file.policy.digest) return undefined;
  return `its digest is ${file.policy.digest}, and ${pinning.asked === undefined ? "the pinned one" : "the one given"} ${pin}`;
}

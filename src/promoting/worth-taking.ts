/** Which of all that hangs on an image a promotion takes along: whatever somebody has signed whom the policy or the verifier knows. */
import type { Closure } from "../copying/closure.ts";
import type { Digest } from "../core/digest.ts";
import { isCosignTag } from "../core/digest-tags.ts";
import { CountersignError } from "../core/errors.ts";
import { inParallel } from "../core/in-parallel.ts";
import type { Policy, Selection } from "../core/policy.ts";
import { distinctStores, storesOf, type TrustAnchor, type TrustSource, type TrustStoreName } from "../core/trust-source.ts";
import type { SignatureReport } from "../core/verdict.ts";
import { gapsOf, readerOf } from "../evidence/look-at-manifests.ts";
import { gather, type GatherOptions, listHanging } from "../judging/gather.ts";
import { isKeptContext } from "./kept-context.ts";

export interface Chosen {
  readonly closure: Closure;
  /** Referrers and tags of cosign's. */
  readonly leftBehind: number;
  /** In words, what could not be looked at. */
  readonly gaps: readonly string[];
}

/** Everybody whom the policy names, and those whom the verifier believes about promotions. */
export async function findKnown(
  { rules, everybody }: Extract<Selection, { kind: "gate" }>,
  { policy: { promoters }, trust, now }: { readonly policy: Policy; readonly trust: TrustSource; readonly now: Date },
): Promise<Pick<GatherOptions, "rules" | "anchors" | "now">> {
  if (rules === undefined) throw new TypeError("a gate of a product has rules");
  const promoting = promoters?.rules.signers.kind === "members" ? promoters.rules.signers.members : [];
  const members = [...(everybody?.() ?? []), ...promoting];
  const stores = distinctStores([
    ...rules.trustStores,
    ...(promoters?.rules.trustStores ?? []),
    ...storesOf(members.flatMap(({ identities }) => identities)),
  ]);
  const { product: _, ...shared } = rules;
  return {
    rules: { ...shared, trustStores: stores, signers: { kind: "members", members } },
    anchors: (await Promise.all(stores.map((store) => anchorsIfAny(store, trust)))).flat(),
    now,
  };
}

/** The policy may name stores for other gates, which this machine need not have. */
async function anchorsIfAny(store: TrustStoreName, trust: TrustSource): Promise<readonly TrustAnchor[]> {
  try {
    return await trust.anchors(store);
  } catch (error) {
    if (error instanceof CountersignError && error.code === "trust/store-missing") return [];
    throw error;
  }
}

/** Negatives too: whoever may say no is known. Of others nothing is taken, and that they were there is counted. */
export async function chooseKnown(closure: Closure, options: Omit<GatherOptions, "evidence">): Promise<Chosen> {
  const image = reachableFrom(closure, [closure.root]);
  const evidence = readerOf(() => true);
  const seen = await inParallel([...image], options.concurrency ?? 8, async (digest) => {
    const subject = closure.manifests.get(digest)?.descriptor;
    if (subject === undefined) return { known: [], gaps: [] };
    const hanging = await listHanging(options.store, digest, { ...options, evidence });
    if (hanging.listing.referrers.length === 0 && hanging.attestations.length === 0) return { known: [], gaps: hanging.gaps };
    const gathered = await gather(subject, hanging, { ...options, evidence });
    const signed = gathered.evidence.filter(({ report }) => report.signatures.some(isKnown));
    return {
      known: [
        ...gathered.signatures.filter(isKnown).map((report) => report.digest),
        ...signed.flatMap(({ report }) => [report.digest, ...report.signatures.filter(isKnown).map((signature) => signature.digest)]),
        // A layer of cosign's tag is known by itself, and travels with the tag.
        ...(signed.some(({ report }) => report.carrier === "cosign-attestation") ? [attestationTag(closure, digest)] : []),
      ],
      gaps: gapsOf(hanging, gathered),
    };
  });
  const kept = keepOnly(closure, new Set(seen.flatMap(({ known }) => known)));
  return { ...kept, gaps: seen.flatMap(({ gaps }) => gaps) };
}

/** Signed by somebody who is known; whether it still counts is the gate's question. */
function isKnown({ findings }: SignatureReport): boolean {
  const passes = (check: string): boolean => findings.some((seen) => seen.check === check && seen.outcome === "pass");
  return passes("integrity") && passes("authenticity") && passes("identity");
}

function attestationTag({ tags }: Closure, digest: Digest): string {
  return [...tags.keys()].find((tag) => isCosignTag(tag, digest) && tag.endsWith(".att")) ?? "";
}

function reachableFrom({ manifests }: Closure, roots: readonly Digest[]): Set<Digest> {
  const reached = new Set(roots);
  for (const digest of reached) for (const child of manifests.get(digest)?.children ?? []) reached.add(child.digest);
  return reached;
}

/** `kept`: digests of referrers, and tags. What hangs on something that is left behind is left behind with it. */
function keepOnly(closure: Closure, kept: ReadonlySet<string>): Omit<Chosen, "gaps"> {
  const { root, manifests, lost, notes } = closure;
  const tags = new Map([...closure.tags].filter(([tag]) => kept.has(tag)));
  const reached = reachableFrom(closure, [root, ...tags.values()]);
  for (let size = -1; size !== reached.size;) {
    size = reached.size;
    for (const { subject, digests } of closure.referrers) {
      if (!reached.has(subject.digest)) continue;
      const taken = [...digests].filter((digest) => kept.has(digest));
      for (const digest of reachableFrom(closure, taken)) reached.add(digest);
    }
  }
  const isTaken = (digest: Digest): boolean => kept.has(digest) && reached.has(digest);
  const referrers = closure.referrers
    .filter(({ subject }) => reached.has(subject.digest))
    .map(({ subject, digests }) => ({ subject, digests: new Set([...digests].filter(isTaken)) }));
  const isContext = (digest: Digest): boolean => isKeptContext(manifests.get(digest)?.bytes);
  const left = closure.referrers.flatMap(({ digests }) => [...digests]).filter((digest) => !isTaken(digest) && !isContext(digest));
  return {
    closure: { root, manifests, lost, notes, referrers, tags },
    leftBehind: new Set(left).size + closure.tags.size - tags.size,
  };
}

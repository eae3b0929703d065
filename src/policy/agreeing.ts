/** Builders who agree: of the provenance of one manifest so many as are by distinct parties and name distinct builders. */
import type { EvidenceRequirement } from "../core/requirement.ts";
import type { SignatureReport } from "../core/verdict.ts";
import { isBad, isOpen, type Weighed } from "./weigh-evidence.ts";

/** A largest set of these in which no party and no builder counts twice; each by the signature that it counts for. */
export function agreeing(good: readonly Weighed[]): readonly Weighed[] {
  return match(good.flatMap((weighed) => weighed.vouching.map((signature) => pairOf(weighed, memberOf(signature), signature))));
}

/** How many could agree at most, were all that is open as good as can be. */
export function mostAgreeing(weighed: readonly Weighed[], { by }: EvidenceRequirement): number {
  const possible = weighed.flatMap((one): readonly Pair[] => {
    if (!isOpen(one)) return isBad(one) ? [] : one.vouching.map((signature) => pairOf(one, memberOf(signature), signature));
    // Which builder it may turn out to name is not known, and unless its signature counts already, nor is whose it is.
    const known = one.signature?.outcome === "counts" ? one.vouching.flatMap((signature) => memberOf(signature) ?? []) : by;
    return known.map((member) => ({
      ...pairOf(one, member, one.signature),
      builder: `open ${one.found.report.digest}`,
    }));
  });
  return match(possible).length;
}

/** Somebody who says that a builder has made the image. */
interface Pair {
  readonly weighed: Weighed;
  readonly member: string;
  readonly builder: string;
}

function pairOf(weighed: Weighed, member: string | undefined, signature: SignatureReport | undefined): Pair {
  const { content } = weighed.found;
  const builder = content?.kind === "provenance" ? `builder ${content.builder}` : "nobody";
  return { weighed: { ...weighed, signature }, member: member ?? "", builder };
}

function memberOf({ person, party }: SignatureReport): string | undefined {
  return person ?? party;
}

/** A largest matching of builders and parties: each that finds no place may move those who have one. */
function match(pairs: readonly Pair[]): readonly Weighed[] {
  const taken = new Map<string, Pair>();
  const byBuilder = Map.groupBy(pairs, ({ builder }) => builder);
  const place = (builder: string, tried: Set<string>): boolean =>
    (byBuilder.get(builder) ?? []).some((pair) => {
      if (tried.has(pair.member)) return false;
      tried.add(pair.member);
      const before = taken.get(pair.member);
      if (before !== undefined && !place(before.builder, tried)) return false;
      taken.set(pair.member, pair);
      return true;
    });
  for (const builder of byBuilder.keys()) place(builder, new Set());
  return [...taken.values()].map(({ weighed }) => weighed);
}

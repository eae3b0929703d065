/** What all statements of our own about a gate have in common: which question they answer, who was asked, when and why. */
import type { Said, StatementHead } from "../../core/decision.ts";
import { type Digest, tryParseDigest } from "../../core/digest.ts";
import { withoutAbsent } from "../../core/without-absent.ts";
import { formatRfc3339 } from "../../encoding/rfc3339.ts";
import type { JsonPlace } from "../json-place.ts";

export const SAID_MEMBERS: readonly string[] = ["head", "policyDigest", "reason", "ticket"];
export const HEAD_MEMBERS: readonly string[] = ["policyChain", "policy", "product", "gate", "gateDigest", "repository"];

/** Far above what a person writes, and what a gate can need. */
const MAX_TEXT = 4_096;
const MAX_DIGESTS = 4_096;

export interface SaidPredicate {
  readonly head: StatementHead & { /** RFC 3339. */ readonly signedAt: string };
  readonly policyDigest: string;
  readonly reason?: string;
  readonly ticket?: string;
}

export function writeSaid({ head, signedAt, policyDigest, reason, ticket }: Said): SaidPredicate {
  return {
    head: { ...writeHead(head), signedAt: formatRfc3339(signedAt) },
    policyDigest,
    ...withoutAbsent({ reason, ticket }),
  };
}

export function readSaid(predicate: JsonPlace): Said {
  const head = predicate.get("head").only([...HEAD_MEMBERS, "signedAt"]);
  const [reason, ticket] = [optionalText(predicate, "reason"), optionalText(predicate, "ticket")];
  return {
    head: headAt(head),
    signedAt: head.get("signedAt").time(),
    policyDigest: digestAt(predicate.get("policyDigest")),
    ...withoutAbsent({ reason, ticket }),
  };
}

export function writeHead({ policyChain, policy, product, gate, gateDigest, repository }: StatementHead): StatementHead {
  return { policyChain, policy, product, gate, gateDigest, ...(repository === undefined ? {} : { repository }) };
}

/** `head` has no other members than are known. */
export function headAt(head: JsonPlace): StatementHead {
  const repository = optionalText(head, "repository");
  return {
    policyChain: digestAt(head.get("policyChain")),
    policy: textAt(head.get("policy")),
    product: textAt(head.get("product")),
    gate: textAt(head.get("gate")),
    gateDigest: digestAt(head.get("gateDigest")),
    ...(repository === undefined ? {} : { repository }),
  };
}

export function digestAt(place: JsonPlace): Digest {
  return tryParseDigest(place.text()) ?? place.refuse("is no digest");
}

/** Each once, sorted. */
export function digestsAt(place: JsonPlace | undefined): readonly Digest[] {
  const items = place?.list() ?? [];
  if (items.length > MAX_DIGESTS) place?.refuse(`has over ${MAX_DIGESTS} digests`);
  return [...new Set(items.map(digestAt))].toSorted();
}

export function textAt(place: JsonPlace): string {
  return place.text().length > MAX_TEXT ? place.refuse(`has over ${MAX_TEXT} characters`) : place.text();
}

/** `undefined` where it is missing. */
export function optionalText(object: JsonPlace, name: string): string | undefined {
  const place = object.optional(name);
  return place === undefined ? undefined : textAt(place);
}

export function textsAt(place: JsonPlace | undefined): readonly string[] {
  const items = place?.list() ?? [];
  if (items.length > MAX_DIGESTS) place?.refuse(`has over ${MAX_DIGESTS} entries`);
  return items.map(textAt);
}

/** `false` where it is missing. */
export function flagAt(place: JsonPlace | undefined): boolean {
  if (place === undefined || typeof place.value === "boolean") return place?.value === true;
  return place.refuse("is neither true nor false");
}

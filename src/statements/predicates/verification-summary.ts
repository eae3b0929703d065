/**
 * SLSA verification summaries v1: a verdict as other tools read it, with what we say of it in members of our own. Whether
 * its word is taken is the verifier's affair. Source: slsa.dev/spec/v1.2, verification_summary.md.
 */
import type { StatementHead } from "../../core/decision.ts";
import { type Digest, digestAlgorithm, digestHex, tryParseDigest } from "../../core/digest.ts";
import type { ContentOf } from "../../core/evidence.ts";
import { formatRfc3339 } from "../../encoding/rfc3339.ts";
import { HEAD_MEMBERS, headAt, textsAt, writeHead } from "../decisions/said.ts";
import type { JsonPlace } from "../json-place.ts";

export interface Summary {
  readonly verifier: { readonly id: string; readonly version: Readonly<Record<string, string>> };
  readonly timeVerified: Date;
  /** What was verified, as whoever uses it names it. */
  readonly resourceUri: string;
  readonly policy: { readonly uri: string; readonly digest: Digest };
  /** All whose word it rests on: evidence and signatures. */
  readonly inputs: readonly Digest[];
  readonly isPassed: boolean;
  readonly verifiedLevels: readonly string[];
  /** Which question of ours it answers. */
  readonly head: StatementHead;
  readonly question: "enter" | "stay";
  /** Absent where nothing that it rests on ends. */
  readonly validUntil?: Date;
  /** What was let pass that a strict policy would not have, in words. */
  readonly relaxations: readonly string[];
}

/** Ours, named by URI as the specification wants it of whoever adds to it. */
const OURS = "https://countersign.dev/vsa#";

export function writeVerificationSummary(summary: Summary): object {
  const { verifier, timeVerified, resourceUri, policy, inputs, isPassed, verifiedLevels, head, question, validUntil, relaxations } =
    summary;
  return {
    verifier,
    timeVerified: formatRfc3339(timeVerified),
    resourceUri,
    policy: { uri: policy.uri, digest: digestSet(policy.digest) },
    inputAttestations: inputs.map((digest) => ({ digest: digestSet(digest) })),
    verificationResult: isPassed ? "PASSED" : "FAILED",
    verifiedLevels,
    [`${OURS}head`]: writeHead(head),
    [`${OURS}question`]: question,
    ...(validUntil === undefined ? {} : { [`${OURS}validUntil`]: formatRfc3339(validUntil) }),
    [`${OURS}relaxations`]: relaxations,
  };
}

/** Of anybody's only the shape is held. */
export function readVerificationSummary(predicate: JsonPlace): ContentOf<"other"> {
  predicate.get("verifier").get("id").text();
  predicate.get("resourceUri").text();
  predicate.get("policy").object();
  predicate.get("verificationResult").oneOf(["PASSED", "FAILED"]);
  for (const level of predicate.get("verifiedLevels").list()) level.text();
  predicate.optional("timeVerified")?.time();
  for (const input of predicate.optional("inputAttestations")?.list() ?? []) input.get("digest").digestSet();
  return { kind: "other" };
}

/** One that answers a question of ours. Throws `Malformed` where it says too little for that. */
export function readOurSummary(predicate: JsonPlace): Summary {
  readVerificationSummary(predicate);
  const verifier = predicate.get("verifier");
  const version = verifier.optional("version")?.entries() ?? [];
  const policy = predicate.get("policy");
  const head = predicate.get(`${OURS}head`).only(HEAD_MEMBERS);
  return {
    verifier: { id: verifier.get("id").text(), version: Object.fromEntries(version.map(([name, value]) => [name, value.text()])) },
    timeVerified: predicate.get("timeVerified").time(),
    resourceUri: predicate.get("resourceUri").text(),
    policy: { uri: policy.optional("uri")?.text() ?? "", digest: digestIn(policy) },
    inputs: predicate.get("inputAttestations").list().map(digestIn),
    isPassed: predicate.get("verificationResult").value === "PASSED",
    verifiedLevels: predicate
      .get("verifiedLevels")
      .list()
      .map((level) => level.text()),
    head: headAt(head),
    question: predicate.get(`${OURS}question`).oneOf(["enter", "stay"] as const),
    ...validUntilOf(predicate.optional(`${OURS}validUntil`)),
    relaxations: textsAt(predicate.optional(`${OURS}relaxations`)),
  };
}

function validUntilOf(place: JsonPlace | undefined): Pick<Summary, "validUntil"> {
  return place === undefined ? {} : { validUntil: place.time() };
}

function digestSet(digest: Digest): Readonly<Record<string, string>> {
  return { [digestAlgorithm(digest)]: digestHex(digest) };
}

/** By which a manifest or document can be found. */
function digestIn(described: JsonPlace): Digest {
  const place = described.get("digest");
  const digests = Object.entries(place.digestSet()).flatMap(([algorithm, value]) => tryParseDigest(`${algorithm}:${value}`) ?? []);
  return digests[0] ?? place.refuse("has no SHA-2 digest");
}

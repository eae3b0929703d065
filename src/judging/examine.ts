/** Examines one listed signature: fetches it, decodes it, runs the checks. Whatever a stranger put there ends in findings. */
import { findKey } from "../checks/signer.ts";
import type { ByteBudget, SubjectBudget } from "../core/budget.ts";
import type { Check } from "../core/check.ts";
import type { Descriptor } from "../core/descriptor.ts";
import { type Digest, digestMatches } from "../core/digest.ts";
import { showForeign, showForeignPairs } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import type { Statement } from "../core/evidence.ts";
import { type Finding, finding } from "../core/finding.ts";
import type { FormatRow } from "../core/format.ts";
import { keyFingerprint } from "../core/key-fingerprint.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import type { SignatureRules } from "../core/policy.ts";
import type { Claims, Signature } from "../core/signature.ts";
import type { CallOptions, ReadonlyStore } from "../core/store.ts";
import { anchorsIn, formatStore, storeTypeFor, type TrustAnchor } from "../core/trust-source.ts";
import type { SignatureReport } from "../core/verdict.ts";
import { decodeBase64 } from "../encoding/base64.ts";
import { decodeCertificate } from "../pki/x509/certificate.ts";
import { formatName } from "../pki/x509/name.ts";
import { decideSignature } from "../policy/gate-view.ts";

export interface ExamineOptions extends CallOptions {
  readonly store: ReadonlyStore;
  readonly subject: Descriptor;
  readonly formats: readonly FormatRow[];
  readonly checks: readonly Check[];
  readonly rules: SignatureRules;
  readonly anchors: readonly TrustAnchor[];
  readonly now: Date;
  readonly memory: ByteBudget;
  readonly budget: SubjectBudget;
  /** Manifests and envelopes larger than this are not fetched now. */
  readonly maxBytes: number;
}

/** Why a candidate was not examined. */
export type Unexamined = "postponed" | "over-budget";

/** A signature that was fetched and decoded. */
export interface OpenedSignature {
  readonly signature: Signature;
  /** The name of its format in the table. */
  readonly format: string;
  readonly envelope: Descriptor;
}

/** A signature, and what it states of the subject where that is more than that it was signed. */
export interface ExaminedSignature {
  readonly report: SignatureReport;
  readonly statement?: Statement;
}

export async function examine(candidate: Descriptor, options: ExamineOptions): Promise<ExaminedSignature | Unexamined> {
  let opened: OpenedSignature | Unexamined;
  try {
    opened = await openSignature(candidate, options);
  } catch (error) {
    return { report: { format: "unrecognised", digest: candidate.digest, ...judged([asked(findingOf(error), options.rules)]) } };
  }
  return typeof opened === "string" ? opened : weighSignature(opened, { ...options, digest: candidate.digest });
}

/** What cannot be verified leaves nothing open where nobody who signs so is asked for. */
export function asked(seen: Finding, { signers }: SignatureRules): Finding {
  if (seen.code !== "bundle/keyless-unsupported") return seen;
  const identities = signers.kind === "members" ? signers.members.flatMap((member) => member.identities) : [];
  if (identities.some(({ kind }) => kind === "keyless" || kind === "oidc")) return seen;
  return finding(
    seen.check,
    "bundle/keyless-not-asked",
    "it is signed with a certificate of Sigstore, and the policy names no such identity",
  );
}

/** Runs the checks; `digest` is what the report calls the signature by. */
export function weighSignature(
  { signature, format }: Pick<OpenedSignature, "signature" | "format">,
  options: Pick<ExamineOptions, "subject" | "checks" | "rules" | "anchors" | "now"> & { readonly digest: Digest },
): ExaminedSignature {
  const findings = runChecks(signature, options);
  const proven = findings.find((entry) => entry.check === "integrity")?.outcome === "pass";
  const report = {
    format,
    digest: options.digest,
    ...judged(findings),
    ...whoSigned(findings),
    claimed: describeClaims(signature.claimed),
    ...(proven ? { proven: withProvenTime(describeProof(signature, options), findings) } : {}),
  };
  const { statement } = signature.claimed;
  return { report, ...(statement === undefined ? {} : { statement }) };
}

/** A moment that is proven stays so: no end of a certificate matters any more. */
function withProvenTime(
  { validUntil, ...proof }: NonNullable<SignatureReport["proven"]>,
  findings: readonly Finding[],
): NonNullable<SignatureReport["proven"]> {
  const { from, to, authority, operator } = findings.find(({ code }) => code === "time/timestamped")?.detail ?? {};
  if (typeof from === "string" && typeof to === "string" && typeof authority === "string") {
    return { ...proof, time: { from, to, authority, ...(typeof operator === "string" ? { operator } : {}) } };
  }
  return { ...proof, ...(validUntil === undefined ? {} : { validUntil }) };
}

function judged(findings: readonly Finding[]): Pick<SignatureReport, "outcome" | "findings"> {
  return { outcome: decideSignature(findings), findings };
}

/** By the policy's name, as the identity check found it. */
function whoSigned(findings: readonly Finding[]): Pick<SignatureReport, "person" | "party"> {
  const { person, party } = findings.find((entry) => entry.check === "identity" && entry.outcome === "pass")?.detail ?? {};
  return { ...(typeof person === "string" ? { person } : {}), ...(typeof party === "string" ? { party } : {}) };
}

type OpenOptions = CallOptions & Pick<ExamineOptions, "store" | "subject" | "formats" | "memory" | "budget" | "maxBytes">;

/** An envelope that was found, of a format that is known. */
export interface FoundEnvelope {
  readonly envelope: Descriptor;
  readonly row: FormatRow;
  /** Hands on the bytes while they are set aside in memory: those embedded in the manifest, else fetched. */
  use<T>(work: (bytes: Uint8Array) => Promise<T>): Promise<T>;
}

/**
 * Fetches and decodes. Throws `Malformed` for what is broken and `CountersignError` for what could not be had;
 * says so if it does not fetch it now.
 */
async function openSignature(candidate: Descriptor, options: OpenOptions): Promise<OpenedSignature | Unexamined> {
  const found = await openEnvelope(candidate, options);
  if (typeof found === "string") return found;
  const { envelope, row } = found;
  const signature = await found.use(async (bytes) => (await row.load()).decode(bytes, envelope.mediaType));
  if (signature === null) throw new Malformed("integrity/envelope-type", `the envelope is not of its type "${envelope.mediaType}"`);
  return { signature, format: row.name, envelope };
}

/** As `openSignature`, up to the bytes of the envelope, which are as they are stored. */
export async function openEnvelope(candidate: Descriptor, options: OpenOptions): Promise<FoundEnvelope | Unexamined> {
  // Before anything is charged: a listing may claim any size for what is not even there.
  if (candidate.size > LIMITS.manifestBytes)
    throw new Malformed("integrity/too-large", `a signature manifest claims ${candidate.size} bytes`);
  if (candidate.size > options.maxBytes) return "postponed";
  if (!options.budget.spend(candidate.size)) return "over-budget";
  const manifest = await options.memory.use(candidate.size, () => options.store.fetch(candidate, options));

  const carriers = [...new Set(options.formats.map((format) => format.carrier))];
  const carried = firstOf(carriers, (carrier) => carrier.readManifest(manifest, candidate));
  if (carried === null) throw new Malformed("manifest/not-a-signature", "the manifest is not laid out as a signature of any known format");
  if (carried.subject?.digest !== options.subject.digest) {
    throw new Malformed("manifest/subject", `the manifest refers to ${carried.subject?.digest ?? "nothing"}`);
  }

  const { envelope } = carried;
  const row = options.formats.find((format) => format.mediaTypes.includes(envelope.mediaType));
  if (row === undefined)
    throw new Malformed("integrity/envelope-type", `the envelope is of type "${showForeign(envelope.mediaType, 100)}"`);
  if (envelope.size > row.maxEnvelopeBytes) throw new Malformed("integrity/too-large", `an envelope claims ${envelope.size} bytes`);
  const embedded = readEmbedded(envelope);
  if (embedded === undefined && envelope.size > options.maxBytes) return "postponed";
  if (embedded === undefined && !options.budget.spend(envelope.size)) return "over-budget";
  return {
    envelope,
    row,
    use: (work) =>
      embedded === undefined
        ? options.memory.use(envelope.size, async () => work(await options.store.fetch(envelope, options)))
        : work(embedded),
  };
}

/** The envelope embedded in its descriptor; it must be exactly what the digest says, or it is refused. */
function readEmbedded(envelope: Descriptor): Uint8Array | undefined {
  if (envelope.data === undefined) return undefined;
  const bytes = decodeBase64(envelope.data);
  if (bytes.length !== envelope.size || !digestMatches(bytes, envelope.digest)) {
    throw new Malformed("integrity/embedded-data", "the embedded envelope does not have the digest of its descriptor");
  }
  return bytes;
}

function firstOf<T, R>(items: readonly T[], read: (item: T) => R | null): R | null {
  for (const item of items) {
    const result = read(item);
    if (result !== null) return result;
  }
  return null;
}

/** What broke or could not be had, as a finding. Anything else is our own fault and goes up. */
export function findingOf(error: unknown): Finding {
  if (error instanceof Malformed) return finding("integrity", error.code, showForeign(error.message));
  if (error instanceof CountersignError && error.exit === 4 && error.code !== "job/aborted" && error.code !== "job/internal") {
    return finding("integrity", "integrity/unfetchable", showForeign(error.message), { detail: { error: error.code } });
  }
  throw error;
}

/** The same in words. */
export function whatTheyBroke(error: unknown): string {
  return findingOf(error).message;
}

function runChecks(
  signature: Signature,
  options: Pick<ExamineOptions, "subject" | "checks" | "rules" | "anchors" | "now">,
): readonly Finding[] {
  const type = storeTypeFor(signature.claimed.timeScheme);
  const anchors = options.anchors.filter((anchor) => anchor.store.type === type);
  const authorities = options.anchors.filter((anchor) => anchor.store.type === "tsa");
  const context = { subject: options.subject, rules: options.rules, anchors, authorities, now: options.now };
  const findings: Finding[] = [];
  for (const check of options.checks) {
    const seen = check.run(signature, context);
    if (seen === undefined) continue;
    findings.push(seen);
    // Of bytes that are not the signer's, or not about this image, nothing further can be shown.
    if (check.isFoundation && seen.outcome !== "pass") break;
  }
  return findings;
}

export function describeClaims(claimed: Claims): NonNullable<SignatureReport["claimed"]> {
  return {
    subject: showForeign(claimed.subject.digest),
    ...(claimed.signingTime === undefined ? {} : { signingTime: claimed.signingTime.toISOString() }),
    ...(claimed.expiry === undefined ? {} : { expiry: claimed.expiry.toISOString() }),
    scheme: showForeign(claimed.scheme),
    annotations: showForeignPairs(claimed.annotations),
    ...(claimed.signingAgent === undefined ? {} : { signingAgent: showForeign(claimed.signingAgent) }),
  };
}

/** Who signed, read from a chain that the integrity check has accepted, or the key that it has found. */
export function describeProof(
  signature: Signature,
  { anchors, rules }: Pick<ExamineOptions, "anchors" | "rules">,
): NonNullable<SignatureReport["proven"]> {
  const leafBytes = signature.chain[0];
  if (leafBytes === undefined) return describeKey(findKey(signature, rules));
  const leaf = decodeCertificate(leafBytes);
  const type = storeTypeFor(signature.claimed.timeScheme);
  const anchor = anchorsIn(signature.chain, anchors).find(({ store }) => store.type === type);
  return {
    signer: showForeign(formatName(leaf.subject)),
    issuer: showForeign(formatName(leaf.issuer)),
    fingerprint: leaf.fingerprint,
    key: keyFingerprint(leaf.spki),
    ...(anchor === undefined ? {} : { store: formatStore(anchor.store) }),
    algorithm: signature.algorithm ?? "as the key's kind says",
    // An authority's signing time is judged against the chain, so the chain's end does not matter later.
    ...(signature.claimed.timeScheme === "authority" ? {} : { validUntil: firstEnd(signature.chain).toISOString() }),
  };
}

function describeKey(key: ReturnType<typeof findKey>): NonNullable<SignatureReport["proven"]> {
  if ("code" in key) throw new TypeError("a verified signature has a certificate or a key");
  const { fingerprint, algorithm } = key;
  return { signer: `key ${fingerprint}`, fingerprint, key: fingerprint, algorithm };
}

function firstEnd(chain: readonly Uint8Array[]): Date {
  return new Date(Math.min(...chain.map((der) => decodeCertificate(der).notAfter.getTime())));
}

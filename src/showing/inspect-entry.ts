/** Looks at one thing that hangs on an image, for `inspect`: a signature, or a statement with its signatures. */
import type { Clock } from "../core/clock.ts";
import type { Descriptor } from "../core/descriptor.ts";
import { showForeign } from "../core/display.ts";
import { finding, type Finding } from "../core/finding.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed, unlessMalformed } from "../core/malformed.ts";
import type { CallOptions, ReadonlyStore } from "../core/store.ts";
import { readAttachedStatement } from "../evidence/read-attached.ts";
import { carrierOf } from "../formats/attached/document-types.ts";
import { mayBeAttached, readAttached } from "../formats/attached/manifest.ts";
import { decodeAttestation, readAttestationStatement } from "../formats/cosign-attestation/format.ts";
import type { AttestationLayer } from "../formats/cosign-attestation/manifest.ts";
import { FORMATS } from "../formats/table.ts";
import { discover, orderCandidates } from "../judging/discover.ts";
import { findingOf, openEnvelope, type Unexamined } from "../judging/examine.ts";
import type { Allowance } from "../judging/examine-all.ts";
import { brokenSignature, describeSignature, type InspectedSignature } from "./inspect-signature.ts";
import { describeStatement, type InspectedStatement } from "./inspect-statement.ts";

/** Of one document; more are a stranger's. */
const MOST_SIGNATURES = 32;

export type Inspected = { readonly signature: InspectedSignature } | { readonly statement: InspectedStatement };

export type InspectOptions = CallOptions &
  Allowance & { readonly store: ReadonlyStore; readonly clock: Clock; readonly subject: Descriptor };

export async function inspectReferrer(candidate: Descriptor, options: InspectOptions): Promise<Inspected | Unexamined> {
  const attached = mayBeAttached(candidate) ? await inspectAttached(candidate, options) : "not-mine";
  return attached === "not-mine" ? inspectEnvelope(candidate, options) : attached;
}

/** A signature; or a bundle, which holds both a statement and who says it. */
async function inspectEnvelope(candidate: Descriptor, options: InspectOptions): Promise<Inspected | Unexamined> {
  const { digest } = candidate;
  const { subject } = options;
  try {
    const found = await openEnvelope(candidate, { ...options, formats: FORMATS });
    if (typeof found === "string") return found;
    const { row, envelope } = found;
    const { name: format } = row;
    const codec = await row.load();
    return await found.use((bytes) => {
      const about = { digest, format, envelope, subject, now: options.clock.now() };
      const signature = orBroken(about, () => {
        const decoded = codec.decode(bytes, envelope.mediaType);
        if (decoded === null) throw new Malformed("integrity/envelope-type", `the envelope is not of its type "${envelope.mediaType}"`);
        return describeSignature(decoded, about);
      });
      // What cannot be verified here says no less.
      const statement = unlessMalformed(() => codec.statementIn?.(bytes));
      const inspected: Inspected =
        statement === undefined
          ? { signature }
          : { statement: describeStatement(statement, { digest, carrier: "bundle", envelope, subject, signatures: [signature] }) };
      return Promise.resolve(inspected);
    });
  } catch (error) {
    return { signature: brokenSignature(digest, error) };
  }
}

/** `not-mine` where the manifest carries neither statement nor document. */
async function inspectAttached(candidate: Descriptor, options: InspectOptions): Promise<Inspected | Unexamined | "not-mine"> {
  const { store, subject, memory, budget, maxBytes } = options;
  const { digest } = candidate;
  try {
    if (candidate.size > LIMITS.manifestBytes)
      throw new Malformed("integrity/too-large", `a manifest that carries a statement claims ${candidate.size} bytes`);
    if (candidate.size > maxBytes) return "postponed";
    if (!budget.spend(candidate.size)) return "over-budget";
    const attached = readAttached(await memory.use(candidate.size, () => store.fetch(candidate, options)), candidate);
    if (attached === null) return "not-mine";
    if (attached.subject.digest !== subject.digest)
      throw new Malformed("manifest/subject", `the manifest refers to ${attached.subject.digest}`);
    if (attached.layer.size > maxBytes && attached.layer.data === undefined) return "postponed";
    const signed = await inspectSignatures(candidate, options);
    if (signed === "over-budget") return signed;
    const { signatures, findings } = signed;
    const about = { digest, carrier: attached.carrier, signatures };
    try {
      const statement = await readAttachedStatement(attached, options);
      if (statement === "over-budget") return statement;
      const described = describeStatement(statement, { ...about, envelope: attached.layer, subject });
      return { statement: { ...described, findings: [...findings, ...described.findings] } };
    } catch (error) {
      return { statement: { ...about, findings: [...findings, findingOf(error)] } };
    }
  } catch (error) {
    return { statement: { digest, carrier: carrierOf(candidate.artifactType), signatures: [], findings: [findingOf(error)] } };
  }
}

/** Those of the artifact itself: whoever signs it says what is in it, and of which image. */
async function inspectSignatures(
  { mediaType, digest, size }: Descriptor,
  options: InspectOptions,
): Promise<{ readonly signatures: readonly InspectedSignature[]; readonly findings: readonly Finding[] } | "over-budget"> {
  const listing = await discover(options.store, digest, { ...options, formats: FORMATS });
  const { ordered } = orderCandidates(listing.referrers, { formats: FORMATS, trusted: new Set() });
  const around = { ...options, subject: { mediaType, digest, size }, maxBytes: Infinity };
  const seen = await Promise.all(ordered.slice(0, MOST_SIGNATURES).map((candidate) => inspectEnvelope(candidate, around)));
  if (seen.some((one) => typeof one === "string")) return "over-budget";
  const left = ordered.length - MOST_SIGNATURES;
  return {
    // A statement about the statement is not a signature of it.
    signatures: seen.flatMap((one) => (typeof one === "object" && "signature" in one ? [one.signature] : [])),
    findings: [
      ...listing.notes.map(({ code, message }) => finding("listing", code, showForeign(message))),
      ...(left > 0 ? [finding("listing", "signature/unexamined", `${left} signatures of one statement were not looked at`)] : []),
    ],
  };
}

/** An envelope of cosign's attestation tag. */
export async function inspectLayer(layer: AttestationLayer, options: InspectOptions): Promise<Inspected | Unexamined> {
  const { store, subject, memory, budget, maxBytes } = options;
  const { envelope } = layer;
  const { digest, size } = envelope;
  const carrier = "cosign-attestation";
  try {
    if (size > LIMITS.bundleBytes) throw new Malformed("integrity/too-large", `an attestation claims ${size} bytes`);
    if (size > maxBytes) return "postponed";
    if (!budget.spend(size)) return "over-budget";
    const bytes = await memory.use(size, () => store.fetch(envelope, options));
    const about = { digest, format: carrier, envelope, subject, now: options.clock.now() };
    const signature = orBroken(about, () => describeSignature(decodeAttestation(bytes, layer), about));
    const statement = unlessMalformed(() => readAttestationStatement(bytes));
    if (statement === undefined) return { signature };
    return { statement: describeStatement(statement, { digest, carrier, envelope, subject, signatures: [signature] }) };
  } catch (error) {
    return { statement: { digest, carrier, signatures: [], findings: [findingOf(error)] } };
  }
}

function orBroken(
  { digest, format }: { readonly digest: string; readonly format: string },
  describe: () => InspectedSignature,
): InspectedSignature {
  try {
    return describe();
  } catch (error) {
    return brokenSignature(digest, error, format);
  }
}

/** Decodes every signature of an image: what each claims, apart from what its own bytes prove. No trust decision. */
import { type ByteBudget, SubjectBudget } from "./core/budget.ts";
import type { Clock } from "./core/clock.ts";
import type { Descriptor } from "./core/descriptor.ts";
import { showForeign } from "./core/display.ts";
import type { Finding } from "./core/finding.ts";
import { LIMITS } from "./core/limits.ts";
import type { SignatureRequirement } from "./core/policy.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { CallOptions, ReadonlyStore } from "./core/store.ts";
import { API_VERSION, type SignatureReport } from "./core/verdict.ts";
import { CHECKS } from "./checks/table.ts";
import { discover, orderCandidates } from "./discover.ts";
import { PROCESS_MEMORY } from "./examine-all.ts";
import { describeClaims, describeProof, findingOf, openSignature } from "./examine.ts";
import { encodePem } from "./encoding/pem.ts";
import { FORMATS } from "./formats/table.ts";
import { decodeCertificate } from "./pki/x509/certificate.ts";
import { formatName } from "./pki/x509/name.ts";

export interface InspectedCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly fingerprint: string;
  readonly pem: string;
}

export interface InspectedSignature {
  readonly digest: string;
  readonly format: string;
  readonly envelope?: { readonly mediaType: string; readonly digest: string; readonly size: number; readonly embedded: boolean };
  readonly claimed?: SignatureReport["claimed"];
  /** Only what follows from the bytes themselves: whose key signed them. Whether to trust it is for `verify`. */
  readonly proven?: SignatureReport["proven"];
  readonly certificates: readonly InspectedCertificate[];
  readonly timestamps: number;
  readonly findings: readonly Finding[];
}

export interface InspectReport {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "Inspection";
  readonly reference: string;
  readonly pinned: string;
  readonly signatures: readonly InspectedSignature[];
  /** False if the listing was cut off or a signature was not looked at. */
  readonly complete: boolean;
  readonly notes: readonly string[];
}

const CONCURRENCY = 16;

/** The checks that need no policy: is it a signature, by its own key, over this image? */
const OWN_CHECKS = CHECKS.filter(({ isFoundation }) => isFoundation);
const NO_POLICY: SignatureRequirement = {
  name: "inspect",
  actions: {
    integrity: "enforce",
    subject: "enforce",
    authenticity: "skip",
    identity: "skip",
    annotations: "skip",
    expiry: "skip",
    time: "skip",
    revocation: "skip",
  },
  trustStores: [],
  identities: [],
  verifyTimestamp: "afterCertExpiry",
};

export async function inspect(
  reference: Reference,
  options: CallOptions & { readonly store: ReadonlyStore; readonly clock: Clock },
): Promise<InspectReport> {
  const { descriptor: subject } = await options.store.resolve(reference, options);
  const listing = await discover(options.store, subject.digest, { ...options, formats: FORMATS });
  const { ordered } = orderCandidates(listing.referrers, { formats: FORMATS, trusted: new Set() });
  const budget = new SubjectBudget(LIMITS.subjectBudgetBytes, LIMITS.subjectBudgetMs);

  const signatures: InspectedSignature[] = [];
  for (let next = 0; next < ordered.length && !budget.isLate(); next += CONCURRENCY) {
    const batch = ordered.slice(next, next + CONCURRENCY);
    const seen = await Promise.all(
      batch.map((candidate) => inspectOne(candidate, { ...options, subject, budget, memory: PROCESS_MEMORY })),
    );
    signatures.push(...seen.filter((entry) => entry !== undefined));
  }
  return {
    apiVersion: API_VERSION,
    kind: "Inspection",
    reference: formatReference(reference),
    pinned: formatReference(pinReference(reference, subject.digest)),
    signatures,
    complete: listing.complete && signatures.length === ordered.length,
    notes: listing.notes.map((note) => showForeign(note.message)),
  };
}

async function inspectOne(
  candidate: Descriptor,
  options: CallOptions & {
    readonly store: ReadonlyStore;
    readonly clock: Clock;
    readonly subject: Descriptor;
    readonly budget: SubjectBudget;
    readonly memory: ByteBudget;
  },
): Promise<InspectedSignature | undefined> {
  const nothing = { digest: candidate.digest, format: "unrecognised", certificates: [], timestamps: 0 };
  try {
    const opened = await openSignature(candidate, { ...options, formats: FORMATS, maxBytes: Infinity });
    if (typeof opened === "string") return undefined;
    const { signature, envelope } = opened;
    const context = { subject: options.subject, requirement: NO_POLICY, anchors: [], now: options.clock.now() };
    const findings = OWN_CHECKS.flatMap((check) => check.run(signature, context) ?? []);
    const isSound = findings.every((entry) => entry.outcome === "pass");
    return {
      digest: candidate.digest,
      format: signature.format,
      envelope: { mediaType: envelope.mediaType, digest: envelope.digest, size: envelope.size, embedded: envelope.data !== undefined },
      claimed: describeClaims(signature.claimed),
      ...(isSound ? { proven: describeProof(signature, []) } : {}),
      certificates: isSound ? signature.chain.map(describeCertificate) : [],
      timestamps: signature.timestamps.length,
      findings,
    };
  } catch (error) {
    return { ...nothing, findings: [findingOf(error)] };
  }
}

function describeCertificate(der: Uint8Array): InspectedCertificate {
  const { subject, issuer, serial, notBefore, notAfter, fingerprint } = decodeCertificate(der);
  return {
    subject: showForeign(formatName(subject)),
    issuer: showForeign(formatName(issuer)),
    serial,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    fingerprint,
    pem: encodePem("CERTIFICATE", der),
  };
}

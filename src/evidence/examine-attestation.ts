/** Examines what cosign keeps under the tag `sha256-HEX.att`: one statement and its signature in each layer. */
import type { Digest } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import type { CallOptions, ReadonlyStore } from "../core/store.ts";
import { decodeAttestation } from "../formats/cosign-attestation/format.ts";
import { type AttestationLayer, attestationTag, readAttestations } from "../formats/cosign-attestation/manifest.ts";
import { asked, type ExamineOptions, findingOf, type Unexamined, weighSignature } from "../judging/examine.ts";
import type { Hanging } from "../judging/gather.ts";
import type { ExaminedEvidence } from "../policy/evidence-seen.ts";
import { describeEvidence } from "./examine-evidence.ts";

type Found = Pick<Hanging, "attestations" | "gaps">;

const NONE: Found = { attestations: [], gaps: [] };

/** cosign keeps them in one manifest under a tag of its own. */
export async function findAttestations(store: ReadonlyStore, subject: Digest, call: CallOptions): Promise<Found> {
  try {
    return { attestations: readAttestations((await store.resolve({ tag: attestationTag(subject) }, call)).bytes), gaps: [] };
  } catch (error) {
    if (error instanceof CountersignError && error.code === "store/not-found") return NONE;
    const { code, message, outcome } = findingOf(error);
    return outcome === "unknown" ? { attestations: [], gaps: [`cosign's attestations could not be read (${code}): ${message}`] } : NONE;
  }
}

export async function examineAttestation(
  layer: AttestationLayer,
  options: ExamineOptions & { readonly wants: (predicateType: string) => boolean },
): Promise<ExaminedEvidence | Unexamined | "not-wanted"> {
  const { envelope } = layer;
  const about = { digest: envelope.digest, subject: options.subject.digest, carrier: "cosign-attestation" } as const;
  try {
    if (envelope.size > LIMITS.bundleBytes) throw new Malformed("integrity/too-large", `an attestation claims ${envelope.size} bytes`);
    if (envelope.size > options.maxBytes) return "postponed";
    if (!options.budget.spend(envelope.size)) return "over-budget";
    const signature = await options.memory.use(envelope.size, async () =>
      decodeAttestation(await options.store.fetch(envelope, options), layer),
    );
    const { report, statement } = weighSignature({ signature, format: about.carrier }, { ...options, digest: envelope.digest });
    if (statement === undefined || !options.wants(statement.predicateType)) return "not-wanted";
    return describeEvidence(statement, { ...about, signatures: [report], findings: [] });
  } catch (error) {
    return { report: { ...about, signatures: [], findings: [asked(findingOf(error), options.rules)] } };
  }
}

/** What one entry of a tree is, as its listing and its manifest say. Nothing that is signed is decoded, and nothing is believed. */
import type { SubjectBudget } from "../core/budget.ts";
import type { Descriptor } from "../core/descriptor.ts";
import { showForeign } from "../core/display.ts";
import type { ContentKind, EvidenceCarrier } from "../core/evidence.ts";
import { OCI_EMPTY } from "../core/media-types.ts";
import type { CallOptions, ReadonlyStore } from "../core/store.ts";
import { carrierOf } from "../formats/attached/document-types.ts";
import { ATTACHED_TYPES, claimedPredicateType, readAttached } from "../formats/attached/manifest.ts";
import { readAttestations } from "../formats/cosign-attestation/manifest.ts";
import { IMAGE_SIGNATURE } from "../formats/image-signature.ts";
import { FORMATS } from "../formats/table.ts";
import { findingOf } from "../judging/examine.ts";
import { contentKindOf } from "../statements/content.ts";

export interface EntryEvidence {
  readonly carrier: EvidenceCarrier;
  /** Escaped for display; absent where the manifest does not say it. */
  readonly predicateType?: string;
  readonly content?: ContentKind;
}

export interface EntryKind {
  readonly format?: string;
  readonly evidence?: EntryEvidence;
}

/** A layer of cosign's tag. */
export interface TaggedAttestation {
  readonly digest: string;
  readonly size: number;
  readonly signedBy: "key" | "certificate";
  readonly evidence: EntryEvidence;
}

/** Throws `Malformed` for what is no manifest of attestations. */
export function attestationsIn(manifest: Uint8Array): readonly TaggedAttestation[] {
  return readAttestations(manifest).map(({ envelope, claimedType, hasCertificate }) => ({
    digest: envelope.digest,
    size: envelope.size,
    signedBy: hasCertificate ? "certificate" : "key",
    evidence: evidenceOf("cosign-attestation", claimedType),
  }));
}

function evidenceOf(carrier: EvidenceCarrier, predicateType: string | undefined): EntryEvidence {
  if (predicateType === undefined) return { carrier };
  return { carrier, predicateType: showForeign(predicateType, 200), content: contentKindOf(predicateType) };
}

/** What the listing leaves open is looked up in the manifest, within the budget. */
export async function kindOf(
  entry: Descriptor,
  options: CallOptions & { readonly store: ReadonlyStore; readonly budget: SubjectBudget },
): Promise<EntryKind> {
  const { artifactType } = entry;
  const claimed = claimedPredicateType(entry);
  const isAttached = artifactType !== undefined && ATTACHED_TYPES.includes(artifactType);
  if (isAttached && claimed !== undefined) return { evidence: evidenceOf(carrierOf(artifactType), claimed) };
  const isVague = artifactType === undefined || artifactType === OCI_EMPTY;
  if (!isAttached && !isVague && !FORMATS.some(({ carrier }) => carrier.artifactTypes.includes(artifactType))) return {};
  if (options.budget.isLate() || !options.budget.spend(entry.size)) return {};
  try {
    return readKind(await options.store.fetch(entry, options), entry);
  } catch (error) {
    // What is broken is shown as what it was listed for; what is our own fault goes up.
    findingOf(error);
    return {};
  }
}

/** JWS and COSE have one artifact type, and so have a bundle that signs and one that states: only the manifest tells them apart. */
function readKind(manifest: Uint8Array, entry: Descriptor): EntryKind {
  const attached = readAttached(manifest, entry);
  if (attached !== null) {
    return { evidence: evidenceOf(attached.carrier, attached.predicateType) };
  }
  for (const { name, carrier, mediaTypes } of FORMATS) {
    const carried = carrier.readManifest(manifest, entry);
    if (carried === null || !mediaTypes.includes(carried.envelope.mediaType)) continue;
    const { predicateType = IMAGE_SIGNATURE } = carried;
    return { format: name, ...(predicateType === IMAGE_SIGNATURE ? {} : { evidence: evidenceOf("bundle", predicateType) }) };
  }
  return {};
}

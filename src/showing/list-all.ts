/** Lists all that hangs on an image and may be a signature, statement or document: for verbs that show it or take it along, and judge nothing. */
import type { Descriptor } from "../core/descriptor.ts";
import type { Digest } from "../core/digest.ts";
import { showForeign } from "../core/display.ts";
import type { CallOptions, ReadonlyStore } from "../core/store.ts";
import { findAttestations } from "../evidence/examine-attestation.ts";
import { ATTACHED_TYPES } from "../formats/attached/manifest.ts";
import type { AttestationLayer } from "../formats/cosign-attestation/manifest.ts";
import { FORMATS } from "../formats/table.ts";
import { discover } from "../judging/discover.ts";

interface ListedAll {
  readonly candidates: readonly Descriptor[];
  /** Those of the candidates that are layers of cosign's tag. */
  readonly layers: ReadonlyMap<Descriptor, AttestationLayer>;
  readonly complete: boolean;
  readonly notes: readonly string[];
}

export async function listAll(store: ReadonlyStore, subject: Digest, options: CallOptions): Promise<ListedAll> {
  const [listing, tagged] = await Promise.all([
    discover(store, subject, { ...options, formats: FORMATS, others: ATTACHED_TYPES }),
    findAttestations(store, subject, options),
  ]);
  const layers = new Map(tagged.attestations.map((layer) => [layer.envelope, layer]));
  return {
    candidates: [...listing.referrers, ...layers.keys()],
    layers,
    complete: listing.complete && tagged.gaps.length === 0,
    notes: [...listing.notes.map(({ message }) => showForeign(message)), ...tagged.gaps],
  };
}

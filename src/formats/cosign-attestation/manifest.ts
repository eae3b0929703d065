/** cosign's attestations under the tag `sha256-HEX.att`: one manifest, a DSSE envelope in each layer. Source: cosign, ATTESTATION_SPEC. */
import { type Descriptor, parseDescriptor } from "../../core/descriptor.ts";
import type { Digest } from "../../core/digest.ts";
import { fallbackTag } from "../../core/digest-tags.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { decodeManifest } from "../../encoding/manifest.ts";

export const DSSE_ENVELOPE = "application/vnd.dsse.envelope.v1+json";
/** Of a layer, unsigned. */
const PREDICATE_TYPE = "predicateType";
const CERTIFICATE = "dev.sigstore.cosign/certificate";
const TIMESTAMP = "dev.sigstore.cosign/rfc3161timestamp";

export interface AttestationLayer {
  readonly envelope: Descriptor;
  /** A stranger's to choose: what it really is stands in the statement. */
  readonly claimedType?: string;
  /** It is signed with a certificate and not by a bare key. */
  readonly hasCertificate: boolean;
  /** The answer of a timestamp authority, in base64 in JSON. */
  readonly timestamp?: string;
}

export function attestationTag(subject: Digest): string {
  return `${fallbackTag(subject)}.att`;
}

/** The envelopes that a manifest of this kind names; layers of other kinds are none. Throws `Malformed`. */
export function readAttestations(bytes: Uint8Array): readonly AttestationLayer[] {
  const { layers } = decodeManifest(bytes);
  if (!Array.isArray(layers)) throw new Malformed("manifest/invalid", "a manifest of attestations has no list of layers");
  if (layers.length > LIMITS.attestationLayers) {
    throw new Malformed("integrity/too-large", `a manifest of attestations has ${layers.length} layers`);
  }
  return layers.map(parseDescriptor).flatMap((envelope) => {
    if (envelope.mediaType !== DSSE_ENVELOPE) return [];
    const claimedType = envelope.annotations?.[PREDICATE_TYPE];
    const hasCertificate = (envelope.annotations?.[CERTIFICATE] ?? "") !== "";
    const timestamp = envelope.annotations?.[TIMESTAMP] ?? "";
    return [
      {
        envelope,
        hasCertificate,
        ...(timestamp === "" ? {} : { timestamp }),
        ...(claimedType === undefined ? {} : { claimedType }),
      },
    ];
  });
}

/** The signed payload: which artifact, and the signer's metadata about it. Source: signature-specification, "Payload". */
import { refuseCaseVariants } from "../../core/case-variants.ts";
import { DESCRIPTOR_MEMBERS, isObject, parseDescriptor } from "../../core/descriptor.ts";
import { showForeign } from "../../core/display.ts";
import { CountersignError } from "../../core/errors.ts";
import type { SigningRequest } from "../../core/format.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import type { Claims } from "../../core/signature.ts";
import { decodeJson, encodeJson } from "../../encoding/json.ts";

/** Names that the specification keeps for itself. */
const RESERVED_PREFIX = "io.cncf.notary";

/** Also the members that notation's type knows but does not sign: a variant of them could be read by another verifier. */

/** Other members, of the payload or of the descriptor, are passed over as notation does. */
export function decodePayload(bytes: Uint8Array): Pick<Claims, "subject" | "annotations"> {
  const payload = decodeJson(bytes, { maxBytes: LIMITS.notaryEnvelopeBytes });
  if (!isObject(payload)) throw new Malformed("payload/invalid", "the signed payload is not an object");
  refuseCaseVariants(payload, ["targetArtifact"]);
  const target = payload["targetArtifact"];
  if (!isObject(target)) throw new Malformed("payload/invalid", "the signed payload has no targetArtifact");
  refuseCaseVariants(target, DESCRIPTOR_MEMBERS);
  const { mediaType, digest, size, annotations } = target;
  const descriptor = parseDescriptor({ mediaType, digest, size, annotations });
  return {
    subject: { mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size },
    annotations: descriptor.annotations ?? {},
  };
}

/** Of the subject only what identifies it is signed. */
export function encodePayload(request: SigningRequest): Uint8Array {
  const { subject, annotations } = request;
  const names = Object.keys(annotations);
  const reserved = names.find((name) => name.startsWith(RESERVED_PREFIX));
  if (reserved !== undefined) {
    throw new CountersignError(
      "usage/invalid",
      `Cannot sign metadata "${showForeign(reserved)}": names that begin with ${RESERVED_PREFIX} are reserved by the Notary Project`,
    );
  }
  return encodeJson({
    targetArtifact: {
      mediaType: subject.mediaType,
      digest: subject.digest,
      size: subject.size,
      ...(names.length === 0 ? {} : { annotations }),
    },
  });
}

/** One attestation of cosign's: a DSSE envelope by a bare key. Source: cosign, ATTESTATION_SPEC. */
import { isObject } from "../../core/descriptor.ts";
import type { Statement } from "../../core/evidence.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed, unlessMalformed } from "../../core/malformed.ts";
import type { Signature } from "../../core/signature.ts";
import { decodeBase64 } from "../../encoding/base64.ts";
import { decodeDsse } from "../../encoding/dsse.ts";
import { decodeJson } from "../../encoding/json.ts";
import { readStatementSignature } from "../statement-signature.ts";
import { tokenOfAnswer } from "../timestamp-answer.ts";
import type { AttestationLayer } from "./manifest.ts";

/** The key id is passed over: whose key it is shows by the signature alone. Throws `Malformed`. */
export function decodeAttestation(
  bytes: Uint8Array,
  { hasCertificate, timestamp }: Pick<AttestationLayer, "hasCertificate" | "timestamp">,
): Signature {
  const signature = readSignature(bytes);
  // cosign 2 has the whole envelope stamped, cosign 3 the signature in it.
  if (!hasCertificate)
    return timestamp === undefined ? signature : { ...signature, timestamps: [tokenIn(timestamp)], stampedEnvelope: bytes };
  throw new Malformed("bundle/keyless-unsupported", "the attestation is signed with a certificate, which this version cannot verify");
}

/** What it states, whoever has signed it. Throws `Malformed`. */
export function readAttestationStatement(bytes: Uint8Array): Statement | undefined {
  return readSignature(bytes).claimed.statement;
}

/** A stranger can have put it there: one that cannot be read is one that proves nothing. */
function tokenIn(timestamp: string): Uint8Array {
  const read = (): Uint8Array => {
    const answer = decodeJson(Buffer.from(timestamp), { maxBytes: 2 * LIMITS.timestampBytes });
    const text = isObject(answer) ? answer["SignedRFC3161Timestamp"] : undefined;
    return tokenOfAnswer(decodeBase64(typeof text === "string" ? text : ""));
  };
  return unlessMalformed(read) ?? new Uint8Array();
}

function readSignature(bytes: Uint8Array): Signature {
  return readStatementSignature(decodeDsse(decodeJson(bytes, { maxBytes: LIMITS.bundleBytes })));
}

/** One attestation of cosign's: a DSSE envelope by a bare key. Source: cosign, ATTESTATION_SPEC. */
import type { Statement } from "../../core/evidence.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import type { Signature } from "../../core/signature.ts";
import { decodeDsse } from "../../encoding/dsse.ts";
import { decodeJson } from "../../encoding/json.ts";
import { readStatementSignature } from "../statement-signature.ts";
import type { AttestationLayer } from "./manifest.ts";

/** The key id is passed over: whose key it is shows by the signature alone. Throws `Malformed`. */
export function decodeAttestation(bytes: Uint8Array, { hasCertificate }: Pick<AttestationLayer, "hasCertificate">): Signature {
  const signature = readSignature(bytes);
  if (!hasCertificate) return signature;
  throw new Malformed("bundle/keyless-unsupported", "the attestation is signed with a certificate, which this version cannot verify");
}

/** What it states, whoever has signed it. Throws `Malformed`. */
export function readAttestationStatement(bytes: Uint8Array): Statement | undefined {
  return readSignature(bytes).claimed.statement;
}

function readSignature(bytes: Uint8Array): Signature {
  return readStatementSignature(decodeDsse(decodeJson(bytes, { maxBytes: LIMITS.bundleBytes })));
}

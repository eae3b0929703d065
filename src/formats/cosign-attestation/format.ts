/** One attestation of cosign's: a DSSE envelope by a bare key. Source: cosign, ATTESTATION_SPEC. */
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import type { Signature } from "../../core/signature.ts";
import { decodeDsse } from "../../encoding/dsse.ts";
import { decodeJson } from "../../encoding/json.ts";
import { readStatementSignature } from "../statement-signature.ts";
import type { AttestationLayer } from "./manifest.ts";

/** The key id is passed over: whose key it is shows by the signature alone. Throws `Malformed`. */
export function decodeAttestation(bytes: Uint8Array, { hasCertificate }: Pick<AttestationLayer, "hasCertificate">): Signature {
  const signature = readStatementSignature(decodeDsse(decodeJson(bytes, { maxBytes: LIMITS.bundleBytes })));
  if (!hasCertificate) return signature;
  throw new Malformed("bundle/keyless-unsupported", "the attestation is signed with a certificate, which this version cannot verify");
}

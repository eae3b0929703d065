/** The URIs of the predicates that are read here: apart from their readers, which a listing need not load. */

export const PROVENANCE_V02 = "https://slsa.dev/provenance/v0.2";
export const PROVENANCE_V1 = "https://slsa.dev/provenance/v1";
/** Of SPDX and CycloneDX: the version is in the document, and some write it here too. */
export const SPDX = "https://spdx.dev/Document";
export const CYCLONEDX = "https://cyclonedx.org/bom";
export const SOURCE_V1 = "https://countersign.dev/source/v1";
export const APPROVAL_V1 = "https://countersign.dev/approval/v1";
export const EXCEPTION_V1 = "https://countersign.dev/exception/v1";
export const DISOWN_V1 = "https://countersign.dev/disown/v1";
export const PROMOTION_V1 = "https://countersign.dev/promotion/v1";
export const VULNS_V02 = "https://in-toto.io/attestation/vulns/v0.2";
export const COSIGN_VULN_V1 = "https://cosign.sigstore.dev/attestation/vuln/v1";
export const TEST_RESULT_V01 = "https://in-toto.io/attestation/test-result/v0.1";
export const OPENVEX = "https://openvex.dev/ns";
export const OPENVEX_V02 = "https://openvex.dev/ns/v0.2.0";
export const VERIFICATION_SUMMARY_V1 = "https://slsa.dev/verification_summary/v1";

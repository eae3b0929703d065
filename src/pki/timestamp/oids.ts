/** The object identifiers of timestamps. */

/** Source: RFC 5652 4, 5.1, 11. */
export const CMS_OIDS = {
  signedData: "1.2.840.113549.1.7.2",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
} as const;

/** Source: RFC 3161 2.4.2. */
export const TST_INFO = "1.2.840.113549.1.9.16.1.4";

/** Source: RFC 5035 3. */
export const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";

/** Its tokens are right to the second unless they say otherwise. Source: ETSI EN 319 421, BTSP; Notary trust policy specification. */
export const BASELINE_POLICY = "0.4.0.2023.1.1";

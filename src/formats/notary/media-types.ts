/** The media types of the Notary Project. */

/** In a manifest's `artifactType`, or in the legacy form in `config.mediaType`. */
export const NOTARY_SIGNATURE = "application/vnd.cncf.notary.signature";
export const NOTARY_PAYLOAD = "application/vnd.cncf.notary.payload.v1+json";
export const JWS_ENVELOPE = "application/jose+json";
export const COSE_ENVELOPE = "application/cose";

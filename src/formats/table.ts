/** The formats, in one explicit table; a codec is loaded when the first of its envelopes is met. */
import type { FormatRow } from "../core/format.ts";
import { LIMITS } from "../core/limits.ts";
import { notaryCarrier } from "./notary/manifest.ts";
import { COSE_ENVELOPE, JWS_ENVELOPE } from "./notary/media-types.ts";
import { bundleCarrier } from "./sigstore-bundle/manifest.ts";
import { BUNDLE_TYPES } from "./sigstore-bundle/media-types.ts";

/** What a signer with certificates writes where nobody asks for another. */
export const DEFAULT_FORMAT = "notary-jws";
/** The same of a bare key. */
export const DEFAULT_FORMAT_OF_KEYS = "sigstore-bundle";

export const FORMATS: readonly FormatRow[] = [
  {
    name: DEFAULT_FORMAT,
    mediaTypes: [JWS_ENVELOPE],
    maxEnvelopeBytes: LIMITS.notaryEnvelopeBytes,
    needsCertificate: true,
    carrier: notaryCarrier,
    load: async () => (await import("./notary-jws/format.ts")).notaryJws,
  },
  {
    name: "notary-cose",
    mediaTypes: [COSE_ENVELOPE],
    maxEnvelopeBytes: LIMITS.notaryEnvelopeBytes,
    needsCertificate: true,
    carrier: notaryCarrier,
    load: async () => (await import("./notary-cose/format.ts")).notaryCose,
  },
  {
    name: DEFAULT_FORMAT_OF_KEYS,
    mediaTypes: BUNDLE_TYPES,
    maxEnvelopeBytes: LIMITS.bundleBytes,
    needsCertificate: false,
    carrier: bundleCarrier,
    load: async () => (await import("./sigstore-bundle/format.ts")).sigstoreBundle,
  },
];

/** The formats, in one explicit table; a codec is loaded when the first of its envelopes is met. */
import type { FormatRow } from "../core/format.ts";
import { LIMITS } from "../core/limits.ts";
import { notaryCarrier } from "./notary/manifest.ts";
import { COSE_ENVELOPE, JWS_ENVELOPE } from "./notary/media-types.ts";

export const FORMATS: readonly FormatRow[] = [
  {
    name: "notary-jws",
    mediaTypes: [JWS_ENVELOPE],
    maxEnvelopeBytes: LIMITS.notaryEnvelopeBytes,
    carrier: notaryCarrier,
    load: async () => (await import("./notary-jws/format.ts")).notaryJws,
  },
  {
    name: "notary-cose",
    mediaTypes: [COSE_ENVELOPE],
    maxEnvelopeBytes: LIMITS.notaryEnvelopeBytes,
    carrier: notaryCarrier,
    load: async () => (await import("./notary-cose/format.ts")).notaryCose,
  },
];

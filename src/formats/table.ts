/** The formats, in one explicit table; a codec is loaded when the first of its envelopes is met. */
import type { FormatRow } from "../core/format.ts";
import { LIMITS } from "../core/limits.ts";
import { notaryCarrier } from "./notary/manifest.ts";
import { COSE_ENVELOPE, JWS_ENVELOPE } from "./notary/media-types.ts";

/** What is written where nobody asks for another. */
export const DEFAULT_FORMAT = "notary-jws";

export const FORMATS: readonly FormatRow[] = [
  {
    name: DEFAULT_FORMAT,
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

/** Why an authority gives no timestamp, as its answer says it. Source: RFC 3161 2.4.2, PKIFailureInfo. */

/** Name -> the bit that stands for it, and what it means. */
export const FAILURES = {
  badAlg: [0, "the algorithm is not supported"],
  badRequest: [2, "the request is not allowed"],
  badDataFormat: [5, "the request has the wrong form"],
  timeNotAvailable: [14, "its source of time is not available"],
  unacceptedPolicy: [15, "the policy is not supported"],
  unacceptedExtension: [16, "the extension is not supported"],
  addInfoNotAvailable: [17, "the additional information is not available"],
  systemFailure: [25, "its system has failed"],
} as const;

export type TimestampFailure = keyof typeof FAILURES;

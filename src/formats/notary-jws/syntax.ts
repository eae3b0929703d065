/** How JWS labels and writes the headers that both serializations have. Source: signature-envelope-jws. */
import { ALGORITHMS } from "../../core/algorithm.ts";
import { formatRfc3339, parseRfc3339 } from "../../encoding/rfc3339.ts";
import {
  AUTHENTIC_SIGNING_TIME,
  EXPIRY,
  type HeaderSyntax,
  PLUGIN,
  PLUGIN_MIN_VERSION,
  SIGNING_AGENT,
  SIGNING_SCHEME,
  SIGNING_TIME,
  TIMESTAMP,
} from "../notary/headers.ts";

/** Source: RFC 7515 4.1. */
const REGISTERED: ReadonlySet<unknown> = new Set(["alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit"]);

export const MEMBERS: readonly string[] = ["payload", "protected", "header", "signature"];
export const PROTECTED_NAMES: readonly string[] = [
  "alg",
  "cty",
  "crit",
  SIGNING_SCHEME,
  SIGNING_TIME,
  AUTHENTIC_SIGNING_TIME,
  EXPIRY,
  PLUGIN,
  PLUGIN_MIN_VERSION,
];
export const UNPROTECTED_NAMES: readonly string[] = ["x5c", TIMESTAMP, SIGNING_AGENT];

export const jwsSyntax: HeaderSyntax<string> = {
  algorithm: "alg",
  critical: "crit",
  contentType: "cty",
  understood: [],
  isRegistered: (label) => REGISTERED.has(label),
  readAlgorithm: (value) => ALGORITHMS.find((row) => row.name === value)?.name,
  writeAlgorithm: (algorithm) => algorithm,
  readTime: (value) => (typeof value === "string" ? parseRfc3339(value) : undefined),
  writeTime: formatRfc3339,
};

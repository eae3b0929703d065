/** The rules for protected headers that JWS and COSE share. Source: signature-specification, "Signed Attributes". */
import type { SignatureAlgorithm } from "../../core/algorithm.ts";
import { showForeign } from "../../core/display.ts";
import { CountersignError } from "../../core/errors.ts";
import type { SigningRequest } from "../../core/format.ts";
import { Malformed } from "../../core/malformed.ts";
import type { TimeScheme } from "../../core/signature.ts";
import { NOTARY_PAYLOAD } from "./media-types.ts";

export const SIGNING_SCHEME = "io.cncf.notary.signingScheme";
export const SIGNING_TIME = "io.cncf.notary.signingTime";
export const AUTHENTIC_SIGNING_TIME = "io.cncf.notary.authenticSigningTime";
export const EXPIRY = "io.cncf.notary.expiry";
export const PLUGIN = "io.cncf.notary.verificationPlugin";
export const PLUGIN_MIN_VERSION = "io.cncf.notary.verificationPluginMinVersion";
/** Unprotected. */
export const TIMESTAMP = "io.cncf.notary.timestampSignature";
/** Unprotected. */
export const SIGNING_AGENT = "io.cncf.notary.signingAgent";

export type Label = string | number;
type Headers = ReadonlyMap<Label, unknown>;

/** How one serialization labels and writes what both have. */
export interface HeaderSyntax<Value> {
  readonly algorithm: Label;
  readonly critical: Label;
  readonly contentType: Label;
  /** Headers of the serialization's own specification, which must not be listed as critical. */
  isRegistered(label: Label): boolean;
  /** Understood, beside those of this file, where they are listed as critical. */
  readonly understood: readonly Label[];
  readAlgorithm(value: unknown): SignatureAlgorithm | undefined;
  writeAlgorithm(algorithm: SignatureAlgorithm): Value;
  /** `undefined` for what is not a time in the one allowed form. */
  readTime(value: unknown): Date | undefined;
  /** Whole seconds. */
  writeTime(time: Date): Value;
}

interface SchemeRow {
  readonly timeScheme: TimeScheme;
  readonly time: Label;
  readonly forbidden: Label;
  /** Headers that must be marked critical, over and above those that must be wherever they stand. */
  readonly critical: readonly Label[];
}

const SCHEMES: ReadonlyMap<string, SchemeRow> = new Map([
  ["notary.x509", { timeScheme: "signer", time: SIGNING_TIME, forbidden: AUTHENTIC_SIGNING_TIME, critical: [] }],
  [
    "notary.x509.signingAuthority",
    { timeScheme: "authority", time: AUTHENTIC_SIGNING_TIME, forbidden: SIGNING_TIME, critical: [AUTHENTIC_SIGNING_TIME] },
  ],
]);

const CRITICAL_IF_PRESENT: readonly Label[] = [SIGNING_SCHEME, EXPIRY, PLUGIN, PLUGIN_MIN_VERSION];
const UNDERSTOOD: readonly Label[] = [SIGNING_SCHEME, SIGNING_TIME, AUTHENTIC_SIGNING_TIME, EXPIRY];

export interface ProtectedHeaders {
  readonly algorithm: SignatureAlgorithm;
  readonly scheme: string;
  readonly timeScheme: TimeScheme;
  readonly signingTime: Date;
  readonly expiry?: Date;
}

/** Other headers that are not critical are passed over, as the specification asks. */
export function readProtectedHeaders(headers: Headers, syntax: HeaderSyntax<unknown>): ProtectedHeaders {
  const critical = readCritical(headers, syntax);
  const algorithm = syntax.readAlgorithm(required(headers, syntax.algorithm));
  if (algorithm === undefined) throw new Malformed("header/algorithm", "the algorithm is none of the six that are allowed");
  if (required(headers, syntax.contentType) !== NOTARY_PAYLOAD) {
    throw new Malformed("header/content-type", `the content type is not ${NOTARY_PAYLOAD}`);
  }
  const scheme = required(headers, SIGNING_SCHEME);
  if (typeof scheme !== "string") throw new Malformed("header/type", `${SIGNING_SCHEME} is not text`);
  const row = SCHEMES.get(scheme);
  if (row === undefined) throw new Malformed("header/scheme", `the signing scheme is "${showForeign(scheme, 100)}", which is not known`);

  if (headers.has(row.forbidden)) throw new Malformed("header/forbidden", `${row.forbidden} stands beside the scheme ${scheme}`);
  const signingTime = readTime(headers, row.time, syntax);
  const mustBeCritical = [...row.critical, ...CRITICAL_IF_PRESENT.filter((label) => headers.has(label))];
  const unmarked = mustBeCritical.find((label) => !critical.includes(label));
  if (unmarked !== undefined) throw new Malformed("header/critical-required", `${unmarked} is not marked critical`);
  refuseDemands(headers, [...UNDERSTOOD, ...syntax.understood], critical);

  if (!headers.has(EXPIRY)) return { algorithm, scheme, timeScheme: row.timeScheme, signingTime };
  const expiry = readTime(headers, EXPIRY, syntax);
  if (expiry <= signingTime) throw new Malformed("header/expiry-order", "the expiry is not after the signing time");
  return { algorithm, scheme, timeScheme: row.timeScheme, signingTime, expiry };
}

/** RFC 7515 4.1.11, RFC 9052 3.1, and the Notary Project's rule that the list is there and not empty. */
function readCritical(headers: Headers, syntax: HeaderSyntax<unknown>): readonly Label[] {
  const list = headers.get(syntax.critical);
  if (list === undefined) throw new Malformed("header/critical-missing", "there is no list of critical headers");
  if (!Array.isArray(list)) throw new Malformed("header/type", "the list of critical headers is not a list");
  if (list.length === 0) throw new Malformed("header/critical-missing", "the list of critical headers is empty");
  const seen = new Set<Label>();
  for (const label of list as readonly unknown[]) {
    if (typeof label !== "string" && typeof label !== "number") {
      throw new Malformed("header/type", "the list of critical headers holds something that is not a header's name");
    }
    const shown = showForeign(String(label), 100);
    if (seen.has(label)) throw new Malformed("header/critical-duplicate", `the list of critical headers names "${shown}" twice`);
    if (syntax.isRegistered(label)) {
      throw new Malformed("header/critical-forbidden", `the list of critical headers names "${shown}", which must not be listed`);
    }
    if (!headers.has(label)) throw new Malformed("header/critical-absent", `the critical header "${shown}" is not there`);
    seen.add(label);
  }
  return [...seen];
}

/** What a signature demands of its verifier and we do not do. */
function refuseDemands(headers: Headers, understood: readonly Label[], critical: readonly Label[]): void {
  if (headers.has(PLUGIN) || headers.has(PLUGIN_MIN_VERSION)) {
    const name = headers.get(PLUGIN);
    const shown = typeof name === "string" ? `"${showForeign(name, 100)}"` : "of no name";
    throw new Malformed("header/plugin", `the signature demands the verification plugin ${shown}`);
  }
  const unknown = critical.find((label) => !understood.includes(label));
  if (unknown !== undefined) {
    throw new Malformed("header/critical-unknown", `the critical header "${showForeign(String(unknown), 100)}" is not understood`);
  }
}

function required(headers: Headers, label: Label): unknown {
  const value = headers.get(label);
  if (value === undefined) throw new Malformed("header/missing", `the header ${label} is missing`);
  return value;
}

function readTime(headers: Headers, label: Label, syntax: HeaderSyntax<unknown>): Date {
  const time = syntax.readTime(required(headers, label));
  if (time === undefined) throw new Malformed("header/time-format", `${label} is not a time in the required form`);
  return time;
}

/** Scheme `notary.x509`: we are no signing authority. */
export function writeProtectedHeaders<Value>(
  request: SigningRequest,
  algorithm: SignatureAlgorithm,
  syntax: HeaderSyntax<Value>,
): Map<Label, Value | string | readonly string[]> {
  const { expiry } = request;
  const signingTime = wholeSeconds(request.signingTime);
  if (expiry !== undefined && wholeSeconds(expiry) <= signingTime) {
    throw new CountersignError("usage/invalid", `Cannot sign with expiry "${expiry.toISOString()}": it is not after the signing time`);
  }
  return new Map<Label, Value | string | readonly string[]>([
    [syntax.algorithm, syntax.writeAlgorithm(algorithm)],
    [syntax.critical, expiry === undefined ? [SIGNING_SCHEME] : [SIGNING_SCHEME, EXPIRY]],
    [syntax.contentType, NOTARY_PAYLOAD],
    [SIGNING_SCHEME, "notary.x509"],
    [SIGNING_TIME, syntax.writeTime(signingTime)],
    ...(expiry === undefined ? [] : [[EXPIRY, syntax.writeTime(wholeSeconds(expiry))] as const]),
  ]);
}

function wholeSeconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

/** A timestamp authority over HTTP: what it is asked, what it answers, and when it does not. Source: RFC 3161 3.4. */
import type { Clock } from "../../core/clock.ts";
import { encodePem } from "../../encoding/pem.ts";
import type { TimestampFailure } from "../../pki/timestamp/failures.ts";
import { decodeTimestampQuery, QueryRefused, type TimestampQuery } from "../../pki/timestamp/query.ts";
import { encodeGranted, encodeRefused, type TokenSigner } from "../../pki/timestamp/token-writer.ts";
import { whyInvalid } from "../../pki/x509/validity.ts";
import type { Answer, Route } from "../http-server.ts";
import { ClockBehind, type Ledger } from "./ledger.ts";

export interface AuthorityOptions {
  readonly signer: TokenSigner;
  /** The object identifier under which it works. */
  readonly policy: string;
  /** How far its clock may be off, in milliseconds. */
  readonly accuracyMs: number;
  readonly clock: Clock;
  readonly ledger: Ledger;
  /** Told of each answer, and never anything that was sent. */
  readonly note?: (event: AuthorityEvent) => void;
}

export type AuthorityEvent =
  | { readonly kind: "issued"; readonly serial: string; readonly time: Date }
  | { readonly kind: "refused"; readonly failure: TimestampFailure; readonly cause?: unknown };

export const TIMESTAMP_PATH = "/timestamp";
const QUERY_TYPE = "application/timestamp-query";
const REPLY_TYPE = "application/timestamp-reply";
/** Real ones have some sixty bytes. */
const QUERY_BYTES = 65_536;

export function timestampRoutes(options: AuthorityOptions): readonly Route[] {
  const chain = Buffer.from(options.signer.chain.map(({ der }) => encodePem("CERTIFICATE", der)).join(""), "latin1");
  return [
    {
      method: "POST",
      path: TIMESTAMP_PATH,
      accepts: QUERY_TYPE,
      maxBytes: QUERY_BYTES,
      // A refusal is an answer like any other: what it is stands in its body.
      answer: async (body) => ({ status: 200, contentType: REPLY_TYPE, body: await stamp(body, options) }),
    },
    {
      method: "GET",
      path: `${TIMESTAMP_PATH}/certchain`,
      answer: async () => ({ status: 200, contentType: "application/pem-certificate-chain", body: chain }),
    },
    { method: "GET", path: "/health", answer: async () => healthOf(options) },
  ];
}

async function stamp(body: Uint8Array, options: AuthorityOptions): Promise<Uint8Array> {
  try {
    return await grant(readQuery(body, options), options);
  } catch (error) {
    const refused = error instanceof QueryRefused ? error : refusalOf(error);
    options.note?.({ kind: "refused", failure: refused.failure, cause: refused.cause });
    return encodeRefused(refused.failure, refused.message);
  }
}

function readQuery(body: Uint8Array, { policy }: AuthorityOptions): TimestampQuery {
  const query = decodeTimestampQuery(body);
  if (query.policy === undefined || query.policy === policy) return query;
  throw new QueryRefused("unacceptedPolicy", `the only policy here is ${policy}`);
}

async function grant(query: TimestampQuery, { signer, policy, accuracyMs, ledger, note }: AuthorityOptions): Promise<Uint8Array> {
  const { serial, time } = await ledger.next();
  if (isOutside(time, { signer, accuracyMs })) {
    throw new QueryRefused("timeNotAvailable", "the authority's certificate is not valid now");
  }
  const answer = await encodeGranted({ query, serial, time, accuracyMs, policy }, signer);
  note?.({ kind: "issued", serial: serial.toString(16), time });
  return answer;
}

/** A token whose interval is not within its certificates' validity proves nothing. */
export function isOutside(time: Date, { signer, accuracyMs }: Pick<AuthorityOptions, "signer" | "accuracyMs">): boolean {
  const ends = [time.getTime() - accuracyMs, time.getTime() + accuracyMs].map((end) => new Date(end));
  return signer.chain.some((certificate) => ends.some((end) => whyInvalid(certificate, end) !== undefined));
}

/** Nothing of our own failures is told to those who ask. */
function refusalOf(error: unknown): QueryRefused {
  const refused =
    error instanceof ClockBehind
      ? new QueryRefused("timeNotAvailable", "the authority's clock cannot be trusted now")
      : new QueryRefused("systemFailure", "the authority has failed; try again later");
  refused.cause = error;
  return refused;
}

/** Whether it would give a timestamp now, as far as that can be told without giving one. */
function healthOf({ clock, signer, accuracyMs, ledger }: AuthorityOptions): Answer {
  const isWell = ledger.isUsable() && !isOutside(clock.now(), { signer, accuracyMs });
  const body = Buffer.from(`${JSON.stringify({ status: isWell ? "ok" : "unavailable" })}\n`);
  return { status: isWell ? 200 : 503, contentType: "application/json", body };
}

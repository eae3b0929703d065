/** Asks timestamp authorities for tokens, and keeps only one that can be used. Source: RFC 3161 3.4. */
import type { Clock } from "../core/clock.ts";
import { CountersignError } from "../core/errors.ts";
import { showForeign } from "../core/display.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import type { Stamp, Timestamper } from "../core/timestamper.ts";
import type { HttpClient } from "../net/http-client.ts";
import { showUrl } from "../net/url-display.ts";
import { checkAnswers, decodeTimestampResponse, encodeTimestampRequest } from "../pki/timestamp/request.ts";
import { type VerifiedTimestamp, verifyTimestamp } from "../pki/timestamp/verify.ts";

/** Beyond this an authority's clock, or ours, is wrong; a token from elsewhen is a replay. */
const TOLERANCE_MS = 300_000;
const REPLY = "application/timestamp-reply";

export interface TimestampClientOptions {
  /** Asked one after the other, until one gives a token. */
  readonly urls: readonly URL[];
  /** The roots of the authorities, in DER. */
  readonly anchors: readonly Uint8Array[];
  readonly client: HttpClient;
  readonly clock: Clock;
}

type Asked = Parameters<Timestamper["stamp"]>;

export function createTimestamper(options: TimestampClientOptions): Timestamper {
  return {
    async stamp(...asked: Asked): Promise<Stamp> {
      const failures: string[] = [];
      let first: unknown;
      for (const url of options.urls) {
        try {
          return await stampBy(url, options, asked);
        } catch (error) {
          if (!isItsFault(error)) throw error;
          first ??= error;
          failures.push(`${showUrl(url)}: ${showForeign(error.message, 500)}`);
        }
      }
      const which = failures.length === 1 ? "the authority" : `any of ${failures.length} authorities`;
      throw new CountersignError("timestamp/unavailable", `Cannot get a timestamp of ${which}: ${failures.join("; ")}`, { cause: first });
    },
  };
}

/** What another authority may do better. */
function isItsFault(error: unknown): error is Error {
  if (error instanceof Malformed) return true;
  return error instanceof CountersignError && !error.code.startsWith("job/");
}

async function stampBy(
  url: URL,
  { anchors, client, clock }: TimestampClientOptions,
  [signatureValue, { hash, signal }]: Asked,
): Promise<Stamp> {
  const request = encodeTimestampRequest({ signatureValue, hash });
  const asked = clock.now();
  const { status, headers, body } = await client.request({
    method: "POST",
    url,
    headers: { "content-type": "application/timestamp-query", accept: REPLY },
    body: request.bytes,
    maxBytes: LIMITS.timestampBytes,
    signal,
    // A second token does no harm.
    isRepeatable: true,
  });
  const answered = clock.now();
  // Those of Sigstore answer 201.
  if (status !== 200 && status !== 201) throw new Malformed("time/timestamp-malformed", `the answer has status ${status}`);
  const type = headers["content-type"] ?? "";
  if (type !== REPLY) throw new Malformed("time/timestamp-malformed", `the answer is of type "${showForeign(type, 100)}", not ${REPLY}`);
  const token = decodeTimestampResponse(body);
  const verified = verifyTimestamp(token, { signatureValue, anchors });
  checkAnswers(request, verified);
  refuseElsewhen(verified, { asked, answered });
  return { token, ...verified.interval, authority: verified.authority };
}

/** A signer knows when it asked; a verifier can only believe. */
function refuseElsewhen(
  { interval: { from, to } }: VerifiedTimestamp,
  { asked, answered }: { readonly asked: Date; readonly answered: Date },
): void {
  if (from.getTime() >= asked.getTime() - TOLERANCE_MS && to.getTime() <= answered.getTime() + TOLERANCE_MS) return;
  const said = `${from.toISOString()} to ${to.toISOString()}`;
  throw new Malformed(
    "time/timestamp-other",
    `the timestamp is of ${said}, and it was asked for at ${asked.toISOString()}: one of the two clocks is wrong`,
  );
}

/** What is asked of a timestamp authority, and whether what it answers is an answer to that. Source: RFC 3161 2.4. */
import { hash as hashOf, randomBytes } from "node:crypto";
import { showForeign } from "../../core/display.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { type BerReader, decodeBer } from "../../encoding/ber-reader.ts";
import { decodeBitString, decodeSmallInteger, decodeText, TAG } from "../../encoding/der-values.ts";
import { encodeBoolean, encodeInteger, encodeOctetString, encodeOid, encodeSequence } from "../../encoding/der-writer.ts";
import { encodeHash, type StrongHash } from "../x509/signature-algorithm.ts";
import { explained } from "./explained.ts";
import { FAILURES } from "./failures.ts";
import type { VerifiedTimestamp } from "./verify.ts";

export interface TimestampRequest {
  /** In DER, to send as it is. */
  readonly bytes: Uint8Array;
  readonly imprint: VerifiedTimestamp["imprint"];
  readonly nonce: string;
  readonly policy?: string;
}

/** `policy`: the object identifier under which the authority is to work; its own choice unless given. */
export function encodeTimestampRequest(options: {
  readonly signatureValue: Uint8Array;
  readonly hash: StrongHash;
  readonly policy?: string;
}): TimestampRequest {
  const { signatureValue, hash, policy } = options;
  const digest = hashOf(hash, signatureValue, "buffer");
  // A bit less than its 20 bytes, so that it is positive; no two requests have the same.
  const nonce = encodeInteger(BigInt(`0x${randomBytes(20).toString("hex")}`) >> 1n);
  const bytes = encodeSequence(
    encodeInteger(1n),
    encodeSequence(encodeHash(hash), encodeOctetString(digest)),
    ...(policy === undefined ? [] : [encodeOid(policy)]),
    nonce,
    encodeBoolean(true),
  );
  const nonceHex = Buffer.from(nonce.subarray(2)).toString("hex");
  return { bytes, imprint: { hash, digest }, nonce: nonceHex, ...(policy === undefined ? {} : { policy }) };
}

/** Granted, as asked or with changes. */
const GRANTED: ReadonlySet<number> = new Set([0, 1]);
const STATUSES = ["granted", "granted with changes", "rejection", "waiting", "warning of a revocation", "notice of a revocation"];

/** The token in an answer, as received. Throws `Malformed` for an answer that brings none. */
export function decodeTimestampResponse(answer: Uint8Array): Uint8Array {
  if (answer.length > LIMITS.timestampBytes) throw malformed("it is larger than any real one");
  return explained(() =>
    decodeBer(answer, (reader) =>
      reader.sequence((response) => {
        const refusal = response.sequence(readRefusal);
        if (refusal !== undefined) throw malformed(refusal);
        return response.element(TAG.sequence).bytes;
      }),
    ),
  );
}

/** In words, `undefined` if the authority has granted what was asked. */
function readRefusal(info: BerReader): string | undefined {
  const status = decodeSmallInteger(info.element(TAG.integer).content);
  const texts = info.optional(TAG.sequence, (reader) => reader.members(TAG.sequence)) ?? [];
  const failure = info.optional(TAG.bitString, (reader) => decodeBitString(reader.element(TAG.bitString).content).bytes);
  if (GRANTED.has(status)) return undefined;
  const reasons = [
    ...Object.values(FAILURES)
      .filter(([bit]) => ((failure?.[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0)
      .map(([, words]) => words),
    ...texts.map(({ tag, content }) => `it says "${showForeign(decodeText(tag, content), 200)}"`),
  ];
  return [`its status is ${STATUSES[status] ?? status}`, ...reasons].join("; ");
}

/** Throws `Malformed` unless the verified token is for this very request: an older answer must not pass for a new one. */
export function checkAnswers({ imprint, nonce, policy }: TimestampRequest, verified: VerifiedTimestamp): void {
  const { imprint: stamped } = verified;
  if (stamped.hash !== imprint.hash || Buffer.compare(stamped.digest, imprint.digest) !== 0) throw other("it is for other bytes");
  if (verified.nonce !== nonce) throw other(verified.nonce === undefined ? "it has no nonce" : "its nonce is another");
  if (policy !== undefined && verified.policy !== policy) throw other(`its policy is ${verified.policy}, not ${policy}`);
}

function malformed(state: string): Malformed {
  return new Malformed("time/timestamp-malformed", `the answer brings no timestamp: ${state}`);
}

function other(state: string): Malformed {
  return new Malformed("time/timestamp-other", `the timestamp is no answer to what was asked: ${state}`);
}

/** What a timestamp says, read only after its signature has been verified. Source: RFC 3161 2.4.2. */
import { Malformed } from "../../core/malformed.ts";
import { type DerReader, decodeDer } from "../../encoding/der-reader.ts";
import { decodeFractionalTime, decodeSmallInteger, TAG } from "../../encoding/der-values.ts";
import { decodeHash, type StrongHash } from "../x509/signature-algorithm.ts";
import { BASELINE_POLICY } from "./oids.ts";

export interface TimestampInfo {
  /** The object identifier under which the authority works. */
  readonly policy: string;
  readonly imprint: { readonly hash: StrongHash; readonly digest: Uint8Array };
  /** Hex, lower case. */
  readonly serial: string;
  /** The moment lies between these two, both included; rounded outwards to milliseconds. */
  readonly interval: { readonly from: Date; readonly to: Date };
  /** Hex, lower case, as the integer's bytes. */
  readonly nonce?: string;
}

/** Throws `Malformed`. */
export function decodeTimestampInfo(content: Uint8Array): TimestampInfo {
  return decodeDer(content, (reader) => reader.sequence(decodeFields));
}

function decodeFields(info: DerReader): TimestampInfo {
  const version = info.smallInteger();
  if (version !== 1) throw new Malformed("time/timestamp-malformed", `a timestamp is of version ${version}`);
  const policy = info.oid();
  const imprint = decodeImprint(info);
  const serial = hexOf(info.integerBytes());
  const moment = decodeFractionalTime(info.element(TAG.generalizedTime).content);
  const accuracy = info.optional(TAG.sequence, decodeAccuracy) ?? 0;
  // False is the default, which DER leaves out and real authorities write; it decides nothing here.
  info.optional(TAG.boolean, (reader) => reader.boolean());
  const nonce = info.optional(TAG.integer, (reader) => hexOf(reader.integerBytes()));
  info.optional(0xa0, (authority) => authority.any());
  info.optional(0xa1, (reader) => reader.within(0xa1, refuseCriticalExtensions));
  const margin = accuracy === 0 && policy === BASELINE_POLICY ? 1000 : accuracy;
  return {
    policy,
    imprint,
    serial,
    interval: { from: new Date(Math.floor(moment - margin)), to: new Date(Math.ceil(moment + margin)) },
    ...(nonce === undefined ? {} : { nonce }),
  };
}

function decodeImprint(reader: DerReader): TimestampInfo["imprint"] {
  return reader.sequence((imprint) => {
    const known = decodeHash(imprint);
    const digest = imprint.octetString();
    if (known === undefined || known.bytes !== digest.length) {
      throw new Malformed("time/timestamp-malformed", "a timestamp's imprint is none of SHA-256, SHA-384, SHA-512");
    }
    return { hash: known.hash, digest };
  });
}

/** In milliseconds. */
function decodeAccuracy(reader: DerReader): number {
  return reader.sequence((accuracy) => {
    const seconds = accuracy.optional(TAG.integer, (value) => value.smallInteger()) ?? 0;
    const [millis, micros] = [0x80, 0x81].map((tag) => accuracy.optional(tag, (value) => thousandth(value.element(tag).content)) ?? 0);
    return seconds * 1000 + (millis ?? 0) + (micros ?? 0) / 1000;
  });
}

function thousandth(content: Uint8Array): number {
  const value = decodeSmallInteger(content);
  if (value > 999) throw new Malformed("time/timestamp-malformed", "a timestamp's accuracy is not written as it must be");
  return value;
}

/** None is known here, so one that must be understood is refused. */
function refuseCriticalExtensions(list: DerReader): void {
  while (!list.atEnd) {
    list.sequence((extension) => {
      extension.oid();
      const isCritical = extension.flag();
      extension.octetString();
      if (isCritical) throw new Malformed("time/timestamp-malformed", "a timestamp has a critical extension that is not known");
    });
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

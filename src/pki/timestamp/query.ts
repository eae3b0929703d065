/** What is asked of a timestamp authority, as the authority reads it. Source: RFC 3161 2.4.1. */
import { Malformed } from "../../core/malformed.ts";
import { type DerReader, decodeDer } from "../../encoding/der-reader.ts";
import { TAG } from "../../encoding/der-values.ts";
import { decodeHash } from "../x509/signature-algorithm.ts";
import type { TimestampFailure } from "./failures.ts";

export interface TimestampQuery {
  /** The whole MessageImprint, which the token repeats. */
  readonly imprint: Uint8Array;
  readonly policy?: string;
  /** The whole INTEGER, which the token repeats. */
  readonly nonce?: Uint8Array;
  /** The token is to bring its certificates along. */
  readonly wantsCertificates: boolean;
}

/** A query that is not answered with a token. Of the query itself nothing is told. */
export class QueryRefused extends Error {
  readonly failure: TimestampFailure;

  constructor(failure: TimestampFailure, message: string) {
    super(message);
    this.name = "QueryRefused";
    this.failure = failure;
  }
}

/** Real ones have 8 to 20 bytes. */
const NONCE_BYTES = 64;

/** Throws `QueryRefused`. */
export function decodeTimestampQuery(bytes: Uint8Array): TimestampQuery {
  const { hasExtensions, ...query } = decodeFields(bytes);
  // RFC 3161 2.4.1: refused also where it is not critical; none is known here.
  if (hasExtensions) throw new QueryRefused("unacceptedExtension", "no extension of a request is supported");
  return query;
}

function decodeFields(bytes: Uint8Array): TimestampQuery & { readonly hasExtensions: boolean } {
  try {
    return decodeDer(bytes, (reader) => reader.sequence(readFields));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new QueryRefused("badDataFormat", `the request cannot be read: ${error.message}`);
  }
}

function readFields(query: DerReader): TimestampQuery & { readonly hasExtensions: boolean } {
  if (query.smallInteger() !== 1) throw new QueryRefused("badRequest", "the request is not of version 1");
  const { bytes: imprint } = query.measured(checkImprint);
  const policy = query.optional(TAG.oid, (reader) => reader.oid());
  const nonce = query.optional(TAG.integer, readNonce);
  const wantsCertificates = query.flag();
  const hasExtensions = query.optional(0xa0, readExtensions) ?? false;
  const optional = { ...(policy === undefined ? {} : { policy }), ...(nonce === undefined ? {} : { nonce }) };
  return { imprint, wantsCertificates, hasExtensions, ...optional };
}

function checkImprint(reader: DerReader): void {
  reader.sequence((imprint) => {
    const known = decodeHash(imprint);
    if (known === undefined) throw new QueryRefused("badAlg", "what is to be stamped is none of SHA-256, SHA-384, SHA-512");
    if (imprint.octetString().length !== known.bytes) {
      throw new QueryRefused("badDataFormat", "what is to be stamped has not the length of its hash");
    }
  });
}

function readNonce(reader: DerReader): Uint8Array {
  const { value, bytes } = reader.measured((inside) => inside.integerBytes());
  if (value.length > NONCE_BYTES) throw new QueryRefused("badDataFormat", `the nonce is longer than ${NONCE_BYTES} bytes`);
  return bytes;
}

function readExtensions(reader: DerReader): true {
  return reader.within(0xa0, (list) => {
    do {
      list.sequence((extension) => {
        extension.oid();
        extension.flag();
        extension.octetString();
      });
    } while (!list.atEnd);
    return true;
  });
}

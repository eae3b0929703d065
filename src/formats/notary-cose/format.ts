/** Notary Project signatures as tagged COSE_Sign1. Source: signature-envelope-cose, RFC 9052 4. */
import type { Format, SigningRequest } from "../../core/format.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import type { Signature } from "../../core/signature.ts";
import type { Signer } from "../../core/signer.ts";
import { type CborMap, type CborValue, decodeCbor, encodeCbor, isCborMap, isCborTag } from "../../encoding/cbor.ts";
import { readProtectedHeaders, SIGNING_AGENT, TIMESTAMP, writeProtectedHeaders } from "../notary/headers.ts";
import { COSE_ENVELOPE } from "../notary/media-types.ts";
import { decodePayload, encodePayload } from "../notary/payload.ts";
import { algorithmOf, boundChain, signingAgentOf } from "../notary/unprotected.ts";
import { coseSyntax, X5CHAIN } from "./syntax.ts";

/** RFC 9052 2. */
const COSE_SIGN1 = 18;

export const notaryCose: Format = { decode, encode };

function decode(envelope: Uint8Array, mediaType: string): Signature | null {
  if (mediaType !== COSE_ENVELOPE) return null;
  const { protectedBytes, unprotected, payload, value } = readSign1(envelope);
  const protectedHeader = readProtectedMap(protectedBytes);
  for (const label of unprotected.keys()) {
    if (protectedHeader.has(label)) throw new Malformed("cose/header-twice", "a header stands both inside and outside the protected map");
  }
  const { algorithm, ...times } = readProtectedHeaders(protectedHeader, coseSyntax);
  return {
    claimed: { ...decodePayload(payload), ...times, ...signingAgentOf(unprotected.get(SIGNING_AGENT)) },
    signedBytes: toBeSigned(protectedBytes, payload),
    algorithm,
    value,
    // The specification allows either place.
    chain: readChain(unprotected.get(X5CHAIN) ?? protectedHeader.get(X5CHAIN)),
    timestamps: readTimestamps(unprotected.get(TIMESTAMP)),
  };
}

interface Sign1 {
  readonly protectedBytes: Uint8Array;
  readonly unprotected: CborMap;
  readonly payload: Uint8Array;
  readonly value: Uint8Array;
}

function readSign1(envelope: Uint8Array): Sign1 {
  const document = decodeCbor(envelope, { maxBytes: LIMITS.notaryEnvelopeBytes });
  if (!isCborTag(document) || document.tag !== COSE_SIGN1) throw new Malformed("cose/structure", "a document is not a tagged COSE_Sign1");
  const parts: CborValue = document.value;
  if (!Array.isArray(parts) || parts.length !== 4) throw new Malformed("cose/structure", "a COSE_Sign1 is not a list of four");
  const [protectedBytes, unprotected, payload, value] = parts as readonly (CborValue | undefined)[];
  if (
    !(protectedBytes instanceof Uint8Array) ||
    !isCborMap(unprotected) ||
    !(payload instanceof Uint8Array) ||
    !(value instanceof Uint8Array)
  ) {
    throw new Malformed("cose/structure", "a COSE_Sign1 is not bytes, map, bytes, bytes");
  }
  return { protectedBytes, unprotected, payload, value };
}

/** RFC 9052 3: no headers at all are written as no bytes at all. */
function readProtectedMap(bytes: Uint8Array): CborMap {
  const map = bytes.length === 0 ? new Map<string, CborValue>() : decodeCbor(bytes, { maxBytes: LIMITS.notaryEnvelopeBytes });
  if (!isCborMap(map)) throw new Malformed("cose/structure", "the protected header is not a map");
  return map;
}

/** A list even for one certificate; RFC 9360's bare byte string is not the Notary Project's. */
function readChain(x5chain: CborValue | undefined): readonly Uint8Array[] {
  const items: readonly unknown[] | undefined = x5chain === undefined ? [] : Array.isArray(x5chain) ? x5chain : undefined;
  if (items === undefined || !items.every((item) => item instanceof Uint8Array)) {
    throw new Malformed("header/type", "x5chain is not a list of byte strings");
  }
  return boundChain(items);
}

function readTimestamps(token: CborValue | undefined): readonly Uint8Array[] {
  if (token === undefined) return [];
  if (!(token instanceof Uint8Array) || token.length === 0) throw new Malformed("header/type", `${TIMESTAMP} is not a byte string`);
  return [token];
}

/** RFC 9052 4.4: the protected bytes as received, never an encoding of what they decode to. */
function toBeSigned(protectedBytes: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(["Signature1", protectedBytes, new Uint8Array(), payload]);
}

async function encode(request: SigningRequest, signer: Signer): Promise<Uint8Array> {
  const payload = encodePayload(request);
  const protectedBytes = encodeCbor(writeProtectedHeaders(request, algorithmOf(signer), coseSyntax));
  const value = await signer.sign(toBeSigned(protectedBytes, payload));
  const unprotected = new Map<number | string, CborValue>([
    [X5CHAIN, signer.chain],
    [SIGNING_AGENT, request.signingAgent],
  ]);
  const token = await request.stamp?.(value);
  if (token !== undefined) unprotected.set(TIMESTAMP, token);
  return encodeCbor({ tag: COSE_SIGN1, value: [protectedBytes, unprotected, payload, value] });
}

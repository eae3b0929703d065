/** Notary Project signatures as flattened JWS JSON. Source: signature-envelope-jws, RFC 7515 7.2.2. */
import { refuseCaseVariants } from "../../core/case-variants.ts";
import { isObject } from "../../core/descriptor.ts";
import type { Format, SigningRequest } from "../../core/format.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import type { Signature } from "../../core/signature.ts";
import type { Signer } from "../../core/signer.ts";
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from "../../encoding/base64.ts";
import { decodeJson, encodeJson } from "../../encoding/json.ts";
import { readProtectedHeaders, SIGNING_AGENT, TIMESTAMP, writeProtectedHeaders } from "../notary/headers.ts";
import { JWS_ENVELOPE } from "../notary/media-types.ts";
import { decodePayload, encodePayload } from "../notary/payload.ts";
import { algorithmOf, boundChain, signingAgentOf } from "../notary/unprotected.ts";
import { jwsSyntax, MEMBERS, PROTECTED_NAMES, UNPROTECTED_NAMES } from "./syntax.ts";

export const notaryJws: Format = { decode, encode };

function decode(envelope: Uint8Array, mediaType: string): Signature | null {
  if (mediaType !== JWS_ENVELOPE) return null;
  const jws = decodeJson(envelope, { maxBytes: LIMITS.notaryEnvelopeBytes });
  if (!isObject(jws)) throw new Malformed("jws/member-missing", "a JWS is not an object");
  refuseCaseVariants(jws, MEMBERS);
  if (Object.keys(jws).some((name) => !MEMBERS.includes(name))) {
    throw new Malformed("jws/member-unknown", "a JWS has a member that the flattened form does not know");
  }
  const { header } = jws;
  if (!isObject(header)) throw new Malformed("jws/member-missing", 'a JWS has no object "header"');
  const payload = textMember(jws, "payload");
  const protectedText = textMember(jws, "protected");
  const signature = textMember(jws, "signature");

  const protectedHeader = decodeJson(decodeBase64Url(protectedText), { maxBytes: LIMITS.notaryEnvelopeBytes });
  if (!isObject(protectedHeader)) throw new Malformed("header/type", "the protected header is not an object");
  refuseCaseVariants(protectedHeader, PROTECTED_NAMES);
  refuseCaseVariants(header, UNPROTECTED_NAMES);
  if (Object.keys(header).some((name) => Object.hasOwn(protectedHeader, name))) {
    throw new Malformed("jws/header-twice", "a header stands both inside and outside the protected header");
  }
  const { algorithm, ...times } = readProtectedHeaders(new Map(Object.entries(protectedHeader)), jwsSyntax);
  return {
    claimed: { ...decodePayload(decodeBase64Url(payload)), ...times, ...signingAgentOf(header[SIGNING_AGENT]) },
    signedBytes: signingInput(protectedText, payload),
    algorithm,
    value: decodeBase64Url(signature),
    chain: readChain(header["x5c"]),
    timestamps: readTimestamps(header[TIMESTAMP]),
  };
}

function textMember(jws: Readonly<Record<string, unknown>>, name: string): string {
  const value = jws[name];
  if (typeof value !== "string") throw new Malformed("jws/member-missing", `a JWS has no text "${name}"`);
  return value;
}

/** Standard base64 in one line: RFC 7515 4.1.6 knows no line breaks, though Go passes them over. */
function readChain(x5c: unknown): readonly Uint8Array[] {
  const texts: readonly unknown[] | undefined = x5c === undefined ? [] : Array.isArray(x5c) ? x5c : undefined;
  if (texts === undefined || !texts.every((text) => typeof text === "string")) {
    throw new Malformed("header/type", "x5c is not a list of texts");
  }
  // One more than the bound is enough to be refused; a million are not decoded first.
  return boundChain(texts.slice(0, LIMITS.chainCertificates + 1).map(decodeBase64));
}

function readTimestamps(token: unknown): readonly Uint8Array[] {
  if (token === undefined) return [];
  if (typeof token !== "string" || token === "") throw new Malformed("header/type", `${TIMESTAMP} is not text`);
  return [decodeBase64(token)];
}

/** RFC 7515 5.1: the texts as received, never an encoding of what they decode to. */
function signingInput(protectedText: string, payload: string): Uint8Array {
  return new TextEncoder().encode(`${protectedText}.${payload}`);
}

async function encode(request: SigningRequest, signer: Signer): Promise<Uint8Array> {
  const payload = encodeBase64Url(encodePayload(request));
  const headers = writeProtectedHeaders(request, algorithmOf(signer), jwsSyntax);
  const sorted = Array.from(headers).toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  const protectedText = encodeBase64Url(encodeJson(Object.fromEntries(sorted)));
  const value = await signer.sign(signingInput(protectedText, payload));
  const token = await request.stamp?.(value);
  return encodeJson({
    payload,
    protected: protectedText,
    header: {
      x5c: signer.chain.map(encodeBase64),
      ...(token === undefined ? {} : { [TIMESTAMP]: encodeBase64(token) }),
      [SIGNING_AGENT]: request.signingAgent,
    },
    signature: encodeBase64Url(value),
  });
}

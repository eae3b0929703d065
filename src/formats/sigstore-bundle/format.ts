/** Sigstore bundles by a bare key, as they hang on images. Source: cosign, BUNDLE_SPEC; sigstore_bundle.proto. */
import { hash } from "node:crypto";
import { CountersignError } from "../../core/errors.ts";
import type { Statement } from "../../core/evidence.ts";
import type { Format, SigningRequest } from "../../core/format.ts";
import { fingerprintOfDigest } from "../../core/key-fingerprint.ts";
import { Malformed } from "../../core/malformed.ts";
import { IN_TOTO } from "../../core/media-types.ts";
import type { Signature } from "../../core/signature.ts";
import type { Signer } from "../../core/signer.ts";
import { encodeBase64 } from "../../encoding/base64.ts";
import { encodeInteger, encodeSequence } from "../../encoding/der-writer.ts";
import { encodeDsse, preAuthEncoding } from "../../encoding/dsse.ts";
import { encodeJson } from "../../encoding/json.ts";
import { imageStatement } from "../image-signature.ts";
import { encodeStatement } from "../../statements/statement.ts";
import { readStatementSignature } from "../statement-signature.ts";
import { tokenOfAnswer } from "../timestamp-answer.ts";
import { decodeBundle } from "./bundle.ts";
import { BUNDLE, BUNDLE_TYPES } from "./media-types.ts";

export const sigstoreBundle: Format = { decode, encode, statementIn, plainDsse };

function decode(bytes: Uint8Array, mediaType: string): Signature | null {
  if (!BUNDLE_TYPES.includes(mediaType)) return null;
  const { version, signer, content, timestamps, logEntries } = decodeBundle(bytes);
  if (version !== "0.3") throw new Malformed("bundle/version", `the bundle is of version ${version}; from a registry only 0.3 is read`);
  if (content.kind === "message") throw new Malformed("bundle/message-signature", "the bundle signs a file and holds no statement");
  const { envelope } = content;
  const signature = readStatementSignature(envelope);
  if (signer.kind === "certificate") {
    throw new Malformed("bundle/keyless-unsupported", "the bundle is signed with a certificate, which this version cannot verify");
  }
  // cosign leaves the key id empty, sigstore-js repeats the hint. Source: sigstore_bundle.proto, `dsse_envelope`.
  if (envelope.keyId !== "" && envelope.keyId !== signer.hint) {
    throw new Malformed("bundle/key-id", "the key id of the bundle's signature is another than its hint at the key");
  }
  const keyHint = fingerprintOfHint(signer.hint);
  return {
    ...signature,
    ...(keyHint === undefined ? {} : { keyHint }),
    timestamps: timestamps.map(tokenOfAnswer),
    ...(logEntries === 0 ? {} : { logEntries }),
  };
}

function statementIn(bytes: Uint8Array): Statement | undefined {
  const { content } = decodeBundle(bytes);
  return content.kind === "message" ? undefined : readStatementSignature(content.envelope).claimed.statement;
}

function plainDsse(bytes: Uint8Array): Uint8Array | undefined {
  const { content } = decodeBundle(bytes);
  return content.kind === "message" ? undefined : encodeJson(encodeDsse(content.envelope));
}

/** cosign's hint is the SHA-256 of the key in base64; any other text says nothing that we could compare. */
function fingerprintOfHint(hint: string): string | undefined {
  const digest = Buffer.from(hint, "base64");
  return digest.length === 32 && digest.toString("base64") === hint ? fingerprintOfDigest(hint) : undefined;
}

/** Source: RFC 3161 2.4.2, TimeStampResp. */
function answerWith(token: Uint8Array): Uint8Array {
  const granted = encodeSequence(encodeInteger(0n));
  return encodeSequence(granted, token);
}

async function encode(request: SigningRequest, { bare }: Signer): Promise<Uint8Array> {
  if (bare === undefined) {
    throw new CountersignError("key/invalid", "Cannot sign a Sigstore bundle: the key signs envelopes of the Notary Project alone", {
      remedy: "--format notary-jws",
    });
  }
  if (request.expiry !== undefined) {
    throw new CountersignError("usage/invalid", "Cannot sign with an expiry: a Sigstore bundle has no place for one", {
      remedy: "leave out --expires, or sign with a certificate: --format notary-jws",
    });
  }
  const payload = encodeStatement(statementOf(request));
  const signature = await bare.sign(preAuthEncoding(IN_TOTO, payload));
  const token = await request.stamp?.(signature);
  return encodeJson({
    mediaType: BUNDLE,
    verificationMaterial: {
      publicKey: { hint: hash("sha256", bare.publicKey, "base64") },
      ...(token === undefined
        ? {}
        : { timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: encodeBase64(answerWith(token)) }] } }),
    },
    dsseEnvelope: encodeDsse({ payloadType: IN_TOTO, payload, signature }),
  });
}

/** Annotations are said of every subject; see `readStatementSignature`. */
function statementOf({ subject, statement = imageStatement(subject), annotations }: SigningRequest): Statement {
  if (Object.keys(annotations).length === 0) return statement;
  return { ...statement, subjects: statement.subjects.map((one) => ({ ...one, annotations: { ...one.annotations, ...annotations } })) };
}

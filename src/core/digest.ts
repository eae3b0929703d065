/** Content digests, `algorithm:hex`, parsed once and compared as text. */
import { createHash } from "node:crypto";
import { CountersignError } from "./errors.ts";

declare const digestBrand: unique symbol;

/** A checked digest such as `sha256:<64 lower-case hex>`. Source: OCI image-spec, descriptor.md, "Digests". */
export type Digest = string & { readonly [digestBrand]: true };

const HEX_LENGTH = { sha256: 64, sha384: 96, sha512: 128 } as const;

export type DigestAlgorithm = keyof typeof HEX_LENGTH;

/** The digest in `text`, or `undefined` if it is none, or of an algorithm we do not compute. */
export function tryParseDigest(text: string): Digest | undefined {
  const match = /^(sha256|sha384|sha512):([0-9a-f]+)$/.exec(text);
  if (!match) return undefined;
  const algorithm = match[1] as DigestAlgorithm;
  return match[2]?.length === HEX_LENGTH[algorithm] ? (text as Digest) : undefined;
}

/** In words, why a text is no digest. */
export function whyNoDigest(text: string): string {
  const [, algorithm, hex = ""] = /^(sha256|sha384|sha512):([0-9a-f]*)$/.exec(text) ?? [];
  if (algorithm === undefined) return "sha256: and 64 lower-case hex digits make one";
  return `it has ${hex.length} hex digits, and ${algorithm} has ${HEX_LENGTH[algorithm as DigestAlgorithm]}`;
}

export function parseDigest(text: string): Digest {
  const digest = tryParseDigest(text);
  if (digest === undefined) {
    throw new CountersignError("reference/invalid-digest", `Cannot read digest "${text}": ${whyNoDigest(text)}`);
  }
  return digest;
}

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}` as Digest;
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.slice(0, 6) as DigestAlgorithm;
}

export function digestHex(digest: Digest): string {
  return digest.slice(7);
}

/** True if `bytes` have this digest: what is received is hashed, never a re-encoding of it. */
export function digestMatches(bytes: Uint8Array, digest: Digest): boolean {
  return digestOf(bytes, digestAlgorithm(digest)) === digest;
}

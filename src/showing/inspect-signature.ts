/** One signature, decoded: what it claims, apart from what its own bytes prove. */
import type { Descriptor } from "../core/descriptor.ts";
import { showForeign } from "../core/display.ts";
import type { Finding } from "../core/finding.ts";
import { Malformed } from "../core/malformed.ts";
import type { Signature } from "../core/signature.ts";
import type { SignatureReport } from "../core/verdict.ts";
import { encodePem } from "../encoding/pem.ts";
import { describeClaims, describeProof, findingOf } from "../judging/examine.ts";
import { checkItself, NO_POLICY } from "../judging/self-check.ts";
import { readTimestamp } from "../pki/timestamp/verify.ts";
import { decodeCertificate } from "../pki/x509/certificate.ts";
import { formatName } from "../pki/x509/name.ts";

export interface InspectedCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly fingerprint: string;
  readonly pem: string;
}

type InspectedTimestamp =
  | { readonly from: string; readonly to: string; readonly authority: string }
  /** In words, why it is none. */
  | { readonly fault: string };

export interface InspectedSignature {
  readonly digest: string;
  readonly format: string;
  readonly envelope?: { readonly mediaType: string; readonly digest: string; readonly size: number; readonly embedded: boolean };
  readonly claimed?: SignatureReport["claimed"];
  /** By which bare key it says that it is: `SHA256:…`. */
  readonly keyHint?: string;
  /** Only what follows from the bytes themselves: whose key signed them. Whether to trust it is for `verify`. */
  readonly proven?: SignatureReport["proven"];
  readonly certificates: readonly InspectedCertificate[];
  /** What each says, if it is one of this signature; whether its authority is trusted is for `verify`. */
  readonly timestamps: readonly InspectedTimestamp[];
  readonly findings: readonly Finding[];
}

export function describeSignature(
  signature: Signature,
  about: {
    /** What the report calls the signature by. */
    readonly digest: string;
    readonly format: string;
    readonly envelope: Descriptor;
    readonly subject: Descriptor;
    readonly now: Date;
  },
): InspectedSignature {
  const { digest, format, envelope } = about;
  const findings = checkItself(signature, about);
  const isSound = findings.every((entry) => entry.outcome === "pass");
  // A bare key is not at hand, so that nothing of it is proven; a timestamp is still one of these bytes.
  const isBroken = findings.some((entry) => entry.outcome === "fail");
  return {
    digest,
    format,
    envelope: { mediaType: envelope.mediaType, digest: envelope.digest, size: envelope.size, embedded: envelope.data !== undefined },
    claimed: describeClaims(signature.claimed),
    ...(signature.keyHint === undefined ? {} : { keyHint: signature.keyHint }),
    ...(isSound ? { proven: describeProof(signature, { anchors: [], rules: NO_POLICY }) } : {}),
    certificates: isSound ? signature.chain.map(describeCertificate) : [],
    timestamps: isBroken ? [] : signature.timestamps.map((token) => describeTimestamp(token, signature)),
    findings,
  };
}

/** One that could not be had or decoded. */
export function brokenSignature(digest: string, error: unknown, format = "unrecognised"): InspectedSignature {
  return { digest, format, certificates: [], timestamps: [], findings: [findingOf(error)] };
}

function describeTimestamp(token: Uint8Array, { value, stampedEnvelope }: Signature): InspectedTimestamp {
  try {
    const { interval, authority } = readTimestamp(token, { signatureValue: value, envelope: stampedEnvelope });
    return { from: interval.from.toISOString(), to: interval.to.toISOString(), authority: showForeign(authority) };
  } catch (error) {
    if (error instanceof Malformed) return { fault: showForeign(error.message) };
    throw error;
  }
}

function describeCertificate(der: Uint8Array): InspectedCertificate {
  const { subject, issuer, serial, notBefore, notAfter, fingerprint } = decodeCertificate(der);
  return {
    subject: showForeign(formatName(subject)),
    issuer: showForeign(formatName(issuer)),
    serial,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    fingerprint,
    pem: encodePem("CERTIFICATE", der),
  };
}

/** What a timestamp token proves: that a signature existed by a moment, by the word of an authority that is trusted. Source: RFC 3161 2.3, 2.4.2; Notary trust policy specification, "Timestamp". */
import { hash } from "node:crypto";
import { showForeign } from "../../core/display.ts";
import { Malformed } from "../../core/malformed.ts";
import { type Certificate, decodeCertificate } from "../x509/certificate.ts";
import { checkTimestampingChain } from "../x509/chain.ts";
import { formatName } from "../x509/name.ts";
import { whyInvalid } from "../x509/validity.ts";
import { explained } from "./explained.ts";
import { decodeTimestampInfo, type TimestampInfo } from "./info.ts";
import { findPaths, type Path } from "./path.ts";
import { type SelfConsistent, verifyTokenSignature } from "./signer.ts";
import { decodeSignedToken, type SignedToken } from "./signed-token.ts";

export interface VerifiedTimestamp {
  /** The signature existed by then; both ends included. */
  readonly interval: TimestampInfo["interval"];
  /** The subject of the certificate that has signed the token, as RFC 4514 writes it; foreign text. */
  readonly authority: string;
  /** From that certificate up to the anchor. */
  readonly chain: Path;
  /** The object identifier under which the authority works. */
  readonly policy: string;
  readonly imprint: TimestampInfo["imprint"];
  readonly nonce?: string;
}

interface Stamped {
  /** The bytes that were stamped: the value of a signature. */
  readonly signatureValue: Uint8Array;
  /** What may have been stamped in its place, because it holds the value. */
  readonly envelope?: Uint8Array | undefined;
}

export interface VerifyTimestampOptions extends Stamped {
  /** Certificates in DER that are trusted to vouch for time, as a rule roots. */
  readonly anchors: readonly Uint8Array[];
  /** Certificates in DER that the token may lack. They are not trusted. */
  readonly certificates?: readonly Uint8Array[];
}

/** Throws `Malformed` with a code `time/…`. Whether the authority's certificates have been revoked is not asked. */
export function verifyTimestamp(token: Uint8Array, options: VerifyTimestampOptions): VerifiedTimestamp {
  return explained(() => {
    const others = (options.certificates ?? []).map(decodeCertificate);
    const signed = decodeSignedToken(token);
    const consistent = verifyTokenSignature(signed, others);
    const paths = trustedPaths(consistent.signer, { between: [...signed.certificates, ...others], anchors: options.anchors });
    return readVerified(signed, consistent, { paths, stamped: options });
  });
}

/** What a token says where nobody is trusted to say it: no more than that it fits the signature and its own certificate. */
export function readTimestamp(token: Uint8Array, stamped: Stamped): Pick<VerifiedTimestamp, "interval" | "authority" | "policy"> {
  return explained(() => {
    const signed = decodeSignedToken(token);
    const { signer } = verifyTokenSignature(signed, []);
    const { interval, policy } = readInfo(signed, stamped);
    return { interval, policy, authority: formatName(signer.subject) };
  });
}

/** Those that keep the profile, at least one. */
function trustedPaths(
  signer: Certificate,
  { between, anchors }: { readonly between: readonly Certificate[]; readonly anchors: readonly Uint8Array[] },
): readonly Path[] {
  const paths: Path[] = [];
  let fault: Malformed | undefined;
  for (const path of findPaths(signer, { between, anchors: anchors.map(decodeCertificate) })) {
    try {
      checkTimestampingChain(path);
      paths.push(path);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      fault ??= new Malformed("time/timestamp-authority", error.message);
    }
  }
  if (paths.length > 0) return paths;
  const name = showForeign(formatName(signer.subject), 256);
  throw (
    fault ??
    new Malformed(
      "time/timestamp-untrusted",
      `no trusted certificate stands above the timestamp's signer ${name} (issued by ${showForeign(formatName(signer.issuer), 256)})`,
    )
  );
}

/** Only now is the time read, and it decides which of the paths was valid then. */
function readVerified(
  signed: SignedToken,
  { signer, signingTime }: SelfConsistent,
  { paths, stamped }: { readonly paths: readonly Path[]; readonly stamped: Stamped },
): VerifiedTimestamp {
  const { interval, policy, imprint, nonce } = readInfo(signed, stamped);
  const moments = [interval.from, interval.to, ...(signingTime === undefined ? [] : [signingTime])];
  const chain = paths.find((path) => whyPathInvalid(path, moments) === undefined);
  if (chain === undefined) {
    const why = paths.map((path) => whyPathInvalid(path, moments)).find((reason) => reason !== undefined);
    throw new Malformed("time/timestamp-authority", `when the timestamp was made, ${why ?? "nobody was trusted"}`);
  }
  const authority = formatName(signer.subject);
  return { interval, authority, chain, policy, imprint, ...(nonce === undefined ? {} : { nonce }) };
}

function readInfo(signed: SignedToken, { signatureValue, envelope }: Stamped): TimestampInfo {
  const info = decodeTimestampInfo(signed.content);
  const isOf = (bytes: Uint8Array): boolean => Buffer.compare(info.imprint.digest, hash(info.imprint.hash, bytes, "buffer")) === 0;
  if (!isOf(signatureValue) && (envelope === undefined || !isOf(envelope))) {
    throw new Malformed("time/timestamp-other", "the timestamp was made for another signature");
  }
  return info;
}

function whyPathInvalid(path: Path, moments: readonly Date[]): string | undefined {
  for (const certificate of path) {
    for (const moment of moments) {
      const why = whyInvalid(certificate, moment);
      if (why !== undefined) return `its certificate "${showForeign(formatName(certificate.subject), 256)}" ${why}`;
    }
  }
  return undefined;
}

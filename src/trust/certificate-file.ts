/** What a file in a trust store, or one to be added to it, holds: certificates in PEM or DER, or something else. */
import { Malformed } from "../core/malformed.ts";
import type { TrustStoreType } from "../core/trust-source.ts";
import { decodeCertificateFile } from "../pki/x509/certificate-file.ts";
import { type Certificate, isSelfSigned } from "../pki/x509/certificate.ts";

export interface FoundCertificates {
  readonly certificates: readonly Certificate[];
  /** In words, what else it holds, or why it holds no certificate. */
  readonly notes: readonly string[];
}

/** Never throws for what a file holds: one that cannot be read has no certificates, and a note that says why. */
export function findCertificates(bytes: Uint8Array): FoundCertificates {
  try {
    const { certificates, otherBlocks } = decodeCertificateFile(bytes);
    const notes = otherBlocks.map(
      (label) => `holds a ${label}${label.endsWith("PRIVATE KEY") ? ", which has no business in a trust store" : ""}`,
    );
    return { certificates, notes: certificates.length > 0 ? notes : [...notes, "holds no certificate"] };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { certificates: [], notes: [`cannot be read as certificates (${error.code}: ${error.message})`] };
  }
}

/**
 * Why a certificate may not be an anchor, if so. Source: Notary trust-store specification: authorities, or self-signed
 * signers; under `tsa` only roots, because a timestamp's path is built up to them.
 */
export function whyNoAnchor(certificate: Certificate, type: TrustStoreType): string | undefined {
  const isAuthority = certificate.basicConstraints?.ca === true;
  if (type === "tsa") {
    const mayIssue = certificate.version < 3 || isAuthority;
    const maySign = certificate.keyUsage === undefined || certificate.keyUsage.usages.includes("keyCertSign");
    return mayIssue && maySign && signsItself(certificate) ? undefined : "is not a self-signed root, and a tsa store holds nothing else";
  }
  return isAuthority || signsItself(certificate) ? undefined : "is neither a certificate authority nor self-signed";
}

function signsItself(certificate: Certificate): boolean {
  try {
    return isSelfSigned(certificate);
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

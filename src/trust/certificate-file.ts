/** What a file in a trust store, or one to be added to it, holds: certificates in PEM or DER, or something else. */
import { Malformed } from "../core/malformed.ts";
import type { TrustStoreType } from "../core/trust-source.ts";
import { decodePem } from "../encoding/pem.ts";
import { type Certificate, decodeCertificate, isSelfSigned } from "../pki/x509/certificate.ts";

export interface CertificateFile {
  readonly certificates: readonly Certificate[];
  /** In words, what else it holds, or why it holds no certificate. */
  readonly notes: readonly string[];
}

/** A block that cannot be read spoils the whole file: half of a file must not pass for what its owner put there. */
export function decodeCertificateFile(bytes: Uint8Array): CertificateFile {
  try {
    // Every certificate in DER is a SEQUENCE, and no text starts with its tag and a length in one.
    if (bytes[0] === 0x30 && (bytes[1] ?? 0) >= 0x80) return { certificates: [decodeCertificate(bytes)], notes: [] };
    const blocks = decodePem(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1"));
    const certificates = blocks.filter(({ label }) => label === "CERTIFICATE").map((block) => decodeCertificate(block.bytes));
    const others = [...new Set(blocks.map(({ label }) => label).filter((label) => label !== "CERTIFICATE"))];
    const notes = others.map(
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

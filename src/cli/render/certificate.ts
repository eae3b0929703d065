/** Certificates as text and as data. */
import { showForeign } from "../../core/display.ts";
import type { Certificate } from "../../pki/x509/certificate.ts";
import { formatName } from "../../pki/x509/name.ts";
import { formatKeyKind } from "../../pki/key-kind.ts";
import { formatTime } from "./text.ts";

export interface CertificateDocument {
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly key: string;
  readonly authority: boolean;
  readonly fingerprint: string;
}

export function certificateDocument(certificate: Certificate): CertificateDocument {
  return {
    subject: showForeign(formatName(certificate.subject)),
    issuer: showForeign(formatName(certificate.issuer)),
    serial: certificate.serial,
    notBefore: formatTime(certificate.notBefore),
    notAfter: formatTime(certificate.notAfter),
    key: formatKeyKind(certificate.keyKind),
    authority: certificate.basicConstraints?.ca === true,
    fingerprint: certificate.fingerprint,
  };
}

export function renderCertificate(certificate: Certificate, indent: string): readonly string[] {
  const { subject, issuer, notBefore, notAfter, key, authority, fingerprint } = certificateDocument(certificate);
  return [
    `${indent}${subject}`,
    `${indent}  ${authority ? "authority" : "not an authority"}, ${key}, ${issuer === subject ? "issued by itself" : `issued by ${issuer}`}`,
    `${indent}  valid ${notBefore} to ${notAfter}`,
    `${indent}  sha256 ${fingerprint}`,
  ];
}

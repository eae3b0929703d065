/** Certificates from a file: PEM with one block or several, or DER with one certificate after another. */
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { decodeDer } from "../../encoding/der-reader.ts";
import { decodePem } from "../../encoding/pem.ts";
import { type Certificate, decodeCertificate } from "./certificate.ts";

/** In the order of the file, at least one. Blocks of other kinds, such as a key beside its certificates, are passed over. */
export function decodeCertificateFile(bytes: Uint8Array): readonly Certificate[] {
  if (bytes.length > LIMITS.keyFileBytes) throw new Malformed("certificate/malformed", "a certificate file is larger than any real one");
  const certificates = (isDer(bytes) ? splitDer(bytes) : pemCertificates(bytes)).map(decodeCertificate);
  if (certificates.length === 0) throw new Malformed("certificate/malformed", "there is no certificate in it");
  return certificates;
}

/** A certificate starts with the length of a sequence over 255 bytes; text has a letter or blank there, or an accent mark. */
function isDer(bytes: Uint8Array): boolean {
  return bytes[0] === 0x30 && (bytes[1] ?? 0) >= 0x80;
}

function splitDer(bytes: Uint8Array): readonly Uint8Array[] {
  return decodeDer(bytes, (reader) => {
    const elements: Uint8Array[] = [];
    while (!reader.atEnd) elements.push(reader.any().bytes);
    return elements;
  });
}

function pemCertificates(bytes: Uint8Array): readonly Uint8Array[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return decodePem(text)
    .filter(({ label }) => label === "CERTIFICATE")
    .map((block) => block.bytes);
}

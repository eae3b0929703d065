/** Certificates from a file: PEM with one block or several, or DER with one certificate after another. */
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { decodeDer } from "../../encoding/der-reader.ts";
import { decodePem } from "../../encoding/pem.ts";
import { type Certificate, decodeCertificate } from "./certificate.ts";

export interface CertificateFile {
  /** In the order of the file. */
  readonly certificates: readonly Certificate[];
  /** The labels of other blocks, such as a key beside its certificates, each once. */
  readonly otherBlocks: readonly string[];
}

/** The certificates of a file that must hold at least one. Blocks of other kinds are passed over. */
export function decodeCertificates(bytes: Uint8Array): readonly Certificate[] {
  const { certificates } = decodeCertificateFile(bytes);
  if (certificates.length === 0) throw new Malformed("certificate/malformed", "there is no certificate in it");
  return certificates;
}

/** All that a file holds. A block that cannot be read spoils the whole file: half of it must not pass for what its owner put there. */
export function decodeCertificateFile(bytes: Uint8Array): CertificateFile {
  if (bytes.length > LIMITS.keyFileBytes) throw new Malformed("certificate/malformed", "a certificate file is larger than any real one");
  if (isDer(bytes)) return { certificates: splitDer(bytes).map(decodeCertificate), otherBlocks: [] };
  const blocks = decodePem(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1"));
  return {
    certificates: blocks.filter(({ label }) => label === CERTIFICATE).map((block) => decodeCertificate(block.bytes)),
    otherBlocks: [...new Set(blocks.map(({ label }) => label).filter((label) => label !== CERTIFICATE))],
  };
}

const CERTIFICATE = "CERTIFICATE";

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

/** Writes private keys as PKCS#8 in PEM, encrypted if there is a passphrase. Source: RFC 5958, RFC 8018 6.2. */
import { createCipheriv, type KeyObject, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { encodeInteger, encodeNull, encodeOctetString, encodeOid, encodeSequence } from "../encoding/der-writer.ts";
import { encodePem } from "../encoding/pem.ts";

const OIDS = {
  pbes2: "1.2.840.113549.1.5.13",
  pbkdf2: "1.2.840.113549.1.5.12",
  hmacWithSha256: "1.2.840.113549.2.9",
  aes256Cbc: "2.16.840.1.101.3.4.1.42",
} as const;

/** Node's own export does 2,048, which a graphics card guesses through; this is OWASP's figure for HMAC-SHA-256. */
const ITERATIONS = 600_000;

const derive = promisify(pbkdf2);

export async function encodePrivateKey(key: KeyObject, passphrase?: string): Promise<string> {
  const pkcs8 = key.export({ type: "pkcs8", format: "der" });
  if (passphrase === undefined) return encodePem("PRIVATE KEY", pkcs8);
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", await derive(passphrase, salt, ITERATIONS, 32, "sha256"), iv);
  const encrypted = Buffer.concat([cipher.update(pkcs8), cipher.final()]);
  const derivation = encodeSequence(
    encodeOctetString(salt),
    encodeInteger(BigInt(ITERATIONS)),
    encodeSequence(encodeOid(OIDS.hmacWithSha256), encodeNull()),
  );
  const scheme = encodeSequence(
    encodeSequence(encodeOid(OIDS.pbkdf2), derivation),
    encodeSequence(encodeOid(OIDS.aes256Cbc), encodeOctetString(iv)),
  );
  const bytes = encodeSequence(encodeSequence(encodeOid(OIDS.pbes2), scheme), encodeOctetString(encrypted));
  return encodePem("ENCRYPTED PRIVATE KEY", bytes);
}

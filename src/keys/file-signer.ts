/** Signers from PEM files and environment variables. */
import { CountersignError } from "../core/errors.ts";
import type { Signer } from "../core/signer.ts";
import { decodePem } from "../encoding/pem.ts";
import { type AskPassphrase, openPrivateKey } from "./private-key.ts";
import { type Env, readSource } from "./read-file.ts";
import { createSigner } from "./signer.ts";

export interface FileSignerOptions {
  /** A path, or `env://NAME` for a variable that holds the PEM text. */
  readonly keyFile: string;
  /** The same for the certificates; those beside the key in its own file unless given. */
  readonly certificateFile?: string | undefined;
  readonly passphrase?: AskPassphrase | undefined;
  readonly now?: Date | undefined;
  readonly env?: Env | undefined;
}

/** Throws `CountersignError` `key/…` or `file/…`: a signer that is returned can sign, and its chain is the profile's. */
export async function loadSigner(options: FileSignerOptions): Promise<Signer> {
  const { keyFile, certificateFile, passphrase, now = new Date(), env = process.env } = options;
  const keyBytes = await readSource(keyFile, { env, absent: "key/not-found" });
  const certificates = certificateFile === undefined ? keyBytes : await readSource(certificateFile, { env, absent: "file/not-found" });
  const { key } = await openPrivateKey(keyBytes, { name: keyFile, passphrase });
  if (certificateFile === undefined && !holdsCertificate(keyBytes)) {
    throw new CountersignError("key/certificate", `Cannot sign with key "${keyFile}": no certificate was given for it`, {
      remedy: "name the file with its chain: --cert chain.pem (for trying things out: countersign cert test NAME)",
    });
  }
  return createSigner({ key, keyName: keyFile, certificates, certificateName: certificateFile ?? keyFile, now });
}

function holdsCertificate(keyBytes: Uint8Array): boolean {
  return decodePem(Buffer.from(keyBytes).toString("utf8")).some(({ label }) => label === "CERTIFICATE");
}

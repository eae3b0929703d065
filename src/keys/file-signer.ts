/** Signers from PEM files and environment variables. */
import type { KeyObject } from "node:crypto";
import { CountersignError } from "../core/errors.ts";
import type { Signer } from "../core/signer.ts";
import { decodePem } from "../encoding/pem.ts";
import { type AskPassphrase, findPrivateKey, openPrivateKey } from "./private-key.ts";
import { type Env, readSource } from "./read-file.ts";
import { requestRemedy } from "./request-commands.ts";
import { createBareSigner, createSigner, type SignerParts } from "./signer.ts";

export interface FileSignerOptions {
  /** A path, or `env://NAME` for a variable that holds the PEM text. */
  readonly keyFile: string;
  /** The same for the certificates; those beside the key in its own file unless given. */
  readonly certificateFile?: string | undefined;
  /** What is to be signed carries certificates: a bare key will not do. */
  readonly needsCertificate?: boolean | undefined;
  /** Its name in the key ring, by which the messages call it. */
  readonly ringName?: string | undefined;
  readonly passphrase?: AskPassphrase | undefined;
  readonly now?: Date | undefined;
  readonly env?: Env | undefined;
}

/** Throws `CountersignError` `key/…` or `file/…`: a signer that is returned can sign, and its chain, if it has one, is the profile's. */
export async function loadSigner(options: FileSignerOptions): Promise<Signer> {
  const { certified, ...bare } = await loadParts(options);
  return certified === undefined ? createBareSigner(bare) : createSigner(certified);
}

interface KeyParts {
  readonly key: KeyObject;
  readonly keyName: string;
  /** The same with its certificates, where there are some. */
  readonly certified?: SignerParts;
}

/** The key, opened, and its certificates, of which nothing is known yet. */
export async function loadParts(options: FileSignerOptions): Promise<KeyParts> {
  const { keyFile, certificateFile, ringName, passphrase, now = new Date(), env = process.env } = options;
  const name = ringName ?? keyFile;
  const keyBytes = await readSource(keyFile, { env, absent: "key/not-found" });
  const certificates = certificateFile === undefined ? keyBytes : await readSource(certificateFile, { env, absent: "file/not-found" });
  // What needs no passphrase is looked at before one is asked for.
  findPrivateKey(keyBytes, name);
  const hasNone = certificateFile === undefined && !holdsCertificate(keyBytes);
  if (hasNone && options.needsCertificate === true) {
    throw new CountersignError("key/certificate", `Cannot sign with key "${name}": it has no certificate`, {
      remedy:
        ringName === undefined
          ? "name the file with its chain: --cert chain.pem (for trying things out: `countersign cert test`)"
          : requestRemedy(ringName),
    });
  }
  const { key } = await openPrivateKey(keyBytes, { name, passphrase });
  const bare = { key, keyName: name };
  return hasNone ? bare : { ...bare, certified: { ...bare, certificates, certificateName: certificateFile ?? keyFile, now } };
}

function holdsCertificate(keyBytes: Uint8Array): boolean {
  return decodePem(Buffer.from(keyBytes).toString("utf8")).some(({ label }) => label === "CERTIFICATE");
}

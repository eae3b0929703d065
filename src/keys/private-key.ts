/** Private keys in PEM: PKCS#8, PKCS#1 and SEC 1, plain and encrypted, as openssl, Go and notation write them, and in cosign's form. */
import { createPrivateKey, type KeyObject } from "node:crypto";
import { CountersignError } from "../core/errors.ts";
import { Malformed } from "../core/malformed.ts";
import { decodePem, encodePem, type PemBlock } from "../encoding/pem.ts";
import { COSIGN_LABELS, openCosignKey } from "./cosign-key.ts";

export const COSIGN_REMEDY = "set COSIGN_PASSWORD or COUNTERSIGN_PASSPHRASE, or run at a terminal";

/** Asked once, and only for a key that is encrypted; that of a key in cosign's form may be empty, and has a variable of its own. */
export type AskPassphrase = (form?: "cosign") => Promise<string | undefined>;

export interface PrivateKeyFile {
  readonly key: KeyObject;
  /** What opened it; absent for a key in the clear. */
  readonly passphrase?: string;
}

const LABELS: ReadonlySet<string> = new Set([
  "PRIVATE KEY",
  "ENCRYPTED PRIVATE KEY",
  "RSA PRIVATE KEY",
  "EC PRIVATE KEY",
  ...COSIGN_LABELS,
]);

/** The one private key in a PEM text; `name` is what the messages call it. */
export async function openPrivateKey(
  bytes: Uint8Array,
  options: { readonly name: string; readonly passphrase?: AskPassphrase | undefined },
): Promise<PrivateKeyFile> {
  const block = findPrivateKey(bytes, options.name);
  if (!isEncrypted(block)) return { key: decodeKey(block, { name: options.name }) };
  const isCosigns = COSIGN_LABELS.includes(block.label);
  const passphrase = await options.passphrase?.(isCosigns ? "cosign" : undefined);
  if (passphrase === undefined) {
    throw new CountersignError(
      "key/passphrase",
      `Cannot open key "${options.name}": it is encrypted and no passphrase was given`,
      isCosigns ? { remedy: COSIGN_REMEDY } : {},
    );
  }
  const given = { name: options.name, passphrase };
  return { key: isCosigns ? await decodeCosignKey(block, given) : decodeKey(block, given), passphrase };
}

async function decodeCosignKey(
  { bytes }: PemBlock,
  { name, passphrase }: { readonly name: string; readonly passphrase: string },
): Promise<KeyObject> {
  try {
    const key = await openCosignKey(bytes, passphrase);
    if (key !== undefined) return key;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new CountersignError("key/invalid", `Cannot open key "${name}": it is not a key of cosign as it should be`, { cause: error });
  }
  throw new CountersignError("key/passphrase", `Cannot open key "${name}": the passphrase is wrong`, {
    remedy: "run the command again and type it anew, or correct COSIGN_PASSWORD or COUNTERSIGN_PASSPHRASE if one is set",
  });
}

/** The block of the key, still closed. */
export function findPrivateKey(bytes: Uint8Array, name: string): PemBlock {
  const blocks = decodeBlocks(bytes, name);
  const [block, another] = blocks.filter(({ label }) => LABELS.has(label));
  if (block === undefined) {
    const seen = blocks.map(({ label }) => label).join(", ") || "no PEM block";
    throw new CountersignError(
      "key/invalid",
      `Cannot open key "${name}": it holds no private key of a kind that Countersign reads (${seen})`,
      {
        remedy: "countersign key generate NAME, or convert it: openssl pkcs8 -topk8 -in FILE -out key.pem",
      },
    );
  }
  if (another !== undefined) throw new CountersignError("key/invalid", `Cannot open key "${name}": it holds more than one private key`);
  return block;
}

function decodeBlocks(bytes: Uint8Array, name: string): readonly PemBlock[] {
  try {
    return decodePem(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new CountersignError("key/invalid", `Cannot open key "${name}": it is not PEM as it should be`, { cause: error });
  }
}

/** PKCS#8 and cosign say so by the label, the older forms by a header. Source: RFC 5958 3, RFC 1421 4.6.1.1. */
export function isEncrypted({ label, headers }: PemBlock): boolean {
  return label.startsWith("ENCRYPTED ") || headers["Proc-Type"] !== undefined;
}

function decodeKey(block: PemBlock, options: { readonly name: string; readonly passphrase?: string }): KeyObject {
  const { name, passphrase } = options;
  // Written anew, so that OpenSSL sees this one block and not what stands around it, such as EC PARAMETERS.
  const key = encodePem(block.label, block.bytes, block.headers);
  try {
    return createPrivateKey({ key, format: "pem", ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (error) {
    // OpenSSL's refusals are plain errors, some without a code; a TypeError would be our own mistake.
    if (!(error instanceof Error) || error instanceof TypeError) throw error;
    // What a wrong passphrase decrypts to is noise, and about once in 256 times the decoder calls that unsupported.
    const isNoise = passphrase !== undefined && /DECODER routines/.test(error.message);
    if (/unsupported/i.test(error.message) && !isNoise) {
      throw new CountersignError("key/invalid", `Cannot open key "${name}": its kind or its encryption is not supported`, {
        remedy: `openssl pkcs8 -topk8 -in FILE -out key.pem (writes a form that is)`,
        cause: error,
      });
    }
    // With a wrong passphrase the first thing to fail may be the padding, or what is read from the noise.
    if (passphrase !== undefined) {
      // Without OpenSSL's words as the cause: they are about the noise, and tell a person nothing.
      throw new CountersignError(
        "key/passphrase",
        `Cannot open key "${name}": the passphrase is wrong, or the file is damaged or of another kind`,
        { remedy: "run the command again and type it anew, or correct COUNTERSIGN_PASSPHRASE if that is set" },
      );
    }
    throw new CountersignError("key/invalid", `Cannot open key "${name}": the file is damaged`, { cause: error });
  }
}

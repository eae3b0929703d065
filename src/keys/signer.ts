/** A signer from a private key and its certificates, once they are found to fit each other and the profile. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { algorithmForKey } from "../core/algorithm.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { type FindingCode, findingRow } from "../core/finding.ts";
import { Malformed } from "../core/malformed.ts";
import { quoteWord } from "../core/shell.ts";
import type { Signer } from "../core/signer.ts";
import { canSignBare, signBare } from "../pki/bare-signature.ts";
import { keyKindOf } from "../pki/key-kind.ts";
import { signBytes } from "../pki/signature.ts";
import { decodeCertificates } from "../pki/x509/certificate-file.ts";
import { type Certificate, publicKeyOf } from "../pki/x509/certificate.ts";
import { checkSigningChain, isForTime } from "../pki/x509/chain.ts";
import { formatName } from "../pki/x509/name.ts";
import { whyInvalid } from "../pki/x509/validity.ts";

export interface SignerParts {
  readonly key: KeyObject;
  /** What the messages call the key. */
  readonly keyName: string;
  /** A certificate file's bytes: leaf, issuers, root. */
  readonly certificates: Uint8Array;
  readonly certificateName: string;
  readonly now: Date;
}

/** With certificates: they must be there, and fit. */
export function createSigner(parts: SignerParts): Signer {
  const signer = signerOf(parts.key);
  if (signer.algorithm === undefined) throw unusable(parts, "RSA 2048, 3072, 4096 or EC P-256, P-384, P-521");
  return { ...signer, chain: readChain(parts).map(({ der }) => der) };
}

/** By the key alone, without certificates. */
export function createBareSigner(parts: Pick<SignerParts, "key" | "keyName">): Signer {
  const signer = signerOf(parts.key);
  if (signer.bare === undefined) throw unusable(parts, "RSA of 2048 bits or more, EC P-256, P-384, P-521 or Ed25519");
  return signer;
}

function signerOf(key: KeyObject): Signer {
  const algorithm = algorithmForKey(keyKindOf(key));
  const publicKey = createPublicKey(key).export({ type: "spki", format: "der" });
  return {
    ...(algorithm === undefined ? {} : { algorithm }),
    chain: [],
    sign: async (bytes) => {
      if (algorithm === undefined) throw new TypeError("a key of this kind signs no envelope of the Notary Project");
      return signBytes({ algorithm, privateKey: key, bytes });
    },
    ...(canSignBare(key) ? { bare: { publicKey, sign: async (bytes: Uint8Array) => signBare(key, bytes) } } : {}),
  };
}

function unusable({ key, keyName }: Pick<SignerParts, "key" | "keyName">, allowed: string): CountersignError {
  return new CountersignError("key/invalid", `Cannot sign with key "${keyName}": it is ${key.asymmetricKeyType}, not ${allowed}`, {
    remedy: "countersign key generate NAME --key-type ec-256",
  });
}

/** The certificates of a file, found to be a chain for this key that keeps its profile, one for signing unless told, and is valid now. */
export function readChain(
  parts: SignerParts,
  checkProfile: (chain: readonly Certificate[]) => void = checkSigningChain,
): readonly Certificate[] {
  const isForImages = checkProfile === checkSigningChain;
  let other: string | undefined;
  try {
    const chain = decodeCertificates(parts.certificates);
    if (chain[0] !== undefined && isForTime(chain[0]) === isForImages) other = isForImages ? FOR_TIME : FOR_IMAGES;
    checkOwner(chain, parts);
    checkProfile(chain);
    checkValidity(chain, parts);
    return chain;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw unfit(parts, error.message, { remedy: other ?? REMEDIES[error.code] ?? wayOut(error.code, parts) });
  }
}

const FOR_IMAGES =
  "timestamps want a key with a certificate for them alone: `countersign cert test clock --timestamp` makes one to try things with";
const FOR_TIME = "it is for timestamps, and `countersign serve` signs them with it; `countersign key list` shows the keys that sign images";
const ORDER = "put them in order: cat leaf.pem intermediate.pem root.pem > chain.pem";

const REMEDIES: { readonly [code in FindingCode]?: string } = {
  "chain/no-root": "the root is missing; append it: cat chain.pem root.pem > full-chain.pem",
  "chain/early-root": ORDER,
  "chain/order": ORDER,
};

/** What the certificate itself gets wrong, only its authority can mend. */
function wayOut(code: FindingCode, parts: SignerParts): string {
  return /^(certificate|der)\//.test(code) ? findingRow(code).remedy : showFile(parts);
}

function showFile({ certificateName }: SignerParts): string {
  return `give the chain that was issued for this key, leaf first; \`countersign cert show ${quoteWord(certificateName)}\` shows what this one is`;
}

function checkOwner(chain: readonly Certificate[], parts: SignerParts): void {
  const own = createPublicKey(parts.key);
  const place = chain.findIndex((certificate) => publicKeyOf(certificate).equals(own));
  if (place === 0) return;
  if (place > 0) throw unfit(parts, `the key's own certificate stands at place ${place + 1}, not first`, { remedy: ORDER });
  const [leaf] = chain;
  throw unfit(parts, `its first certificate${leaf ? `, "${describe(leaf)}",` : ""} belongs to another key than "${parts.keyName}"`, {
    remedy: showFile(parts),
  });
}

function checkValidity(chain: readonly Certificate[], parts: SignerParts): void {
  for (const certificate of chain) {
    const state = whyInvalid(certificate, parts.now);
    if (state === undefined) continue;
    throw unfit(parts, `the certificate "${describe(certificate)}" ${state}`, {
      remedy:
        parts.now > certificate.notAfter
          ? "have it issued again; for trying things out: countersign cert test NAME"
          : "check the clock of this machine: date -u",
    });
  }
}

function describe(certificate: Certificate): string {
  return showForeign(formatName(certificate.subject), 256);
}

function unfit({ certificateName }: SignerParts, state: string, options: { readonly remedy: string }): CountersignError {
  return new CountersignError("key/certificate", `Cannot sign with certificate "${certificateName}": ${state}`, options);
}

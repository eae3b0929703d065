/** Public keys that somebody names: a PEM file, a variable, or a key of the ring. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { CountersignError } from "../core/errors.ts";
import { Malformed } from "../core/malformed.ts";
import { quoteWord } from "../core/shell.ts";
import { decodePem, encodePem } from "../encoding/pem.ts";
import { canSignBare } from "../pki/bare-signature.ts";
import type { KeyRing } from "./key-ring.ts";
import type { AskPassphrase } from "./private-key.ts";
import { type Env, readSource } from "./read-file.ts";
import { resolveKey } from "./resolve.ts";

/** SubjectPublicKeyInfo in DER. Throws `CountersignError` `key/…`. */
export async function loadPublicKey(
  reference: string,
  { ring, env, passphrase }: { readonly ring: KeyRing; readonly env: Env; readonly passphrase: AskPassphrase },
): Promise<Uint8Array> {
  const { keyFile, ringName } = await resolveKey(reference, ring);
  const pem =
    ringName === undefined
      ? Buffer.from(await readSource(keyFile, { env, absent: "key/not-found" })).toString("utf8")
      : await ring.export(ringName, { what: "public-key", passphrase });
  const key = decodePublicKey(pem, reference);
  if (canSignBare(key)) return key.export({ type: "spki", format: "der" });
  throw refuse(reference, "it is not RSA of 2048 bits or more, EC P-256, P-384, P-521 or Ed25519");
}

/** As `openssl pkey -pubout` and cosign write them, and in the older form of RSA alone. */
const LABELS: ReadonlySet<string> = new Set(["PUBLIC KEY", "RSA PUBLIC KEY"]);

function decodePublicKey(text: string, reference: string): KeyObject {
  let cause: unknown;
  try {
    const [block, ...others] = decodePem(text);
    if (block !== undefined && others.length === 0 && LABELS.has(block.label)) {
      // Written anew, so that OpenSSL sees this one block and not what stands around it.
      return createPublicKey(encodePem(block.label, block.bytes));
    }
    // Only the label is told: somebody may have named the private key.
    if (block !== undefined)
      throw refuse(reference, `it holds ${[block, ...others].map(({ label }) => label).join(", ")}, and must hold one PUBLIC KEY`);
  } catch (error) {
    if (error instanceof CountersignError || !(error instanceof Error) || error instanceof TypeError) throw error;
    cause = error instanceof Malformed ? error : undefined;
  }
  throw refuse(reference, "it holds no public key in PEM", cause);
}

function refuse(reference: string, state: string, cause?: unknown): CountersignError {
  return new CountersignError("key/invalid", `Cannot verify with key "${reference}": ${state}`, {
    remedy: `countersign key export NAME --public > NAME.pub, or: openssl pkey -in ${quoteWord(reference)} -pubout -out NAME.pub`,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Who could sign for a new policy: the certificates of this machine's keys, and those whom notation's trust policy names. */
import { CountersignError } from "../core/errors.ts";
import { quoteWord } from "../core/shell.ts";
import { anchorsIn, type TrustAnchor } from "../core/trust-source.ts";
import { readSource } from "../keys/read-file.ts";
import { decodeCertificates } from "../pki/x509/certificate-file.ts";
import type { Certificate } from "../pki/x509/certificate.ts";
import { namePairs } from "../pki/x509/name.ts";
import { type DraftSigner, isWritable } from "../policy/countersign/draft.ts";
import type { Setup } from "../setup.ts";

/** A key whose certificates lead to a trust store of this machine. */
export interface KeySigner extends DraftSigner {
  readonly leaf: Certificate;
}

export interface FoundSigners {
  readonly signers: readonly KeySigner[];
  readonly unusable: readonly UnusableKey[];
}

interface UnusableKey {
  /** Which key, and why not. */
  readonly message: string;
  /** The command that helps. */
  readonly remedy: string;
}

export async function findKeySigners(opened: Setup): Promise<FoundSigners> {
  const keys = await (await opened.keyRing()).list();
  const anchors = await allAnchors(opened);
  const signers: KeySigner[] = [];
  const unusable: UnusableKey[] = [];
  for (const { name, certificateFile, rootFile, problem } of keys) {
    if (problem !== undefined || certificateFile === undefined) {
      unusable.push({ message: `key ${name}: ${problem ?? "it has no certificate"}`, remedy: "countersign key list" });
      continue;
    }
    const chain = decodeCertificates(await readSource(certificateFile, { env: {}, absent: "file/not-found" }));
    const [found] = anchorsIn(
      chain.map(({ der }) => der),
      anchors,
    );
    const [leaf] = chain;
    if (leaf === undefined || found === undefined) {
      const remedy = `countersign trust add ${quoteWord(`ca:${name}`)} ${rootFile === undefined ? "ROOTFILE" : quoteWord(rootFile)}`;
      unusable.push({ message: `key ${name}: no trust store holds its root`, remedy });
      continue;
    }
    signers.push({ name, anchor: found.store, leaf, comment: `the key ${name} of this machine`, is: identityOf(leaf) });
  }
  return { signers, unusable };
}

/** The whole subject; where a policy cannot write it, the certificate itself. */
function identityOf(leaf: Certificate): DraftSigner["is"] {
  const pairs = namePairs(leaf.subject);
  return isWritable(pairs) ? { kind: "subject", pairs } : { kind: "fingerprint", sha256: leaf.fingerprint };
}

/** Stores that cannot be used are as if they were not there: `policy check` tells about those that the policy will name. */
async function allAnchors(opened: Setup): Promise<readonly TrustAnchor[]> {
  const stores = await opened.trustStores();
  const names = (await stores.list()).filter(({ type }) => type !== "tsa");
  const found = await Promise.all(names.map((store) => stores.anchors(store).catch(noneOf)));
  return found.flat();
}

function noneOf(error: unknown): readonly TrustAnchor[] {
  if (error instanceof CountersignError && error.code.startsWith("trust/")) return [];
  throw error;
}

/** The order and profile of the chains of signers, and the profile of those of timestamp authorities. Source: Notary Project signature specification, "Certificate Requirements". */
import { algorithmForKey } from "../../core/algorithm.ts";
import type { FindingCode } from "../../core/finding.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { showForeign } from "../../core/display.ts";
import { EXTENSION_OIDS, type KeyUsage, PURPOSE_OIDS } from "../oids.ts";
import { formatKeyKind } from "../key-kind.ts";
import { type Certificate, isSelfSigned, isSignedBy } from "./certificate.ts";
import { formatName, sameName } from "./name.ts";

const FORBIDDEN_USAGES: ReadonlySet<KeyUsage> = new Set<KeyUsage>([
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
]);

interface UsageRule {
  /** The key usage must be marked critical; of timestamp authorities it need not be. */
  readonly isUsageCritical: boolean;
}

/** Any purpose would include the others; an OCSP signer speaks for its authority and must not also sign code. */
const FORBIDDEN_PURPOSES = ["any", "serverAuth", "clientAuth", "emailProtection", "timeStamping", "OCSPSigning"] as const;

/**
 * Throws `Malformed` unless `chain` is a leaf, its issuers in order and a self-signed root, or one self-signed
 * certificate that keeps the leaf's rules. Says nothing about trust or about time.
 */
export function checkSigningChain(chain: readonly Certificate[]): void {
  const [leaf] = chain;
  if (leaf === undefined) throw new Malformed("chain/empty", "the chain has no certificate");
  if (chain.length > LIMITS.chainCertificates) {
    throw new Malformed("chain/too-long", `the chain has ${chain.length} certificates, more than ${LIMITS.chainCertificates}`);
  }
  for (const certificate of chain) checkForm(certificate);
  checkOrder(chain);
  checkLeaf(leaf, { isUsageCritical: true });
  const purpose = FORBIDDEN_PURPOSES.find((entry) => leaf.extendedKeyUsage?.oids.includes(PURPOSE_OIDS[entry]));
  if (purpose !== undefined) throw refuse("certificate/extended-key-usage", leaf, `has the extended key usage ${purpose}`);
  for (const [authoritiesBelow, authority] of chain.slice(1).entries()) {
    checkAuthority(authority, authoritiesBelow, { isUsageCritical: true });
  }
  // Last, as it costs the most: what a stranger sends is refused before a signature is computed where it can be.
  checkSignatures(chain);
}

/** What a verifier of timestamps understands, marked critical or not. */
const UNDERSTOOD: ReadonlySet<string> = new Set(Object.values(EXTENSION_OIDS));

/**
 * The same for a path of certificates, each issued by the next, from the one that has signed a timestamp. It must be for
 * timestamps alone. Here an extension that is critical and not understood is refused, as by every builder of paths.
 */
export function checkTimestampingChain(chain: readonly [Certificate, ...Certificate[]]): void {
  const [leaf] = chain;
  for (const certificate of chain) {
    checkForm(certificate);
    const unknown = certificate.extensions.find(({ oid, critical }) => critical && !UNDERSTOOD.has(oid));
    if (unknown !== undefined)
      throw refuse("certificate/malformed", certificate, `has the critical extension ${unknown.oid}, which is not known`);
  }
  checkLeaf(leaf, { isUsageCritical: false });
  const { critical = false, oids = [] } = leaf.extendedKeyUsage ?? {};
  if (!critical || oids.length !== 1 || oids[0] !== PURPOSE_OIDS.timeStamping) {
    throw refuse("certificate/extended-key-usage", leaf, "is not marked, by a critical extended key usage, as one for timestamps alone");
  }
  for (const [authoritiesBelow, authority] of chain.slice(1).entries()) {
    checkAuthority(authority, authoritiesBelow, { isUsageCritical: false });
    const purposes = authority.extendedKeyUsage?.oids ?? [PURPOSE_OIDS.any];
    if (!purposes.includes(PURPOSE_OIDS.timeStamping) && !purposes.includes(PURPOSE_OIDS.any)) {
      throw refuse("certificate/extended-key-usage", authority, "may not issue certificates for timestamps");
    }
  }
}

/** It can sign timestamps, and no image: that is seen before anything else is asked of it. */
export function isForTime({ extendedKeyUsage }: Certificate): boolean {
  return extendedKeyUsage?.oids.includes(PURPOSE_OIDS.timeStamping) === true;
}

function checkForm(certificate: Certificate): void {
  if (certificate.version !== 3) throw refuse("certificate/version", certificate, `is of version ${certificate.version}`);
  if (certificate.signatureAlgorithm === undefined) {
    throw refuse("certificate/weak-signature", certificate, "is signed with an algorithm that is not allowed");
  }
}

/** Names are compared as bytes, as notation does. */
function checkOrder(chain: readonly Certificate[]): void {
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1];
    const namesItself = sameName(certificate.issuer, certificate.subject);
    if (issuer === undefined) {
      if (!namesItself) throw refuse("chain/no-root", certificate, "stands last and is not self-signed");
    } else if (namesItself && isSelfSigned(certificate)) {
      throw refuse("chain/early-root", certificate, "is self-signed and does not stand last");
    } else if (!sameName(certificate.issuer, issuer.subject)) {
      throw refuse("chain/order", certificate, `was issued by another than the next, "${describe(issuer)}"`);
    }
  }
}

function checkSignatures(chain: readonly Certificate[]): void {
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1] ?? certificate;
    if (!isSignedBy(certificate, issuer)) throw refuse("chain/signature", certificate, `is not signed by the key of "${describe(issuer)}"`);
  }
}

function checkLeaf(leaf: Certificate, { isUsageCritical }: UsageRule): void {
  if (leaf.basicConstraints?.ca === true) throw refuse("certificate/leaf-is-ca", leaf, "signs and is a certificate authority");
  if (leaf.keyUsage?.usages.includes("digitalSignature") !== true || (isUsageCritical && !leaf.keyUsage.critical)) {
    throw refuse("certificate/key-usage", leaf, `has no ${isUsageCritical ? "critical " : ""}key usage with digitalSignature`);
  }
  const usage = leaf.keyUsage.usages.find((entry) => FORBIDDEN_USAGES.has(entry));
  if (usage !== undefined) throw refuse("certificate/key-usage", leaf, `has the key usage ${usage}`);
  if (algorithmForKey(leaf.keyKind) === undefined) {
    throw refuse("certificate/key", leaf, `has the key ${formatKeyKind(leaf.keyKind)}, which is none of the six allowed`);
  }
}

/** @param authoritiesBelow how many stand between this one and the leaf; self-issued ones count, as in notation. */
function checkAuthority(authority: Certificate, authoritiesBelow: number, { isUsageCritical }: UsageRule): void {
  const constraints = authority.basicConstraints;
  if (constraints?.ca !== true || !constraints.critical) {
    throw refuse("certificate/not-ca", authority, "issues certificates and has no critical basic constraints that say so");
  }
  if (constraints.pathLength !== undefined && constraints.pathLength < authoritiesBelow) {
    throw refuse(
      "certificate/path-length",
      authority,
      `may have ${constraints.pathLength} authorities below it and has ${authoritiesBelow}`,
    );
  }
  if (authority.keyUsage?.usages.includes("keyCertSign") !== true || (isUsageCritical && !authority.keyUsage.critical)) {
    throw refuse("certificate/key-usage", authority, `has no ${isUsageCritical ? "critical " : ""}key usage with keyCertSign`);
  }
}

function refuse(code: FindingCode, certificate: Certificate, state: string): Malformed {
  return new Malformed(code, `the certificate "${describe(certificate)}" ${state}`);
}

function describe(certificate: Certificate): string {
  return showForeign(formatName(certificate.subject), 256);
}

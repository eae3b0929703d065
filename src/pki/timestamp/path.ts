/** The ways from a certificate up to those that are trusted, through certificates that are not. */
import { LIMITS } from "../../core/limits.ts";
import { type Certificate, isSignedBy } from "../x509/certificate.ts";
import { sameName } from "../x509/name.ts";

export type Path = readonly [Certificate, ...Certificate[]];

/** A stranger's certificates can all have issued each other; of real ones a few lead somewhere. */
const MAX_STEPS = 200;

/** The shortest first; each ends in an anchor. Says nothing about time or purpose. */
export function* findPaths(
  leaf: Certificate,
  { between, anchors }: { readonly between: readonly Certificate[]; readonly anchors: readonly Certificate[] },
): Generator<Path> {
  const open: Path[] = [[leaf]];
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const path = open.shift();
    if (path === undefined) return;
    const last = path.at(-1) ?? leaf;
    if (isAmong(last, anchors)) yield path;
    else if (path.length < LIMITS.chainCertificates) {
      const issuers = [...anchors, ...between.filter((certificate) => !isAmong(certificate, anchors) && !isAmong(certificate, path))];
      for (const issuer of issuers) if (isIssuedBy(last, issuer)) open.push([...path, issuer]);
    }
  }
}

function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return sameName(certificate.issuer, issuer.subject) && isSignedBy(certificate, issuer);
}

function isAmong({ fingerprint }: Certificate, certificates: readonly Certificate[]): boolean {
  return certificates.some((other) => other.fingerprint === fingerprint);
}

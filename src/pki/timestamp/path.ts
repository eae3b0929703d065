/** The ways from a certificate up to those that are trusted, through certificates that are not. */
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
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
  if (isAmong(leaf, anchors)) yield [leaf];
  const strangers = between.filter((certificate) => !isAmong(certificate, anchors));
  const open: Path[] = [[leaf]];
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const path = open.shift();
    if (path === undefined) return;
    const issuers = (among: readonly Certificate[]): readonly Path[] =>
      among.filter((issuer) => !isAmong(issuer, path) && isIssuedBy(path.at(-1) ?? leaf, issuer)).map((issuer): Path => [...path, issuer]);
    yield* issuers(anchors);
    // The anchor is one more.
    if (path.length + 1 < LIMITS.chainCertificates) open.push(...issuers(strangers));
  }
}

/** One whose key is none has issued nothing: what a stranger adds must not spoil what is there. */
function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  try {
    return sameName(certificate.issuer, issuer.subject) && isSignedBy(certificate, issuer);
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

function isAmong({ fingerprint }: Certificate, certificates: readonly Certificate[]): boolean {
  return certificates.some((other) => other.fingerprint === fingerprint);
}

/** What holds for every need of a kind, whatever it asks. */
import type { AskedOfEvidence } from "./asked.ts";

interface EvidenceKind {
  /** As a sentence names one. */
  readonly noun: string;
  /**
   * What can have become worse since: an older one that was better does not count. Where something was built, or that a
   * flaw does not matter, stays so.
   */
  readonly newestOnly: boolean;
  /** What differs from one platform's image to another's; tests are of all of them. */
  readonly perManifest: boolean;
  /** Whether a policy may take somebody's word for which image a document is about that names none. */
  readonly mayBeAsserted: boolean;
}

export const EVIDENCE_KINDS: Readonly<Record<AskedOfEvidence["kind"], EvidenceKind>> = {
  provenance: { noun: "provenance", newestOnly: false, perManifest: true, mayBeAsserted: false },
  sbom: { noun: "an SBOM", newestOnly: true, perManifest: true, mayBeAsserted: true },
  scan: { noun: "a scan", newestOnly: true, perManifest: true, mayBeAsserted: false },
  test: { noun: "a test result", newestOnly: true, perManifest: false, mayBeAsserted: true },
  vex: { noun: "a VEX statement", newestOnly: false, perManifest: true, mayBeAsserted: false },
  attestation: { noun: "an attestation", newestOnly: true, perManifest: false, mayBeAsserted: true },
};

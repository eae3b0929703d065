/** What a need asks of evidence, as data: the loaded form of a policy, and what the rules in this folder are given. */
/** Those that can be denied, from bad to worse. */
export const SEVERITIES = ["low", "medium", "high", "critical"] as const;

export interface ProvenanceAsked {
  readonly builder?: string;
  readonly buildType?: string;
  readonly source?: string;
  readonly ref?: string;
  /** The gate that the image's base has to pass. */
  readonly base?: string;
  /** So many must say it, each of another builder; more than one. */
  readonly agree?: number;
  /** Every commit is to be signed, but these and what lies before them. */
  readonly commit?: { readonly since: readonly string[] };
}

export interface SbomAsked {
  /** Absent where licences are not asked about. */
  readonly licenses?: {
    readonly deny: readonly string[];
    /** If there, every other one is denied. */
    readonly allow?: readonly string[];
    readonly unknown?: "allow";
  };
  /** Package URLs. */
  readonly deniedPackages: readonly string[];
}

export interface ScanAsked {
  /** This and worse. */
  readonly deny: (typeof SEVERITIES)[number];
  readonly unknownSeverity?: "allow";
  /** Seconds. */
  readonly databaseMaxAge?: number;
}

export interface TestAsked {
  /** The worst that is let pass. */
  readonly result: "passed" | "warned";
}

interface AttestationAsked {
  /** A predicate's URI. */
  readonly type: string;
  /** CEL. */
  readonly expr?: string;
}

export interface ImageAsked {
  /** `nonroot`, or a user. */
  readonly user?: string;
  /** `8080/tcp`; the only ones. */
  readonly ports?: readonly string[];
}

export type AskedOfEvidence =
  | { readonly kind: "provenance"; readonly asked: ProvenanceAsked }
  | { readonly kind: "sbom"; readonly asked: SbomAsked }
  | { readonly kind: "scan"; readonly asked: ScanAsked }
  | { readonly kind: "test"; readonly asked: TestAsked }
  | { readonly kind: "vex"; readonly asked: Readonly<Record<never, never>> }
  | { readonly kind: "attestation"; readonly asked: AttestationAsked };

/** The demo's story as data: what is done, what is expected, and what a person is told. */
import { isObject } from "../../core/descriptor.ts";

export interface Step {
  readonly title: string;
  /** Why this matters, in a sentence. */
  readonly why?: string;
  /** Done before the command, by somebody else than the person at the terminal. */
  readonly before?: () => Promise<void> | void;
  readonly command: readonly string[];
  readonly exit: number;
  /** A finding that the verdict must hold. */
  readonly code?: string;
}

/** Every code of a verdict: of its own findings, its signatures', and of what speaks against evidence. */
export function codesOf(verdict: unknown): readonly string[] {
  if (!isObject(verdict)) return [];
  const { signatures, requirements } = verdict;
  const refused = listOf(requirements).flatMap(({ refusedEvidence }) => listOf(refusedEvidence));
  return [
    ...[verdict, ...listOf(signatures)].flatMap(({ findings }) => listOf(findings)),
    ...refused.flatMap(({ because }) => listOf(because)),
  ].map(({ code }) => String(code));
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The policy of the demo. */
export function demoPolicy(host: string): string {
  return `apiVersion: countersign.dev/v1
kind: Policy
name: demo
version: 1
products:
  demo/{image}: { build: "${host}/build/{image}", prod: "${host}/prod/{image}" }
sharedSigner: true   # one pipeline signs for every product, and says which in each signature
people:
  ana: { certificate: { anchor: "ca:ana", subject: { C: US, ST: WA, L: Seattle, O: Countersign Demo, CN: Ana } } }
parties:
  ci: { certificate: { anchor: "ca:ci", subject: { C: US, ST: WA, L: Seattle, O: Countersign Demo, CN: ci } } }
gates:
  build: { needs: [ { signature: { by: ci } } ] }
  prod:
    after: build
    needs:
      - scan: { by: ci, maxAge: 24h, deny: critical, unless: { vex: { by: ana } } }
      - signature: { by: ana }
`;
}

/** Whom the demo believes about time. */
export const DEMO_VERIFIER = `apiVersion: countersign.dev/v1
kind: Verifier
witnesses:
  demo: { operator: demo, timestamp: { store: "tsa:demo" } }
`;

/** What Trivy would print of an image with one bad library in it. */
export function scanReport({
  repository,
  digest,
  at,
}: {
  readonly repository: string;
  readonly digest: string;
  readonly at: Date;
}): string {
  const finding = {
    VulnerabilityID: "CVE-2026-10001",
    PkgName: "zlib",
    PkgIdentifier: { PURL: "pkg:apk/alpine/zlib@1.2.13-r1" },
    InstalledVersion: "1.2.13-r1",
    FixedVersion: "1.2.13-r9",
    Severity: "CRITICAL",
    Title: "made up for the demo",
  };
  const target = { Target: "app (alpine 3.18.0)", Class: "os-pkgs", Type: "alpine", Vulnerabilities: [finding] };
  return JSON.stringify({
    SchemaVersion: 2,
    CreatedAt: at.toISOString(),
    ArtifactName: repository,
    ArtifactType: "container_image",
    Metadata: { RepoDigests: [`${repository}@${digest}`] },
    Results: [target],
  });
}

/** Somebody has looked, and says why the finding does not matter here. Source: OpenVEX 0.2.0. */
export function vexDocument({ digest, at }: { readonly digest: string; readonly at: Date }): string {
  return JSON.stringify({
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://demo.example/vex/1",
    author: "Ana",
    timestamp: at.toISOString(),
    version: 1,
    statements: [
      {
        vulnerability: { name: "CVE-2026-10001" },
        products: [{ "@id": `pkg:oci/countersign@${encodeURIComponent(digest)}` }],
        status: "not_affected",
        justification: "vulnerable_code_not_in_execute_path",
      },
    ],
  });
}

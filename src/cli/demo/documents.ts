/** What the demo's tools and people write: a policy, whom is believed, and the documents about the image. */
import type { Committer } from "../../testing/git-repository.ts";

/** The registries, as references name them. */
export interface Places {
  /** Where a vendor publishes. */
  readonly public: string;
  readonly build: string;
  readonly test: string;
  readonly prod: string;
}

/** Subjects of certificates but for the common name. */
const ORGANISATION = "C=US, ST=WA, O=Countersign Demo";

export function subjectOf(name: string): string {
  return `${ORGANISATION}, CN=${name}`;
}

function certificate(store: string, name: string): string {
  return `{ anchor: "ca:${store}", subject: { C: US, ST: WA, O: Countersign Demo, CN: ${name} } }`;
}

export function demoPolicy({ places, eva }: { readonly places: Places; readonly eva: Committer }): string {
  const { build, test, prod } = places;
  return `apiVersion: countersign.dev/v1
kind: Policy
name: demo
version: 1
products:
  base/{name}: { base: "${build}/base/{name}" }
  apps/{app}: { build: "${build}/apps/{app}", test: "${test}/apps/{app}", prod: "${prod}/apps/{app}" }
sharedSigner: true   # one pipeline signs for every app, and says which in each signature
people:
  ana: { certificate: ${certificate("ana", "Ana")} }
  bo: { certificate: ${certificate("bo", "Bo")} }
  cy: { certificate: ${certificate("cy", "Cy")} }
  eva:
    certificate: ${certificate("eva", "Eva")}
    git: [ { ssh: "${eva.fingerprint}" } ]
    authors: [ "${eva.mail}" ]
parties:
  vendor: { certificate: ${certificate("vendor", "Vendor")} }
  ci: { certificate: ${certificate("ci", "ci")} }
  release: { people: [bo, cy, eva] }
gates:
  base: { needs: [ { signature: { by: vendor, signedAs: "${places.public}/vendor/{name}" } } ] }
  build:
    needs:
      - signature: { by: ci }
      - provenance: { by: ci, builder: "https://ci.demo.example/runner", source: "git+https://git.demo.example/{app}", ref: refs/heads/main, base: base }
      - sbom: { by: ci, packages: { deny: ["pkg:npm/event-stream"] } }
      - scan: { by: ci, maxAge: 24h, deny: critical, unless: { vex: { by: ana } } }
  test: { after: build, approve: { by: ana, valid: 7d } }
  prod: { after: test, approve: { by: release, atLeast: 2, not: [author], valid: 72h } }
`;
}

/** Whom the demo believes about time, and whose records of promotions. */
export const DEMO_VERIFIER: string = `apiVersion: countersign.dev/v1
kind: Verifier
witnesses:
  demo: { operator: demo, timestamp: { store: "tsa:demo" } }
roles:
  promoters: { by: [ { certificate: ${certificate("promoter", "promoter")} } ] }
`;

interface About {
  /** `host/path`. */
  readonly repository: string;
  readonly digest: string;
  readonly at: Date;
}

const ZLIB = "pkg:apk/alpine/zlib@1.2.13-r1";

/** What is in the image. Source: SPDX 2.3. */
export function sbomDocument({ repository, digest, at }: About): string {
  const image = {
    SPDXID: "SPDXRef-image",
    name: repository,
    versionInfo: digest,
    downloadLocation: "NOASSERTION",
    licenseConcluded: "Apache-2.0",
    primaryPackagePurpose: "CONTAINER",
    externalRefs: [
      {
        referenceCategory: "PACKAGE-MANAGER",
        referenceType: "purl",
        referenceLocator: `pkg:oci/app@${encodeURIComponent(digest)}`,
      },
    ],
  };
  const zlib = {
    SPDXID: "SPDXRef-zlib",
    name: "zlib",
    versionInfo: "1.2.13-r1",
    downloadLocation: "NOASSERTION",
    licenseConcluded: "Zlib",
    externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: ZLIB }],
  };
  return JSON.stringify({
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: repository,
    documentNamespace: "https://demo.example/sbom/1",
    creationInfo: { created: `${at.toISOString().slice(0, 19)}Z`, creators: ["Tool: demo"] },
    packages: [image, zlib],
    relationships: [
      { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-image" },
      { spdxElementId: "SPDXRef-image", relationshipType: "CONTAINS", relatedSpdxElement: "SPDXRef-zlib" },
    ],
  });
}

/** How the image was built. Source: SLSA provenance v1. */
export function provenanceDocument({
  commit,
  base,
  at,
}: {
  readonly commit: string;
  readonly base: { readonly repository: string; readonly digest: string };
  readonly at: Date;
}): string {
  const source = { uri: "git+https://git.demo.example/countersign@refs/heads/main", digest: { gitCommit: commit } };
  return JSON.stringify({
    buildDefinition: {
      buildType: "https://ci.demo.example/container/v1",
      externalParameters: { source },
      resolvedDependencies: [source, { uri: `docker://${base.repository}`, digest: { sha256: base.digest.replace("sha256:", "") } }],
    },
    runDetails: { builder: { id: "https://ci.demo.example/runner" }, metadata: { finishedOn: at.toISOString() } },
  });
}

/** What Trivy would print of an image with one bad library in it. */
export function scanReport({ repository, digest, at }: About): string {
  const finding = {
    VulnerabilityID: "CVE-2026-10001",
    PkgName: "zlib",
    PkgIdentifier: { PURL: ZLIB },
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
export function vexDocument({ digest, at }: Omit<About, "repository">): string {
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

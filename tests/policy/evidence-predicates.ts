/** Predicates that say what a case wants said, in forms that tools write. */
import { HOUR, NOW } from "./signing-world.ts";
import type { PooledCommits } from "./pool-commits.ts";
import { type BaseName, BASES } from "./pool-images.ts";
import type { SaidFact, SaidKind, Says } from "./slow-evidence.ts";

export const REVIEW = "https://acme.io/review/v1";
const FLAW = "CVE-2026-1";

const TYPES: Readonly<Record<SaidKind, string>> = {
  scan: "https://in-toto.io/attestation/vulns/v0.2",
  sbom: "https://spdx.dev/Document/v2.3",
  test: "https://in-toto.io/attestation/test-result/v0.1",
  provenance: "https://slsa.dev/provenance/v1",
  vex: "https://openvex.dev/ns/v0.2.0",
  attestation: REVIEW,
  source: "https://countersign.dev/source/v1",
};

export function predicateTypeOf(kind: SaidKind): string {
  return TYPES[kind];
}

function time(hoursAgo: number | undefined): string | undefined {
  return hoursAgo === undefined ? undefined : new Date(NOW.getTime() - hoursAgo * HOUR).toISOString();
}

/** What is named elsewhere. */
interface Named extends Pick<PooledCommits, "idOf" | "rawOf"> {
  /** In hex. */
  digestOfBase(name: string): string;
}

/** Throws `TypeError` for what is of no known form: a fault of the case. */
export function predicateOf({ says, hoursAgo }: Pick<SaidFact, "says" | "hoursAgo">, named: Named): unknown {
  if (typeof says === "string") throw new TypeError("what is not known cannot be written");
  return write(says, time(hoursAgo), named);
}

function write(says: Exclude<Says, string>, at: string | undefined, named: Named): unknown {
  switch (says.kind) {
    case "scan":
      return {
        scanner: {
          uri: "pkg:github/acme/scanner@1",
          db: { lastUpdate: time(says.databaseHoursAgo) },
          result:
            says.flaw === undefined
              ? []
              : [{ id: FLAW, severity: [{ method: "label", score: says.flaw }], annotations: [{ package: "x", purl: "pkg:npm/x@1.0" }] }],
        },
        metadata: { scanFinishedOn: at },
      };
    case "sbom":
      return {
        spdxVersion: "SPDX-2.3",
        SPDXID: "SPDXRef-DOCUMENT",
        dataLicense: "CC0-1.0",
        name: "app",
        creationInfo: { created: at },
        packages: says.packages.map(({ name, license }, index) => ({
          SPDXID: `SPDXRef-${index}`,
          name,
          versionInfo: "1.0",
          licenseConcluded: license ?? "NOASSERTION",
          externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: `pkg:npm/${name}@1.0` }],
        })),
      };
    case "test":
      return { result: says.result.toUpperCase(), configuration: [], failedTests: says.result === "failed" ? ["a"] : [] };
    case "provenance":
      return {
        buildDefinition: {
          buildType: says.buildType,
          externalParameters: {},
          resolvedDependencies: [
            ...(says.source === undefined
              ? []
              : [
                  {
                    uri: `${says.source}@${says.ref ?? ""}`,
                    ...(says.commit === undefined ? {} : { digest: { gitCommit: named.idOf(says.commit) } }),
                  },
                ]),
            ...(says.bases ?? []).map((name) => ({
              uri: `pkg:docker/${BASES[name as BaseName].repository}@1`,
              digest: { sha256: named.digestOfBase(name) },
            })),
          ],
        },
        runDetails: { builder: { id: says.builder }, metadata: { finishedOn: at } },
      };
    case "vex":
      return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://acme.io/vex/1",
        author: "Acme",
        timestamp: at,
        version: 1,
        statements: [
          {
            vulnerability: { name: FLAW },
            products: [{ "@id": says.isAboutFlaw ? "pkg:npm/x" : "pkg:npm/other" }],
            status: says.status,
            justification: says.status === "not_affected" ? "component_not_present" : undefined,
            action_statement: says.status === "affected" ? "wait" : undefined,
          },
        ],
      };
    case "source": {
      const [head = ""] = says.commits;
      const commits = says.commits.map((name) => Buffer.from(named.rawOf(name)).toString("base64"));
      return { objectFormat: "sha1", head: named.idOf(head), commits };
    }
    case "attestation":
      return { result: "ok" };
  }
}

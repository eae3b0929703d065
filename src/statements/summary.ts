/** What a statement says, in figures: enough to know what it is, without all that it lists. */
import type { Content, ContentOf, Severity, VexStatement } from "../core/evidence.ts";
import { showForeign } from "../core/display.ts";

type At = { readonly at?: string };

/** Texts are escaped for display, times are in RFC 3339. */
export type ContentSummary =
  | (At & {
      readonly kind: "provenance";
      readonly builder: string;
      readonly buildType?: string;
      readonly sources: readonly { readonly uri: string; readonly commit?: string; readonly ref?: string }[];
      readonly materials: number;
    })
  | (At & { readonly kind: "sbom"; readonly packages: number })
  | (At & {
      readonly kind: "scan";
      readonly scanner: string;
      readonly scannerVersion?: string;
      readonly databaseAt?: string;
      readonly findings: number;
      readonly severities: Readonly<Partial<Record<Severity, number>>>;
    })
  | (At & {
      readonly kind: "test";
      readonly result: ContentOf<"test">["result"];
      readonly passed: number;
      readonly failed: readonly string[];
    })
  | (At & {
      readonly kind: "vex";
      readonly statements: number;
      readonly statuses: Readonly<Partial<Record<VexStatement["status"], number>>>;
    })
  | {
      readonly kind: "source";
      readonly repository?: string;
      readonly head: string;
      readonly commits: number;
      /** How many of them have a signature by an SSH key that fits. */
      readonly signed: number;
      readonly tags: readonly string[];
    }
  | {
      /** Said of the image at a gate. */
      readonly kind: "approval" | "exception" | "disown" | "promotion";
      /** In words: `approved`, `waives scan`, `disowns COMMIT`, `entered`. */
      readonly says: string;
      readonly gate: string;
      readonly product: string;
      readonly repository?: string;
      readonly policy: string;
      readonly reason?: string;
      readonly ticket?: string;
      /** RFC 3339, as are all. */
      readonly expiresOn?: string;
      readonly at: string;
    }
  | { readonly kind: "other" };

export function summarise(content: Content): ContentSummary {
  switch (content.kind) {
    case "provenance":
      return {
        kind: "provenance",
        builder: showForeign(content.builder),
        ...(content.buildType === undefined ? {} : { buildType: showForeign(content.buildType) }),
        sources: content.sources.map(summariseSource),
        materials: content.materials.length,
        ...timeOf(content),
      };
    case "sbom":
      return { kind: "sbom", packages: content.packages.length, ...timeOf(content) };
    case "scan":
      return summariseScan(content);
    case "test":
      return {
        kind: "test",
        result: content.result,
        passed: content.passed,
        failed: content.failed.map((name) => showForeign(name)),
        ...timeOf(content),
      };
    case "vex":
      return {
        kind: "vex",
        statements: content.statements.length,
        statuses: count(content.statements.map(({ status }) => status)),
        ...timeOf(content),
      };
    case "source":
      return {
        kind: "source",
        ...(content.repository === undefined ? {} : { repository: showForeign(content.repository) }),
        head: showForeign(content.head),
        commits: content.commits.length,
        signed: content.commits.filter(({ signature }) => signature.kind === "ssh").length,
        tags: content.tags.map(({ name }) => showForeign(name)),
      };
    case "approval":
      return summariseSaid(content, content.decision);
    case "exception":
      return summariseSaid(content, `${content.isBreakGlass ? "breaks glass: " : ""}waives ${content.waives.join(", ")}`);
    case "disown":
      return summariseSaid(content, `disowns ${content.commit}`);
    case "promotion":
      return summariseSaid(content, content.event);
    case "other":
      return { kind: "other" };
  }
}

function summariseSaid(
  content: ContentOf<"approval" | "exception" | "disown" | "promotion">,
  says: string,
): Extract<ContentSummary, { readonly says: string }> {
  const { gate, product, repository, policy } = content.head;
  const { reason, ticket } = content;
  const expiresOn = "expiresOn" in content ? content.expiresOn : undefined;
  return {
    kind: content.kind,
    says: showForeign(says),
    gate: showForeign(gate),
    product: showForeign(product),
    ...(repository === undefined ? {} : { repository: showForeign(repository) }),
    policy: showForeign(policy),
    ...(reason === undefined ? {} : { reason: showForeign(reason) }),
    ...(ticket === undefined ? {} : { ticket: showForeign(ticket) }),
    ...(expiresOn === undefined ? {} : { expiresOn: expiresOn.toISOString() }),
    at: content.at.toISOString(),
  };
}

function summariseScan(scan: ContentOf<"scan">): ContentSummary {
  return {
    kind: "scan",
    scanner: showForeign(scan.scanner),
    ...(scan.scannerVersion === undefined ? {} : { scannerVersion: showForeign(scan.scannerVersion) }),
    ...(scan.databaseAt === undefined ? {} : { databaseAt: scan.databaseAt.toISOString() }),
    findings: scan.findings.length,
    severities: count(scan.findings.map(({ severity }) => severity)),
    ...timeOf(scan),
  };
}

function summariseSource({ uri, commit, ref }: ContentOf<"provenance">["sources"][number]): {
  readonly uri: string;
  readonly commit?: string;
  readonly ref?: string;
} {
  return {
    uri: showForeign(uri),
    ...(commit === undefined ? {} : { commit: showForeign(commit) }),
    ...(ref === undefined ? {} : { ref: showForeign(ref) }),
  };
}

function timeOf({ at }: { readonly at?: Date }): At {
  return at === undefined ? {} : { at: at.toISOString() };
}

/** How often each is there; what is not there is left out. */
function count<T extends string>(items: readonly T[]): Readonly<Partial<Record<T, number>>> {
  const counts: Partial<Record<T, number>> = {};
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}

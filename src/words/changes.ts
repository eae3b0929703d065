/** What is different between two images, or between what somebody saw and what there is now: evidence, packages, findings, commits. */
import type { Content, PackageName, ScanFinding, SourceCommit } from "../core/evidence.ts";
import { splitPackageUrl } from "../encoding/package-url.ts";

/** What is known of one image. */
export interface Glimpse {
  readonly packages: readonly PackageName[];
  readonly findings: readonly ScanFinding[];
  readonly commits: readonly SourceCommit[];
}

export interface PackageChange {
  /** Without its version. */
  readonly name: string;
  /** Versions, sorted; none where it is new. */
  readonly before: readonly string[];
  /** None where it is gone. */
  readonly after: readonly string[];
}

export interface NamedFinding {
  readonly id: string;
  readonly severity: ScanFinding["severity"];
  readonly package?: string;
}

export interface Changes {
  readonly packages: readonly PackageChange[];
  readonly findings: { readonly added: readonly NamedFinding[]; readonly gone: readonly NamedFinding[] };
  /** That were not known of the other image. */
  readonly commits: readonly SourceCommit[];
}

export function glimpseOf(contents: readonly Content[]): Glimpse {
  return {
    packages: contents.flatMap((content) => (content.kind === "sbom" ? content.packages : [])),
    findings: contents.flatMap((content) => (content.kind === "scan" ? content.findings : [])),
    commits: contents.flatMap((content) => (content.kind === "source" ? content.commits : [])),
  };
}

export function changesBetween(before: Glimpse, after: Glimpse): Changes {
  const known = new Set(before.commits.map(({ id }) => id));
  const commits = new Map(after.commits.map((commit) => [commit.id, commit]));
  const [found, foundBefore] = [findingsOf(after), findingsOf(before)];
  return {
    packages: packageChanges(versionsOf(before.packages), versionsOf(after.packages)),
    findings: { added: without(found, foundBefore), gone: without(foundBefore, found) },
    commits: [...commits.values()].filter(({ id }) => !known.has(id)),
  };
}

type Versions = ReadonlyMap<string, ReadonlySet<string>>;

function packageChanges(before: Versions, after: Versions): readonly PackageChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return names.flatMap((name) => {
    const change = { name, before: [...(before.get(name) ?? [])].toSorted(), after: [...(after.get(name) ?? [])].toSorted() };
    return change.before.join("\n") === change.after.join("\n") ? [] : [change];
  });
}

function versionsOf(packages: readonly PackageName[]): Versions {
  const versions = new Map<string, Set<string>>();
  for (const one of packages) {
    const { name, version } = nameOf(one);
    const known = versions.get(name) ?? new Set();
    versions.set(name, known.add(version));
  }
  return versions;
}

/** Two ecosystems may have packages of one name; tools agree on package URLs more than on names. */
function nameOf({ name, version, purl }: PackageName): { readonly name: string; readonly version: string } {
  const parts = purl === undefined ? undefined : splitPackageUrl(purl);
  if (parts === undefined) return { name, version: version ?? "" };
  return { name: `pkg:${parts.type}/${parts.path}`, version: parts.version ?? version ?? "" };
}

function findingsOf({ findings }: Glimpse): ReadonlyMap<string, NamedFinding> {
  const named = findings.map(({ id, severity, package: where }): NamedFinding => {
    const name = where === undefined ? undefined : nameOf(where).name;
    return { id, severity, ...(name === undefined ? {} : { package: name }) };
  });
  return new Map(named.map((one) => [JSON.stringify([one.id, one.package ?? ""]), one]));
}

function without(all: ReadonlyMap<string, NamedFinding>, others: ReadonlyMap<string, NamedFinding>): readonly NamedFinding[] {
  return [...all].flatMap(([key, one]) => (others.has(key) ? [] : [one]));
}

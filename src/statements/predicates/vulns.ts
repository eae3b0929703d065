/** Scans in the neutral form: in-toto vulns v0.2, read and written. Source: in-toto attestation, predicates/vulns_02.md. */
import type { ContentOf, PackageName, ScanFinding } from "../../core/evidence.ts";
import type { Scan } from "../importers/scan.ts";
import type { JsonPlace } from "../json-place.ts";
import { severityOfRating, worstOf } from "../severity.ts";

/**
 * The specification requires all times. Many tools do not say them, so one that is missing makes the age unknown rather than the
 * document void: where a policy asks for an age, unknown does not pass.
 */
export function readVulns(predicate: JsonPlace): ContentOf<"scan"> {
  const scanner = predicate.get("scanner");
  const databaseAt = scanner.optional("db")?.optional("lastUpdate")?.time();
  const version = scanner.optional("version")?.textIfAny();
  const at = predicate.optional("metadata")?.optional("scanFinishedOn")?.time();
  return {
    kind: "scan",
    scanner: scanner.get("uri").text(),
    ...(version === undefined ? {} : { scannerVersion: version }),
    ...(at === undefined ? {} : { at }),
    ...(databaseAt === undefined ? {} : { databaseAt }),
    findings: scanner.get("result").list().map(readResult),
  };
}

function readResult(result: JsonPlace): ScanFinding {
  const ratings = result.get("severity").list().map(readRating);
  const notes = (result.optional("annotations")?.list() ?? []).map(readNotes);
  const found = notes.find((note) => note.package !== undefined);
  const fixedIn = notes.find((note) => note.fixedIn !== undefined)?.fixedIn;
  return {
    id: result.get("id").text(),
    aliases: notes.flatMap((note) => note.aliases),
    severity: worstOf(ratings.map(severityOfRating)),
    ...(found?.package === undefined ? {} : { package: found.package }),
    ...(fixedIn === undefined ? {} : { fixedIn }),
  };
}

function readRating(rating: JsonPlace): { readonly method: string; readonly score: string } {
  return { method: rating.get("method").text(), score: rating.get("score").text() };
}

interface Notes {
  readonly package?: PackageName;
  readonly fixedIn?: string;
  readonly aliases: readonly string[];
}

/** What `writeResult` writes; the specification leaves the names of annotations to scanners. */
function readNotes(annotation: JsonPlace): Notes {
  const name = annotation.optional("package")?.text();
  const version = annotation.optional("version")?.text();
  const purl = annotation.optional("purl")?.text();
  const fixedIn = annotation.optional("fixedIn")?.text();
  return {
    ...(name === undefined
      ? {}
      : {
          package: { name, ...(version === undefined ? {} : { version }), ...(purl === undefined ? {} : { purl }), licenses: [] },
        }),
    ...(fixedIn === undefined ? {} : { fixedIn }),
    aliases: (annotation.optional("aliases")?.list() ?? []).map((alias) => alias.text()),
  };
}

/** The predicate of a scan. What the tool did not say is left out rather than made up. */
export function writeVulns(scan: Scan): unknown {
  return {
    scanner: {
      uri: scan.scanner,
      version: scan.scannerVersion,
      db: { version: scan.databaseVersion, lastUpdate: scan.databaseAt?.toISOString() },
      result: scan.findings.map(writeResult),
    },
    metadata: { scanStartedOn: (scan.startedAt ?? scan.at)?.toISOString(), scanFinishedOn: scan.at?.toISOString() },
  };
}

function writeResult({ id, aliases, severity, package: found, fixedIn }: ScanFinding): unknown {
  const annotation = {
    ...(found === undefined ? {} : { package: found.name, version: found.version, purl: found.purl }),
    ...(fixedIn === undefined ? {} : { fixedIn }),
    ...(aliases.length === 0 ? {} : { aliases }),
  };
  return {
    id,
    severity: [{ method: "label", score: severity }],
    ...(Object.keys(annotation).length === 0 ? {} : { annotations: [annotation] }),
  };
}

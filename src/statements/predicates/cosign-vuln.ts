/** cosign's vulnerability record v1: times and scanner around the report of a scanner in its own form. Source: cosign, COSIGN_VULN_ATTESTATION_SPEC.md. */
import type { ContentOf } from "../../core/evidence.ts";
import { readScanReport } from "../importers/table.ts";
import type { ScanReport } from "../importers/scan.ts";
import type { JsonPlace } from "../json-place.ts";

export function readCosignVuln(predicate: JsonPlace): ContentOf<"scan"> {
  return readCosignVulnReport(predicate).scan;
}

/** The same with what the report inside names. What stands around it is what its signer knew later, and counts where it is there. */
export function readCosignVulnReport(predicate: JsonPlace): ScanReport {
  const scanner = predicate.get("scanner");
  const { scan, named } = readScanReport(scanner.get("result"));
  const version = scanner.filled("version")?.string();
  const at = predicate.optional("metadata")?.filled("scanFinishedOn")?.time();
  const databaseAt = scanner.optional("db")?.filled("lastUpdate")?.time();
  return {
    scan: {
      ...scan,
      scanner: scanner.filled("uri")?.string() ?? scan.scanner,
      ...(version === undefined ? {} : { scannerVersion: version }),
      ...(at === undefined ? {} : { at }),
      ...(databaseAt === undefined ? {} : { databaseAt }),
    },
    named,
  };
}

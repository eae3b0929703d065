/** The scanners' reports that are read, and how each is known by what it holds. */
import type { JsonPlace } from "../json-place.ts";
import { readGrype } from "./grype.ts";
import { readInspector } from "./inspector.ts";
import { readSarif } from "./sarif.ts";
import type { ScanReport } from "./scan.ts";
import { readTrivy } from "./trivy.ts";

export interface ScanForm {
  /** As people call it. */
  readonly name: string;
  /** Looks at members alone: whether it is whole is the reader's question. */
  isMine(names: ReadonlySet<string>): boolean;
  read(report: JsonPlace): ScanReport;
}

export const SARIF: ScanForm = { name: "SARIF log", isMine: (names) => names.has("runs"), read: readSarif };

export const SCAN_FORMS: readonly ScanForm[] = [
  { name: "Trivy report", isMine: (names) => names.has("SchemaVersion"), read: readTrivy },
  {
    name: "Grype report",
    isMine: (names) => names.has("matches") || (names.has("descriptor") && !names.has("artifacts")),
    read: readGrype,
  },
  { name: "Amazon Inspector findings", isMine: (names) => names.has("findings") || names.has("coveredResources"), read: readInspector },
  SARIF,
];

/** A report that stands in another document; refused unless it is of exactly one form. */
export function readScanReport(report: JsonPlace): ScanReport {
  const names = new Set(report.names());
  const [form, other] = SCAN_FORMS.filter(({ isMine }) => isMine(names));
  if (form === undefined || other !== undefined) return report.refuse("is no scanner's report that Countersign knows");
  return form.read(report);
}

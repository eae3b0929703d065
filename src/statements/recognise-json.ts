/** The table of JSON documents that are recognised, and of those that are known and not taken. */
import { isObject } from "../core/descriptor.ts";
import { readContent } from "./content.ts";
import type { NamedDigest, Scan } from "./importers/scan.ts";
import { SARIF, SCAN_FORMS, type ScanForm } from "./importers/table.ts";
import type { JsonPlace } from "./json-place.ts";
import { namedByCycloneDx, namedBySpdx, namedBySubjects, namedByVex } from "./named.ts";
import { readCosignVulnReport } from "./predicates/cosign-vuln.ts";
import { writeVulns } from "./predicates/vulns.ts";
import type { KnownTimes, RecognisedDocument } from "./recognised.ts";
import { parseStatement } from "./statement.ts";
import {
  COSIGN_VULN_V1,
  CYCLONEDX,
  OPENVEX,
  PROVENANCE_V02,
  PROVENANCE_V1,
  SPDX,
  TEST_RESULT_V01,
  VERIFICATION_SUMMARY_V1,
  VULNS_V02,
} from "./predicate-types.ts";

type Names = ReadonlySet<string>;
type Read = Omit<RecognisedDocument, "form">;

export interface JsonForm {
  /** As people call it. */
  readonly name: string;
  /** Looks at a few members alone: whether it is whole is the reader's question. */
  isMine(names: Names, document: JsonPlace): boolean;
  /** Where no tool could write it again: people write it themselves. */
  readonly remedy?: string;
  read(document: JsonPlace, times: KnownTimes): Read;
}

/** A predicate that came without its statement. */
function predicate(
  name: string,
  predicateType: string,
  form: { readonly isMine: JsonForm["isMine"]; readonly named?: (document: JsonPlace) => readonly NamedDigest[] },
): JsonForm {
  return {
    name,
    isMine: form.isMine,
    read: (document) => ({
      predicateType,
      predicate: document.value,
      content: readContent({ subjects: [], predicateType, predicate: document.value }),
      namedDigests: form.named?.(document) ?? [],
    }),
  };
}

function scanReport({ name, isMine, read }: ScanForm): JsonForm {
  return {
    name,
    isMine,
    read: (document, times) => {
      const { scan, named } = read(document);
      return { ...writeScan(withTimes(scan, times)), namedDigests: named };
    },
  };
}

export const SPDX_DOCUMENT: JsonForm = predicate("SPDX document", SPDX, {
  isMine: (names) => names.has("spdxVersion"),
  named: namedBySpdx,
});
export const CYCLONEDX_DOCUMENT: JsonForm = predicate("CycloneDX document", CYCLONEDX, {
  isMine: (names) => names.has("bomFormat"),
  named: namedByCycloneDx,
});
export const SARIF_LOG: JsonForm = scanReport(SARIF);

const VEX_BY_HAND =
  'write it as OpenVEX 0.2.0 has it: { "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex/1", "author": "NAME", "timestamp": "2026-01-02T03:04:05Z", "version": 1, "statements": [ { "vulnerability": { "name": "CVE-…" }, "status": "not_affected", "justification": "component_not_present" } ] }';

export const JSON_FORMS: readonly JsonForm[] = [
  { name: "in-toto statement", isMine: (names) => names.has("_type"), read: readStatement },
  SPDX_DOCUMENT,
  CYCLONEDX_DOCUMENT,
  {
    name: "OpenVEX document",
    isMine: (_, document) => contextOf(document).startsWith(OPENVEX),
    remedy: VEX_BY_HAND,
    read: readVex,
  },
  predicate("SLSA provenance v1", PROVENANCE_V1, {
    isMine: (names) => names.has("buildDefinition") || names.has("runDetails"),
  }),
  predicate("SLSA provenance v0.2", PROVENANCE_V02, {
    isMine: (names) => names.has("builder") && names.has("buildType"),
  }),
  predicate("in-toto vulnerability report", VULNS_V02, { isMine: (names, document) => names.has("scanner") && !holdsReport(document) }),
  predicate("cosign vulnerability record", COSIGN_VULN_V1, {
    isMine: (_, document) => holdsReport(document),
    named: (document) => readCosignVulnReport(document).named,
  }),
  predicate("in-toto test result", TEST_RESULT_V01, {
    isMine: (names) => names.has("result") && ["configuration", "passedTests", "failedTests"].some((name) => names.has(name)),
  }),
  predicate("SLSA verification summary", VERIFICATION_SUMMARY_V1, {
    isMine: (names) => names.has("verificationResult"),
  }),
  ...SCAN_FORMS.filter((form) => form !== SARIF).map(scanReport),
  SARIF_LOG,
];

/** Documents that are known and are no evidence as they are. */
export const REFUSED_FORMS: readonly {
  readonly name: string;
  readonly remedy: string;
  isMine(names: Names, document: JsonPlace): boolean;
}[] = [
  {
    name: "a DSSE envelope, which is signed already",
    remedy: "give the statement in it (its payload, in base64) to sign it anew",
    isMine: (names) => names.has("payloadType"),
  },
  {
    name: "a Sigstore bundle, which is signed already",
    remedy: "give the statement in it to sign it anew",
    isMine: (names) => names.has("verificationMaterial"),
  },
  {
    name: "syft's own JSON",
    remedy: "syft IMAGE -o spdx-json",
    isMine: (names) => names.has("artifacts") && names.has("artifactRelationships"),
  },
  {
    name: "SPDX 3",
    remedy: "have the tool write SPDX 2.3 in JSON",
    isMine: (_, document) => contextOf(document).startsWith("https://spdx.org/rdf/3"),
  },
];

function contextOf({ value }: JsonPlace): string {
  const context = isObject(value) ? value["@context"] : undefined;
  return typeof context === "string" ? context : "";
}

/** cosign's record holds a scanner's own report where in-toto's has a list. */
function holdsReport({ value }: JsonPlace): boolean {
  const scanner = isObject(value) ? value["scanner"] : undefined;
  return isObject(scanner) && isObject(scanner["result"]);
}

function readStatement(document: JsonPlace): Read {
  const statement = parseStatement(document.value);
  return {
    predicateType: statement.predicateType,
    predicate: statement.predicate,
    content: readContent(statement),
    namedDigests: namedBySubjects(statement.subjects),
    subjects: statement.subjects,
  };
}

function readVex(document: JsonPlace): Read {
  // Whatever it will be attached to stands for the product of a statement that names none.
  const subjects = [{ name: "subject", digest: {} }];
  const content = readContent({ subjects, predicateType: OPENVEX, predicate: document.value });
  return { predicateType: OPENVEX, predicate: document.value, content, namedDigests: content.kind === "vex" ? namedByVex(content) : [] };
}

function withTimes(scan: Scan, { startedAt, finishedAt, databaseAt }: KnownTimes): Scan {
  return {
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { at: finishedAt }),
    ...(databaseAt === undefined ? {} : { databaseAt }),
    ...scan,
  };
}

/** The neutral form, read back: what a policy will see is what is shown. */
function writeScan(scan: Scan): Pick<Read, "predicateType" | "predicate" | "content"> {
  const written = writeVulns(scan);
  return {
    predicateType: VULNS_V02,
    predicate: written,
    content: readContent({ subjects: [], predicateType: VULNS_V02, predicate: written }),
  };
}

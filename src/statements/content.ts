/** What statements say: the table of predicate types, and the reader of each. */
import type { Content, ContentKind, Statement } from "../core/evidence.ts";
import { JsonPlace } from "./json-place.ts";
import { COSIGN_VULN_V1, readCosignVuln } from "./predicates/cosign-vuln.ts";
import { readCycloneDx } from "./predicates/cyclonedx.ts";
import { OPENVEX, OPENVEX_V02, readOpenVex } from "./predicates/openvex.ts";
import { readProvenanceV02 } from "./predicates/provenance-v0-2.ts";
import { readProvenanceV1 } from "./predicates/provenance-v1.ts";
import { readSpdx } from "./predicates/spdx.ts";
import { readTestResult, TEST_RESULT_V01 } from "./predicates/test-result.ts";
import { readVerificationSummary } from "./predicates/verification-summary.ts";
import { readVulns, VULNS_V02 } from "./predicates/vulns.ts";
import { readSource, SOURCE_V1 } from "./source/predicate.ts";

interface PredicateForm {
  readonly kind: ContentKind;
  /** As people call the form. */
  readonly name: string;
  read(predicate: JsonPlace, statement: Statement): Content;
}

const SPDX: PredicateForm = { kind: "sbom", name: "SPDX", read: readSpdx };
const CYCLONEDX: PredicateForm = { kind: "sbom", name: "CycloneDX", read: readCycloneDx };
const VEX: PredicateForm = { kind: "vex", name: "OpenVEX", read: readOpenVex };

/** Compared exactly: a new major version has another URI, and another meaning. */
const FORMS: ReadonlyMap<string, PredicateForm> = new Map<string, PredicateForm>([
  ["https://slsa.dev/provenance/v0.2", { kind: "provenance", name: "SLSA v0.2", read: readProvenanceV02 }],
  ["https://slsa.dev/provenance/v1", { kind: "provenance", name: "SLSA v1", read: readProvenanceV1 }],
  ["https://spdx.dev/Document", SPDX],
  ["https://spdx.dev/Document/v2.2", SPDX],
  ["https://spdx.dev/Document/v2.3", SPDX],
  ["https://cyclonedx.org/bom", CYCLONEDX],
  ["https://cyclonedx.org/bom/v1.4", CYCLONEDX],
  ["https://cyclonedx.org/bom/v1.5", CYCLONEDX],
  ["https://cyclonedx.org/bom/v1.6", CYCLONEDX],
  ["https://cyclonedx.org/bom/v1.7", CYCLONEDX],
  [SOURCE_V1, { kind: "source", name: "Countersign v1", read: readSource }],
  [VULNS_V02, { kind: "scan", name: "in-toto vulns v0.2", read: readVulns }],
  [COSIGN_VULN_V1, { kind: "scan", name: "cosign vuln v1", read: readCosignVuln }],
  [TEST_RESULT_V01, { kind: "test", name: "in-toto test-result v0.1", read: readTestResult }],
  [OPENVEX, VEX],
  [OPENVEX_V02, VEX],
  ["https://slsa.dev/verification_summary/v1", { kind: "other", name: "SLSA verification summary v1", read: readVerificationSummary }],
]);

/** What a statement of this type speaks about. */
export function contentKindOf(predicateType: string): ContentKind {
  return FORMS.get(predicateType)?.kind ?? "other";
}

/** As people call the form of such a predicate; `undefined` for one that has no words here. */
export function nameOfPredicate(predicateType: string): string | undefined {
  return FORMS.get(predicateType)?.name;
}

/** What a statement says. Throws `Malformed` for a predicate that breaks the rules of its type. */
export function readContent(statement: Statement): Content {
  const form = FORMS.get(statement.predicateType);
  // Unset is treated as set but empty, and what a reader needs is then missing.
  return form?.read(new JsonPlace(statement.predicate ?? {}, "predicate"), statement) ?? { kind: "other" };
}

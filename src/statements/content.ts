/** What statements say: the table of predicate types, and the reader of each. */
import type { Content, ContentKind, Statement } from "../core/evidence.ts";
import { JsonPlace } from "./json-place.ts";
import { readApproval } from "./decisions/approval.ts";
import { readDisown } from "./decisions/disown.ts";
import { readException } from "./decisions/exception.ts";
import { readPromotion } from "./decisions/promotion.ts";
import { readCosignVuln } from "./predicates/cosign-vuln.ts";
import { readCycloneDx } from "./predicates/cyclonedx.ts";
import { readOpenVex } from "./predicates/openvex.ts";
import { readProvenanceV02 } from "./predicates/provenance-v0-2.ts";
import { readProvenanceV1 } from "./predicates/provenance-v1.ts";
import { readSpdx } from "./predicates/spdx.ts";
import { readTestResult } from "./predicates/test-result.ts";
import { readVerificationSummary } from "./predicates/verification-summary.ts";
import { readVulns } from "./predicates/vulns.ts";
import { readSource } from "./source/predicate.ts";
import {
  APPROVAL_V1,
  COSIGN_VULN_V1,
  CYCLONEDX,
  DISOWN_V1,
  EXCEPTION_V1,
  OPENVEX,
  OPENVEX_V02,
  PROMOTION_V1,
  PROVENANCE_V02,
  PROVENANCE_V1,
  SOURCE_V1,
  SPDX,
  TEST_RESULT_V01,
  VERIFICATION_SUMMARY_V1,
  VULNS_V02,
} from "./predicate-types.ts";

interface PredicateForm {
  readonly kind: ContentKind;
  /** As people call the form. */
  readonly name: string;
  read(predicate: JsonPlace, statement: Statement): Content;
}

const SPDX_FORM: PredicateForm = { kind: "sbom", name: "SPDX", read: readSpdx };
const CYCLONEDX_FORM: PredicateForm = { kind: "sbom", name: "CycloneDX", read: readCycloneDx };
const VEX_FORM: PredicateForm = { kind: "vex", name: "OpenVEX", read: readOpenVex };

/** Compared exactly: a new major version has another URI, and another meaning. */
const FORMS: ReadonlyMap<string, PredicateForm> = new Map<string, PredicateForm>([
  [PROVENANCE_V02, { kind: "provenance", name: "SLSA v0.2", read: readProvenanceV02 }],
  [PROVENANCE_V1, { kind: "provenance", name: "SLSA v1", read: readProvenanceV1 }],
  [SPDX, SPDX_FORM],
  [`${SPDX}/v2.2`, SPDX_FORM],
  [`${SPDX}/v2.3`, SPDX_FORM],
  [CYCLONEDX, CYCLONEDX_FORM],
  [`${CYCLONEDX}/v1.4`, CYCLONEDX_FORM],
  [`${CYCLONEDX}/v1.5`, CYCLONEDX_FORM],
  [`${CYCLONEDX}/v1.6`, CYCLONEDX_FORM],
  [`${CYCLONEDX}/v1.7`, CYCLONEDX_FORM],
  [APPROVAL_V1, { kind: "approval", name: "Countersign approval v1", read: readApproval }],
  [EXCEPTION_V1, { kind: "exception", name: "Countersign exception v1", read: readException }],
  [DISOWN_V1, { kind: "disown", name: "Countersign disown v1", read: readDisown }],
  [PROMOTION_V1, { kind: "promotion", name: "Countersign promotion v1", read: readPromotion }],
  [SOURCE_V1, { kind: "source", name: "Countersign v1", read: readSource }],
  [VULNS_V02, { kind: "scan", name: "in-toto vulns v0.2", read: readVulns }],
  [COSIGN_VULN_V1, { kind: "scan", name: "cosign vuln v1", read: readCosignVuln }],
  [TEST_RESULT_V01, { kind: "test", name: "in-toto test-result v0.1", read: readTestResult }],
  [OPENVEX, VEX_FORM],
  [OPENVEX_V02, VEX_FORM],
  [VERIFICATION_SUMMARY_V1, { kind: "other", name: "SLSA verification summary v1", read: readVerificationSummary }],
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

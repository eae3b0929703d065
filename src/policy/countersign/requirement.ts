/** A need of the policy as a requirement of the engine, for one product. */
import type { EvidenceRequirement, Requirement } from "../../core/policy.ts";
import type { AskedOfEvidence } from "../requirements/asked.ts";
import { describeEvidence, describeImage } from "../requirements/describe.ts";
import { judgeImage } from "../requirements/image.ts";
import { judgeBy } from "../requirements/judge.ts";
import type { Asked, ModelEvidenceNeed, ModelNeed } from "./model.ts";
import { fillTemplate, type Values } from "./template.ts";

export interface Filling {
  /** Of every variable that the need holds. */
  readonly values: Values;
  /** Whether a source, as it is written, is one that no other product can have. */
  readonly isOwn: (source: string) => boolean;
}

export function requirementOf(need: ModelNeed, filling: Filling): Requirement {
  switch (need.kind) {
    case "signature":
      return { kind: "signature", name: "signature", by: namesOf(need), byText: need.byText, atLeast: need.atLeast };
    case "image":
      return { kind: "image", name: "image", asks: describeImage(need.asked), judge: (config) => judgeImage(need.asked, config) };
    default:
      return evidenceOf(need, filling);
  }
}

function evidenceOf(need: ModelEvidenceNeed, { values, isOwn }: Filling): EvidenceRequirement {
  const { byText, maxAge, vex, asserted } = need;
  const asked = fillSource(need, values);
  return {
    kind: "evidence",
    name: need.kind,
    by: namesOf(need),
    byText,
    about: asked.kind === "attestation" ? { predicateType: asked.asked.type } : { content: asked.kind },
    newestOnly: NEWEST_ONLY.has(need.kind),
    perManifest: PER_MANIFEST.has(need.kind),
    asks: describeEvidence(asked, { byText, maxAge, vexText: vex?.byText, assertedText: asserted?.byText }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(vex === undefined ? {} : { vexBy: namesOf(vex) }),
    ...(need.source !== undefined && isOwn(need.source.template.text) ? { provesProduct: true } : {}),
    judge: judgeBy(asked, { assertedBy: asserted === undefined ? [] : namesOf(asserted) }),
  };
}

/** What can have become worse since: an older one that was better does not count. Where something was built, or that a flaw does not matter, stays so. */
const NEWEST_ONLY: ReadonlySet<string> = new Set(["sbom", "scan", "test", "attestation"]);

/** What differs from one platform's image to another's; tests are of all of them. */
const PER_MANIFEST: ReadonlySet<string> = new Set(["provenance", "sbom", "scan", "vex"]);

function fillSource(need: ModelEvidenceNeed, values: Values): AskedOfEvidence {
  if (need.kind !== "provenance" || need.source === undefined) return need;
  const { template } = need.source;
  return { kind: need.kind, asked: { ...need.asked, source: fillTemplate(template, values) ?? template.text } };
}

function namesOf({ signers }: Asked): readonly string[] {
  return signers.map(({ name }) => name);
}

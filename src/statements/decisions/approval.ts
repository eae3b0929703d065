/** Approvals, rejections and their withdrawal: `https://countersign.dev/approval/v1`. */
import type { ApprovalSaid } from "../../core/decision.ts";
import type { ContentOf } from "../../core/evidence.ts";
import { withoutAbsent } from "../../core/without-absent.ts";
import { formatRfc3339 } from "../../encoding/rfc3339.ts";
import type { JsonPlace } from "../json-place.ts";
import { digestAt, digestsAt, flagAt, readSaid, SAID_MEMBERS, type SaidPredicate, writeSaid } from "./said.ts";

const MEMBERS = [
  ...SAID_MEMBERS,
  "decision",
  "gateTerms",
  "evidence",
  "supersedes",
  "overrules",
  "since",
  "afterwards",
  "despite",
  "expiresOn",
];

export interface ApprovalPredicate extends SaidPredicate {
  readonly decision: ApprovalSaid["decision"];
  readonly gateTerms: string;
  readonly evidence: readonly string[];
  readonly supersedes?: readonly string[];
  readonly overrules?: readonly string[];
  readonly since?: string;
  readonly afterwards?: string;
  readonly despite?: true;
  /** RFC 3339. */
  readonly expiresOn?: string;
}

export function writeApproval(said: ApprovalSaid): ApprovalPredicate {
  const { decision, gateTerms, evidence, supersedes, overrules, since, afterwards, despite, expiresOn } = said;
  return {
    ...writeSaid(said),
    decision,
    gateTerms,
    evidence: evidence.toSorted(),
    ...(supersedes.length === 0 ? {} : { supersedes: supersedes.toSorted() }),
    ...(overrules.length === 0 ? {} : { overrules: overrules.toSorted() }),
    ...withoutAbsent({ since, afterwards }),
    ...(despite ? { despite: true } : {}),
    ...(expiresOn === undefined ? {} : { expiresOn: formatRfc3339(expiresOn) }),
  };
}

export function readApproval(predicate: JsonPlace): ContentOf<"approval"> {
  const said = readSaid(predicate.only(MEMBERS));
  const decision = predicate.get("decision").oneOf(["approved", "rejected", "withdrawn"] as const);
  const [overrules, since, afterwards] = ["overrules", "since", "afterwards"].map((name) => predicate.optional(name));
  const [despite, expiresOn] = [predicate.optional("despite"), predicate.optional("expiresOn")];
  // A no does not lapse, and what belongs to a yes means nothing beside it.
  if (decision !== "approved") (overrules ?? since ?? afterwards ?? despite ?? expiresOn)?.refuse(`means nothing for what is ${decision}`);
  return {
    kind: "approval",
    ...said,
    at: said.signedAt,
    decision,
    gateTerms: digestAt(predicate.get("gateTerms")),
    evidence: digestsAt(predicate.get("evidence")),
    supersedes: digestsAt(predicate.optional("supersedes")),
    overrules: digestsAt(overrules),
    ...(since === undefined ? {} : { since: digestAt(since) }),
    ...(afterwards === undefined ? {} : { afterwards: digestAt(afterwards) }),
    despite: flagAt(despite),
    ...(expiresOn === undefined ? {} : { expiresOn: expiresOn.time() }),
  };
}

/** Decodes all that is signed about an image: what each claims, apart from what its own bytes prove. No trust decision. */
import type { Clock } from "./core/clock.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { CallOptions, ReadonlyStore } from "./core/store.ts";
import { API_VERSION } from "./core/verdict.ts";
import { FORMATS } from "./formats/table.ts";
import { orderCandidates } from "./judging/discover.ts";
import { examineAll } from "./judging/examine-all.ts";
import { type Inspected, inspectLayer, inspectReferrer } from "./showing/inspect-entry.ts";
import type { InspectedSignature } from "./showing/inspect-signature.ts";
import type { InspectedStatement } from "./showing/inspect-statement.ts";
import { listAll } from "./showing/list-all.ts";

export interface InspectReport {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "Inspection";
  readonly reference: string;
  readonly pinned: string;
  /** Of the image itself. */
  readonly signatures: readonly InspectedSignature[];
  /** What is said about the image, with the signatures of each. */
  readonly statements: readonly InspectedStatement[];
  /** False if a listing was cut off or something was not looked at. */
  readonly complete: boolean;
  readonly notes: readonly string[];
}

export async function inspect(
  reference: Reference,
  options: CallOptions & { readonly store: ReadonlyStore; readonly clock: Clock; readonly budgetMs?: number },
): Promise<InspectReport> {
  const { store } = options;
  const { descriptor: subject } = await store.resolve(reference, options);
  const { candidates, layers, complete, notes } = await listAll(store, subject.digest, options);
  const ordered = orderCandidates(candidates, { formats: FORMATS, trusted: new Set() });
  const { reports, unexamined } = await examineAll<Inspected>(ordered, {
    ...options,
    examineOne: (candidate, allowance) => {
      const around = { ...options, ...allowance, subject };
      const layer = layers.get(candidate);
      return layer === undefined ? inspectReferrer(candidate, around) : inspectLayer(layer, around);
    },
  });
  const statements = reports.flatMap((one) => ("statement" in one ? [one.statement] : []));
  return {
    apiVersion: API_VERSION,
    kind: "Inspection",
    reference: formatReference(reference),
    pinned: formatReference(pinReference(reference, subject.digest)),
    signatures: reports.flatMap((one) => ("signature" in one ? [one.signature] : [])),
    statements,
    complete: complete && unexamined.count === 0 && statements.every(hasAllSignatures),
    notes: [...notes, ...(unexamined.count === 0 ? [] : [`${unexamined.count} more were not looked at within the budget`])],
  };
}

function hasAllSignatures({ findings }: InspectedStatement): boolean {
  return !findings.some(({ check, outcome }) => check === "listing" && outcome === "unknown");
}

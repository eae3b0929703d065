/** A verdict in the making: what is the same whatever the answer. */
import type { Policy, Selection } from "../core/policy.ts";
import { formatReference, pinReference, type Reference } from "../core/reference.ts";
import type { StoredManifest } from "../core/store.ts";
import { API_VERSION, type Verdict } from "../core/verdict.ts";

interface Asked {
  readonly policy: Policy;
  readonly selection: Exclude<Selection, { kind: "gate-wanted" }>;
  /** The gate that the caller named. */
  readonly asked: string | undefined;
  readonly now: Date;
}

export class Draft {
  readonly #reference: Reference;
  readonly #asked: Asked;
  #subject: StoredManifest | undefined;

  constructor(reference: Reference, asked: Asked) {
    this.#reference = reference;
    this.#asked = asked;
  }

  resolved(subject: StoredManifest): void {
    this.#subject = subject;
  }

  finish(outcome: Verdict["outcome"], parts: Partial<Verdict>): Verdict {
    const { policy, selection, asked, now } = this.#asked;
    const { form, name, version, digest, trust } = policy;
    const isGate = selection.kind === "gate";
    const descriptor = this.#subject?.descriptor;
    return {
      apiVersion: API_VERSION,
      kind: "Verdict",
      outcome,
      subject: {
        reference: formatReference(this.#reference),
        ...(descriptor === undefined ? {} : { pinned: formatReference(pinReference(this.#reference, descriptor.digest)), descriptor }),
      },
      ...(isGate && selection.product !== undefined ? { product: selection.product } : {}),
      policy: { form, name, version, digest, trust },
      gate: isGate ? selection.gate.name : (asked ?? ""),
      question: "enter",
      judgedAt: now.toISOString(),
      requirements: [],
      signatures: [],
      findings: [],
      unexamined: { count: 0, reason: "none" },
      relaxations: [],
      ...parts,
    };
  }
}

/** One thing that `doctor` looked at, and how a thrown error becomes one. */
import { showForeign } from "../core/display.ts";
import type { Outcome } from "../core/finding.ts";
import { toFailure } from "./failure.ts";

export interface Diagnosis {
  readonly name: string;
  /** `skipped`: not there, and it may well be that nobody needs it. */
  readonly outcome: Outcome;
  /** Safe to show. */
  readonly message: string;
  readonly remedy?: string;
}

export function diagnosis(name: string, outcome: Outcome, message: string, remedy?: string): Diagnosis {
  return { name, outcome, message: showForeign(message, 4096), ...(remedy === undefined ? {} : { remedy: showForeign(remedy, 4096) }) };
}

/** Runs one look; what could not be found out (exit code 4) is unknown, everything else that throws is a fault. */
export async function diagnose(name: string, look: () => Promise<readonly Diagnosis[]>): Promise<readonly Diagnosis[]> {
  try {
    return await look();
  } catch (error) {
    const { message, because, remedy, exit, code } = toFailure(error);
    // A fault of ours is not a diagnosis of the user's machine.
    if (code === "job/internal") throw error;
    return [diagnosis(name, exit === 4 ? "unknown" : "fail", [message, ...because].join(": "), withoutDoctor(remedy))];
  }
}

/** Who reads this has just done that. */
function withoutDoctor(remedy: string): string | undefined {
  return remedy.replace(/(?:^|; )`countersign doctor REF` says more$/, "") || undefined;
}

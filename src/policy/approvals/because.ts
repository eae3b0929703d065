/** Why somebody's word does not count: a no, or a doubt. */
import { type FindingCode, findingRow } from "../../core/finding.ts";

export interface Because {
  readonly code: FindingCode;
  /** One sentence about this case, foreign text in it made safe to show. */
  readonly message: string;
  /** Unless told, as the code says. */
  readonly isDoubt: boolean;
}

export function because(code: FindingCode, message: string, isDoubt: boolean = findingRow(code).outcome === "unknown"): Because {
  return { code, message, isDoubt };
}

/** As verdicts have it. */
export function told({ code, message }: Because): { readonly code: string; readonly message: string } {
  return { code, message };
}

/** What was waived, in words: who let which requirement be missed, until when, and why. */
import { showForeign } from "../../core/display.ts";
import type { RequirementReport, Waived } from "../../core/verdict.ts";

/** As verdicts list what a strict policy would not let pass. */
export function describeWaived({ gate, name, waived = [] }: Pick<RequirementReport, "gate" | "name" | "waived">): readonly string[] {
  return waived.map((one) => `${name} at gate ${gate}: ${describe(one)}`);
}

function describe({ person, until, isBreakGlass, finding, reason, afterwards }: Waived): string {
  const did = isBreakGlass ? `${person} has broken the glass` : `${person} excepts ${finding === undefined ? "it" : nameFinding(finding)}`;
  return `${did} until ${until} (${reason})${afterwards === undefined ? "" : `; ${describeAfterwards(afterwards)}`}`;
}

function nameFinding({ advisory, purl }: NonNullable<Waived["finding"]>): string {
  const what = advisory === undefined ? "" : `${showForeign(advisory, 100)} in `;
  return `${what}${showForeign(purl, 200)}`;
}

function describeAfterwards({ due, person }: NonNullable<Waived["afterwards"]>): string {
  return person === undefined ? `to be approved afterwards by ${due}` : `approved afterwards by ${person}`;
}

/** What changes between two policies, as a person reads it. */
import { showForeign } from "../../core/display.ts";
import type { Change, GateChange, PolicyDiff } from "../../policy/countersign/diff.ts";
import type { PolicyFile } from "../../trust/policy-file.ts";
import { policyTitle } from "./policy.ts";
import type { Style } from "./style.ts";

interface Compared {
  readonly before: PolicyFile;
  readonly after: PolicyFile;
  readonly style: Style;
}

export function renderDiff({ changes, gates }: PolicyDiff, { before, after, style }: Compared): string {
  const title = ({ place, policy }: PolicyFile): string => style.dim(`${showForeign(place.text, 4096)}  ${policyTitle(policy)}`);
  const lines = [`old  ${title(before)}`, `new  ${title(after)}`];
  if (changes.length === 0) return [...lines, "the two mean the same"].join("\n");
  let about = "";
  for (const change of changes) {
    const heading = [change.part, change.name].filter((word) => word !== "").join(" ");
    if (heading !== about) lines.push(style.bold(showForeign(heading)));
    about = heading;
    lines.push(renderChange(change, style));
  }
  if (gates.length > 0) lines.push("who can open", ...gates.flatMap((gate) => renderGate(gate, style)));
  return lines.join("\n");
}

function renderChange({ what, was, is }: Change, style: Style): string {
  const name = showForeign(what);
  const [before, after] = [was, is].map((value) => (value === undefined ? "" : showForeign(value, 4096)));
  if (was === undefined) return `  ${style.good("+")} ${name}  ${after}`;
  if (is === undefined) return `  ${style.bad("-")} ${name}  ${before}`;
  return `  ${style.unsure("~")} ${name}  ${before} → ${after}`;
}

function renderGate({ gate, was, is, easier }: GateChange, style: Style): readonly string[] {
  const sizes = [was, is].map((size) => (size === undefined ? "–" : String(size))).join(" → ");
  return [
    `  ${showForeign(gate)}   ${sizes}${easier.length === 0 ? "" : `   ${style.bad("easier")}`}`,
    ...easier.map((reason) => `      ${showForeign(reason, 4096)}`),
  ];
}

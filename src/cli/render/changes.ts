/** What has changed since another image, in lines. */
import { showForeign } from "../../core/display.ts";
import type { ChangesSince } from "../../words/approval-plan.ts";
import type { NamedFinding, PackageChange } from "../../words/changes.ts";
import { counted, shortDigest } from "./text.ts";

/** Of each kind this many are shown: a person reads no more before he says yes. */
const SHOWN = 12;

export function renderChanges({ packages, findings, commits, since, isRecorded }: ChangesSince): readonly string[] {
  const sections = [
    section(
      counted(commits.length, "commit"),
      commits.map(({ id, author }) => `${id.slice(0, 12)} ${showForeign(author.name, 100)} <${showForeign(author.mail, 100)}>`),
    ),
    section(counted(packages.length, "package"), packages.map(describePackage)),
    section(
      `${counted(findings.added.length, "finding")} that ${findings.added.length === 1 ? "is" : "are"} new`,
      findings.added.map(describeFinding),
    ),
    section(
      `${counted(findings.gone.length, "finding")} that ${findings.gone.length === 1 ? "is" : "are"} gone`,
      findings.gone.map(describeFinding),
    ),
  ].flat();
  const image = isRecorded
    ? `the image that entered last (${shortDigest(since)})`
    : `${shortDigest(since)}, of which no record says that it has entered`;
  return sections.length === 0 ? [`  since ${image}: no other commits, packages or findings`] : [`  since ${image}:`, ...sections];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const left = lines.length - SHOWN;
  return [`    ${title}`, ...lines.slice(0, SHOWN).map((line) => `      ${line}`), ...(left > 0 ? [`      and ${left} more`] : [])];
}

function describePackage({ name, before, after }: PackageChange): string {
  const [was, is] = [before, after].map((versions) =>
    versions.map((version) => (version === "" ? "?" : showForeign(version, 100))).join(", "),
  );
  if (before.length === 0) return `+ ${showForeign(name)} ${is}`;
  return after.length === 0 ? `- ${showForeign(name)} ${was}` : `  ${showForeign(name)} ${was} -> ${is}`;
}

function describeFinding({ id, severity, package: where }: NamedFinding): string {
  return `${showForeign(id)} ${severity}${where === undefined ? "" : ` in ${showForeign(where)}`}`;
}

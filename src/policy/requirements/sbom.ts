/** Is anything in the image that the policy denies, by package or by licence? */
import { showForeign } from "../../core/display.ts";
import type { ContentOf, Objection, PackageName } from "../../core/evidence.ts";
import type { EvidenceContext } from "../../core/requirement.ts";
import type { SbomAsked } from "./asked.ts";
import { type Answer, judgeExpression, type License, parseLicense } from "./license.ts";
import { type PackageUrl, parsePackageUrl, readPackageUrl } from "./package-url.ts";
import { listSome } from "./some.ts";

export function judgeSbom(
  { licenses, deniedPackages }: SbomAsked,
  { packages: all }: ContentOf<"sbom">,
  { excepting }: Pick<EvidenceContext, "excepting"> = {},
): readonly Objection[] {
  if (all.length === 0)
    return [{ code: "evidence/sbom-empty", message: "the SBOM lists no package, so that nothing can be said of what is in the image" }];
  const packages = excepting === undefined ? all : all.filter((one) => !excepting.package(one));
  return [...judgePackages(deniedPackages, packages), ...(licenses === undefined ? [] : judgeLicenses(licenses, packages))];
}

function judgePackages(denied: readonly string[], packages: readonly PackageName[]): readonly Objection[] {
  const wanted = new Map<string, PackageUrl[]>();
  const bare = new Map<string, PackageUrl[]>();
  for (const url of denied.map(parsePackageUrl)) {
    if (url === undefined) continue;
    wanted.set(url.name, [...(wanted.get(url.name) ?? []), url]);
    const name = url.name.slice(url.name.indexOf("/") + 1);
    for (const spelled of new Set([name, name.slice(name.lastIndexOf("/") + 1)].map(bareName)))
      bare.set(spelled, [...(bare.get(spelled) ?? []), url]);
  }
  const unreadable: PackageName[] = [];
  const found = packages.filter((one) => {
    const { purl, name, version } = one;
    const url = purl === undefined ? undefined : readPackageUrl(purl);
    const versions = [url?.version, version].flatMap((text) => (text === undefined ? [] : bareVersion(text)));
    const isDenied = (candidates: readonly PackageUrl[] = []): boolean =>
      candidates.some((it) => it.version === undefined || versions.length === 0 || versions.includes(bareVersion(it.version)));
    // Of which kind it is, says no more than a name.
    const isBare = url === undefined || url.name.startsWith("generic/");
    const names = isBare ? [name, ...(url === undefined ? [] : [url.name.slice(url.name.indexOf("/") + 1)])] : [];
    if (isDenied(url === undefined ? [] : wanted.get(url.name)) || names.some((spelled) => isDenied(bare.get(bareName(spelled)))))
      return true;
    if (wanted.size > 0 && purl !== undefined && url === undefined) unreadable.push(one);
    return false;
  });
  const objections: Objection[] = [];
  if (unreadable.length > 0) {
    const message = `what the SBOM calls a package URL is none, so that it may be one that the policy denies: ${listSome(unreadable.map(show))}`;
    objections.push({ code: "evidence/package-unreadable", message });
  }
  if (found.length === 0) return objections;
  return [{ code: "evidence/denied-package", message: `it holds what the policy denies: ${listSome(found.map(show))}` }, ...objections];
}

/** As names are compared where nobody says of which kind they are: what any ecosystem takes for one is one. */
function bareName(name: string): string {
  return name
    .normalize("NFKC")
    .trim()
    .toLowerCase()
    .replace(/^@/, "")
    .replaceAll(/[-_.:/\p{Pd}]+/gu, "-");
}

function bareVersion(version: string): string {
  return version.trim().replace(/^v(?=\d)/i, "");
}

function judgeLicenses(asked: NonNullable<SbomAsked["licenses"]>, packages: readonly PackageName[]): readonly Objection[] {
  const deny = new Set(asked.deny.map(listed));
  const allow = asked.allow === undefined ? undefined : new Set(asked.allow.map(listed));
  const judge = ({ id, exception }: License): Answer => {
    if (isIn(deny, id, exception)) return "denied";
    if (NOT_SAID.has(id)) return "unknown";
    return allow === undefined || isIn(allow, id, exception) ? "accepted" : "denied";
  };

  const denied: string[] = [];
  const unknown: string[] = [];
  for (const one of packages) {
    // A tool that does not know says so beside another that does; a policy that denies that means it.
    const known = one.licenses
      .map((text) => text.trim())
      .filter((text) => text !== "" && (deny.has(text.toLowerCase()) || !NOT_SAID.has(text.toLowerCase())));
    // Of several licences that nobody joined all may hold.
    const judged = known.map((text) => judgeText(text, { judge, deny, allow }));
    const at = judged.indexOf("denied");
    if (at >= 0) denied.push(`${show(one)} (${showForeign(known[at] ?? "", 100)})`);
    else if (known.length === 0) unknown.push(show(one));
    else if (judged.includes("unknown")) unknown.push(`${show(one)} (${showForeign(known[judged.indexOf("unknown")] ?? "", 100)})`);
  }
  const objections: Objection[] = [];
  if (denied.length > 0) objections.push({ code: "evidence/denied-license", message: `licences of it are denied: ${listSome(denied)}` });
  if (unknown.length > 0 && asked.unknown !== "allow")
    objections.push({
      code: "evidence/license-unknown",
      message: `the SBOM does not say by which licence it may be used: ${listSome(unknown)}`,
    });
  return objections;
}

/** What stands in an SBOM where no licence was found, or where there is none. */
const NOT_SAID = new Set(["noassertion", "none"]);

interface Lists {
  readonly judge: (license: License) => Answer;
  readonly deny: ReadonlySet<string>;
  readonly allow: ReadonlySet<string> | undefined;
}

function judgeText(text: string, { judge, deny, allow }: Lists): Answer {
  const expression = parseLicense(text);
  if (expression !== undefined) return judgeExpression(expression, judge);
  // A name in words is none of SPDX's, and is known only where the policy has the same words.
  if (deny.has(text.toLowerCase())) return "denied";
  return allow?.has(text.toLowerCase()) === true ? "accepted" : "unknown";
}

/** By itself, or with what it is joined to. */
function isIn(list: ReadonlySet<string>, id: string, exception: string | undefined): boolean {
  return list.has(id) || (exception !== undefined && list.has(`${id} with ${exception}`));
}

/** An entry of the policy's lists as it is compared. */
function listed(entry: string): string {
  const license = parseLicense(entry);
  if (license?.kind !== "license") return entry.toLowerCase();
  return license.exception === undefined ? license.id : `${license.id} with ${license.exception}`;
}

function show({ name, version, purl }: PackageName): string {
  return showForeign(purl ?? (version === undefined ? name : `${name} ${version}`), 200);
}

/** Is anything in the image that the policy denies, by package or by licence? */
import { showForeign } from "../../core/display.ts";
import type { ContentOf, Objection, PackageName } from "../../core/evidence.ts";
import type { SbomAsked } from "./asked.ts";
import { isAcceptable, licenseId, parseLicense } from "./license.ts";
import { isPackage, type PackageUrl, parsePackageUrl } from "./package-url.ts";
import { listSome } from "./some.ts";

export function judgeSbom({ licenses, deniedPackages }: SbomAsked, { packages }: ContentOf<"sbom">): readonly Objection[] {
  if (packages.length === 0)
    return [{ code: "evidence/sbom-empty", message: "the SBOM lists no package, so that nothing can be said of what is in the image" }];
  return [...judgePackages(deniedPackages, packages), ...(licenses === undefined ? [] : judgeLicenses(licenses, packages))];
}

function judgePackages(denied: readonly string[], packages: readonly PackageName[]): readonly Objection[] {
  const wanted = new Map<string, PackageUrl[]>();
  const bare = new Map<string, PackageUrl[]>();
  for (const url of denied.map(parsePackageUrl)) {
    if (url === undefined) continue;
    wanted.set(url.name, [...(wanted.get(url.name) ?? []), url]);
    // What has no package URL is compared by name alone: of which kind it is is not said.
    const name = url.name.slice(url.name.indexOf("/") + 1);
    for (const spelled of new Set([name, name.slice(name.lastIndexOf("/") + 1)])) bare.set(spelled, [...(bare.get(spelled) ?? []), url]);
  }
  const found = packages.filter(({ purl, name, version }) => {
    const url = purl === undefined ? undefined : parsePackageUrl(purl);
    if (url !== undefined) {
      const whole = url.version === undefined && version !== undefined ? { ...url, version } : url;
      return (wanted.get(url.name) ?? []).some((one) => isPackage(one, whole) !== false);
    }
    return (bare.get(name.toLowerCase()) ?? []).some(
      (one) => one.version === undefined || version === undefined || one.version === version,
    );
  });
  if (found.length === 0) return [];
  return [{ code: "evidence/denied-package", message: `it holds what the policy denies: ${listSome(found.map(show))}` }];
}

function judgeLicenses(asked: NonNullable<SbomAsked["licenses"]>, packages: readonly PackageName[]): readonly Objection[] {
  const deny = new Set(asked.deny.map(listed));
  const allow = asked.allow === undefined ? undefined : new Set(asked.allow.map(listed));
  const accepts = (id: string, exception: string | undefined): boolean =>
    !isIn(deny, id, exception) && (allow === undefined || isIn(allow, id, exception));

  const denied: string[] = [];
  const unknown: string[] = [];
  for (const one of packages) {
    const known = one.licenses.map((text) => text.trim()).filter((text) => text !== "" && text.toUpperCase() !== "NOASSERTION");
    // Of several licences that nobody joined all may hold.
    const judged = known.map((text) => judgeText(text, { accepts, deny, allow }));
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

interface Lists {
  readonly accepts: (id: string, exception: string | undefined) => boolean;
  readonly deny: ReadonlySet<string>;
  readonly allow: ReadonlySet<string> | undefined;
}

function judgeText(text: string, { accepts, deny, allow }: Lists): "accepted" | "denied" | "unknown" {
  const expression = parseLicense(text);
  if (expression !== undefined) return isAcceptable(expression, accepts) ? "accepted" : "denied";
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
  const [id = "", exception] = entry.split(/\s+with\s+/i);
  return exception === undefined ? licenseId(entry) : `${licenseId(id)} with ${exception.toLowerCase()}`;
}

function show({ name, version, purl }: PackageName): string {
  return showForeign(purl ?? (version === undefined ? name : `${name} ${version}`), 200);
}

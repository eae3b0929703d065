/** Does a VEX statement excuse a finding? Source: OpenVEX 0.2.0, "Statements" and "Product identification". */
import { showForeign } from "../../core/display.ts";
import type { Digest } from "../../core/digest.ts";
import type { PackageName, ScanFinding, VexStatement } from "../../core/evidence.ts";
import { isPackage, parsePackageUrl } from "./package-url.ts";

export interface Excuse {
  readonly isExcused: boolean;
  /** In words, what a statement about the same vulnerability has to do with it. */
  readonly note?: string;
}

interface About {
  readonly statements: readonly VexStatement[];
  /** Of the manifest that was scanned. */
  readonly subject: Digest;
}

/** Of those who spoke about it the last one counts; one who does not say when may be the last, and so never is for good. */
export function findExcuse(finding: ScanFinding, { statements, subject }: About): Excuse {
  const names = new Set([finding.id, ...finding.aliases].map((name) => name.toUpperCase()));
  const same = statements.filter(({ ids }) => ids.some((id) => names.has(id.toUpperCase())));
  const matching = same.flatMap((statement) => {
    const product = statement.products.find((one) => matchProduct(one, finding, subject) !== undefined);
    return product === undefined ? [] : [{ statement, product, how: matchProduct(product, finding, subject) ?? "" }];
  });
  if (matching.length === 0) {
    const other = same.flatMap(({ products }) => products)[0];
    return {
      isExcused: false,
      ...(other === undefined ? {} : { note: `VEX is about ${showForeign(other.id, 100)} alone, which this is not` }),
    };
  }
  const against = matching.filter(({ statement }) => !excuses(statement));
  const excusing = matching.find(
    ({ statement }) => excuses(statement) && against.every((other) => isLater(statement.at, other.statement.at)),
  );
  const said = excusing ?? against[0] ?? matching[0];
  const note =
    said === undefined ? {} : { note: `VEX says ${said.statement.status} of ${showForeign(said.product.id, 100)}, by its ${said.how}` };
  return { isExcused: excusing !== undefined, ...note };
}

function excuses({ status }: VexStatement): boolean {
  return status === "not_affected" || status === "fixed";
}

function isLater(one: Date | undefined, other: Date | undefined): boolean {
  return one !== undefined && other !== undefined && one.getTime() > other.getTime();
}

/** By what the product is the image, or the package in it; the digest first, because a name can be anyone's. */
function matchProduct(
  { id, digests, parts }: VexStatement["products"][number],
  { package: found }: ScanFinding,
  subject: Digest,
): "digest" | "package URL" | undefined {
  const isFound = (text: string): boolean => isPackageOf(text, found);
  const product = parsePackageUrl(id);
  const isOfImage = product === undefined || product.name.startsWith("oci/");
  const [algorithm = "", hex] = subject.split(":");
  const digest = Object.hasOwn(digests, algorithm)
    ? digests[algorithm]
    : isOfImage
      ? product?.version?.replace(`${algorithm}:`, "")
      : undefined;
  if (digest?.toLowerCase() === hex) return parts.length === 0 || parts.some(isFound) ? "digest" : undefined;
  // One that names another digest is about another image, whatever its name says.
  if (digest !== undefined && isOfImage) return undefined;
  return isFound(id) && (parts.length === 0 || parts.some(isFound)) ? "package URL" : undefined;
}

function isPackageOf(text: string, found: PackageName | undefined): boolean {
  const wanted = parsePackageUrl(text);
  const purl = found?.purl === undefined ? undefined : parsePackageUrl(found.purl);
  if (wanted === undefined || purl === undefined) return false;
  const version = purl.version ?? found?.version;
  return isPackage(wanted, { ...purl, ...(version === undefined ? {} : { version }) }) === true;
}

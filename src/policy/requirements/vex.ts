/** Does a VEX statement excuse a finding? Source: OpenVEX 0.2.0, "Statements" and "Product identification". */
import { showForeign } from "../../core/display.ts";
import type { Digest } from "../../core/digest.ts";
import type { ScanFinding, VexStatement } from "../../core/evidence.ts";
import { CLOCK_SKEW_MS } from "../age.ts";
import { isPackage, type PackageUrl, parsePackageUrl } from "./package-url.ts";

export interface Excuse {
  readonly isExcused: boolean;
  /** In words, what a statement about the same vulnerability has to do with it. */
  readonly note?: string;
}

interface About {
  readonly statements: readonly VexStatement[];
  /** Of the manifest that was scanned. */
  readonly subject: Digest;
  readonly now: Date;
}

/** One statement about one product, by what a finding has to have for it to be meant. */
interface Word {
  readonly statement: VexStatement;
  readonly product: string;
  readonly how: "digest" | "package URL";
  /** All of them are the finding's package; none where the whole image is meant. */
  readonly packages: readonly PackageUrl[];
  /** When it was said; nothing where that is not said, or is to come. */
  readonly at: Date | undefined;
  readonly isToCome: boolean;
}

/** What was said of a vulnerability, by the package that it is about; under `""` what is about the whole image. */
interface Said {
  readonly byPackage: Map<string, Word[]>;
  /** Some product, to tell whom it was about if not this one. */
  readonly product: string | undefined;
}

/** By every name of a vulnerability that was found: a scan has thousands of findings, and so many statements may be there. */
export type VexIndex = ReadonlyMap<string, Said>;

export function indexVex(findings: readonly ScanFinding[], { statements, subject, now }: About): VexIndex {
  const index = new Map<string, Said>();
  const found = new Set(findings.flatMap(({ id, aliases }) => [id, ...aliases].map(upper)));
  for (const statement of statements) {
    const ids = new Set(statement.ids.map(upper).filter((id) => found.has(id)));
    const words = ids.size === 0 ? [] : wordsOf(statement, { subject, now });
    for (const id of ids) {
      const said = index.get(id) ?? { byPackage: new Map<string, Word[]>(), product: statement.products[0]?.id };
      index.set(id, said);
      for (const word of words) {
        const key = word.packages[0]?.name ?? "";
        const there = said.byPackage.get(key);
        if (there === undefined) said.byPackage.set(key, [word]);
        else there.push(word);
      }
    }
  }
  return index;
}

/** Of those who spoke about it the last one counts; one who does not say when may be the last, and so never is for good. */
export function findExcuse(finding: ScanFinding, index: VexIndex): Excuse {
  const same = [finding.id, ...finding.aliases].flatMap((name) => index.get(upper(name)) ?? []);
  if (same.length === 0) return { isExcused: false };
  const found = packageOf(finding);
  const keys = found === undefined ? [""] : ["", found.name];
  const words = new Set(same.flatMap(({ byPackage }) => keys.flatMap((key) => byPackage.get(key) ?? [])));
  const matching = [...words].filter(({ packages }) => packages.every((one) => found !== undefined && isPackage(one, found) === true));
  if (matching.length === 0) {
    const other = same[0]?.product;
    return {
      isExcused: false,
      ...(other === undefined ? {} : { note: `VEX is about ${showForeign(other, 100)} alone, which this is not` }),
    };
  }
  const against = matching.filter(({ statement }) => !excuses(statement));
  const last = lastOf(against);
  const names = namesOfOne([finding.id, ...finding.aliases]);
  const isOfIt = ({ ids }: VexStatement): boolean => namesOfOne(ids).some((name) => names.includes(name));
  const excusing = matching.find(
    (word) => excuses(word.statement) && isOfIt(word.statement) && (against.length === 0 || isLater(word.at, last)),
  );
  const said = excusing ?? against[0] ?? matching[0];
  return { isExcused: excusing !== undefined, ...(said === undefined ? {} : { note: noteOf(said) }) };
}

function noteOf({ statement, product, how, isToCome }: Word): string {
  return `VEX says ${statement.status} of ${showForeign(product, 100)}, by its ${how}${isToCome ? ", at a time to come" : ""}`;
}

function upper(name: string): string {
  return name.toUpperCase();
}

/** Names that stand for one vulnerability each; those of advisories (DSA, RHSA, ELSA, USN …) may stand for many. */
const OF_ONE = /^(CVE|GHSA|GO|OSV|PYSEC|RUSTSEC|EUVD)-/;

/**
 * By which an excuse is known to be about this one: its own name, and others that stand for one vulnerability, of which
 * there is no more than one CVE. What speaks against a finding is heard under any of its names.
 */
export function namesOfOne([id = "", ...aliases]: readonly string[]): readonly string[] {
  const names = [...new Set([upper(id), ...aliases.map(upper).filter((name) => OF_ONE.test(name))])];
  return names.filter((name) => name.startsWith("CVE-")).length > 1 ? names.slice(0, 1) : names;
}

function excuses({ status }: VexStatement): boolean {
  return status === "not_affected" || status === "fixed";
}

/** Nothing where one of them does not say: it may be the last. */
function lastOf(words: readonly Word[]): Date | undefined {
  const times = words.map(({ at }) => at?.getTime() ?? Number.NaN);
  const last = times.reduce((one, other) => Math.max(one, other), -Infinity);
  return Number.isFinite(last) ? new Date(last) : undefined;
}

function isLater(one: Date | undefined, other: Date | undefined): boolean {
  return one !== undefined && other !== undefined && one.getTime() > other.getTime();
}

function wordsOf(statement: VexStatement, { subject, now }: Omit<About, "statements">): readonly Word[] {
  const { at } = statement;
  // What is said to come may be signed so that it outlives whatever is said until then.
  const isToCome = at !== undefined && at.getTime() > now.getTime() + CLOCK_SKEW_MS;
  const when = { at: isToCome ? undefined : at, isToCome };
  return statement.products.flatMap((product): readonly Word[] => {
    const meant = whatIsMeant(product, subject);
    if (meant === undefined) return [];
    const { how, packages } = meant;
    if (product.parts.length === 0) return [{ statement, product: product.id, how, packages, ...when }];
    return product.parts.flatMap((part): readonly Word[] => {
      const url = parsePackageUrl(part);
      return url === undefined ? [] : [{ statement, product: product.id, how, packages: [url, ...packages], ...when }];
    });
  });
}

/** By what the product is the image, or the package in it; the digest first, because a name can be anyone's. */
function whatIsMeant({ id, digests }: VexStatement["products"][number], subject: Digest): Pick<Word, "how" | "packages"> | undefined {
  const product = parsePackageUrl(id);
  const isOfImage = product === undefined || product.name.startsWith("oci/");
  const [algorithm = "", hex] = subject.split(":");
  const digest = Object.hasOwn(digests, algorithm)
    ? digests[algorithm]
    : isOfImage
      ? product?.version?.replace(`${algorithm}:`, "")
      : undefined;
  if (digest?.toLowerCase() === hex) return { how: "digest", packages: [] };
  // One that names another digest is about another image, whatever its name says.
  if (digest !== undefined && isOfImage) return undefined;
  return product === undefined ? undefined : { how: "package URL", packages: [product] };
}

export function packageOf({ package: found }: Pick<ScanFinding, "package">): PackageUrl | undefined {
  const purl = found?.purl === undefined ? undefined : parsePackageUrl(found.purl);
  const version = purl?.version ?? found?.version;
  return purl === undefined ? undefined : { ...purl, ...(version === undefined ? {} : { version }) };
}

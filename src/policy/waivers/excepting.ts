/** Which single findings exceptions excuse: one thing in one package each, so that two of them let pass what each does alone. */
import type { PackageName, ScanFinding } from "../../core/evidence.ts";
import type { Excepting } from "../../core/requirement.ts";
import type { Waived } from "../../core/verdict.ts";
import { isPackage, parsePackageUrl } from "../requirements/package-url.ts";
import { namesOfOne, packageOf } from "../requirements/vex.ts";
import type { Waivers } from "./waivers.ts";

type Named = NonNullable<Waived["finding"]>;

export interface ExceptedFindings {
  /** Each with what it excuses by itself. */
  readonly exceptions: readonly { readonly waived: Waived; readonly excepting: Excepting }[];
  /** What all of them excuse together; absent where there is nothing to excuse by. */
  readonly excepting?: Excepting;
}

/** The exceptions of a kind of requirement that name findings. */
export function findingsExcepted({ held, open }: Waivers, kind: string): ExceptedFindings {
  const named = held.flatMap(({ kinds, waived }) =>
    kinds.includes(kind) && waived.finding !== undefined ? [{ waived, finding: waived.finding }] : [],
  );
  const exceptions = named.map(({ waived, finding }) => ({ waived, excepting: exceptingOf([finding]) }));
  if (open.some(({ kinds }) => kinds.includes(kind))) return { exceptions, excepting: EXCEPTING_ANY };
  return exceptions.length === 0 ? { exceptions } : { exceptions, excepting: exceptingOf(named.map(({ finding }) => finding)) };
}

/** What these findings, as exceptions name them, excuse together. */
export function exceptingOf(named: readonly Named[]): Excepting {
  return {
    finding: (finding) => named.some((one) => isOfFinding(one, finding)),
    package: (found) => named.some((one) => isOfPackage(one, found)),
  };
}

/** What some exception that was not read could excuse: whatever it can name at all. */
const EXCEPTING_ANY: Excepting = {
  finding: (finding) => packageOf(finding) !== undefined,
  package: (found) => packageOf({ package: found }) !== undefined,
};

/** A scan finds a flaw in a package: without the flaw's name an exception would be one for flaws that nobody has seen yet. */
function isOfFinding({ advisory, purl }: Named, finding: ScanFinding): boolean {
  if (advisory === undefined || !namesOfOne([finding.id, ...finding.aliases]).includes(advisory.toUpperCase())) return false;
  return isNamed(purl, finding.package);
}

/** An SBOM lists packages, and knows of no flaws. */
function isOfPackage({ advisory, purl }: Named, found: PackageName): boolean {
  return advisory === undefined && isNamed(purl, found);
}

function isNamed(purl: string, found: PackageName | undefined): boolean {
  const [wanted, is] = [parsePackageUrl(purl), found && packageOf({ package: found })];
  return wanted !== undefined && is !== undefined && isPackage(wanted, is) === true;
}

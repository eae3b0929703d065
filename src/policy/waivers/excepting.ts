/** Which single findings exceptions excuse: one thing in one package each, so that two of them let pass what each does alone. */
import type { PackageName, ScanFinding } from "../../core/evidence.ts";
import type { Excepting } from "../../core/policy.ts";
import type { Waived } from "../../core/verdict.ts";
import { isPackage, parsePackageUrl } from "../requirements/package-url.ts";
import { namesOfOne, packageOf } from "../requirements/vex.ts";
import type { Waivers } from "./waivers.ts";

type Named = NonNullable<Waived["finding"]>;

/** The exceptions of a kind of requirement that name findings, and what they excuse together. */
export function findingsExcepted(
  { held, open }: Waivers,
  kind: string,
): { readonly exceptions: readonly Waived[]; readonly excepting: Excepting | undefined } {
  const exceptions = held.filter(({ kinds, waived }) => kinds.includes(kind) && waived.finding !== undefined).map(({ waived }) => waived);
  if (open.some(({ kinds }) => kinds.includes(kind))) return { exceptions, excepting: EXCEPTING_ANY };
  return { exceptions, excepting: exceptions.length === 0 ? undefined : exceptingOf(exceptions.flatMap(({ finding }) => finding ?? [])) };
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

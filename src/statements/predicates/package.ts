/** What a bill of materials lists besides packages. */
import type { PackageName } from "../../core/evidence.ts";

const PLACES: ReadonlySet<string> = new Set(["file", "operating-system", "container"]);

/**
 * Tools list the files in which they found packages, the distribution, lock files as "applications". None of them can have a licence,
 * so that a policy that asks for one would refuse every image. `type`: of CycloneDX, or SPDX's purpose in lower case.
 */
export function isPackage({ version, purl, licenses }: PackageName, type: string): boolean {
  if (purl !== undefined || licenses.length > 0) return true;
  return !PLACES.has(type) && (type !== "application" || version !== undefined);
}

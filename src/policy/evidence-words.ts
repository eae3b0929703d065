/** What a policy calls evidence, as sentences have it: `sbom` is an SBOM. */

const WORDS: Readonly<Record<string, readonly [one: string, several: string]>> = {
  provenance: ["statement of provenance", "statements of provenance"],
  sbom: ["SBOM", "SBOMs"],
  test: ["test result", "test results"],
  vex: ["VEX document", "VEX documents"],
};

export function nameOne(name: string): string {
  return WORDS[name]?.[0] ?? name;
}

export function nameSeveral(name: string): string {
  return WORDS[name]?.[1] ?? `${name}s`;
}

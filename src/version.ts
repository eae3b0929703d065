/** The version, in one place; tools/check.ts compares it with package.json. */

export const VERSION = "0.1.0";

/** Free text in what we sign, for whoever reads an envelope later; it proves nothing. */
export const SIGNING_AGENT: string = `countersign/${VERSION}`;

/** For people: ours, and that of the Node that runs it. */
export function describeVersion(): string {
  return `countersign ${VERSION} (node ${process.versions.node})`;
}

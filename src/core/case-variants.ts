/** Members that programs in Go take for others: their decoder folds case as Unicode's simple folding does, and the last member counts. */
import { Malformed } from "./malformed.ts";

interface CaseVariant {
  readonly name: string;
  /** The member that it is taken for. */
  readonly known: string;
}

/** The first member that differs from a known one only in case. Known names are ASCII: what Go folds to them is as long as they are. */
export function findCaseVariant(object: Readonly<Record<string, unknown>>, knownNames: readonly string[]): CaseVariant | undefined {
  for (const name of Object.keys(object)) {
    if (knownNames.includes(name)) continue;
    const known = knownNames.find((one) => one.length === name.length && fold(one) === fold(name));
    if (known !== undefined) return { name, known };
  }
  return undefined;
}

/** Refuses an object that other tools could read otherwise than we do. */
export function refuseCaseVariants(object: Readonly<Record<string, unknown>>, knownNames: readonly string[]): void {
  const variant = findCaseVariant(object, knownNames);
  if (variant === undefined) return;
  throw new Malformed("json/case-variant", `the member "${variant.name.slice(0, 100)}" differs from "${variant.known}" only in case`);
}

/** Upper case first: U+017F (ſ) and U+212A (K) each fold only one way. */
function fold(name: string): string {
  return name.toUpperCase().toLowerCase();
}

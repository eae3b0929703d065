/** The subject of a certificate as a policy writes it, and whether two of them may be one. */
import { overlaps, type Template } from "./template.ts";

export interface Pair<Text> {
  readonly type: string;
  readonly value: Text;
}

export interface WrittenSubject {
  readonly kind: "subject";
  readonly pairs: readonly Pair<Template>[];
  readonly byType: ReadonlyMap<string, Values>;
}

/** Of one type. Those without a variable are looked up: a subject may have tens of thousands. */
interface Values {
  readonly all: Template[];
  readonly exact: Set<string>;
  readonly varying: Template[];
}

export function writtenSubject(pairs: readonly Pair<Template>[]): WrittenSubject {
  const byType = new Map<string, Values>();
  for (const { type, value } of pairs) {
    const values = byType.get(type) ?? { all: [], exact: new Set(), varying: [] };
    byType.set(type, values);
    values.all.push(value);
    if (value.variables.length === 0) values.exact.add(value.text);
    else values.varying.push(value);
  }
  return { kind: "subject", pairs, byType };
}

/** False only if no certificate has both, whatever the variables stand for. */
export function mayBeSameSubject(a: WrittenSubject, b: WrittenSubject): boolean {
  return a.pairs.length === b.pairs.length && isCovered(a, b) && isCovered(b, a);
}

/** From the last pair on: it is mostly the common name, in which names differ. */
function isCovered({ pairs }: WrittenSubject, { byType }: WrittenSubject): boolean {
  for (let at = pairs.length - 1; at >= 0; at -= 1) {
    const pair = pairs[at];
    if (pair !== undefined && !mayHold(byType.get(pair.type), pair.value)) return false;
  }
  return true;
}

function mayHold(values: Values | undefined, value: Template): boolean {
  if (values === undefined) return false;
  if (values.exact.has(value.text)) return true;
  return (value.variables.length === 0 ? values.varying : values.all).some((other) => overlaps(other, value));
}

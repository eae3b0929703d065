/** JSON that is the same bytes for the same value on every machine. Source: RFC 8785 (JCS). */

/** Throws `TypeError` for what JSON cannot say: half a surrogate pair, a number that is not finite, a function. */
export function encodeCanonicalJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonical(value));
}

function canonical(value: unknown): string {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) throw new TypeError("text with half a surrogate pair has no canonical form");
      return JSON.stringify(value);
    case "number":
      // As ECMAScript shows numbers, which is what the RFC asks for; -0 is 0.
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no canonical form`);
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    case "object":
      return value === null ? "null" : canonicalObject(value);
    default:
      throw new TypeError(`a ${typeof value} has no canonical form`);
  }
}

function canonicalObject(value: object): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  // By UTF-16 units, as `toSorted` compares.
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const names = new Map(members);
  return `{${[...names.keys()]
    .toSorted()
    .map((name) => `${canonical(name)}:${canonical(names.get(name))}`)
    .join(",")}}`;
}

/** What stands in a list a second time. */

/** The first item whose key an earlier one has too. */
export function findRepeated<T>(items: readonly T[], keyOf: (item: T) => string): T | undefined {
  const keys = new Set<string>();
  return items.find((item) => {
    const key = keyOf(item);
    if (keys.has(key)) return true;
    keys.add(key);
    return false;
  });
}

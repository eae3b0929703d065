/** Names in a sentence. */

/** `ana, bo and cy`; sorted, each once. */
export function formatNames(names: readonly string[]): string {
  const all = [...new Set(names)].toSorted();
  const last = all.pop() ?? "nobody";
  return all.length === 0 ? last : `${all.join(", ")} and ${last}`;
}

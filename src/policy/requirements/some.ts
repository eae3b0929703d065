/** Lists for sentences: the first few, and how many more there are. */

const SHOWN = 5;

/** What is there twice is said once. */
export function listSome(texts: readonly string[]): string {
  const distinct = [...new Set(texts)];
  const more = distinct.length - SHOWN;
  return more > 0 ? `${distinct.slice(0, SHOWN).join(", ")} and ${more} more` : distinct.join(", ");
}

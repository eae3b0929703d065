/** "a" or "an" before a word, as it is spoken. */

export function withArticle(word: string): string {
  return `${/^(?:[aeiou]|SBOM|SPDX)/i.test(word) ? "an" : "a"} ${word}`;
}

/** Text as one word of a POSIX shell. */

/** Single quotes: the text ends, an escaped quote, the text goes on. */
export function quoteShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Text as one word of a POSIX shell. */

/** Single quotes: the text ends, an escaped quote, the text goes on. */
export function quoteShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The same, bare where the shell takes it as it stands. */
export function quoteWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quoteShell(text);
}

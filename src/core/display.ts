/** Makes foreign text safe to show: a certificate name or annotation must not drive a terminal or reorder a line. */

// Controls, formats (bidirectional and zero-width among them), lone surrogates, line separators, and all that is drawn as nothing.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** `text` with every such character written as `\u{hex}`, cut at `max` characters. */
export function showForeign(text: string, max = 1024): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  return cut.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

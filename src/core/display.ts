/** Makes foreign text safe to show: a certificate name or annotation must not drive a terminal or reorder a line. */

// Controls, formats (bidirectional and zero-width among them), lone surrogates, line separators, and all that is drawn as nothing.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** `text` with every such character written as `\u{hex}`, cut at `max` characters. */
export function showForeign(text: string, max = 1024): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  return cut.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Foreign names and values, each safe to show. */
export function showForeignPairs(pairs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const shown: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(pairs)) shown[showForeign(name)] = showForeign(value);
  return shown;
}

/** Text of several lines, each safe to show. */
export function showForeignLines(text: string): string {
  return text
    .split("\n")
    .map((line) => showForeign(line, 4096))
    .join("\n");
}

/** A whole document as it is, lines and tabs kept, and every such character in it written as `\u{hex}`. */
export function showForeignDocument(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .split(/([\n\t])/)
    .map((part) => (part === "\n" || part === "\t" ? part : showForeign(part, part.length)))
    .join("");
}

/** JSON that means the same, and is safe to show: such characters stand in texts alone, where they can be written as `\uhhhh`. */
export function showForeignJson(json: string): string {
  return json.replace(UNSAFE, (character) => (character === "\n" ? character : character.split("").map(escapeUnit).join("")));
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Where a text stops being JSON, and what should stand there: for people who wrote it by hand. */

const TOKEN =
  /([{}[\]:,])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;

type Awaited = "value" | "first-value" | "name" | "first-name" | "colon" | "next" | "end";

const EXPECTED: Readonly<Record<Awaited, string>> = {
  value: "a value",
  "first-value": "a value or ]",
  name: "a member's name in double quotes",
  "first-name": "a member's name in double quotes, or }",
  colon: "a colon",
  next: "a comma or the closing bracket",
  end: "the end of the document",
};

/** Longer than anything that is written by hand. */
const MAX_LENGTH = 1_048_576;

/** `line 3, column 5: a comma or the closing bracket is expected, not "x"`; `undefined` for JSON, and for what is too long. Source: RFC 8259. */
export function findJsonFault(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const open: string[] = [];
  let awaited: Awaited = "value";
  for (let at = afterSpace(text, 0); at < text.length; at = afterSpace(text, at)) {
    TOKEN.lastIndex = at;
    const [token = "", mark = "", string] = TOKEN.exec(text) ?? [];
    const next: Awaited | undefined = token === "" ? undefined : step(awaited, { mark, isString: string !== undefined, open });
    if (next === undefined) return `${placeOf(text, at)}: ${EXPECTED[awaited]} is expected, not ${JSON.stringify(text.charAt(at))}`;
    awaited = next;
    at += token.length;
  }
  return awaited === "end" ? undefined : `${placeOf(text, text.length)}: the document ends where ${EXPECTED[awaited]} is expected`;
}

/** What is awaited after the token; `undefined` if it may not stand here. `open` holds the brackets that are not closed yet. */
function step(
  awaited: Awaited,
  { mark, isString, open }: { readonly mark: string; readonly isString: boolean; readonly open: string[] },
): Awaited | undefined {
  if (awaited === "end") return undefined;
  if (awaited === "colon") return mark === ":" ? "value" : undefined;
  if (isString && (awaited === "name" || awaited === "first-name")) return "colon";
  const isObject = open.at(-1) === "{";
  if (awaited === "next" && mark === ",") return isObject ? "name" : "value";
  const mayClose = awaited === "next" || awaited === "first-name" || awaited === "first-value";
  if (mayClose && mark === (isObject ? "}" : "]")) {
    open.pop();
    return open.length === 0 ? "end" : "next";
  }
  if (awaited !== "value" && awaited !== "first-value") return undefined;
  if (mark === "") return open.length === 0 ? "end" : "next";
  if (mark !== "{" && mark !== "[") return undefined;
  open.push(mark);
  return mark === "{" ? "first-name" : "first-value";
}

/** `line 3, column 5`, counted from one. */
export function placeOf(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  return `line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
}

function afterSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && " \t\r\n".includes(text.charAt(at))) at += 1;
  return at;
}

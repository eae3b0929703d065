/** Elements and attributes of XML as test tools write it: no document types, so no entities of its own and nothing to expand or fetch. Source: XML 1.0. */
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
}

const NAME = "[A-Za-z_:][A-Za-z0-9_:.\\u00b7-\\uffff-]*";
const OPEN = new RegExp(`<(${NAME})`, "y");
const ATTRIBUTE = new RegExp(`\\s+(${NAME})\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`, "y");
const OPEN_END = /\s*(\/?)>/y;
const CLOSE = new RegExp(`</(${NAME})\\s*>`, "y");
/** What has no meaning here, with its end. */
const PASSED_OVER = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
] as const;
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

interface Open {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
}

/** The root element. Text between elements is left out. */
export function decodeXml(bytes: Uint8Array): XmlElement {
  if (bytes.length > LIMITS.statementBytes) throw tooLarge(`an XML document is over ${LIMITS.statementBytes} bytes`);
  return new XmlReader(decodeText(bytes)).read();
}

class XmlReader {
  readonly #text: string;
  readonly #document: Open = { name: "", attributes: new Map(), children: [] };
  readonly #open: Open[] = [this.#document];
  #at = 0;
  #elements = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): XmlElement {
    while (this.#at < this.#text.length) this.#step();
    const [root] = this.#document.children;
    if (root === undefined || this.#open.length > 1) throw this.#fault("the document is cut off");
    return root;
  }

  #step(): void {
    const mark = PASSED_OVER.find(([start]) => this.#text.startsWith(start, this.#at));
    if (this.#text.charAt(this.#at) !== "<") this.#readText();
    else if (mark !== undefined) this.#passOver(mark[1]);
    else if (this.#text.startsWith("</", this.#at)) this.#close();
    else this.#openElement();
  }

  #readText(): void {
    const next = this.#text.indexOf("<", this.#at);
    const end = next === -1 ? this.#text.length : next;
    if (this.#open.length === 1 && this.#text.slice(this.#at, end).trim() !== "") throw this.#fault("text stands outside the root element");
    this.#at = end;
  }

  #passOver(endMark: string): void {
    const end = this.#text.indexOf(endMark, this.#at + 2);
    if (end === -1) throw this.#fault("the document is cut off");
    this.#at = end + endMark.length;
  }

  #close(): void {
    const name = this.#take(CLOSE)?.[1];
    if (this.#open.length === 1 || this.#open.pop()?.name !== name)
      throw this.#fault("an element is closed that is not the last one opened");
  }

  #openElement(): void {
    if (this.#text.startsWith("<!DOCTYPE", this.#at)) throw this.#fault("a document type is declared, which is refused");
    const name = this.#take(OPEN)?.[1];
    if (name === undefined) throw this.#fault("this is no XML");
    const attributes = new Map<string, string>();
    for (let found = this.#take(ATTRIBUTE); found !== undefined; found = this.#take(ATTRIBUTE)) {
      const [, attribute = "", double, single] = found;
      if (attributes.has(attribute)) throw this.#fault("an attribute is there twice");
      attributes.set(attribute, this.#resolve(double ?? single ?? ""));
    }
    const end = this.#take(OPEN_END);
    if (end === undefined) throw this.#fault("an element does not end");
    const within = this.#open.at(-1) ?? this.#document;
    if (within === this.#document && within.children.length > 0) throw this.#fault("a second root element follows");
    const element: Open = { name, attributes, children: [] };
    within.children.push(element);
    this.#elements += 1;
    if (this.#elements > LIMITS.xmlElements) throw tooLarge(`an XML document has over ${LIMITS.xmlElements} elements`);
    if (end[1] === "") this.#open.push(element);
    if (this.#open.length > LIMITS.xmlDepth + 1) throw this.#fault(`elements are nested deeper than ${LIMITS.xmlDepth}`);
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  /** The five that XML itself defines, and characters by number; those that XML has not are replaced, for tools write them. */
  #resolve(text: string): string {
    return text.replaceAll(/&([^;&]{0,12};)?/g, (_, entity: string | undefined) => {
      const name = entity?.slice(0, -1) ?? "";
      const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name) ?? [];
      if (hex !== undefined || decimal !== undefined) return character(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
      const known = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
      if (known === undefined) throw this.#fault("an entity is not one of those that XML defines");
      return known;
    });
  }

  #fault(why: string): Malformed {
    return new Malformed("statement/predicate", `line ${this.#text.slice(0, this.#at).split("\n").length}: ${why}`);
  }
}

/** Source: XML 1.0, production 2. */
function character(code: number): string {
  const isXml =
    code >= 0x20
      ? code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)
      : "\t\n\r".includes(String.fromCodePoint(code));
  return String.fromCodePoint(isXml ? code : 0xfffd);
}

function decodeText(bytes: Uint8Array): string {
  const text = tryUtf8(bytes);
  const encoding = text === undefined ? undefined : (/^<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1] ?? "utf-8");
  if (text === undefined || !/^(?:utf-8|us-ascii)$/i.test(encoding ?? ""))
    throw new Malformed("statement/predicate", "an XML document is not in UTF-8");
  return text;
}

function tryUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function tooLarge(message: string): Malformed {
  return new Malformed("integrity/too-large", message);
}

/** YAML 1.2, read strictly and with places: what another reader could take for something else is refused. */
import { showForeign } from "../core/display.ts";
import { LIMITS } from "../core/limits.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import { readYamlDocument } from "./yaml-document.ts";
import type { YamlNode, YamlPosition } from "./yaml-node.ts";
import { readYamlText, YamlFault, type YamlOptions, type YamlText } from "./yaml-text.ts";

type Library = typeof import("yaml");

/** What the library says before a text that is data, whatever it begins with. */
const CONTENT_FOLLOWS = "\u001f";

/** Besides the maps and lists that are open, the parser's stack holds the document and a scalar. */
const BESIDES_DEPTH = 2;

/**
 * The documents of a file; none if it holds only comments.
 * @throws YamlFault
 */
export async function decodeYaml(bytes: Uint8Array, options: YamlOptions): Promise<readonly YamlNode[]> {
  const source = readYamlText(bytes, options.maxBytes);
  // Files of others, which may hold several documents, are left to the library as a whole.
  const plain = options.maxDocuments === undefined ? readPlainYaml(source.text) : undefined;
  return plain === undefined ? composeYaml(source, options) : [plain];
}

/**
 * What the library reads, which is loaded only when it is needed. For tests too.
 * @throws YamlFault
 */
export async function composeYaml(source: YamlText, options: YamlOptions): Promise<readonly YamlNode[]> {
  const library = await import("yaml");
  // `uniqueKeys` would compare each key with each other one; `readYamlDocument` keeps a set.
  const composer = new library.Composer({ version: "1.2", schema: "core", strict: true, merge: false, uniqueKeys: false });
  const maxDocuments = options.maxDocuments ?? 1;
  const documents: YamlNode[] = [];
  for (const document of composer.compose(parse(library, source, options))) {
    if (documents.length >= maxDocuments) {
      const state = maxDocuments === 1 ? "a second document begins here" : `there are over ${maxDocuments} documents`;
      throw new YamlFault("documents", state, source.positionAt(document.range[0]));
    }
    documents.push(readYamlDocument(document, { library, source, options }));
  }
  return documents;
}

/** The library's tokens, bounded in number and depth, so that what it builds of them is. */
function* parse(library: Library, source: YamlText, options: YamlOptions): ReturnType<InstanceType<Library["Parser"]>["parse"]> {
  const parser = new library.Parser();
  let count = 0;
  let previous = "";
  for (const token of new library.Lexer().lex(source.text)) {
    if (previous !== CONTENT_FOLLOWS) refuseMark(token, () => source.positionAt(parser.offset), options);
    previous = token;
    count = token === "---" ? 0 : count + 1;
    if (count > LIMITS.yamlTokens) throw new YamlFault("too-large", `a document has over ${LIMITS.yamlTokens} parts`);
    yield* parser.next(token);
    if (parser.stack.length > LIMITS.yamlDepth + BESIDES_DEPTH) {
      throw new YamlFault("depth", `it is nested deeper than ${LIMITS.yamlDepth}`, source.positionAt(parser.offset - 1));
    }
  }
  yield* parser.end();
}

function refuseMark(token: string, place: () => YamlPosition, options: YamlOptions): void {
  const mark = token.charAt(0);
  if (mark === "!") throw new YamlFault("tag", `the tag ${showForeign(token, 100)} is not read; leave it out`, place());
  if (mark === "%") throw new YamlFault("directive", "directives are not read; leave the line out", place());
  if ((mark === "&" || mark === "*") && options.maxAliasValues === undefined) {
    throw new YamlFault("alias", "anchors and aliases are not read; write the value out", place());
  }
}

/** What a document is that some tool has written, told by what it holds; what cannot be told for certain is refused. */
import { withArticle } from "../core/article.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { decodeJson } from "../encoding/json.ts";
import { readContent } from "./content.ts";
import { isJunit, readJunit } from "./importers/junit.ts";
import { isTap, readTap } from "./importers/tap.ts";
import { decodeXml } from "./importers/xml.ts";
import { JsonPlace } from "./json-place.ts";
import { type TestRun, writeTestResult } from "./predicates/test-result.ts";
import { JSON_FORMS, REFUSED_FORMS } from "./recognise-json.ts";
import type { KnownTimes, RecognisedDocument } from "./recognised.ts";
import { TEST_RESULT_V01 } from "./predicate-types.ts";

export interface RecogniseOptions {
  /** As messages name it: a file, or `standard input`. */
  readonly source: string;
  readonly times?: KnownTimes;
}

/** Throws `CountersignError` `document/unknown` for what is of no known form or of several, `document/invalid` for what breaks the rules of its own. */
export function recogniseDocument(bytes: Uint8Array, options: RecogniseOptions): RecognisedDocument {
  const { source } = options;
  if (bytes.length > LIMITS.statementBytes) throw unknown(source, `it is over ${LIMITS.statementBytes} bytes`);
  const text = tryUtf8(bytes);
  if (text === undefined) throw unknown(source, "it is not UTF-8");
  const start = text.trimStart().charAt(0);
  if (start === "") throw unknown(source, "it is empty");
  if (start === "{" || start === "[") return recogniseJson(bytes, options);
  if (start === "<") {
    const root = readAs("an XML document", { source }, () => decodeXml(bytes));
    if (!isJunit(root)) throw unknown(source, `it is XML of another kind: <${showForeign(root.name, 100)}>`, remedyOfXml(root.name));
    return recognisedTests("JUnit report", source, () => readJunit(root));
  }
  if (isTap(text)) return recognisedTests("TAP stream", source, () => readTap(text));
  const isTagValue = /^SPDXVersion:/m.test(text.slice(0, 10_000));
  throw unknown(
    source,
    isTagValue ? "it is SPDX in lines with tags" : "it is neither JSON, nor JUnit's XML, nor TAP",
    isTagValue ? "have the tool write SPDX in JSON" : undefined,
  );
}

function recogniseJson(bytes: Uint8Array, { source, times }: RecogniseOptions): RecognisedDocument {
  const value = readAs("JSON", { source }, () =>
    decodeJson(bytes, { maxBytes: LIMITS.statementBytes, maxContainers: LIMITS.statementContainers }),
  );
  if (Array.isArray(value)) throw unknown(source, "it is a list");
  const document = new JsonPlace(value, "");
  const names = new Set(document.names());
  const refused = REFUSED_FORMS.find(({ isMine }) => isMine(names, document));
  if (refused !== undefined) throw unknown(source, `it is ${refused.name}`, refused.remedy);
  const forms = JSON_FORMS.filter(({ isMine }) => isMine(names, document));
  const [form] = forms;
  if (form === undefined) throw unknown(source, "no member of it says what it is");
  if (forms.length > 1) throw unknown(source, `it may be ${forms.map(({ name }) => withArticle(name)).join(" or ")}`);
  return { form: form.name, ...readAs(withArticle(form.name), { source, remedy: form.remedy }, () => form.read(document, times ?? {})) };
}

function recognisedTests(form: string, source: string, read: () => TestRun): RecognisedDocument {
  return readAs(withArticle(form), { source }, () => {
    const run = read();
    if (run.passed.length + run.failed.length === 0) throw new Malformed("statement/predicate", "no test ran, so nothing was shown");
    const predicate = writeTestResult(run);
    const content = readContent({ subjects: [], predicateType: TEST_RESULT_V01, predicate });
    return { form, predicateType: TEST_RESULT_V01, predicate, content, namedDigests: [] };
  });
}

function readAs<T>(what: string, { source, remedy }: { readonly source: string; readonly remedy?: string | undefined }, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new CountersignError("document/invalid", `Cannot read "${showForeign(source)}" as ${what}: ${error.message.trim()}`, {
      cause: error,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }
}

function unknown(source: string, why: string, remedy?: string): CountersignError {
  return new CountersignError(
    "document/unknown",
    `Cannot recognise "${showForeign(source)}": ${why}`,
    remedy === undefined ? {} : { remedy },
  );
}

function remedyOfXml(root: string): string | undefined {
  return root === "bom" ? "have the tool write CycloneDX in JSON" : undefined;
}

function tryUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

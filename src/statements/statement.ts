/** in-toto statements: bytes to `Statement` and back. Source: in-toto attestation v1, statement.md; v0.1 means the same. */
import { showForeign } from "../core/display.ts";
import type { Statement, StatementSubject } from "../core/evidence.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { decodeJson, encodeJson } from "../encoding/json.ts";
import { JsonPlace } from "./json-place.ts";

const STATEMENT_V1 = "https://in-toto.io/Statement/v1";
const STATEMENT_TYPES: ReadonlySet<string> = new Set([STATEMENT_V1, "https://in-toto.io/Statement/v0.1"]);

/** Throws `Malformed`. Members that the specification does not know are ignored, as it asks. */
export function decodeStatement(bytes: Uint8Array): Statement {
  const value = decodeJson(bytes, { maxBytes: LIMITS.statementBytes, maxContainers: LIMITS.statementContainers });
  return parseStatement(value);
}

/** The same from JSON that was decoded already. */
export function parseStatement(value: unknown): Statement {
  const root = new JsonPlace(value, "", "statement/invalid");
  const type = root.get("_type").string();
  if (!STATEMENT_TYPES.has(type)) {
    throw new Malformed("statement/invalid", `"${showForeign(type, 200)}" is no type of statement that Countersign knows`);
  }
  const subjects = root.get("subject").list();
  if (subjects.length === 0) root.get("subject").refuse("is empty");
  if (subjects.length > LIMITS.statementSubjects) {
    throw new Malformed("integrity/too-large", `a statement has over ${LIMITS.statementSubjects} subjects`);
  }
  return {
    subjects: subjects.map(parseSubject),
    predicateType: root.get("predicateType").text(),
    predicate: parsePredicate(root),
  };
}

/** A statement as it is written today. */
export function encodeStatement(statement: Statement): Uint8Array {
  return encodeJson({
    _type: STATEMENT_V1,
    subject: statement.subjects,
    predicateType: statement.predicateType,
    ...(statement.predicate === undefined ? {} : { predicate: statement.predicate }),
  });
}

function parseSubject(subject: JsonPlace): StatementSubject {
  const name = subject.optional("name")?.textIfAny();
  const digest = subject.get("digest").digestSet();
  if (Object.keys(digest).length === 0) subject.get("digest").refuse("is empty");
  const annotations = parseAnnotations(subject.optional("annotations"));
  return { ...(name === undefined ? {} : { name }), digest, ...(annotations === undefined ? {} : { annotations }) };
}

/** Annotations may hold any JSON; those that are text are the ones that Countersign and cosign write. */
function parseAnnotations(member: JsonPlace | undefined): Readonly<Record<string, string>> | undefined {
  if (member === undefined) return undefined;
  const annotations: Record<string, string> = Object.create(null);
  for (const [name, { value }] of member.entries()) if (typeof value === "string") annotations[name] = value;
  return annotations;
}

/** An object; or text, as cosign writes an SPDX document of its type `spdx`. */
function parsePredicate(root: JsonPlace): unknown {
  const predicate = root.optional("predicate");
  if (predicate === undefined) return undefined;
  return typeof predicate.value === "string" ? predicate.value : predicate.object();
}

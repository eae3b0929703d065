/** OpenVEX 0.2.0. Source: openvex/spec, OPENVEX-SPEC.md and openvex_json_schema.json. */
import type { ContentOf, Statement, StatementSubject, VexStatement } from "../../core/evidence.ts";
import type { JsonPlace } from "../json-place.ts";
import { ociDigestOf } from "../purl.ts";
import { OPENVEX_V02 } from "../predicate-types.ts";

const STATUSES = ["not_affected", "affected", "fixed", "under_investigation"] as const;
const JUSTIFICATIONS = [
  "component_not_present",
  "vulnerable_code_not_present",
  "vulnerable_code_not_in_execute_path",
  "vulnerable_code_cannot_be_controlled_by_adversary",
  "inline_mitigations_already_exist",
] as const;

type Product = VexStatement["products"][number];

/** `around` lends its subjects to statements that name no product. Source: OPENVEX-SPEC.md, "Inheritance Flow". */
export function readOpenVex(document: JsonPlace, around: Pick<Statement, "subjects">): ContentOf<"vex"> {
  // Older versions mean other things by the same members.
  document.get("@context").oneOf([OPENVEX_V02]);
  document.get("@id").text();
  document.get("author").text();
  const issuedAt = document.get("timestamp").time();
  const statements = document.get("statements").list();
  if (statements.length === 0) document.get("statements").refuse("is empty");
  const at = document.optional("last_updated")?.time() ?? issuedAt;
  return { kind: "vex", statements: statements.map((statement) => readStatement(statement, { issuedAt, around })), at };
}

interface Inherited {
  readonly issuedAt: Date;
  readonly around: Pick<Statement, "subjects">;
}

function readStatement(statement: JsonPlace, { issuedAt, around }: Inherited): VexStatement {
  const vulnerability = statement.get("vulnerability");
  const aliases = (vulnerability.optional("aliases")?.list() ?? []).map((alias) => alias.text());
  const status = statement.get("status").oneOf(STATUSES);
  const justification = statement.optional("justification")?.oneOf(JUSTIFICATIONS);
  if (status === "not_affected" && justification === undefined && statement.optional("impact_statement")?.textIfAny() === undefined) {
    statement.refuse("says not_affected and not why");
  }
  const named = (statement.optional("products")?.list() ?? []).flatMap(readProduct);
  const products = named.length > 0 ? named : around.subjects.map(asProduct);
  if (products.length === 0) statement.refuse("names no product");
  return {
    ids: [vulnerability.get("name").text(), ...aliases],
    status,
    ...(justification === undefined ? {} : { justification }),
    products,
    at: statement.optional("timestamp")?.time() ?? issuedAt,
  };
}

function asProduct({ name, digest }: StatementSubject): Product {
  return { id: name ?? Object.entries(digest)[0]?.join(":") ?? "", digests: digest, parts: [] };
}

/** One for each name of the product. */
function readProduct(product: JsonPlace): readonly Product[] {
  const parts = (product.optional("subcomponents")?.list() ?? []).flatMap(readNames);
  const hashes = (product.optional("hashes")?.entries() ?? []).map(([name, value]): [string, string] => [digestName(name), value.text()]);
  return readNames(product).map((id) => {
    const digest = ociDigestOf(id);
    const digests = Object.fromEntries([...hashes, ...(digest === undefined ? [] : [digest])]);
    return { id, digests, parts };
  });
}

/** At least one: a part that had none would widen what is said to the whole product. */
function readNames(component: JsonPlace): readonly string[] {
  const id = component.optional("@id")?.textIfAny();
  const identifiers = (component.optional("identifiers")?.entries() ?? []).map(([, value]) => value.text());
  const names = [...new Set([...(id === undefined ? [] : [id]), ...identifiers])];
  return names.length === 0 ? component.refuse("has no name") : names;
}

/** `sha-256` of IANA's list as in-toto names it: `sha256`. */
function digestName(name: string): string {
  return name.replace(/^sha-(?=\d)/, "sha").replaceAll("-", "_");
}

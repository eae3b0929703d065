/** The part of JSON Schema 2020-12 that docs/schema uses; a keyword that it does not know fails, so that no rule is passed over. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isObject } from "../src/core/descriptor.ts";

type Schema = Readonly<Record<string, unknown>>;

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), "docs", "schema");
const NO_RULE = new Set(["$schema", "$id", "$defs", "title", "description"]);

/** File name -> schema. */
export const SCHEMAS: ReadonlyMap<string, Schema> = new Map(
  readdirSync(folder).map((file) => [file, JSON.parse(readFileSync(join(folder, file), "utf8")) as Schema]),
);

/** What is wrong with `value`, with its place; empty if nothing is. The schema is the one for the document's `kind`. */
export function findFaults(value: unknown): readonly string[] {
  const kind = isObject(value) ? value["kind"] : undefined;
  const found = [...SCHEMAS].find(
    ([, { properties }]) => isObject(properties) && isObject(properties["kind"]) && properties["kind"]["const"] === kind,
  );
  return found === undefined ? [`no schema for kind ${JSON.stringify(kind)}`] : check(value, found[1], { file: found[0], path: "" });
}

interface Place {
  readonly file: string;
  readonly path: string;
}

function check(value: unknown, schema: Schema, place: Place): string[] {
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    if (NO_RULE.has(keyword)) return [];
    switch (keyword) {
      case "$ref":
        return checkReference(value, String(rule), place);
      case "const":
        return value === rule ? [] : fault(place, `is not ${JSON.stringify(rule)}`);
      case "enum":
        return (rule as readonly unknown[]).includes(value)
          ? []
          : fault(place, `${JSON.stringify(value)} is none of ${JSON.stringify(rule)}`);
      case "type":
        return typeOf(value) === rule || (rule === "integer" && Number.isInteger(value))
          ? []
          : fault(place, `is ${typeOf(value)}, not ${String(rule)}`);
      case "pattern":
        return typeof value !== "string" || new RegExp(String(rule), "u").test(value)
          ? []
          : fault(place, `${value} does not match ${String(rule)}`);
      case "minimum":
        return typeof value !== "number" || value >= Number(rule) ? [] : fault(place, `${value} is less than ${String(rule)}`);
      case "items":
        return Array.isArray(value)
          ? value.flatMap((item, index) => check(item, rule as Schema, { ...place, path: `${place.path}/${index}` }))
          : [];
      case "anyOf": {
        const faults = (rule as readonly Schema[]).map((option) => check(value, option, place));
        return faults.some((found) => found.length === 0) ? [] : faults.flat();
      }
      case "required":
        return isObject(value)
          ? (rule as readonly string[]).filter((name) => !Object.hasOwn(value, name)).flatMap((name) => fault(place, `lacks ${name}`))
          : [];
      case "properties":
        return checkMembers(value, rule as Readonly<Record<string, Schema>>, place);
      case "additionalProperties":
        return checkOthers(value, schema, place);
      default:
        return fault(place, `the schema has the keyword ${keyword}, which this validator does not know`);
    }
  });
}

function fault({ path }: Place, text: string): string[] {
  return [`${path || "/"}: ${text}`];
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function checkMembers(value: unknown, members: Readonly<Record<string, Schema>>, place: Place): string[] {
  if (!isObject(value)) return [];
  return Object.entries(members).flatMap(([name, member]) =>
    Object.hasOwn(value, name) ? check(value[name], member, { ...place, path: `${place.path}/${name}` }) : [],
  );
}

function checkOthers(value: unknown, schema: Schema, place: Place): string[] {
  if (!isObject(value)) return [];
  const known = isObject(schema["properties"]) ? schema["properties"] : {};
  const others = Object.entries(value).filter(([name]) => !Object.hasOwn(known, name));
  const rule = schema["additionalProperties"];
  if (rule === false) return others.map(([name]) => `${place.path || "/"}: has ${name}, which the schema does not know`);
  return others.flatMap(([name, member]) => check(member, rule as Schema, { ...place, path: `${place.path}/${name}` }));
}

function checkReference(value: unknown, reference: string, place: Place): string[] {
  const [file, pointer = ""] = reference.split("#");
  const target = file === "" || file === undefined ? place.file : file;
  let schema: unknown = SCHEMAS.get(target);
  for (const step of pointer.split("/").slice(1)) schema = isObject(schema) ? schema[step] : undefined;
  if (!isObject(schema)) return [`${place.path}: the schema refers to ${reference}, which is not there`];
  return check(value, schema, { ...place, file: target });
}

/** JSON Schemas and reference pages of the documents that people write, made from their tables of fields. */
import type { Field, FieldValue, ObjectShape } from "../src/policy/countersign/field.ts";

type Objects = Readonly<Record<string, ObjectShape>>;

/** What stands around the examples of a policy's fields. */
export const EXAMPLE_POLICY = `apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
products:
  shop: { build: ghcr.io/acme/shop, prod: registry.acme.io/shop }
people:
  ana: { certificate: { anchor: ca:acme, subject: { CN: Ana, O: Acme, C: US } } }
  bo: { certificate: { anchor: ca:acme, subject: { CN: Bo, O: Acme, C: US } } }
parties:
  ci: { certificate: { anchor: ca:acme, subject: { CN: ci, O: Acme, C: US } } }
gates:
  build: { needs: [ { signature: { by: ci } } ] }
  prod: { after: build, needs: [ { signature: { by: [ana, bo] } } ] }`;

type Schema = Readonly<Record<string, unknown>>;

/** For `file` in docs/schema; the object `root` is the whole document. */
export function schemaOf(objects: Objects, { root, file }: { readonly root: string; readonly file: string }): string {
  const { [root]: document, ...parts } = objects;
  if (document === undefined) throw new Error(`no object is called ${root}`);
  return `${JSON.stringify(
    {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: `https://countersign.dev/schema/v1/${file}`,
      ...objectSchema(document),
      $defs: Object.fromEntries(Object.entries(parts).map(([name, shape]) => [name, objectSchema(shape)])),
    },
    undefined,
    2,
  )}\n`;
}

function objectSchema({ title, summary, fields }: ObjectShape): Schema {
  const required = Object.keys(fields).filter((name) => fields[name]?.isRequired);
  return {
    title,
    description: summary,
    type: "object",
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, { description: field.summary, ...valueSchema(field.value) }]),
    ),
    additionalProperties: false,
  };
}

function valueSchema(value: FieldValue): Schema {
  switch (value.kind) {
    case "text":
      return textSchema(value);
    case "count":
      return { type: "integer", minimum: 1 };
    case "flag":
      return { type: "boolean" };
    case "list":
      return { type: "array", items: valueSchema(value.of) };
    case "names":
      return { type: "object", additionalProperties: valueSchema(value.of) };
    case "object":
      return { $ref: `#/$defs/${value.object}` };
    case "either":
      return { anyOf: value.of.map(valueSchema) };
  }
}

function textSchema({ allowed = [], pattern }: Extract<FieldValue, { kind: "text" }>): Schema {
  const [only, ...others] = allowed;
  if (only !== undefined) return others.length === 0 ? { const: only } : { enum: allowed };
  return { type: "string", ...(pattern === undefined ? {} : { pattern }) };
}

/** A section for each object, with a table of its fields and an example for each. */
export function referenceOf(objects: Objects): string {
  return Object.values(objects).map(sectionOf).join("\n\n");
}

function sectionOf({ title, summary, fields, later = [], never = {} }: ObjectShape): string {
  const rows = Object.entries(fields).map(([name, field]) =>
    row([`\`${name}\``, describeValue(field.value), needOf(field), field.summary]),
  );
  const examples = Object.entries(fields).map(([name, { example }]) => `\`${name}\`\n\n\`\`\`yaml\n${example}\n\`\`\``);
  const refused = Object.entries(never).map(([name, why]) => `- \`${name}\`: ${why}.`);
  return [
    `## ${title.replace(/^an? /, "").replace(/^./, (letter) => letter.toUpperCase())}`,
    summary,
    `| field | holds | | meaning |\n|---|---|---|---|\n${rows.join("\n")}`,
    ...(later.length === 0 ? [] : [`Not supported by this version, and refused: ${later.map((name) => `\`${name}\``).join(", ")}.`]),
    ...(refused.length === 0 ? [] : [`Cannot be set:\n\n${refused.join("\n")}`]),
    ...examples,
  ].join("\n\n");
}

function needOf({ isRequired }: Field): string {
  return isRequired === true ? "required" : "";
}

function describeValue(value: FieldValue): string {
  switch (value.kind) {
    case "text":
      return value.allowed === undefined ? "text" : value.allowed.map((word) => `\`${word}\``).join(", ");
    case "count":
      return "whole number, 1 or more";
    case "flag":
      return "`true` or `false`";
    case "list":
      return `list of: ${describeValue(value.of)}`;
    case "names":
      return `map of names to: ${describeValue(value.of)}`;
    case "object":
      return `*${value.object}*`;
    case "either":
      return value.of.map(describeValue).join("; or ");
  }
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

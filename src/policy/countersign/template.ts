/** Texts with variables: `ghcr.io/acme/{app}` stands for one repository of each app, and `{path...}` for several segments. */
import { isRepositoryName } from "../../core/reference.ts";

/** What stands between two slashes. A spread is a whole segment of the template, and stands for one or more of the text. */
type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "variable"; readonly prefix: string; readonly name: string; readonly suffix: string }
  | { readonly kind: "spread"; readonly name: string };

export interface Template {
  /** As written. */
  readonly text: string;
  readonly segments: readonly Segment[];
  /** As between the braces, so that `app` and `app...` are two: a value of several segments never gets where one belongs. */
  readonly variables: readonly string[];
  /** Which segment is the spread; -1 if none is. */
  readonly spreadAt: number;
}

/** Variable -> what it stands for. */
export type Values = ReadonlyMap<string, string>;

const VARIABLE = /^[a-z][A-Za-z0-9]*(?:\.\.\.)?$/;
const SPREAD = /\.\.\.$/;
/** Variables are compared with each other, and no name needs so many. */
const MAX_VARIABLES = 20;

/** `refuse` gets what is wrong, in words. */
export function parseTemplate(text: string, refuse: (state: string) => never): Template {
  const segments = text.split("/").map((segment) => parseSegment(segment, refuse));
  const variables = segments.flatMap((segment) => (segment.kind === "literal" ? [] : [segment.name]));
  if (variables.length > MAX_VARIABLES) return refuse(`has over ${MAX_VARIABLES} variables`);
  const bare = variables.map((name) => name.replace(SPREAD, ""));
  const twice = bare.find((name, index) => bare.indexOf(name) !== index);
  if (twice !== undefined) return refuse(`has the variable {${twice}} twice`);
  const spreads = segments.flatMap(({ kind }, at) => (kind === "spread" ? [at] : []));
  if (spreads.length > 1) return refuse("has two variables of several segments, and where one ends is not told");
  return { text, segments, variables, spreadAt: spreads[0] ?? -1 };
}

function parseSegment(text: string, refuse: (state: string) => never): Segment {
  const open = text.indexOf("{");
  const close = text.indexOf("}");
  if (open < 0 && close < 0) return { kind: "literal", text };
  const name = text.slice(open + 1, close);
  if (open < 0 || close < open || !VARIABLE.test(name))
    return refuse(`has a brace in "${text}" that makes no variable such as {app} or {path...}`);
  const prefix = text.slice(0, open);
  const suffix = text.slice(close + 1);
  if (/[{}]/.test(suffix)) return refuse(`has more than one variable between two slashes, in "${text}"`);
  if (!SPREAD.test(name)) return { kind: "variable", prefix, name, suffix };
  return prefix === "" && suffix === ""
    ? { kind: "spread", name }
    : refuse(`has {${name}} beside other text in "${text}", and it stands for whole segments`);
}

/**
 * What the variables stand for in `text`, if it is one of the template's. A value is a name as repositories have them:
 * no separator at its ends, no capital, nothing that could mean more than itself where it is filled in.
 */
export function matchTemplate({ segments, spreadAt }: Template, text: string): Values | undefined {
  const parts = text.split("/");
  const surplus = parts.length - segments.length;
  if (spreadAt < 0 ? surplus !== 0 : surplus < 0) return undefined;
  const values = new Map<string, string>();
  for (const [index, segment] of segments.entries()) {
    const start = spreadAt >= 0 && index > spreadAt ? index + surplus : index;
    const part = parts.slice(start, segment.kind === "spread" ? start + surplus + 1 : start + 1).join("/");
    const value = valueOf(segment, part);
    if (value === undefined) return undefined;
    if (segment.kind !== "literal") values.set(segment.name, value);
  }
  return values;
}

function valueOf(segment: Segment, part: string): string | undefined {
  switch (segment.kind) {
    case "literal":
      return part === segment.text ? part : undefined;
    case "spread":
      return isRepositoryName(part) ? part : undefined;
    case "variable": {
      const { prefix, suffix } = segment;
      if (!part.startsWith(prefix) || !part.endsWith(suffix)) return undefined;
      // Where prefix and suffix overlap, nothing is left between them, and nothing is no name.
      const value = part.slice(prefix.length, part.length - suffix.length);
      return isRepositoryName(value) && !value.includes("/") ? value : undefined;
    }
  }
}

/** The text with every variable filled in; `undefined` if a value is missing. */
export function fillTemplate({ segments }: Template, values: Values): string | undefined {
  const filled: string[] = [];
  for (const segment of segments) {
    if (segment.kind === "literal") {
      filled.push(segment.text);
      continue;
    }
    const value = values.get(segment.name);
    if (value === undefined) return undefined;
    filled.push(segment.kind === "spread" ? value : `${segment.prefix}${value}${segment.suffix}`);
  }
  return filled.join("/");
}

/** False only if no text is of both templates. Beginnings and ends are compared, not what may stand between: it errs towards true. */
export function overlaps(a: Template, b: Template): boolean {
  const { spreadAt: aSpread } = a;
  const { spreadAt: bSpread } = b;
  if (aSpread < 0 && bSpread < 0 && a.segments.length !== b.segments.length) return false;
  if (aSpread >= 0 && bSpread < 0 && b.segments.length < a.segments.length) return false;
  if (bSpread >= 0 && aSpread < 0 && a.segments.length < b.segments.length) return false;
  const before = Math.min(lengthBefore(a), lengthBefore(b));
  const after = Math.min(lengthAfter(a), lengthAfter(b));
  // Loops, because a large policy has hundreds of thousands of pairs.
  for (let at = 0; at < before; at += 1) if (!segmentsOverlap(a.segments[at], b.segments[at])) return false;
  for (let at = 1; at <= after; at += 1) if (!segmentsOverlap(a.segments.at(-at), b.segments.at(-at))) return false;
  return true;
}

function lengthBefore({ segments, spreadAt }: Template): number {
  return spreadAt < 0 ? segments.length : spreadAt;
}

function lengthAfter({ segments, spreadAt }: Template): number {
  return spreadAt < 0 ? segments.length : segments.length - spreadAt - 1;
}

function segmentsOverlap(a: Segment | undefined, b: Segment | undefined): boolean {
  if (a === undefined || b === undefined || a.kind === "spread" || b.kind === "spread") return true;
  if (a.kind === "literal") return valueOf(b, a.text) !== undefined;
  if (b.kind === "literal") return valueOf(a, b.text) !== undefined;
  return (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)) && (a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix));
}

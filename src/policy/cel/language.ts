/**
 * CEL, by a library that is loaded with this file alone. Expressions reach nothing but the values that they are given, and
 * cost no more than a bound that every call is charged against. Source: cel-spec, doc/langdef.md.
 */
import { type CelInput, type CelMap, celEnv, celList, celMap, isCelError, parse, plan } from "@bufbuild/cel";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { isObject } from "../../core/descriptor.ts";
import { Budget } from "./budget.ts";
import type { Expression, ExpressionLanguage } from "./expression.ts";
import { meteredFunctions, type Meter } from "./functions.ts";
import { partsOf, refuseHopeless } from "./hopeless.ts";
import { ExpressionFault, type Prepared, prepareTree } from "./tree.ts";

const MAX_LENGTH = 4_096;
/** Brackets in one another: the parser calls itself for each. */
const MAX_NESTING = 64;
/** Of what an expression is given, texts and members alike. */
const MAX_VALUES = 250_000;

export const CEL: ExpressionLanguage = {
  check(text, variables, { members = {} } = {}) {
    try {
      const { tree, positions } = read(text, variables);
      refuseHopeless(tree, { members, env: NAMES, placeOf: (part) => placeIn(text, startOf(part, positions)) });
      return undefined;
    } catch (error) {
      if (error instanceof ExpressionFault) return error.message;
      throw error;
    }
  },
  compile(text, variables) {
    const { tree, patterns } = read(text, variables);
    const meter: Meter = { budget: new Budget() };
    const run = plan(celEnv({ funcs: [...meteredFunctions(meter, patterns)] }), tree);
    return { evaluate: (values) => evaluate(values, { meter, run }) };
  },
};

/** To look functions up in. */
const NAMES = celEnv({ funcs: [...meteredFunctions({ budget: new Budget() }, new Map())] });

type Positions = Readonly<Record<string, number>>;

function read(text: string, variables: readonly string[]): Prepared & { readonly positions: Positions } {
  if (text.length > MAX_LENGTH) throw new ExpressionFault(`has ${text.length} characters, and may have ${MAX_LENGTH}`);
  if (nesting(text) > MAX_NESTING) throw new ExpressionFault(`has brackets in one another, more than ${MAX_NESTING} deep`);
  const { expr, sourceInfo } = parseText(text);
  return { ...prepareTree(expr, { variables, env: NAMES }), positions: sourceInfo?.positions ?? {} };
}

/** The library has for some parts where their operator stands. */
function startOf(part: Prepared["tree"], positions: Positions): number {
  return Math.min(positions[String(part.id)] ?? 0, ...partsOf(part).map((inner) => startOf(inner, positions)));
}

function placeIn(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  return `its line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1},`;
}

function parseText(text: string): ReturnType<typeof parse> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // The library's message begins with where it is: `<input>:1:7: `.
    const [, line = "1", column = "1", what = error.message] = /^<input>:([0-9]+):([0-9]+): (.*)$/s.exec(error.message) ?? [];
    throw new ExpressionFault(`is no expression from its line ${line}, column ${column} on: ${what}`);
  }
}

function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const letter of text) {
    if ("([{".includes(letter)) depth += 1;
    else if (")]}".includes(letter)) depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

interface Running {
  readonly meter: Meter;
  readonly run: ReturnType<typeof plan>;
}

function evaluate(values: Readonly<Record<string, unknown>>, { meter, run }: Running): ReturnType<Expression["evaluate"]> {
  meter.budget = new Budget();
  let left = MAX_VALUES;
  const count = (): void => {
    left -= 1;
    if (left < 0) throw new RangeError(`what is asked about has over ${MAX_VALUES} parts`);
  };
  // An error is an answer here, and may be made for each item of a loop: where in the library it arose costs most of it.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const answer = run(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toValue(value, count)])));
    // What was cut short may have become true because of it.
    if (meter.budget.isSpent) return { problem: "it costs more than an expression may" };
    if (isCelError(answer)) return { problem: answer.message };
    return typeof answer === "boolean" ? answer : { problem: "it is neither true nor false" };
  } catch (error) {
    if (error instanceof RangeError) return { problem: error.message };
    throw error;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** JSON, and dates. Whole numbers are `int`, so that they can be counted with. */
function toValue(value: unknown, count: () => void): CelInput {
  count();
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value instanceof Date) return timestampFromDate(value);
  if (Array.isArray(value)) return celList(value.map((item) => toValue(item, count)));
  if (isObject(value)) return toMap(value, count);
  throw new TypeError(`no expression can be given a ${typeof value}`);
}

/** A map, because a member may be called anything. */
function toMap(object: Readonly<Record<string, unknown>>, count: () => void): CelMap {
  return celMap(new Map(Object.entries(object).map(([name, member]) => [name, toValue(member, count)])));
}

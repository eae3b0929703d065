/** The tree of an expression: what must hold of it before it runs, and where it is charged for. */
import type { CelEnv, parse } from "@bufbuild/cel";
import { compilePattern, HAS, type Pattern, TICK, TIMES } from "./functions.ts";
import { isTimeZone } from "./zoned-date.ts";

export type Tree = ReturnType<typeof parse>["expr"];

/** What is wrong with an expression, in words. */
export class ExpressionFault extends Error {}

const MAX_NODES = 500;
/** Of `all`, `exists`, `map` and `filter` in one another. */
const MAX_LOOPS = 3;

/** That stand for a type of values: `type(predicate.name) == string`. */
const TYPES = new Set(["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"]);

/** Not functions to the library. */
const OPERATORS = new Set(["_&&_", "_||_", "_?_:_", "_[_]", "@not_strictly_false"]);

const ZONED = new Set(TIMES.map(([name]) => name));

export interface Prepared {
  readonly tree: Tree;
  readonly patterns: ReadonlyMap<string, Pattern>;
}

interface Around {
  readonly names: readonly string[];
  readonly loops: number;
}

/** Throws `ExpressionFault`. */
export function prepareTree(tree: Tree, { variables, env }: { readonly variables: readonly string[]; readonly env: CelEnv }): Prepared {
  const patterns = new Map<string, Pattern>();
  let nodes = 0;

  const prepare = (node: Tree, around: Around): Tree => {
    nodes += 1;
    if (nodes > MAX_NODES) throw new ExpressionFault(`has over ${MAX_NODES} parts`);
    const kind = node.exprKind;
    switch (kind.case) {
      case "constExpr":
        return node;
      case "identExpr":
        refuseUnknown(kind.value.name, around);
        return node;
      case "selectExpr": {
        const operand = prepare(wanted(kind.value.operand), around);
        if (kind.value.testOnly) return call(node, HAS, [operand, constant(node, { case: "stringValue", value: kind.value.field })]);
        return { ...node, exprKind: { case: kind.case, value: { ...kind.value, operand } } };
      }
      case "callExpr": {
        const { target, args } = kind.value;
        checkCall(kind.value);
        const parts = {
          args: args.map((one) => prepare(one, around)),
          ...(target === undefined ? {} : { target: prepare(target, around) }),
        };
        return { ...node, exprKind: { case: kind.case, value: { ...kind.value, ...parts } } };
      }
      case "listExpr":
        return {
          ...node,
          exprKind: { case: kind.case, value: { ...kind.value, elements: kind.value.elements.map((one) => prepare(one, around)) } },
        };
      case "structExpr": {
        if (kind.value.messageName !== "")
          throw new ExpressionFault(`makes a ${kind.value.messageName}, and there are only lists and maps`);
        const entries = kind.value.entries.map((entry) => {
          if (entry.keyKind.case !== "mapKey") throw new ExpressionFault("has a map with a key that is no expression");
          const key = { case: entry.keyKind.case, value: prepare(entry.keyKind.value, around) } as const;
          return { ...entry, keyKind: key, value: prepare(wanted(entry.value), around) };
        });
        return { ...node, exprKind: { case: kind.case, value: { ...kind.value, entries } } };
      }
      case "comprehensionExpr": {
        const { iterRange, accuInit, loopCondition, loopStep, result, iterVar, accuVar } = kind.value;
        if (around.loops === MAX_LOOPS) throw new ExpressionFault(`goes through lists within lists, more than ${MAX_LOOPS} deep`);
        if (variables.includes(iterVar)) throw new ExpressionFault(`gives the name ${iterVar} to something else`);
        const inner = { names: [...around.names, iterVar, accuVar], loops: around.loops + 1 };
        const before = nodes;
        const parts = {
          iterRange: prepare(wanted(iterRange), around),
          accuInit: prepare(wanted(accuInit), around),
          loopStep: prepare(wanted(loopStep), inner),
          result: prepare(wanted(result), inner),
        };
        const condition = prepare(wanted(loopCondition), inner);
        // Once for each item, by what is done with it.
        const weight = constant(node, { case: "int64Value", value: BigInt(nodes - before) });
        const value = { ...kind.value, ...parts, loopCondition: call(node, TICK, [condition, weight]) };
        return { ...node, exprKind: { case: kind.case, value } };
      }
      default:
        throw new ExpressionFault("has a part that is not known");
    }
  };

  const refuseUnknown = (name: string, { names }: Around): void => {
    if (names.includes(name) || variables.includes(name) || TYPES.has(name)) return;
    throw new ExpressionFault(`names ${name}, and there is ${variables.join(", ")}`);
  };

  const checkCall = ({ function: name, args }: Extract<Tree["exprKind"], { readonly case: "callExpr" }>["value"]): void => {
    if (!OPERATORS.has(name) && env.funcs.find(name) === undefined) throw new ExpressionFault(`calls ${name}, which there is not`);
    const text = textOf(args[0]);
    if (name === "matches") {
      if (text === undefined) throw new ExpressionFault("matches a pattern that is not written out in quotes");
      patterns.set(text, compile(text));
    }
    if (ZONED.has(name) && text !== undefined && !isTimeZone(text))
      throw new ExpressionFault(`names the time zone ${text}, which there is not`);
  };

  return { tree: prepare(tree, { names: [], loops: 0 }), patterns };
}

function compile(text: string): Pattern {
  try {
    return compilePattern(text);
  } catch (error) {
    throw new ExpressionFault(`matches the pattern ${text}, which is none: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function textOf(node: Tree | undefined): string | undefined {
  const kind = node?.exprKind;
  if (kind?.case !== "constExpr" || kind.value.constantKind.case !== "stringValue") return undefined;
  return kind.value.constantKind.value;
}

function wanted(node: Tree | undefined): Tree {
  if (node === undefined) throw new ExpressionFault("lacks a part");
  return node;
}

function call({ $typeName, id }: Tree, name: string, args: Tree[]): Tree {
  return { $typeName, id, exprKind: { case: "callExpr", value: { $typeName: "cel.expr.Expr.Call", function: name, args } } };
}

type ConstantKind = Extract<Tree["exprKind"], { readonly case: "constExpr" }>["value"]["constantKind"];

function constant({ $typeName, id }: Tree, constantKind: ConstantKind): Tree {
  return { $typeName, id, exprKind: { case: "constExpr", value: { $typeName: "cel.expr.Constant", constantKind } } };
}

/** Expressions that could never be right, whatever they are asked about: of members that there are not, or neither true nor false. */
import { type CelEnv, CelScalar } from "@bufbuild/cel";
import type { Members } from "./expression.ts";
import { HAS } from "./functions.ts";
import { ExpressionFault, type Tree } from "./tree.ts";

interface Known {
  readonly members: Members;
  readonly env: CelEnv;
}

/** `tree` is prepared. Throws `ExpressionFault`. */
export function refuseHopeless(tree: Tree, known: Known): void {
  refuseUnknownMembers(tree, known);
  if (isNeverBoolean(tree, known)) throw new ExpressionFault("is neither true nor false, whatever it is asked about");
}

function refuseUnknownMembers(tree: Tree, known: Known): void {
  const access = accessOf(tree);
  const has = access === undefined || !Object.hasOwn(known.members, access.variable) ? undefined : known.members[access.variable];
  if (access !== undefined && has?.includes(access.member) === false) {
    const { variable, member } = access;
    const there = has.length === 0 ? "has no members" : `has ${has.join(", ")}`;
    throw new ExpressionFault(`names ${variable}.${member}, and ${variable} ${there}`);
  }
  for (const part of partsOf(tree)) refuseUnknownMembers(part, known);
}

/** `image.tag`, `has(image.tag)` or `image["tag"]`. */
function accessOf({ exprKind: { case: kind, value } }: Tree): { readonly variable: string; readonly member: string } | undefined {
  const [operand, member] =
    kind === "selectExpr"
      ? [value.operand, value.field]
      : kind === "callExpr" && (value.function === "_[_]" || value.function === HAS)
        ? [value.args[0], textOf(value.args[1])]
        : [];
  if (operand?.exprKind.case !== "identExpr" || member === undefined) return undefined;
  return { variable: operand.exprKind.value.name, member };
}

function textOf(tree: Tree | undefined): string | undefined {
  const kind = tree?.exprKind;
  return kind?.case === "constExpr" && kind.value.constantKind.case === "stringValue" ? kind.value.constantKind.value : undefined;
}

function partsOf({ exprKind: { case: kind, value } }: Tree): readonly Tree[] {
  const parts: readonly (Tree | undefined)[] =
    kind === "selectExpr"
      ? [value.operand]
      : kind === "callExpr"
        ? [value.target, ...value.args]
        : kind === "listExpr"
          ? value.elements
          : kind === "structExpr"
            ? value.entries.flatMap((entry) => [entry.keyKind.case === "mapKey" ? entry.keyKind.value : undefined, entry.value])
            : kind === "comprehensionExpr"
              ? [value.iterRange, value.accuInit, value.loopCondition, value.loopStep, value.result]
              : [];
  return parts.flatMap((part) => part ?? []);
}

/** Of a variable of unknown form anything may come. */
function isNeverBoolean(tree: Tree, { members, env }: Known): boolean {
  const { case: kind, value } = tree.exprKind;
  if (kind === "constExpr") return value.constantKind.case !== "boolValue";
  if (kind === "listExpr" || kind === "structExpr") return true;
  if (kind === "identExpr") return Object.hasOwn(members, value.name);
  if (kind !== "callExpr") return false;
  if (value.function === "_?_:_") return value.args.slice(1).every((one) => isNeverBoolean(one, { members, env }));
  const results = [...env.funcs].filter(({ name }) => name === value.function).map(({ result }) => result);
  return results.length > 0 && results.every((result) => result !== CelScalar.BOOL && result !== CelScalar.DYN);
}

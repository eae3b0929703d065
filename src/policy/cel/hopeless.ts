/** Expressions that could never be right, whatever they are asked about: of members that there are not, or neither true nor false where one of them is asked for. */
import { type CelEnv, CelScalar } from "@bufbuild/cel";
import type { Members } from "./expression.ts";
import { HAS } from "./functions.ts";
import { ExpressionFault, type Tree } from "./tree.ts";

interface Known {
  readonly members: Members;
  readonly env: CelEnv;
  /** Where a part begins, in words. */
  placeOf(tree: Tree): string;
}

/** `tree` is prepared. Throws `ExpressionFault`. */
export function refuseHopeless(tree: Tree, known: Known): void {
  refuseUnknownMembers(tree, known);
  refuseNeverBoolean(tree, known);
  if (isNeverBoolean(tree, known)) throw new ExpressionFault("is neither true nor false, whatever it is asked about");
  for (const branch of branchesOf(tree)) demandBoolean(branch, { ...known, asker: "the whole expression" });
}

/** Operators that ask for true or false, as they are written. */
const ASKING: ReadonlyMap<string, string> = new Map([
  ["_&&_", "&&"],
  ["_||_", "||"],
  ["!_", "!"],
]);

function refuseNeverBoolean(tree: Tree, known: Known & { readonly isStep?: boolean }): void {
  const { isStep = false, ...inner } = known;
  const { case: kind, value } = tree.exprKind;
  if (kind === "callExpr") {
    const isChoice = value.function === CHOICE;
    const operator = isChoice ? "the condition before ?" : ASKING.get(value.function);
    // `all(x, …)` is written by the parser as an && of what it was so far, and so on.
    const asker = operator !== undefined && isStep ? "the condition of a loop" : operator;
    if (asker !== undefined)
      for (const operand of isChoice ? value.args.slice(0, 1) : value.args) demandBoolean(operand, { ...inner, asker });
  }
  const step = kind === "comprehensionExpr" ? value.loopStep : undefined;
  for (const part of partsOf(tree)) refuseNeverBoolean(part, { ...inner, isStep: part === step });
}

function demandBoolean(tree: Tree, known: Known & { readonly asker: string }): void {
  if (isNeverBoolean(tree, known))
    throw new ExpressionFault(`has at ${known.placeOf(tree)} what is neither true nor false, and ${known.asker} asks for one of them`);
  for (const branch of branchesOf(tree)) demandBoolean(branch, known);
}

const CHOICE = "_?_:_";

/** Of `a ? b : c` those of which one is the answer. */
function branchesOf({ exprKind: { case: kind, value } }: Tree): readonly Tree[] {
  return kind === "callExpr" && value.function === CHOICE ? value.args.slice(1) : [];
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

export function partsOf({ exprKind: { case: kind, value } }: Tree): readonly Tree[] {
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

/** Of a variable of unknown form anything may come; what those of a known one have are texts and maps. */
function isNeverBoolean(tree: Tree, known: Pick<Known, "members" | "env">): boolean {
  const { members, env } = known;
  const { case: kind, value } = tree.exprKind;
  if (kind === "constExpr") return value.constantKind.case !== "boolValue";
  if (kind === "listExpr" || kind === "structExpr") return true;
  if (kind === "identExpr") return Object.hasOwn(members, value.name);
  if (kind === "comprehensionExpr") {
    const { accuInit, accuVar, result } = value;
    const isSum = result?.exprKind.case === "identExpr" && result.exprKind.value.name === accuVar;
    const answer = isSum ? accuInit : result;
    return answer !== undefined && isNeverBoolean(answer, known);
  }
  if ((kind === "selectExpr" || (kind === "callExpr" && value.function === "_[_]")) && isMember(tree, members)) return true;
  if (kind !== "callExpr") return false;
  if (value.function === CHOICE) return branchesOf(tree).every((one) => isNeverBoolean(one, known));
  const results = [...env.funcs].filter(({ name }) => name === value.function).map(({ result }) => result);
  return results.length > 0 && results.every((result) => result !== CelScalar.BOOL && result !== CelScalar.DYN);
}

function isMember(tree: Tree, members: Members): boolean {
  const access = accessOf(tree);
  return access !== undefined && Object.hasOwn(members, access.variable) && members[access.variable]?.includes(access.member) === true;
}

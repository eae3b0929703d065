/** The expressions of a policy: where they stand, what they may name, and what an answer means. */
import { showForeign } from "../../core/display.ts";
import type { Objection, Statement, StatementSubject } from "../../core/evidence.ts";
import type { EvidenceContext, RuleContext } from "../../core/requirement.ts";
import type { Expression, ExpressionLanguage } from "../cel/expression.ts";
import { readEach } from "./complaints.ts";
import type { Place } from "./place.ts";

/** Text that stands somewhere, and the names that it may use. */
export interface PlacedExpression {
  readonly text: string;
  readonly place: Place;
  readonly about: keyof typeof VARIABLES;
}

const VARIABLES = {
  /** The statement's predicate, and what it is about: `name`, `digest`, `annotations`. */
  statement: ["predicate", "subject"],
  /** The moment, the image (`digest`, `repository`), its product, and the gate that asks. */
  rule: ["now", "image", "product", "gate"],
} as const;

const WORDS = {
  statement: VARIABLES.statement.join(", "),
  rule: "now, image.digest, image.repository, product, gate",
} as const;

/** What is in those that always look the same; a predicate, and the digests and annotations of a subject, may hold anything. */
const MEMBERS = {
  statement: { subject: ["name", "digest", "annotations"] },
  rule: { now: [], image: ["digest", "repository"], product: [], gate: [] },
} as const;

export type Expressions = ReadonlyMap<PlacedExpression, Expression>;

/** The language is loaded where there is something to read in it. Throws `Complaints`. */
export async function compileExpressions(
  placed: readonly PlacedExpression[],
  load: () => Promise<ExpressionLanguage>,
): Promise<Expressions> {
  if (placed.length === 0) return new Map();
  const language = await load();
  readEach(placed, ({ text, place, about }) => {
    const fault = language.check(text, VARIABLES[about], { members: MEMBERS[about] });
    if (fault !== undefined) place.refuse(fault, `correct the expression; it is about ${WORDS[about]}`);
  });
  return new Map(placed.map((one) => [one, language.compile(one.text, VARIABLES[one.about])]));
}

/** Whether what is asked of a statement holds; what cannot be found out does not. */
export function judgeStatement(
  { text, expression }: { readonly text: string; readonly expression: Expression },
  { statement, subject }: Pick<EvidenceContext, "statement" | "subject">,
): readonly Objection[] {
  const shown = showForeign(text, 300);
  if (statement.predicate === undefined)
    return [{ code: "evidence/expression-error", message: `the statement has no predicate, of which could be asked: ${shown}` }];
  const answer = expression.evaluate({ predicate: statement.predicate, subject: subjectOf(statement, subject) });
  if (answer === true) return [];
  if (answer === false) return [{ code: "evidence/expression-false", message: `this does not hold of it: ${shown}` }];
  return [{ code: "evidence/expression-error", message: `of it could not be asked: ${shown}: ${showForeign(answer.problem, 300)}` }];
}

/** The one that is the image; a statement may be about others too. */
function subjectOf({ subjects }: Statement, digest: string): Readonly<Record<string, unknown>> {
  const [algorithm = "", hex] = digest.split(":");
  const found = subjects.find((one) => one.digest[algorithm] === hex) ?? subjects[0];
  const { name, digest: digests = {}, annotations = {} }: Partial<StatementSubject> = found ?? {};
  return { ...(name === undefined ? {} : { name }), digest: digests, annotations };
}

interface Rule {
  readonly message: string;
  readonly expression: Expression;
  readonly product: string;
  readonly gate: string;
}

export function judgeRule({ message, expression, product, gate }: Rule, { now, subject, repository }: RuleContext): readonly Objection[] {
  const answer = expression.evaluate({ now, image: { digest: subject, repository }, product, gate });
  if (answer === true) return [];
  if (answer === false) return [{ code: "rule/false", message: showForeign(message, 500) }];
  return [{ code: "rule/error", message: `${showForeign(message, 500)}: ${showForeign(answer.problem, 300)}` }];
}

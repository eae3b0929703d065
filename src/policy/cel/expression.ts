/** What the rest knows of the expression language: a text becomes an expression, which is asked of plain values. */

export interface ExpressionLanguage {
  /** In words, what is wrong with the text. `variables` are the names that it may use; `members`: all that those of a known form have. */
  check(text: string, variables: readonly string[], options?: { readonly members?: Members }): string | undefined;
  /** Of a text that was checked. */
  compile(text: string, variables: readonly string[]): Expression;
}

/** Of a variable, its members: none where it is one value. What is not here may hold anything. */
export type Members = Readonly<Record<string, readonly string[]>>;

export interface Expression {
  /** `false` is a no; what is neither, or could not be found out, is said in words. */
  evaluate(values: Readonly<Record<string, unknown>>): boolean | { readonly problem: string };
}

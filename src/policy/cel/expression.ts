/** What the rest knows of the expression language: a text becomes an expression, which is asked of plain values. */

export interface ExpressionLanguage {
  /** In words, what is wrong with the text. `variables` are the names that it may use. */
  check(text: string, variables: readonly string[]): string | undefined;
  /** Of a text that was checked. */
  compile(text: string, variables: readonly string[]): Expression;
}

export interface Expression {
  /** `false` is a no; what is neither, or could not be found out, is said in words. */
  evaluate(values: Readonly<Record<string, unknown>>): boolean | { readonly problem: string };
}

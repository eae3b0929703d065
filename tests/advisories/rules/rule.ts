/** What a rule of the engine is to those who take it out. */

export interface Change {
  readonly file: string;
  /** Must stand there exactly once. */
  readonly from: string;
  readonly to: string;
}

export interface Rule {
  readonly name: string;
  /** A rule that is kept in several places is taken out of all. */
  readonly changes: readonly Change[];
  readonly test: { readonly file: string; readonly name: string };
  /** What the failing test must tell: the code that was expected, or the answer where there is none. */
  readonly tells: string;
}

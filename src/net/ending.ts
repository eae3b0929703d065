/** The end of one exchange: the first outcome counts, and with it its clocks stop and nobody listens for an abort any more. */

export class Ending {
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #isOver = false;
  #deadline: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;

  constructor(signal: AbortSignal | undefined, onAbort: () => void) {
    this.#signal = signal;
    this.#onAbort = onAbort;
    signal?.addEventListener("abort", onAbort, { once: true });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Runs the outcome, unless there has been one. */
  settle(outcome: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#deadline);
    clearTimeout(this.#silence);
    this.#signal?.removeEventListener("abort", this.#onAbort);
    outcome();
  }

  startDeadline(ms: number, onPassed: () => void): void {
    if (!this.#isOver) this.#deadline = setTimeout(onPassed, ms);
  }

  startSilence(ms: number, onPassed: () => void): void {
    if (!this.#isOver) this.#silence = setTimeout(onPassed, ms);
  }

  /** The deadline counts from now. */
  postponeDeadline(): void {
    if (!this.#isOver) this.#deadline?.refresh();
  }

  /** Something was heard. */
  breakSilence(): void {
    if (!this.#isOver) this.#silence?.refresh();
  }
}

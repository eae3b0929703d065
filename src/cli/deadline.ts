/** The time that one reference may take, which stands still while something is waited for that has a limit of its own. */

/** So long a tool may look at an image; a scanner fetches its database first. */
export const TOOL_TIMEOUT_MS = 3_600_000;

export class Deadline {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #leftMs: number;
  #since = 0;

  constructor(ms: number) {
    this.#leftMs = ms;
    this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Nobody waits for the end any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  async pausedFor<T>(work: () => Promise<T>): Promise<T> {
    this.stop();
    this.#leftMs -= performance.now() - this.#since;
    try {
      return await work();
    } finally {
      this.#start();
    }
  }

  #start(): void {
    this.#since = performance.now();
    this.#timer = setTimeout(
      () => this.#controller.abort(new DOMException("The time is over", "TimeoutError")),
      Math.max(this.#leftMs, 1),
    ).unref();
  }
}

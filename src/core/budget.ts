/** How much may be read for one subject, and how much may be in memory at once for the whole process. */
import { type Clock, monotonicMs } from "./clock.ts";

/** Bytes in flight. Whoever wants more than is free waits his turn, so that a thousand images need no more memory than a few. */
export class ByteBudget {
  readonly #capacity: number;
  #free: number;
  readonly #waiting: { readonly bytes: number; readonly start: () => void }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#free = capacity;
  }

  /** Runs `work` while `bytes` are set aside for it. A request for more than there is at all gets all there is. */
  async use<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const share = Math.min(bytes, this.#capacity);
    await this.#take(share);
    try {
      return await work();
    } finally {
      this.#free += share;
      this.#startWaiting();
    }
  }

  #take(bytes: number): Promise<void> {
    if (this.#waiting.length === 0 && bytes <= this.#free) {
      this.#free -= bytes;
      return Promise.resolve();
    }
    return new Promise((start) => {
      this.#waiting.push({ bytes, start });
    });
  }

  #startWaiting(): void {
    // First come, first served: a large request is not overtaken for ever by small ones.
    for (let next = this.#waiting[0]; next !== undefined && next.bytes <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.bytes;
      next.start();
    }
  }
}

/** What may be spent on the signatures of one subject, in bytes and time. */
export class SubjectBudget {
  #bytes: number;
  readonly #deadline: number;
  readonly #monotonicMs: () => number;

  constructor(bytes: number, milliseconds: number, clock: Pick<Clock, "monotonicMs"> = {}) {
    this.#bytes = bytes;
    this.#monotonicMs = clock.monotonicMs ?? monotonicMs;
    this.#deadline = this.#monotonicMs() + milliseconds;
  }

  /** Takes `bytes` off, or says no and takes nothing. */
  spend(bytes: number): boolean {
    if (bytes > this.#bytes || this.isLate()) return false;
    this.#bytes -= bytes;
    return true;
  }

  isLate(): boolean {
    return this.#monotonicMs() > this.#deadline;
  }
}

/** One line on a terminal that is written over again while a job goes on. */
import type { Output } from "../io.ts";

export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

/** More often than this, in milliseconds, nobody can read it. */
const EVERY_MS = 100;
/** Back to the start of the line, and erase it. */
const ERASE = "\r\u001b[K";

export function progressLine(output: Output): ProgressLine {
  let shown = 0;
  return {
    show(text) {
      const now = performance.now();
      if (now - shown < EVERY_MS) return;
      shown = now;
      output.write(`${ERASE}${text}`);
    },
    clear() {
      if (shown > 0) output.write(ERASE);
    },
  };
}

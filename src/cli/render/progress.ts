/** One line on a terminal that is written over again while a job goes on. */
import { monotonicMs } from "../../core/clock.ts";
import type { Output } from "../io.ts";

export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

/** More often than this, in milliseconds, nobody can read it. */
const EVERY_MS = 100;
/** Back to the start of the line, and erase it. */
const ERASE = "\r\u001b[K";

export function progressLine(output: Output, now: () => number = monotonicMs): ProgressLine {
  let shown: number | undefined;
  return {
    show(text) {
      const time = now();
      if (shown !== undefined && time - shown < EVERY_MS) return;
      shown = time;
      output.write(`${ERASE}${text}`);
    },
    clear() {
      if (shown !== undefined) output.write(ERASE);
    },
  };
}

/** What a timestamp authority must not forget: which serial numbers it has given, and up to when. */
import type { Clock } from "../../core/clock.ts";

export interface Issue {
  /** Positive, and never the same again. */
  readonly serial: bigint;
  readonly time: Date;
}

export interface Ledger {
  /** A number and the time that goes with it. Throws `ClockBehind`, or what keeps it from being remembered. */
  next(): Promise<Issue>;
  /** Whether `next` could be asked now. */
  isUsable(): boolean;
}

/** The clock shows a time before one that a token has. */
export class ClockBehind extends Error {
  constructor() {
    super("the clock is behind the last timestamp");
    this.name = "ClockBehind";
  }
}

/** For one process that is not followed by another: counts from 1, and goes where the clock goes. */
export function createMemoryLedger(clock: Clock): Ledger {
  let serial = 0n;
  return {
    isUsable: () => true,
    next: async () => {
      serial += 1n;
      return { serial, time: clock.now() };
    },
  };
}

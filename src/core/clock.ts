/** Where the present time comes from; a verdict asks once and uses that answer throughout. */

export interface Clock {
  now(): Date;
  /** Of `monotonicMs`, by which a budget of time is measured; that of the machine unless given. */
  monotonicMs?(): number;
}

export const systemClock: Clock = { now: () => new Date() };

/** Milliseconds from a fixed moment, for measuring spans. The global `performance` would load a module of its own at start-up. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

export function fixedClock(at: Date): Clock {
  return { now: () => new Date(at) };
}

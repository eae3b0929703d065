/** The same work for many references: some at a time, each with its own deadline, results in the order asked. */
import { CountersignError, type ExitCode } from "../core/errors.ts";
import { inParallel } from "../core/in-parallel.ts";
import { parseReference, type Reference } from "../core/reference.ts";
import { quoteWord } from "../core/shell.ts";
import { Deadline } from "./deadline.ts";
import { type Known, NOTHING_KNOWN } from "./render/remedy.ts";
import { type Failure, toFailure } from "./failure.ts";

export type Item<T> =
  | { readonly reference: string; readonly result: T }
  | { readonly reference: string; readonly failure: Failure; readonly error: unknown };

/** `deadline` is for work that waits for something with a limit of its own; `signal` ends with it. */
export type Work<T> = (reference: Reference, signal: AbortSignal, deadline: Deadline) => Promise<T>;

export interface BatchOptions<T> {
  readonly concurrency: number;
  /** For one reference. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Beside the reference itself. */
  readonly known?: Known;
  /** Told each item as soon as it is there. */
  readonly done?: (item: Item<T>) => void;
  /** Told each item in the order asked, as soon as those before it are there. */
  readonly next?: (item: Item<T>) => void;
}

export async function forEachReference<T>(texts: readonly string[], work: Work<T>, options: BatchOptions<T>): Promise<readonly Item<T>[]> {
  const finished: Item<T>[] = [];
  let told = 0;
  return inParallel(texts, options.concurrency, async (text, position) => {
    const item = await runOne(text, work, options);
    options.done?.(item);
    finished[position] = item;
    for (let next = finished[told]; next !== undefined; next = finished[told]) {
      told += 1;
      options.next?.(next);
    }
    return item;
  });
}

async function runOne<T>(text: string, work: Work<T>, { known = NOTHING_KNOWN, ...options }: BatchOptions<T>): Promise<Item<T>> {
  const deadline = new Deadline(options.timeoutMs);
  try {
    const signal = options.signal === undefined ? deadline.signal : AbortSignal.any([options.signal, deadline.signal]);
    signal.throwIfAborted();
    return { reference: text, result: await work(parseReference(text), signal, deadline) };
  } catch (error) {
    const said = deadline.signal.aborted && !(error instanceof CountersignError) ? tookTooLong(text, options.timeoutMs) : error;
    const about = { ...known, words: { ...known.words, REF: quoteWord(text) } };
    return { reference: text, failure: toFailure(said, { known: about, interrupt: options.signal }), error: said };
  } finally {
    deadline.stop();
  }
}

function tookTooLong(text: string, timeoutMs: number): CountersignError {
  return new CountersignError("job/aborted", `Cannot finish "${text}": it took longer than ${timeoutMs / 1000} s`);
}

/** 1 if any answer is no, else 4 if any could not be found out, else the code of what was asked or set up wrongly, else 0. */
export function exitOfBatch<T>(items: readonly Item<T>[], exitOf: (result: T) => ExitCode): ExitCode {
  const codes = new Set(items.map((item) => ("failure" in item ? item.failure.exit : exitOf(item.result))));
  return ([1, 4, 3, 2] as const).find((code) => codes.has(code)) ?? 0;
}

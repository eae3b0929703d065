/** Tries again, a few times and never for long, where a failure says nothing lasting: busy, broken for a moment, cut off. */
import { monotonicMs } from "../core/clock.ts";
import { CountersignError } from "../core/errors.ts";
import { errorCodeOf } from "./network-failure.ts";
import { pause } from "./pause.ts";

export interface Patience {
  readonly tries: number;
  /** Twice as long before each further try, and each a random half longer or shorter, so that clients do not come back together. */
  readonly firstPauseMs: number;
  /** No try begins later than this after the first; who asks for a longer pause is not asked again. */
  readonly withinMs: number;
}

const PATIENCE: Patience = { tries: 4, firstPauseMs: 100, withinMs: 30_000 };

/** Why another try may go better. */
export interface Hope {
  readonly why: string;
  /** How long the other side asks to be left alone. */
  readonly waitMs?: number | undefined;
}

export interface TracedRetry extends Hope {
  /** What is tried. */
  readonly what: string;
  readonly waitMs: number;
  /** The number of the try to come. */
  readonly next: number;
  readonly tries: number;
}

interface Tried<T> {
  /** Reads `read manifest "x"`. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  readonly tries?: number;
  readonly hopeOfError?: (error: unknown) => Hope | undefined;
  readonly hopeOfResult?: (result: T) => Hope | undefined;
}

/** Errors and answers that patience has ended on. Whoever stands around would multiply the tries. */
const GIVEN_UP = new WeakSet<object>();

/** Makes an error of an answer, as final as that. */
export function errorFrom<E extends Error>(answer: object, error: E): E {
  if (GIVEN_UP.has(answer)) GIVEN_UP.add(error);
  return error;
}

/** Runs the attempt until it succeeds, there is no hope, or patience ends; then the last outcome is the outcome. */
export type Retry = <T>(attempt: () => Promise<T>, tried: Tried<T>) => Promise<T>;

export function createRetry(options: {
  readonly patience?: Patience | undefined;
  readonly trace?: ((retry: TracedRetry) => void) | undefined;
}): Retry {
  const { patience = PATIENCE, trace } = options;
  return async (attempt, { what, signal, tries = patience.tries, hopeOfError = hopeOfFailure, hopeOfResult }) => {
    const started = monotonicMs();
    /** Waits and says yes where another try is worth it. */
    async function again(outcome: unknown, { hope, made }: { readonly hope: Hope | undefined; readonly made: number }): Promise<boolean> {
      if (hope === undefined) return false;
      const waitMs = (hope.waitMs ?? 0) + patience.firstPauseMs * (hope.waitMs === undefined ? 2 ** (made - 1) : 1) * (0.5 + Math.random());
      if (made === tries || monotonicMs() - started + waitMs > patience.withinMs) {
        if (typeof outcome === "object" && outcome !== null) GIVEN_UP.add(outcome);
        return false;
      }
      trace?.({ what, why: hope.why, waitMs, next: made + 1, tries });
      await pause(waitMs, { what: `another try to ${what}`, signal });
      return true;
    }
    for (let made = 1; ; made++) {
      let result;
      try {
        result = await attempt();
      } catch (error) {
        if (await again(error, { hope: hopeOfError(error), made })) continue;
        throw error;
      }
      if (!(await again(result, { hope: hopeOfResult?.(result), made }))) return result;
    }
  };
}

/** Answers of a server, or of a proxy before it, that may be others in a moment. Any other 4xx is final. */
const PASSING: ReadonlySet<unknown> = new Set([429, 500, 502, 503, 504]);
/** A host that is not there, or a name that nobody knows, is told at once: most often it is mistyped. */
const FINAL = new Set(["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH"]);

export function hopeOfAnswer({
  status,
  headers,
}: {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}): Hope | undefined {
  return PASSING.has(status) ? { why: `it answered ${status}`, waitMs: retryAfterMs(headers) } : undefined;
}

/**
 * For what was thrown: a connection that failed, or an answer that somebody made an error of, with its status in `detail`.
 * None where it was tried again already.
 */
export function hopeOfFailure(error: unknown): Hope | undefined {
  if (!(error instanceof CountersignError) || error.code !== "store/unreachable" || FINAL.has(errorCodeOf(error.cause))) return undefined;
  if (GIVEN_UP.has(error)) return undefined;
  const [status, waitMs] = [error.detail["status"], error.detail["retryAfterMs"]];
  if (status === undefined) return { why: "it did not answer" };
  return PASSING.has(status)
    ? { why: `it answered ${String(status)}`, waitMs: typeof waitMs === "number" ? waitMs : undefined }
    : undefined;
}

/** Source: RFC 9110, 10.2.3: whole seconds, or a date. */
export function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const text = headers["retry-after"]?.trim() ?? "";
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** The tokens of one registry, by what they allow, each used for the greater part of its life. */
import { monotonicMs } from "../../core/clock.ts";
import { untilStopped } from "../../net/pause.ts";

/** What a request is for; a token for `push` serves `pull` too. */
export interface Scope {
  readonly repository: string;
  readonly access: "pull" | "push";
  /** Another repository of the registry that is read along, as mounting does. */
  readonly alsoPull?: string;
}

export interface Token {
  /** The value of the `Authorization` header. */
  readonly header: string;
  readonly lifetimeSeconds: number;
}

interface CachedToken {
  readonly token: Promise<Token>;
  /** On the cache's clock; `Infinity` until the answer is there. */
  expiresMs: number;
  /** How many wait for the answer, and what ends its exchange when the last of them has gone. */
  waiting: number;
  readonly exchange: AbortController;
}

/** The rest of a token's life is left for the request's own way: it must still be good when it arrives. */
const USED_PART_OF_LIFE = 0.9;

export class TokenCache {
  readonly #tokens = new Map<string, CachedToken>();
  readonly #nowMs: () => number;

  /** `nowMs` never goes back, whatever is done to the clock of the machine. */
  constructor(nowMs: () => number = monotonicMs) {
    this.#nowMs = nowMs;
  }

  /** A token that serves the scope, if one is held or under way. No scope: the registry as such. */
  async find(scope: Scope | undefined, signal?: AbortSignal): Promise<string | undefined> {
    for (const key of keysServing(scope)) {
      const held = this.#tokens.get(key);
      if (held !== undefined && held.expiresMs > this.#nowMs()) return this.#wait(key, held, signal);
    }
    return undefined;
  }

  /** Takes what `fetch` brings: one exchange for all who ask for the same scope meanwhile. What fails is not kept. */
  renew(
    scope: Scope | undefined,
    fetch: (signal: AbortSignal) => Promise<Token>,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<string> {
    const key = keyOf(scope);
    const exchange = new AbortController();
    const entry: CachedToken = { token: fetch(exchange.signal), expiresMs: Infinity, waiting: 0, exchange };
    this.#tokens.set(key, entry);
    entry.token.then(
      ({ lifetimeSeconds }) => (entry.expiresMs = this.#nowMs() + lifetimeSeconds * 1000 * USED_PART_OF_LIFE),
      () => this.#forget(key, entry),
    );
    return this.#wait(key, entry, signal);
  }

  /** One job that is stopped does not stop the exchange that others wait for. */
  async #wait(key: string, entry: CachedToken, signal: AbortSignal | undefined): Promise<string> {
    entry.waiting++;
    try {
      return (await untilStopped(entry.token, { signal, what: "a token" })).header;
    } finally {
      entry.waiting--;
      if (entry.waiting === 0 && entry.expiresMs === Infinity) {
        this.#forget(key, entry);
        entry.exchange.abort();
      }
    }
  }

  #forget(key: string, entry: CachedToken): void {
    if (this.#tokens.get(key) === entry) this.#tokens.delete(key);
  }
}

/** The wider one first: where it is held, no other is asked for. */
function keysServing(scope: Scope | undefined): readonly string[] {
  const own = keyOf(scope);
  if (scope === undefined || scope.access === "push" || scope.alsoPull !== undefined) return [own];
  return [keyOf({ ...scope, access: "push" }), own];
}

function keyOf(scope: Scope | undefined): string {
  return scope === undefined ? "" : [scope.repository, scope.access, scope.alsoPull ?? ""].join(" ");
}

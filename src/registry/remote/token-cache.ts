/** The tokens of one registry, by what they allow, each used for the greater part of its life. */
import { monotonicMs } from "../../core/clock.ts";

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
  async find(scope: Scope | undefined): Promise<string | undefined> {
    for (const key of keysServing(scope)) {
      const held = this.#tokens.get(key);
      if (held !== undefined && held.expiresMs > this.#nowMs()) return (await held.token).header;
    }
    return undefined;
  }

  /** Takes what `fetch` brings: one exchange for all who ask for the same scope meanwhile. What fails is not kept. */
  async renew(scope: Scope | undefined, fetch: () => Promise<Token>): Promise<string> {
    const key = keyOf(scope);
    const entry: CachedToken = { token: fetch(), expiresMs: Infinity };
    this.#tokens.set(key, entry);
    try {
      const { header, lifetimeSeconds } = await entry.token;
      entry.expiresMs = this.#nowMs() + lifetimeSeconds * 1000 * USED_PART_OF_LIFE;
      return header;
    } catch (error) {
      if (this.#tokens.get(key) === entry) this.#tokens.delete(key);
      throw error;
    }
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

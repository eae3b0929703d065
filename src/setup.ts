/** The one place where concrete classes are chosen: configuration -> stores, keys, trust, policy, clock. */
import { homedir } from "node:os";
import { join } from "node:path";
import { type Clock, fixedClock, systemClock } from "./core/clock.ts";
import { CountersignError } from "./core/errors.ts";
import type { Policy } from "./core/policy.ts";
import type { Reference, RegistryReference } from "./core/reference.ts";
import type { Signer } from "./core/signer.ts";
import type { Store } from "./core/store.ts";
import type { TrustSource } from "./core/trust-source.ts";
import type { KeyRing } from "./keys/key-ring.ts";
import type { HttpClient } from "./net/http-client.ts";
import type { TrustStores } from "./trust/store.ts";

export interface SetupOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A folder that holds everything: keys, trust stores and the Notary trust policy. */
  readonly config?: string;
  readonly offline?: boolean;
  readonly timeoutMs?: number;
  readonly concurrency?: number;
  /** Hosts that are spoken to in plain HTTP; loopback needs no entry. */
  readonly insecureRegistries?: readonly string[];
  /** A PEM file with the root of the registry's TLS certificate. */
  readonly registryCa?: string;
  readonly username?: string;
  readonly password?: string;
  /** Hosts that may issue tokens for the registry, beside the registry's own. */
  readonly tokenRealms?: readonly string[];
  /** Judge as of then. */
  readonly at?: Date;
  /** Told each request and step. */
  readonly trace?: (line: string) => void;
  /** Asks a person; given only at a terminal. */
  readonly askPassphrase?: (what: string) => Promise<string | undefined>;
}

/** Where things are on this machine. */
export interface Paths {
  readonly config: string;
  readonly keys: string;
  readonly notation: string;
  readonly trustStores: string;
  readonly notaryPolicy: string;
}

export interface Setup {
  readonly clock: Clock;
  readonly paths: Paths;
  readonly trust: TrustSource;
  readonly timeoutMs: number;
  readonly concurrency: number;
  openStore(reference: Reference, options?: { readonly create?: boolean }): Promise<Store>;
  openSigner(options: { readonly key: string; readonly certificate?: string }): Promise<Signer>;
  loadPolicy(options?: {
    readonly file?: string;
    readonly trustStores?: readonly string[];
    readonly trustedIdentities?: readonly string[];
  }): Promise<Policy>;
  keyRing(): Promise<KeyRing>;
  trustStores(): Promise<TrustStores>;
  /** Ends connections that are kept alive. */
  close(): void;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_CONCURRENCY = 16;

/** The one place where concrete classes are chosen: configuration -> stores, keys, trust, policy, clock. */
import { type Clock, fixedClock, systemClock } from "./core/clock.ts";
import { CountersignError } from "./core/errors.ts";
import { DEFAULT_CONCURRENCY } from "./core/in-parallel.ts";
import { LIMITS } from "./core/limits.ts";
import type { EarlierVersion, FoundVersion, Policy } from "./core/policy.ts";
import type { Reference } from "./core/reference.ts";
import type { Signer } from "./core/signer.ts";
import type { Store } from "./core/store.ts";
import type { Timestamper } from "./core/timestamper.ts";
import type { TrustSource } from "./core/trust-source.ts";
import type { FileSignerOptions } from "./keys/file-signer.ts";
import type { KeyRing } from "./keys/key-ring.ts";
import { passphraseOfEnvironment } from "./keys/passphrase.ts";
import type { AskPassphrase } from "./keys/private-key.ts";
import type { HttpClient } from "./net/http-client.ts";
import type { Retry } from "./net/retry.ts";
import type { TokenSigner } from "./pki/timestamp/token-writer.ts";
import type { Verifier } from "./policy/verifier/verifier.ts";
import { findPaths, type Paths } from "./setup/paths.ts";
import { type ExplainedPolicy, explainPolicy, openPolicy, showPolicy } from "./setup/policy.ts";
import { type LoggedIn, type LoginOptions, openHttpClient, Registries } from "./setup/registries.ts";
import { openVerifier, type Surroundings, trustStoresFolder } from "./setup/surroundings.ts";
import type { TimestampOptions } from "./setup/timestamps.ts";
import type { PolicyFile } from "./trust/policy-file.ts";
import type { PolicyFloors } from "./trust/policy-floors.ts";
import type { TrustStores } from "./trust/store.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface SetupOptions {
  readonly env?: Env;
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
  /** A person is at the terminal: `countersign.yaml` of the working folder, or above it, may judge. */
  readonly searchAbove?: boolean;
  /** Told each request and step. */
  readonly trace?: (line: string) => void;
  /** Asks a person; given only at a terminal. */
  readonly askPassphrase?: (what: string) => Promise<string | undefined>;
}

interface SignerOptions {
  readonly key: string;
  readonly certificate?: string;
  readonly needsCertificate?: boolean;
}

export interface Setup {
  readonly clock: Clock;
  readonly paths: Paths;
  readonly trust: TrustSource;
  readonly timeoutMs: number;
  /** How long may be looked at what hangs on one manifest: longer where more time was given for the whole. */
  readonly budgetMs: number;
  readonly concurrency: number;
  /** As patient as the registries' client, and told to `trace` like its own tries. */
  readonly retry: Retry;
  openStore(reference: Reference, options?: { readonly create?: boolean }): Promise<Store>;
  /** Without a certificate, given or kept with the key, it is a bare key; `needsCertificate` refuses one. */
  openSigner(options: SignerOptions): Promise<Signer>;
  /** A key for timestamps, with certificates that are for them alone. */
  openTokenSigner(options: Omit<SignerOptions, "needsCertificate">): Promise<TokenSigner>;
  /** Throws `usage/invalid` where no root is given, by the file or by the verifier's witnesses. */
  openTimestamper(options: TimestampOptions): Promise<Timestamper>;
  loadPolicy(options?: {
    readonly file?: string;
    readonly trustStores?: readonly string[];
    readonly trustedIdentities?: readonly string[];
    /** References of public keys: files in PEM, `env://NAME`, or names of the key ring. */
    readonly keys?: readonly string[];
  }): Promise<Policy>;
  /** The policy that judges, as this verifier believes it, with the bytes of its document. */
  judgingPolicy(named?: string): Promise<{ readonly policy: Policy; readonly document: Uint8Array }>;
  /** The document that judges: the one named, as for `--policy`, else that of the surroundings. Throws `policy/…`. */
  policyFile(named?: string): Promise<PolicyFile>;
  /** The same for people who look at it: that it is another than the pinned one is a warning. */
  showPolicy(named?: string): Promise<PolicyFile>;
  /** The same with why it is this one that judges, and which others are there. */
  explainPolicy(named?: string): Promise<ExplainedPolicy>;
  /** `verifier.yaml`, or what holds without one. */
  verifier(): Promise<Verifier>;
  /** The newest signed policies that this machine has seen. */
  policyFloors(): Promise<PolicyFloors>;
  /** For whatever writes trust: it must not forget which policy it rests on. Throws `config/invalid` where nothing can be remembered. */
  requireFloor(): Promise<void>;
  /** Checks the user name and password given with the registry, `host[:port]`, and keeps them for later calls. */
  login(registry: string, options?: LoginOptions): Promise<LoggedIn>;
  /** Removes what is kept for the registry. Where it was: files and helpers; none if there was nothing. */
  logout(registry: string): Promise<readonly string[]>;
  keyRing(): Promise<KeyRing>;
  trustStores(): Promise<TrustStores>;
  /** Ends connections that are kept alive. */
  close(): void;
}

const DEFAULT_TIMEOUT_MS = 60_000;

export async function setup(options: SetupOptions = {}): Promise<Setup> {
  const env = options.env ?? process.env;
  const paths = findPaths(env, options.config);
  const { concurrency = DEFAULT_CONCURRENCY, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const registries = new Registries({ ...options, concurrency }, { env, paths });
  const clock = options.at === undefined ? systemClock : fixedClock(options.at);
  let verifier: Promise<Verifier> | undefined;
  const verifierOnce = (): Promise<Verifier> => (verifier ??= openVerifier(paths));
  let trustStores: Promise<TrustStores> | undefined;
  const openTrust = (): Promise<TrustStores> => (trustStores ??= openTrustStores(paths, verifierOnce()));
  const trust: TrustSource = {
    // Loaded when the first anchor is asked for.
    anchors: async (store) => (await openTrust()).anchors(store),
  };
  const keyRing = async (): Promise<KeyRing> => {
    const { openKeyRing } = await import("./keys/key-ring.ts");
    return openKeyRing(paths.keys, { notation: paths.notation, now: clock.now });
  };
  const clients: HttpClient[] = [];
  const openTimestamper = async (asked: TimestampOptions): Promise<Timestamper> => {
    if (options.offline === true) throw new CountersignError("store/offline", "Cannot ask a timestamp authority: --offline was given");
    const { openTimestamper: open } = await import("./setup/timestamps.ts");
    return open(asked, {
      clock,
      trust,
      witnesses: async () => (await verifierOnce()).witnesses,
      openClient: async (wanted) => {
        const client = await openHttpClient(options, { env, ...wanted });
        clients.push(client);
        return client;
      },
    });
  };
  const passphraseOf =
    (key: string): AskPassphrase =>
    async (form) =>
      passphraseOfEnvironment(env, form) ?? options.askPassphrase?.(`Passphrase of key ${key}`);
  const keys = { ring: keyRing, env, passphraseOf };
  const policyOfKeys = async (references: readonly string[]): Promise<Policy> => {
    const [{ loadPublicKey }, { policyFromKeys }, ring] = await Promise.all([
      import("./keys/public-key.ts"),
      import("./policy/command-line.ts"),
      keyRing(),
    ]);
    const load = (name: string): Promise<Uint8Array> => loadPublicKey(name, { ring, env, passphrase: passphraseOf(name) });
    return policyFromKeys(await Promise.all(references.map(async (name) => ({ name, publicKey: await load(name) }))));
  };
  const judged = async (policy: Policy): Promise<Policy> => {
    const beliefs = await verifierOnce();
    const { witnesses, revocations, promoters, summaryIssuers } = beliefs;
    if (witnesses.length === 0 && (revocations ?? promoters ?? summaryIssuers) === undefined) return policy;
    const { withBeliefs } = await import("./policy/verifier/beliefs.ts");
    const { versionOf } = policy;
    if (versionOf === undefined) return withBeliefs(policy, beliefs);
    const asBelieved = async (asked: EarlierVersion): Promise<FoundVersion> => {
      const found = await versionOf(asked);
      return found.policy === undefined ? found : { ...found, policy: withBeliefs(found.policy, beliefs) };
    };
    return { ...withBeliefs(policy, beliefs), versionOf: asBelieved };
  };

  const policyFloors = async (): Promise<PolicyFloors> => {
    const { PolicyFloors: Floors } = await import("./trust/policy-floors.ts");
    return new Floors(paths.state, paths);
  };

  const around: Surroundings = {
    env,
    paths,
    searchAbove: options.searchAbove === true,
    verifier: verifierOnce,
    openSigned: async (reference, signers) => {
      const { fetchSignedPolicy } = await import("./signed-policies/fetch-signed-policy.ts");
      const [store, beliefs] = await Promise.all([openStore(reference, { registries, create: false }), verifierOnce()]);
      return fetchSignedPolicy(reference, { store, signers, beliefs, trust, clock });
    },
    floors: policyFloors,
    leadsTo: async (artifact, seen, floor) => {
      const { leadsTo } = await import("./signed-policies/policy-history.ts");
      return leadsTo(seen, floor, await openStore(artifact, { registries, create: false }));
    },
    pastPolicy: async (artifact, asked, signers) => {
      const { findPastPolicy } = await import("./signed-policies/past-policy.ts");
      const [store, beliefs] = await Promise.all([openStore(artifact, { registries, create: false }), verifierOnce()]);
      return findPastPolicy(artifact, asked, { store, signers, beliefs, trust, clock });
    },
    isAsOf: options.at !== undefined,
  };

  return {
    clock,
    paths,
    trust,
    timeoutMs,
    budgetMs: Math.max(LIMITS.subjectBudgetMs, timeoutMs / 6),
    concurrency,
    retry: (attempt, tried) => registries.retry(attempt, tried),
    openStore: (reference, { create = false } = {}) => openStore(reference, { registries, create }),
    openSigner: async (asked) => {
      const { loadSigner } = await import("./keys/file-signer.ts");
      return loadSigner({ ...(await findKey(asked, keys)), needsCertificate: asked.needsCertificate });
    },
    openTokenSigner: async (asked) => {
      const { loadTokenSigner } = await import("./keys/token-signer.ts");
      return loadTokenSigner(await findKey(asked, keys));
    },
    openTimestamper,
    loadPolicy: async (asked = {}) => judged(asked.keys === undefined ? await loadPolicy(asked, around) : await policyOfKeys(asked.keys)),
    judgingPolicy: async (named) => {
      const { policy, bytes } = await openPolicy(named, around);
      return { policy: await judged(policy), document: bytes };
    },
    policyFile: (named) => openPolicy(named, around),
    showPolicy: (named) => showPolicy(named, around),
    explainPolicy: (named) => explainPolicy(named, around),
    verifier: verifierOnce,
    policyFloors,
    requireFloor: async () => (await policyFloors()).require(),
    login: (registry, asked) => registries.login(registry, asked),
    logout: (registry) => registries.logout(registry),
    keyRing,
    trustStores: openTrust,
    close: () => {
      registries.close();
      for (const client of clients) client.close();
    },
  };
}

async function openStore(
  reference: Reference,
  { registries, create }: { readonly registries: Registries; readonly create: boolean },
): Promise<Store> {
  if (reference.kind === "registry") return registries.open(reference);
  if (reference.kind === "archive") {
    const { openArchive } = await import("./registry/archive.ts");
    return openArchive(reference.path, { create });
  }
  const { openLayout } = await import("./registry/layout.ts");
  return openLayout(reference.path, { create });
}

interface KeySurroundings {
  readonly ring: () => Promise<KeyRing>;
  readonly env: Env;
  readonly passphraseOf: (key: string) => AskPassphrase;
}

/** Where the key and its certificates are, and what opens it. */
async function findKey({ key, certificate }: SignerOptions, { ring, env, passphraseOf }: KeySurroundings): Promise<FileSignerOptions> {
  const { resolveKey } = await import("./keys/resolve.ts");
  const files = await resolveKey(key, await ring());
  return { ...files, certificateFile: certificate ?? files.certificateFile, env, passphrase: passphraseOf(key) };
}

async function openTrustStores(paths: Paths, verifier: Promise<Verifier>): Promise<TrustStores> {
  const [{ openTrustStores: open }, folder] = await Promise.all([
    import("./trust/store.ts"),
    verifier.then((found) => trustStoresFolder(paths, found)),
  ]);
  return open(folder);
}

async function loadPolicy(
  asked: { readonly file?: string; readonly trustStores?: readonly string[]; readonly trustedIdentities?: readonly string[] },
  around: Surroundings,
): Promise<Policy> {
  const { file, trustStores = [], trustedIdentities = [] } = asked;
  if (trustStores.length > 0 || trustedIdentities.length > 0) {
    const { policyFromOptions } = await import("./policy/command-line.ts");
    return policyFromOptions({ trustStores, trustedIdentities });
  }
  return (await openPolicy(file, around)).policy;
}

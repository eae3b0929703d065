/** Where configuration lives on this machine. */
import { homedir, platform } from "node:os";
import { join } from "node:path";

export interface Paths {
  readonly home: string;
  /** Our own folder: what follows, and keys. */
  readonly configuration: string;
  /** Whom whoever runs this machine believes. */
  readonly verifier: string;
  /** What `serve` runs. */
  readonly server: string;
  /** The Countersign policy that judges where the verifier's configuration names none. */
  readonly policy: string;
  readonly keys: string;
  /** Token servers that a person agreed to. */
  readonly tokenRealms: string;
  /** What this machine remembers: the newest signed policies that it has seen. */
  readonly state: string;
  /** notation's folder: trust stores, trust policy and signing keys are shared with it. */
  readonly notation: string;
  readonly trustStores: string;
  /** Where a policy is installed. */
  readonly notaryPolicy: string;
  /** Where one may be, the first that is there judges: the second name is today's, the first that of notation's next major version. */
  readonly notaryPolicies: readonly [string, string];
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * With `config` (or `COUNTERSIGN_CONFIG`) everything is in that one folder, laid out as notation lays out its own.
 * Else keys are in `$XDG_CONFIG_HOME/countersign`, what is remembered in `$XDG_STATE_HOME/countersign`, and trust is where
 * notation has it. A configuration that is mounted read-only needs `COUNTERSIGN_STATE`.
 * Source for notation's folders: Notary Project, "directory structure".
 */
export function findPaths(env: Env, config?: string): Paths {
  const given = config ?? nonEmpty(env["COUNTERSIGN_CONFIG"]);
  const home = nonEmpty(env["HOME"]) ?? homedir();
  const xdg = nonEmpty(env["XDG_CONFIG_HOME"]) ?? join(home, ".config");
  const own = given ?? join(xdg, "countersign");
  const notation = given ?? nonEmpty(env["NOTATION_CONFIG"]) ?? notationFolder(env, { home, xdg });
  const notaryPolicy = join(notation, "trustpolicy.json");
  const states = nonEmpty(env["XDG_STATE_HOME"]) ?? join(home, ".local", "state");
  return {
    home,
    configuration: own,
    verifier: join(own, "verifier.yaml"),
    server: join(own, "serve.yaml"),
    policy: join(own, "policy.yaml"),
    keys: join(own, "keys"),
    tokenRealms: join(own, "token-realms.json"),
    state: nonEmpty(env["COUNTERSIGN_STATE"]) ?? (given === undefined ? join(states, "countersign") : join(given, "state")),
    notation,
    trustStores: join(notation, "truststore"),
    notaryPolicy,
    notaryPolicies: [join(notation, "trustpolicy.oci.json"), notaryPolicy],
  };
}

/**
 * The files with registry credentials, in the order in which they are asked. One that the environment names is the only
 * one: whoever points there does not want what lies elsewhere. Docker's own is last, and a new entry goes into the last.
 * Source: containers-auth.json(5), and Podman's reading of DOCKER_CONFIG.
 */
export function findAuthFiles(env: Env): readonly [string, ...string[]] {
  const named = nonEmpty(env["REGISTRY_AUTH_FILE"]);
  if (named !== undefined) return [named];
  const docker = nonEmpty(env["DOCKER_CONFIG"]);
  if (docker !== undefined) return [join(docker, "config.json")];
  const home = nonEmpty(env["HOME"]) ?? homedir();
  const runtime = nonEmpty(env["XDG_RUNTIME_DIR"]);
  return [
    runtime === undefined ? `/run/containers/${process.getuid?.()}/auth.json` : join(runtime, "containers", "auth.json"),
    join(nonEmpty(env["XDG_CONFIG_HOME"]) ?? join(home, ".config"), "containers", "auth.json"),
    join(home, ".docker", "config.json"),
  ];
}

function notationFolder(env: Env, { home, xdg }: { readonly home: string; readonly xdg: string }): string {
  if (platform() === "darwin") return join(home, "Library", "Application Support", "notation");
  if (platform() === "win32") return join(nonEmpty(env["AppData"]) ?? join(home, "AppData", "Roaming"), "notation");
  return join(xdg, "notation");
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

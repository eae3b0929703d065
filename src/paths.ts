/** Where configuration lives on this machine. */
import { homedir, platform } from "node:os";
import { join } from "node:path";

export interface Paths {
  readonly keys: string;
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
 * Else keys are in `$XDG_CONFIG_HOME/countersign`, and trust is where notation has it.
 * Source for notation's folders: Notary Project, "directory structure".
 */
export function findPaths(env: Env, config?: string): Paths {
  const given = config ?? nonEmpty(env["COUNTERSIGN_CONFIG"]);
  const home = nonEmpty(env["HOME"]) ?? homedir();
  const xdg = nonEmpty(env["XDG_CONFIG_HOME"]) ?? join(home, ".config");
  const own = given ?? join(xdg, "countersign");
  const notation = given ?? nonEmpty(env["NOTATION_CONFIG"]) ?? notationFolder(env, { home, xdg });
  const notaryPolicy = join(notation, "trustpolicy.json");
  return {
    keys: join(own, "keys"),
    notation,
    trustStores: join(notation, "truststore"),
    notaryPolicy,
    notaryPolicies: [join(notation, "trustpolicy.oci.json"), notaryPolicy],
  };
}

function notationFolder(env: Env, { home, xdg }: { readonly home: string; readonly xdg: string }): string {
  if (platform() === "darwin") return join(home, "Library", "Application Support", "notation");
  if (platform() === "win32") return join(nonEmpty(env["AppData"]) ?? join(home, "AppData", "Roaming"), "notation");
  return join(xdg, "notation");
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

/** Tells from argv alone whether a registry will be asked for sure, and where: the connection is opened before the program is loaded. */
import { apiHostOf } from "../core/registry-host.ts";

const VERBS: ReadonlySet<string> = new Set(["verify", "tree", "inspect"]);
const PROXIES: readonly string[] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
/** Options without a value: the word after any other option may be its value, so it is not taken for the reference. */
const FLAGS: ReadonlySet<string> = new Set(["--explain", "-v", "--verbose", "-q", "--quiet"]);

export interface EarlyTarget {
  readonly host: string;
  readonly port: number;
}

type Env = Readonly<Record<string, string | undefined>>;

export function earlyTarget(argv: readonly string[], env: Env): EarlyTarget | undefined {
  if (!VERBS.has(argv[0] ?? "") || argv.includes("--offline") || PROXIES.some((name) => (env[name] ?? "") !== "")) return undefined;
  const reference = argv.find((word, index) => index > 0 && !word.startsWith("-") && !mayTakeValue(argv[index - 1] ?? ""));
  // A host is told from a path as the reference's grammar tells it: by a dot, a port, or "localhost".
  const match = /^([a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::([0-9]{1,5}))?\/[a-z0-9]/.exec(reference ?? "");
  const [, name = "", port] = match ?? [];
  if (name === "oci" || name === "oci-archive" || !(name.includes(".") || port !== undefined || name === "localhost")) return undefined;
  const host = name.toLowerCase();
  if (Number(port ?? 443) > 65_535 || Number(port ?? 443) === 0) return undefined;
  return { host: apiHostOf(host), port: Number(port ?? 443) };
}

function mayTakeValue(word: string): boolean {
  return word.startsWith("-") && !word.includes("=") && !FLAGS.has(word);
}

/** Which proxy of the environment a URL is asked through. */
import { BlockList, isIP } from "node:net";
import { CountersignError } from "../core/errors.ts";
import { isLoopback } from "./origin.ts";

export interface Proxy {
  /** Where it is, without the credentials in it. */
  readonly url: URL;
  /** The `Proxy-Authorization` header: for the proxy alone. */
  readonly authorization?: string;
  /** The variable that names it. */
  readonly variable: string;
}

export type ProxyRule = (url: URL) => Proxy | undefined;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * HTTPS_PROXY for https, HTTP_PROXY for http, and NO_PROXY; where a name stands in lower case too, that counts, as in curl
 * and Node. Never for this machine: the proxy would look for the registry on its own. Throws `registry/proxy` for a URL
 * that is to be asked through what is no proxy.
 */
export function proxiesOf(env: Env): ProxyRule {
  const isExempt = exemptionsOf(read(env, "NO_PROXY")?.value ?? "");
  return (url) => {
    if (isLoopback(url.hostname) || isExempt(url)) return undefined;
    const named = read(env, url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
    return named === undefined ? undefined : parseProxy(named.value, named.variable);
  };
}

function read(env: Env, name: string): { readonly value: string; readonly variable: string } | undefined {
  for (const variable of [name.toLowerCase(), name]) {
    const value = (env[variable] ?? "").trim();
    // Under CGI, HTTP_PROXY is a request's "Proxy" header: a stranger's choice (httpoxy).
    if (value !== "" && !(variable === "HTTP_PROXY" && env["REQUEST_METHOD"] !== undefined)) return { value, variable };
  }
  return undefined;
}

/** `host:port` alone is an HTTP proxy. The value is not shown: it may hold a password. */
function parseProxy(value: string, variable: string): Proxy {
  const text = value.includes("://") ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    const state = url === undefined ? "it is no URL" : `${url.protocol.slice(0, -1)} is not spoken, only http and https`;
    throw new CountersignError("registry/proxy", `Cannot use the proxy that ${variable} names: ${state}`, {
      remedy: `${variable}=http://proxy.example:3128, or NO_PROXY with the registry's host`,
    });
  }
  const { username, password } = url;
  const place = new URL(url.origin);
  if (username === "" && password === "") return { url: place, variable };
  const credentials = Buffer.from(`${decode(username)}:${decode(password)}`).toString("base64");
  return { url: place, variable, authorization: `Basic ${credentials}` };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    // A lone % was meant as it stands.
    if (error instanceof URIError) return text;
    throw error;
  }
}

/** `example.com` with what is below it, `.example.com` for that alone, addresses, CIDR ranges, any of them with a port, and `*`. */
function exemptionsOf(text: string): (url: URL) => boolean {
  const entries = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "");
  const ranges = rangesOf(entries);
  return (url) => {
    const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
    const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
    const family = isIP(host);
    if (family !== 0 && ranges.check(host, family === 6 ? "ipv6" : "ipv4")) return true;
    return entries.some((entry) => {
      const [, name = entry, wantedPort] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
      if (wantedPort !== undefined && wantedPort !== port) return false;
      const bare = name.replace(/^\[|\]$/g, "").replace(/^\*(?=\.)/, "");
      return bare === "*" || bare === host || host.endsWith(bare.startsWith(".") ? bare : `.${bare}`);
    });
  };
}

function rangesOf(entries: readonly string[]): BlockList {
  const ranges = new BlockList();
  for (const entry of entries) {
    const [, address = "", prefix = ""] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? [];
    const family = isIP(address);
    if (family === 0 || Number(prefix) > (family === 6 ? 128 : 32)) continue;
    ranges.addSubnet(address, Number(prefix), family === 6 ? "ipv6" : "ipv4");
  }
  return ranges;
}

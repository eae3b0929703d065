/** Which hosts are this machine or a private network, and which may be spoken to without TLS. */
import { BlockList, isIP } from "node:net";

const LOOPBACK = blockList([
  ["127.0.0.0", 8],
  ["::1", 128],
]);

/** RFC 1918, 6598 (shared), 3927 (link-local), 4193 (unique local), "this network". */
const PRIVATE = blockList([
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["::", 128],
]);

function blockList(subnets: readonly (readonly [address: string, prefix: number])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of subnets) list.addSubnet(address, prefix, address.includes(":") ? "ipv6" : "ipv4");
  return list;
}

function holds(list: BlockList, hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, "");
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** True for this machine, by address or as `localhost`. `hostname` as `URL.hostname` gives it. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || holds(LOOPBACK, hostname);
}

/** True for the literal address of a private, link-local or loopback host. Names are not looked up. */
export function isPrivateAddress(hostname: string): boolean {
  return isLoopback(hostname) || holds(PRIVATE, hostname);
}

export interface PlainHttpRule {
  /** Hosts, with port if not the usual one, that may be spoken to in plain HTTP. */
  readonly insecureHosts: readonly string[];
  /** True where the user gave a CA: then loopback hosts are spoken to over TLS as well. */
  readonly hasCa: boolean;
}

/** The URL of a registry host (`host[:port]`): HTTPS, except for loopback and for the hosts that the user listed. */
export function originFor(host: string, rule: PlainHttpRule): URL {
  const secure = new URL(`https://${host}`);
  const plain = rule.insecureHosts.includes(host) || (isLoopback(secure.hostname) && !rule.hasCa);
  return plain ? new URL(`http://${host}`) : secure;
}

/** Whether a URL may be asked at all: plain HTTP only where nobody else is on the line, or where the user said so. */
export function mayAsk(url: URL, rule: PlainHttpRule): boolean {
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && (isLoopback(url.hostname) || rule.insecureHosts.includes(url.host));
}

/** Decides whether a token realm may be asked: the registry chooses it, and would otherwise choose who receives a password. */
import { CountersignError } from "../../core/errors.ts";
import { showForeign } from "../../core/display.ts";
import { quoteWord } from "../../core/shell.ts";
import { isPrivateAddress } from "../../net/origin.ts";

/** Registries whose tokens are known to come from another host. */
const KNOWN_REALMS: Readonly<Record<string, string>> = {
  "docker.io": "auth.docker.io",
  "registry.gitlab.com": "gitlab.com",
};

export interface RealmRule {
  /** `host[:port]` as the reference names it. */
  readonly registry: string;
  readonly origin: URL;
  /** Whether a person named or agreed to this further host, `host[:port]`. */
  readonly trustsRealm: (host: string) => Promise<boolean>;
}

/** The realm as a URL. Throws `CountersignError` `registry/unauthorized` where it must not be asked. */
export async function checkTokenRealm(realm: string | undefined, rule: RealmRule): Promise<URL> {
  const refuse = (why: string, remedy?: string): CountersignError =>
    new CountersignError(
      "registry/unauthorized",
      `Cannot get a token for "${rule.registry}": the registry sends us to "${showForeign(realm ?? "", 256)}", ${why}`,
      remedy === undefined ? {} : { remedy },
    );
  if (realm === undefined || !URL.canParse(realm)) throw refuse("which is no URL");
  const url = new URL(realm);
  const isSameHost = url.hostname === rule.origin.hostname;
  if (url.username !== "" || url.password !== "") throw refuse("which carries credentials of its own");
  // Plain HTTP is never less than what the registry itself is spoken to with.
  const isPlainToo = url.protocol === "http:" && rule.origin.protocol === "http:" && isPrivateOrSame(url, rule);
  if (url.protocol !== "https:" && !isPlainToo) throw refuse("which is not HTTPS");
  if (isSameHost) return url;
  if (isPrivateAddress(url.hostname) && !isPrivateAddress(rule.origin.hostname))
    throw refuse("which is a private address, where the registry is not");
  if (KNOWN_REALMS[rule.registry] === url.host || (await rule.trustsRealm(url.host))) return url;
  throw refuse(
    "which is another host than the registry's",
    `\`countersign login ${quoteWord(rule.registry)} --token-realm ${quoteWord(url.host)}\`, or only --token-realm, if that host is trusted with the registry's password`,
  );
}

function isPrivateOrSame(url: URL, rule: RealmRule): boolean {
  return url.hostname === rule.origin.hostname || isPrivateAddress(url.hostname);
}

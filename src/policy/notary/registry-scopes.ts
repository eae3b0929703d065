/** Registry scopes: which repositories a statement is for. */

import { isRegistryHost, isRepositoryName, spellHost } from "../../core/reference.ts";

const MAX_LENGTH = 512;

/** Source: Notary trust policy specification, "Registry Scopes Constraints". The scope as references spell it. */
export function parseRegistryScope(text: string, refuse: (state: string) => never): string {
  if (text === "*") return text;
  const example = "a scope is a whole repository such as registry.example/team/app, or *";
  if (text.length > MAX_LENGTH) return refuse(`is longer than ${MAX_LENGTH} characters; ${example}`);
  if (text.includes("*")) return refuse(`is "${text}", and scopes are not patterns; ${example}`);
  const slash = text.indexOf("/");
  const host = text.slice(0, slash);
  const repository = text.slice(slash + 1);
  if (slash < 0 || !isRegistryHost(host) || !isRepositoryName(repository)) return refuse(`is "${text}"; ${example}`);
  return `${spellHost(host, (why) => refuse(`is "${text}": ${why}`))}/${repository}`;
}

/** Why no image is ever found under a scope, if so. */
export function whyUnreachable(scope: string): string | undefined {
  const match = /^(?:index\.|registry-1\.)?docker\.io\/(.+)$/.exec(scope);
  if (match?.[1] === undefined) return undefined;
  const full = `docker.io/${match[1].includes("/") ? match[1] : `library/${match[1]}`}`;
  return full === scope ? undefined : `never applies: references to it are expanded to ${full}`;
}

/** Registry scopes: which repositories a statement is for. */

/** Source: Notary trust policy specification, "Registry Scopes Constraints"; the grammar is distribution/reference's, plus IPv6 hosts. */
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*$/;
const MAX_LENGTH = 512;

/** The scope as references spell it: host in lower case, because that is how a reference's host is kept. */
export function parseRegistryScope(text: string, refuse: (state: string) => never): string {
  if (text === "*") return text;
  const example = "a scope is a whole repository such as registry.example/team/app, or *";
  if (text.length > MAX_LENGTH) return refuse(`is longer than ${MAX_LENGTH} characters; ${example}`);
  if (text.includes("*")) return refuse(`is "${text}", and scopes are not patterns; ${example}`);
  const slash = text.indexOf("/");
  const host = text.slice(0, slash);
  const repository = text.slice(slash + 1);
  if (slash < 0 || !HOST.test(host) || !REPOSITORY.test(repository)) return refuse(`is "${text}"; ${example}`);
  return `${host.toLowerCase()}/${repository}`;
}

/** Why no image is ever found under a scope, if so. */
export function whyUnreachable(scope: string): string | undefined {
  const match = /^(?:index\.|registry-1\.)?docker\.io\/(.+)$/.exec(scope);
  if (match?.[1] === undefined) return undefined;
  const full = `docker.io/${match[1].includes("/") ? match[1] : `library/${match[1]}`}`;
  return full === scope ? undefined : `never applies: references to it are expanded to ${full}`;
}

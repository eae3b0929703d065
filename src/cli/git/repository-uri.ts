/** The URI of a repository, from what git was told to fetch it from. */

const SCHEMES: ReadonlySet<string> = new Set(["https:", "http:", "ssh:", "git:"]);

/** `git+https://git.example/shop`, never with a password; `undefined` for a path, which says something only on this machine. */
export function repositoryUri(remote: string): string | undefined {
  const text = remote.trim();
  // As ssh takes it: `git@git.example:acme/shop.git`.
  const [, who, path] = /^([A-Za-z0-9_.-]+@[A-Za-z0-9.-]+):([^/\s][^\s]*)$/.exec(text) ?? [];
  const url = URL.parse(who === undefined ? text : `ssh://${who}/${path}`);
  if (url === null || !SCHEMES.has(url.protocol) || url.hostname === "") return undefined;
  const user = url.protocol === "ssh:" && url.username !== "" ? `${url.username}@` : "";
  return `git+${url.protocol}//${user}${url.host}${url.pathname}`;
}

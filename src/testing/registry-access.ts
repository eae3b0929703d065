/** Who may use the registry server: Basic credentials, or opaque tokens from its own `/token`. */
import { randomUUID } from "node:crypto";
import type { Answer, RecordedRequest } from "./registry-server.ts";

export interface AccessRules {
  /** User name -> password. Without it everybody may do everything. */
  readonly htpasswd?: Readonly<Record<string, string>>;
  /** Ask for a Bearer token, which `/token` gives to these users, and to anybody for pulling if `anonymousPull`. */
  readonly token?: { readonly anonymousPull?: boolean; readonly realm?: string };
}

/** What the server remembers of the tokens it gave: token -> the scopes that it is for. */
export type GivenTokens = Map<string, readonly string[]>;

/** The answer for a request that may not go on, or that is for `/token` itself. */
export function refuseAccess(
  request: RecordedRequest,
  rules: AccessRules,
  state: { readonly origin: string; readonly tokens: GivenTokens },
): Answer | undefined {
  const { origin, tokens } = state;
  if (rules.token === undefined) return rules.htpasswd === undefined || isKnownUser(request, rules) ? undefined : refuse(BASIC);
  const url = new URL(request.url, origin);
  if (url.pathname === "/token") return giveToken(request, rules, { url, tokens });
  const held = tokens.get(String(request.headers["authorization"]).replace(/^Bearer /, ""));
  const action = request.method === "GET" || request.method === "HEAD" ? "pull" : "push";
  const name = /^\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)\//.exec(url.pathname)?.[1] ?? "";
  const isAllowed = (repository: string, what: string): boolean => held?.some((scope) => allows(scope, repository, what)) === true;
  // Mounting reads another repository.
  const from = url.searchParams.get("from");
  if (held !== undefined && (name === "" || (isAllowed(name, action) && (from === null || isAllowed(from, "pull"))))) return undefined;
  return refuse(`Bearer realm="${rules.token.realm ?? `${origin}/token`}",service="countersign-test",scope="repository:${name}:${action}"`);
}

const BASIC = 'Basic realm="countersign-test"';

function giveToken(request: RecordedRequest, rules: AccessRules, asked: { readonly url: URL; readonly tokens: GivenTokens }): Answer {
  const scopes = asked.url.searchParams.getAll("scope");
  const isPull = scopes.every((scope) => scope.endsWith(":pull"));
  const isAnonymous = request.headers["authorization"] === undefined && rules.token?.anonymousPull === true && isPull;
  if (!isAnonymous && !isKnownUser(request, rules)) return refuse(BASIC);
  const token = randomUUID();
  asked.tokens.set(token, scopes);
  return { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify({ token, expires_in: 300 })) };
}

function allows(scope: string, name: string, action: string): boolean {
  const prefix = `repository:${name}:`;
  return scope.startsWith(prefix) && scope.slice(prefix.length).split(",").includes(action);
}

function isKnownUser(request: RecordedRequest, rules: AccessRules): boolean {
  const given = /^Basic (.+)$/.exec(String(request.headers["authorization"]))?.[1];
  const [user = "", ...password] = Buffer.from(given ?? "", "base64")
    .toString("utf8")
    .split(":");
  return given !== undefined && rules.htpasswd?.[user] === password.join(":");
}

function refuse(challenge: string): Answer {
  const body = Buffer.from(JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] }));
  return { status: 401, headers: { "content-type": "application/json", "www-authenticate": challenge }, body };
}

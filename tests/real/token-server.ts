/** A token server for docker-registry: Basic credentials in, a signed token for what its users may do out. */
import { sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestChain } from "../../src/pki/x509/throw-away-chain.ts";

export interface TokenServer {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** Scopes asked for, oldest first. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const SERVICE = "countersign-test";
const ISSUER = "countersign-test-issuer";
const LIFETIME_S = 300;

/** `chain` signs the tokens with its P-256 leaf; the registry trusts its root. */
export async function startTokenServer(users: Readonly<Record<string, string>>, chain: TestChain): Promise<TokenServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const [user = "", password] = Buffer.from(basic, "base64").toString("utf8").split(":");
    if (password === undefined || users[user] !== password) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="tokens"' }).end();
      return;
    }
    const scopes = url.searchParams.getAll("scope");
    asked.push(...scopes);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ token: createToken({ user, scopes }, chain), expires_in: LIFETIME_S }));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    service: SERVICE,
    issuer: ISSUER,
    asked,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function createToken({ user, scopes }: { readonly user: string; readonly scopes: readonly string[] }, chain: TestChain): string {
  const now = Math.floor(Date.now() / 1000);
  const access = scopes
    .flatMap((scope) => scope.split(" "))
    .map((scope) => {
      const [type, name, actions = ""] = scope.split(":");
      return { type, name, actions: actions.split(",") };
    });
  const header = { typ: "JWT", alg: "ES256", x5c: [Buffer.from(chain.certificates[0] ?? []).toString("base64")] };
  const claims = { iss: ISSUER, sub: user, aud: SERVICE, iat: now, nbf: now - 5, exp: now + LIFETIME_S, jti: String(now), access };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${signed}.${sign("sha256", Buffer.from(signed), { key: chain.leafKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

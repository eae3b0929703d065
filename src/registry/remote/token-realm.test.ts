import assert from "node:assert/strict";
import { test } from "node:test";
import { checkTokenRealm } from "./token-realm.ts";

const cases: readonly (readonly [registry: string, origin: string, realm: string, allowed: boolean, realms?: readonly string[]])[] = [
  ["registry.example", "https://registry.example", "https://registry.example/token", true],
  ["registry.example", "https://registry.example", "https://registry.example:8443/token", true],
  ["registry.example", "https://registry.example", "http://registry.example/token", false],
  ["registry.example", "https://registry.example", "https://tokens.example/token", false],
  ["registry.example", "https://registry.example", "https://tokens.example/token", true, ["tokens.example"]],
  ["registry.example", "https://registry.example", "https://tokens.example:444/token", false, ["tokens.example"]],
  ["registry.example", "https://registry.example", "https://registry.example.evil.example/token", false],
  ["registry.example", "https://registry.example", "https://10.0.0.1/token", false, ["10.0.0.1"]],
  ["registry.example", "https://registry.example", "https://169.254.169.254/token", false, ["169.254.169.254"]],
  ["registry.example", "https://registry.example", "https://[fe80::1]/token", false, ["[fe80::1]"]],
  ["registry.example", "https://registry.example", "https://[::ffff:10.0.0.1]/token", false, ["[::ffff:a00:1]"]],
  ["registry.example", "https://registry.example", "https://0x7f.1/token", false, ["127.0.0.1"]],
  ["10.0.0.5", "https://10.0.0.5", "https://10.0.0.6/token", true, ["10.0.0.6"]],
  ["docker.io", "https://registry-1.docker.io", "https://auth.docker.io/token", true],
  ["docker.io", "https://registry-1.docker.io", "http://auth.docker.io/token", false],
  ["registry.example", "https://registry.example", "https://auth.docker.io/token", false],
  ["registry.gitlab.com", "https://registry.gitlab.com", "https://gitlab.com/jwt/auth", true],
  ["127.0.0.1:5000", "http://127.0.0.1:5000", "http://127.0.0.1:5001/token", true],
  ["127.0.0.1:5000", "http://127.0.0.1:5000", "http://tokens.example/token", false, ["tokens.example"]],
];

for (const [registry, origin, realm, allowed, tokenRealms = []] of cases) {
  test(`${registry} may${allowed ? "" : " not"} send us to ${realm}${tokenRealms.length === 0 ? "" : ", which was named"}`, async () => {
    const rule = { registry, origin: new URL(origin), trustsRealm: async (host: string) => tokenRealms.includes(host) };
    const asked = checkTokenRealm(realm, rule);
    if (allowed) assert.equal((await asked).href, new URL(realm).href);
    else await assert.rejects(asked, /Cannot get a token/);
  });
}

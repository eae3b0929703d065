/** The built program on registries with passwords, tokens and TLS, and on one that is gone; and no secret in what it says. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { parseReference } from "../../src/core/reference.ts";
import { encodePem } from "../../src/encoding/pem.ts";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { setup, type SetupOptions } from "../../src/setup.ts";
import { pushImage } from "../../src/testing/image.ts";
import { type Ran, runBuilt } from "../fixtures/programs.ts";
import { needsPrograms } from "../real/programs.ts";
import { type DockerRegistryOptions, type RealRegistry, startDockerRegistry } from "../real/registries.ts";
import { startTokenServer } from "../real/token-server.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-registries-"));
before(async () => assertExit(await countersign(["cert", "test", "--trust"]), 0));
after(() => rmSync(folder, { recursive: true, force: true }));

const tls = (name: string): string => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname;
const USERNAME = "alice";
const PASSWORD = "s3cret";
/** bcrypt of the password. */
const HTPASSWD = "alice:$2b$05$rcZBGFmsMNkn9z4r48oWMOqjiJck5/Ovyau/fxQTayzJTx4Lc7H8.\n";
const CREDENTIALS = { COUNTERSIGN_REGISTRY_USERNAME: USERNAME, COUNTERSIGN_REGISTRY_PASSWORD: PASSWORD };
const AD_HOC = ["--trust-store", "ca:test", "--trusted-identity", "*"];

function countersign(args: readonly string[], options: { env?: Readonly<Record<string, string>>; stdin?: string } = {}): Promise<Ran> {
  const { stdin = "", env = {} } = options;
  return runBuilt([...args, "--config", join(folder, "config")], { env: { HOME: folder, TMPDIR: folder, ...env }, stdin });
}

function assertExit({ code, stdout, stderr }: Ran, exit: number): void {
  assert.equal(code, exit, `${stdout}${stderr}`);
  for (const secret of [PASSWORD, Buffer.from(`${USERNAME}:${PASSWORD}`).toString("base64"), "Bearer ey", "eyJ"]) {
    assert.ok(!`${stdout}${stderr}`.includes(secret), `${secret} is in what was printed`);
  }
}

async function start(context: TestContext, options: DockerRegistryOptions): Promise<RealRegistry> {
  const registry = await startDockerRegistry(options);
  context.after(() => registry.close());
  return registry;
}

async function pushTo(host: string, options: SetupOptions): Promise<string> {
  const opened = await setup({ env: {}, ...options });
  try {
    const reference = `${host}/team/app`;
    const store = await opened.openStore(parseReference(reference));
    const { digest } = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }], tag: "v1" });
    return `${reference}@${digest}`;
  } finally {
    opened.close();
  }
}

test("a registry with passwords: from the environment, or from stdin, and never shown", async (context) => {
  if (!needsPrograms(context, "docker-registry")) return;
  const { host } = await start(context, { htpasswd: HTPASSWD });
  const reference = await pushTo(host, { username: USERNAME, password: PASSWORD });
  const sign = ["sign", reference, "--key", "test", "-v"];
  const verify = ["verify", reference, ...AD_HOC, "-v"];
  for (const words of [sign, verify]) {
    const refused = await countersign(words);
    assertExit(refused, 3);
    assert.match(refused.stderr, /COUNTERSIGN_REGISTRY_USERNAME/);
    assertExit(await countersign(words, { env: { ...CREDENTIALS, COUNTERSIGN_REGISTRY_PASSWORD: "wrong" } }), 3);
  }
  const signed = await countersign(sign, { env: CREDENTIALS });
  assertExit(signed, 0);
  assert.match(signed.stderr, /^PUT 127\.0\.0\.1/m, "with -v each request is shown");
  assertExit(await countersign(verify, { env: CREDENTIALS }), 0);
  assertExit(await countersign([...verify, "--username", USERNAME, "--password-stdin"], { stdin: `${PASSWORD}\n` }), 0);
  assertExit(await countersign(["doctor", reference, "-v"], { env: CREDENTIALS }), 0);
  assert.equal((await countersign([...verify, "--password", PASSWORD])).code, 2, "no password in argv");
});

test("a registry with tokens", async (context) => {
  if (!needsPrograms(context, "docker-registry")) return;
  const chain = await createTestChain();
  const tokens = await startTokenServer({ [USERNAME]: PASSWORD }, chain);
  context.after(() => tokens.close());
  const rootcertbundle = join(folder, "tokens.pem");
  writeFileSync(rootcertbundle, encodePem("CERTIFICATE", chain.certificates.at(-1) ?? new Uint8Array()));
  const { realm, service, issuer } = tokens;
  const { host } = await start(context, { token: { realm, service, issuer, rootcertbundle } });
  const reference = await pushTo(host, { username: USERNAME, password: PASSWORD });
  assertExit(await countersign(["sign", reference, "--key", "test", "-v"], { env: CREDENTIALS }), 0);
  assertExit(await countersign(["verify", reference, ...AD_HOC, "-v"], { env: CREDENTIALS }), 0);
  assertExit(await countersign(["verify", reference, ...AD_HOC]), 3);
  assert.ok(tokens.asked.includes("repository:team/app:pull"), tokens.asked.join());
});

test("TLS with a private root: --registry-ca, and exit 3 with another root", async (context) => {
  if (!needsPrograms(context, "docker-registry")) return;
  const { host } = await start(context, { htpasswd: HTPASSWD, tls: { certificate: tls("server.crt"), key: tls("server.key") } });
  const reference = await pushTo(host, { username: USERNAME, password: PASSWORD, registryCa: tls("ca.crt") });
  const sign = ["sign", reference, "--key", "test"];
  const other = join(folder, "other.pem");
  writeFileSync(other, encodePem("CERTIFICATE", (await createTestChain()).certificates.at(-1) ?? new Uint8Array()));
  const refused = await countersign([...sign, "--registry-ca", other], { env: CREDENTIALS });
  assertExit(refused, 3);
  assert.match(refused.stderr, /registry\/tls/);
  assert.match(refused.stderr, /--registry-ca/);
  const plain = await countersign(sign, { env: CREDENTIALS });
  assertExit(plain, 3);
  assert.match(plain.stderr, /speaks TLS.*registry\/tls[^]*--registry-ca FILE/);
  const ca = ["--registry-ca", tls("ca.crt")];
  assertExit(await countersign([...sign, ...ca], { env: CREDENTIALS }), 0);
  assertExit(await countersign(["verify", reference, ...AD_HOC, ...ca], { env: CREDENTIALS }), 0);
});

test("a registry that is gone: nobody can tell, exit 4", async (context) => {
  if (!needsPrograms(context, "docker-registry")) return;
  const registry = await start(context, {});
  const reference = await pushTo(registry.host, {});
  assertExit(await countersign(["sign", reference, "--key", "test"]), 0);
  assertExit(await countersign(["verify", reference, ...AD_HOC]), 0);
  await registry.close();
  for (const words of [
    ["verify", reference, ...AD_HOC],
    ["sign", reference, "--key", "test"],
    ["tree", reference],
    ["inspect", reference],
  ]) {
    const ran = await countersign([...words, "--output", "json"]);
    assertExit(ran, 4);
    assert.match(ran.stderr, /store\/unreachable/);
    JSON.parse(ran.stdout);
  }
  assertExit(await countersign(["verify", reference, ...AD_HOC, "--offline"]), 4);
});

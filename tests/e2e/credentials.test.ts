/** The built program logs in, works with what was kept, and logs out, on real registries; and the page about it holds. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test, type TestContext } from "node:test";
import { parseReference } from "../../src/core/reference.ts";
import { encodePem } from "../../src/encoding/pem.ts";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { setup } from "../../src/setup.ts";
import { pushImage } from "../../src/testing/image.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { startProxy } from "../fixtures/http-proxy.ts";
import { LAUNCHER, type Ran, runBuilt, runProgram } from "../fixtures/programs.ts";
import { needsPrograms } from "../real/programs.ts";
import { type DockerRegistryOptions, startDockerRegistry, startOlareg } from "../real/registries.ts";
import { startTokenServer } from "../real/token-server.ts";
import { countersign, type Said, type TerminalOptions } from "./terminal.ts";

const tls = (name: string): string => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname;
const PASSWORD = "s3cret";
/** bcrypt of the password. */
const HTPASSWD = "alice:$2b$05$rcZBGFmsMNkn9z4r48oWMOqjiJck5/Ovyau/fxQTayzJTx4Lc7H8.\n";
const ALICE = ["--username", "alice", "--password-stdin"];

interface Home {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  run(args: readonly string[], stdin?: string, env?: Readonly<Record<string, string>>): Promise<Ran>;
  /** In this process, with a person at the terminal. */
  terminal(args: readonly string[], options: TerminalOptions): Promise<Said>;
  /** Docker's file. */
  stored(): { readonly auths?: Readonly<Record<string, unknown>> };
}

function home(context: TestContext): Home {
  const folder = mkdtempSync(join(tmpdir(), "countersign-home-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const env = {
    HOME: folder,
    TMPDIR: folder,
    XDG_RUNTIME_DIR: join(folder, "run"),
    PATH: `${join(folder, "bin")}${delimiter}${process.env["PATH"]}`,
  };
  mkdirSync(join(folder, "bin"));
  return {
    folder,
    env,
    run: async (args, stdin = "", more = {}) => withoutSecrets(await runBuilt(args, { env: { ...env, ...more }, stdin })),
    terminal: async (args, options) => withoutSecrets(await countersign(args, { env, isTerminal: true, ...options })),
    stored: () => JSON.parse(readFileSync(join(folder, ".docker", "config.json"), "utf8")) as object,
  };
}

function withoutSecrets<T extends { readonly stdout: string; readonly stderr: string }>(said: T): T {
  for (const secret of [PASSWORD, Buffer.from(`alice:${PASSWORD}`).toString("base64"), "Bearer ey", "eyJ"]) {
    assert.ok(!`${said.stdout}${said.stderr}`.includes(secret), `${secret} is in what was printed`);
  }
  return said;
}

function exits(said: { readonly code: number | null; readonly stdout: string; readonly stderr: string }, code: number): void {
  assert.equal(said.code, code, `${said.stdout}${said.stderr}`);
}

async function guarded(context: TestContext, options: DockerRegistryOptions = { htpasswd: HTPASSWD }): Promise<string> {
  const registry = await startDockerRegistry(options);
  context.after(() => registry.close());
  return registry.host;
}

/** A registry whose tokens come from `localhost`, which is another host than 127.0.0.1. */
async function withTokens(context: TestContext, folder: string): Promise<{ host: string; realm: string }> {
  const chain = await createTestChain();
  const tokens = await startTokenServer({ alice: PASSWORD }, chain);
  context.after(() => tokens.close());
  const rootcertbundle = join(folder, "tokens.pem");
  writeFileSync(rootcertbundle, encodePem("CERTIFICATE", chain.certificates.at(-1) ?? new Uint8Array()));
  const realm = tokens.realm.replace("127.0.0.1", "localhost");
  const host = await guarded(context, { token: { realm, service: tokens.service, issuer: tokens.issuer, rootcertbundle } });
  return { host, realm: new URL(realm).host };
}

async function pushTo(
  host: string,
  options: { readonly registryCa?: string; readonly tokenRealms?: readonly string[]; repository?: string } = {},
): Promise<string> {
  const { repository = "app", ...more } = options;
  const opened = await setup({ env: {}, username: "alice", password: PASSWORD, ...more });
  try {
    const store = await opened.openStore(parseReference(`${host}/${repository}`));
    await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }], tag: "1.4" });
    return `${host}/${repository}:1.4`;
  } finally {
    opened.close();
  }
}

test("login, work, logout: with passwords, over TLS too", async (context) => {
  if (!needsPrograms(context, "docker-registry")) return;
  for (const [options, ca] of [
    [{ htpasswd: HTPASSWD }, []],
    [{ htpasswd: HTPASSWD, tls: { certificate: tls("server.crt"), key: tls("server.key") } }, ["--registry-ca", tls("ca.crt")]],
  ] as const) {
    const { run, stored, folder } = home(context);
    const host = await guarded(context, options);
    const reference = await pushTo(host, ca.length === 0 ? {} : { registryCa: ca[1] });
    const wanted = await run(["tree", reference, ...ca]);
    exits(wanted, 3);
    assert.match(wanted.stderr, new RegExp(`credentials are wanted[^]*countersign login ${host}`));

    const refused = await run(["login", host, ...ALICE, ...ca], "wrong\n");
    exits(refused, 3);
    assert.match(refused.stderr, /were refused/);
    assert.throws(stored, /ENOENT/, "what was refused is not kept");

    const login = await run(["login", host, ...ALICE, ...ca], `${PASSWORD}\n`);
    exits(login, 0);
    assert.match(login.stdout, /logged in .* as alice\n {2}kept in .*config\.json\n$/);
    assert.match(login.stderr, /whoever can read that file/);
    assert.equal(statSync(join(folder, ".docker", "config.json")).mode & 0o777, 0o600);
    const tree = await run(["tree", reference, ...ca, "-v"]);
    exits(tree, 0);
    assert.match(tree.stderr, / 401 /, "asked for credentials first");

    const logout = await run(["logout", host]);
    exits(logout, 0);
    assert.match(logout.stdout, /logged out[^]*removed from/);
    exits(await run(["tree", reference, ...ca]), 3);
    assert.match((await run(["logout", host])).stdout, /^not logged in to/);
  }
});

test("a token server on another host gets the password only from who agrees, and that is remembered until logout", async (context) => {
  if (!needsPrograms(context, "docker-registry")) return;
  const { run, terminal, folder } = home(context);
  const { host, realm } = await withTokens(context, folder);
  const reference = await pushTo(host, { tokenRealms: [realm] });
  const login = ["login", host, ...ALICE];

  const refused = await run(login, PASSWORD);
  exits(refused, 3);
  assert.match(refused.stderr, new RegExp(`another host[^]*countersign login ${host} --token-realm ${realm}`));
  const declined = await terminal(["login", host], { answers: ["alice", PASSWORD, "y"] });
  exits(declined, 3);
  assert.match(declined.stderr, new RegExp(`gets its tokens from another host, ${realm}`));

  const agreed = await terminal(["login", host], { answers: ["alice", PASSWORD, "yes"] });
  exits(agreed, 0);
  assert.match(agreed.stdout, new RegExp(`tokens from ${realm}`));
  exits(await run(["tree", reference]), 0);
  exits(await run(login, PASSWORD), 0);
  exits(await run(["logout", host]), 0);
  const { code, stderr } = await run(["tree", reference], "", {
    COUNTERSIGN_REGISTRY_USERNAME: "alice",
    COUNTERSIGN_REGISTRY_PASSWORD: PASSWORD,
  });
  assert.equal(code, 3);
  assert.match(stderr, /another host/);

  exits(await run([...login, "--token-realm", realm], PASSWORD), 0);
  exits(await run(["tree", reference]), 0);
});

test("two registries in one command, each with its own; from the environment that is asked wrongly", async (context) => {
  if (!needsPrograms(context, "docker-registry")) return;
  const { run, folder } = home(context);
  const tokens = await withTokens(context, folder);
  const plain = await guarded(context);
  const references = [await pushTo(plain), await pushTo(tokens.host, { tokenRealms: [tokens.realm] })];
  exits(await run(["login", plain, ...ALICE], PASSWORD), 0);
  exits(await run(["login", tokens.host, ...ALICE, "--token-realm", tokens.realm], PASSWORD), 0);
  exits(await run(["tree", ...references]), 0);
  const given = await run(["tree", ...references], "", { COUNTERSIGN_REGISTRY_USERNAME: "alice", COUNTERSIGN_REGISTRY_PASSWORD: PASSWORD });
  exits(given, 2);
});

test("kept by a helper, and found there; one that is not installed is said, and not passed over", async (context) => {
  if (!needsPrograms(context, "docker-registry")) return;
  const { run, folder } = home(context);
  const host = await guarded(context);
  const reference = await pushTo(host);
  mkdirSync(join(folder, ".docker"));
  const config = join(folder, ".docker", "config.json");
  writeFileSync(config, JSON.stringify({ credsStore: "box" }));
  const missing = await run(["tree", reference]);
  exits(missing, 3);
  assert.match(missing.stderr, /registry\/credentials[^]*install docker-credential-box/);

  const box = join(folder, "bin", "docker-credential-box");
  const script = `#!/bin/sh\ncase "$1" in store) cat > "$0.json";; erase) rm -f "$0.json";; get) cat "$0.json" 2>/dev/null || { echo "credentials not found in native keychain"; exit 1; };; esac\n`;
  writeFileSync(box, script);
  chmodSync(box, 0o755);
  const wanted = await run(["tree", reference]);
  exits(wanted, 3);
  assert.match(wanted.stderr, /credentials are wanted/);
  const login = await run(["login", host, ...ALICE], PASSWORD);
  exits(login, 0);
  assert.match(login.stdout, /kept in docker-credential-box\n/);
  assert.equal(login.stderr, "");
  assert.deepEqual(JSON.parse(readFileSync(config, "utf8")), { credsStore: "box" });
  exits(await run(["tree", reference]), 0);
  assert.match((await run(["logout", host])).stdout, /removed from docker-credential-box/);
  exits(await run(["tree", reference]), 3);
});

test("a registry that asks nothing: verifying runs no helper, and login says that nobody has checked", async (context) => {
  if (!needsPrograms(context, "olareg")) return;
  const { run, folder } = home(context);
  const registry = await startOlareg();
  context.after(() => registry.close());
  const reference = await pushTo(registry.host);
  mkdirSync(join(folder, ".docker"));
  writeFileSync(join(folder, ".docker", "config.json"), "this is no JSON, and is not looked at");
  exits(await run(["tree", reference]), 0);
  rmSync(join(folder, ".docker"), { recursive: true });
  const login = await run(["login", registry.host, ...ALICE], PASSWORD);
  exits(login, 0);
  assert.match(login.stdout, /kept unchecked[^]*nobody has checked them/);
});

test("many processes log in at once, each to its own registry, and none is lost", async (context) => {
  const { run, stored } = home(context);
  const registries = await Promise.all(Array.from({ length: 8 }, () => startRegistry({ htpasswd: { alice: PASSWORD } })));
  context.after(() => Promise.all(registries.map((registry) => registry.close())));
  for (const said of await Promise.all(registries.map(({ host }) => run(["login", host, ...ALICE], PASSWORD)))) exits(said, 0);
  assert.deepEqual(Object.keys(stored().auths ?? {}).toSorted(), registries.map(({ host }) => host).toSorted());
});

test("login asked wrongly", async (context) => {
  const { run, terminal } = home(context);
  for (const [args, words] of [
    [["login"], /missing required argument/],
    [["login", "registry.example"], /no user name was given/],
    [["login", "registry.example", "--username", "alice"], /no password was given/],
    [["login", "registry.example", "--password-stdin"], /no user name/],
    [["login", "registry.example/team", ...ALICE], /countersign login registry\.example/],
    [["login", "registry.example:99999", ...ALICE], /is not host\[:port\]/],
    [["login", "-p", "x", "registry.example"], /unknown option/],
    [["logout", "a b"], /is not host\[:port\]/],
  ] as const) {
    const said = await run(args, "");
    exits(said, 2);
    assert.match(said.stderr, words);
  }
  exits(await run(["login", "registry.example", ...ALICE, "--offline"], PASSWORD), 4);
  exits(await terminal(["login", "registry.example"], { answers: [] }), 4);
  exits(await terminal(["login", "registry.example"], { answers: [""] }), 2);
});

test("through a proxy: the registry is where only the proxy can find it", async (context) => {
  const { run } = home(context);
  const registry = await startRegistry({
    htpasswd: { alice: PASSWORD },
    tls: { key: readFileSync(tls("proxied.key"), "utf8"), cert: readFileSync(tls("proxied.crt"), "utf8") },
  });
  context.after(() => registry.close());
  const proxy = await startProxy({ hosts: { "registry.example:443": registry.port }, credentials: "ann:pr0xy" });
  context.after(() => proxy.close());
  const ca = ["--registry-ca", tls("proxied.crt")];
  const env = { HTTPS_PROXY: `http://ann:pr0xy@${proxy.host}` };
  exits(await run(["login", "registry.example", ...ALICE, ...ca], PASSWORD, env), 0);
  const missing = await run(["tree", "registry.example/app:1.4", ...ca, "-v"], "", env);
  exits(missing, 4);
  assert.match(missing.stderr, /store\/not-found/);
  assert.ok(proxy.requests.every(({ method, target }) => method === "CONNECT" && target === "registry.example:443"));

  const refused = await run(["tree", "registry.example/app:1.4", ...ca, "-v"], "", { HTTPS_PROXY: `http://ann:wr0ng@${proxy.host}` });
  exits(refused, 3);
  assert.match(refused.stderr, /registry\/proxy[^]*HTTPS_PROXY=http:\/\/USER:PASSWORD@/);
  assert.ok(!refused.stderr.includes("wr0ng"));
});

test("the commands of docs/credentials.md do what the page says", async (context) => {
  if (!needsPrograms(context, "docker-registry")) return;
  const { run, env, folder } = home(context);
  const { host, realm } = await withTokens(context, folder);
  const plain = await guarded(context);
  exits(await run(["cert", "test", "ci", "--trust"]), 0);
  await pushTo(plain);
  exits(await run(["sign", `${plain}/app:1.4`, "--unsafe-tag", "--key", "ci", ...ALICE], PASSWORD), 0);
  const shim = join(folder, "bin", "countersign");
  writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${LAUNCHER}" "$@"\n`);
  chmodSync(shim, 0o755);
  const page = readFileSync(new URL("../../docs/credentials.md", import.meta.url), "utf8");
  const blocks = [...page.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, block = ""]) => block);
  assert.equal(blocks.length, 2);
  for (const block of blocks) {
    const script = block
      .replaceAll("tokens.example", realm)
      .replaceAll("registry.example", block.includes("tokens.example") ? host : plain);
    const ran = withoutSecrets(await runProgram("sh", ["-ec", script], { env: { ...env, REGISTRY_PASSWORD: PASSWORD } }));
    exits(ran, 0);
    assert.match(ran.stdout, /logged in[^]*logged out/);
  }
});

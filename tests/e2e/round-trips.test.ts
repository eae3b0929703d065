/** How often one verdict waits for the network: counted by a proxy that makes each round trip long, not timed. */
import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import { parseReference } from "../../src/core/reference.ts";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { setup, type SetupOptions } from "../../src/setup.ts";
import { pushImage } from "../../src/testing/image.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { type DelayProxy, type RoundTripCounter, startDelayProxy } from "../fixtures/delay-proxy.ts";
import { createNotationHome, type NotationHome } from "../fixtures/notation-home.ts";
import { type Ran, runBuilt } from "../fixtures/programs.ts";
import { REGISTRY_PROGRAMS, type RegistryProgram } from "../fixtures/real-places.ts";
import { needsPrograms } from "../real/programs.ts";
import { startDockerRegistry, startOlareg } from "../real/registries.ts";

const ROUND_TRIP_MS = 120;
/** A machine that was busy for longer than a round trip counts too many; never too few. */
const TRIES = 4;

let home: NotationHome;
before(async () => {
  home = createNotationHome();
  const chain = await createTestChain();
  home.addKey("signer", chain);
  home.trust("test", chain);
  home.policy();
});
after(() => home.remove());

const file = (name: string): string => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname;

interface Place {
  readonly host: string;
  readonly counter: RoundTripCounter;
}

async function behindProxy(context: TestContext, targetPort: Parameters<typeof startDelayProxy>[0]): Promise<DelayProxy> {
  const proxy = await startDelayProxy(targetPort, { roundTripMs: ROUND_TRIP_MS });
  context.after(() => proxy.close());
  return proxy;
}

async function open(context: TestContext, program: RegistryProgram): Promise<Place> {
  const registry = await (program === "olareg" ? startOlareg() : startDockerRegistry());
  context.after(() => registry.close());
  const { port, counter } = await behindProxy(context, registry.port);
  return { host: `127.0.0.1:${port}`, counter };
}

async function push({ host }: Place, options: SetupOptions = {}): Promise<string> {
  const opened = await setup({ env: {}, ...options });
  try {
    const store = await opened.openStore(parseReference(`${host}/team/app`));
    return (await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }], tag: "v1" })).digest;
  } finally {
    opened.close();
  }
}

/** The fewest of some runs; `hoped` spares the rest. */
async function count({ counter }: Place, hoped: number, run: () => Promise<Ran>): Promise<number> {
  let fewest = Infinity;
  for (let tries = 0; tries < TRIES && fewest > hoped; tries += 1) {
    counter.reset();
    const { code, stdout, stderr } = await run();
    assert.equal(code, 0, `${stdout}${stderr}`);
    fewest = Math.min(fewest, counter.longest);
  }
  return fewest;
}

for (const program of REGISTRY_PROGRAMS) {
  test(`${program}: three round trips for what we signed, one more by tag`, async (context) => {
    if (!needsPrograms(context, program)) return;
    const place = await open(context, program);
    const reference = `${place.host}/team/app@${await push(place)}`;
    const signed = await home.built("sign", reference, "--key", "signer");
    assert.equal(signed.code, 0, signed.stderr);
    assert.equal(await count(place, 3, () => home.built("verify", reference)), 3);
    assert.equal(await count(place, 4, () => home.built("verify", `${place.host}/team/app:v1`)), 4);
  });

  test(`${program}: four round trips for what notation signed, which itself makes more`, async (context) => {
    if (!needsPrograms(context, program, "notation")) return;
    const place = await open(context, program);
    const reference = `${place.host}/team/app@${await push(place)}`;
    const signed = await home.notation("sign", "--insecure-registry", "--force-referrers-tag=false", "--key", "signer", reference);
    assert.equal(signed.code, 0, signed.stderr);
    const ours = await count(place, 4, () => home.built("verify", reference));
    const theirs = await count(place, 6, () => home.notation("verify", "--insecure-registry", reference));
    context.diagnostic(`countersign ${ours}, notation ${theirs}`);
    assert.equal(ours, 4);
    assert.ok(theirs > ours);
  });
}

test("TLS adds one round trip", async (context) => {
  if (!needsPrograms(context, "docker-registry")) return;
  const registry = await startDockerRegistry({ tls: { certificate: file("server.crt"), key: file("server.key") } });
  context.after(() => registry.close());
  const { port, counter } = await behindProxy(context, registry.port);
  const place = { host: `127.0.0.1:${port}`, counter };
  const ca = ["--registry-ca", file("ca.crt")];
  const reference = `${place.host}/team/app@${await push(place, { registryCa: file("ca.crt") })}`;
  assert.equal((await home.built("sign", reference, "--key", "signer", ...ca)).code, 0);
  assert.equal(await count(place, 4, () => home.built("verify", reference, ...ca)), 4);
});

test("a token from the registry's own host adds two", async (context) => {
  let registryPort = 0;
  const { port, counter } = await behindProxy(context, () => registryPort);
  const place = { host: `127.0.0.1:${port}`, counter };
  const user = { alice: "s3cret" };
  const registry = await startRegistry({ htpasswd: user, token: { realm: `http://${place.host}/token` } });
  context.after(() => registry.close());
  registryPort = registry.port;
  const credentials = { COUNTERSIGN_REGISTRY_USERNAME: "alice", COUNTERSIGN_REGISTRY_PASSWORD: user.alice };
  const reference = `${place.host}/team/app@${await push(place, { username: "alice", password: user.alice })}`;
  const built = (...words: readonly string[]): Promise<Ran> => runBuilt([...words], { env: { ...home.env, ...credentials } });
  const signed = await built("sign", reference, "--key", "signer");
  assert.equal(signed.code, 0, signed.stderr);
  assert.equal(await count(place, 5, () => built("verify", reference)), 5);
});

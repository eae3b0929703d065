/** What the bench measures on: a real registry, images in it, and one set of keys and trust that both programs read. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pushImage } from "../src/testing/image.ts";
import { parseReference, setup } from "../src/index.ts";
import { startOlareg } from "../tests/real/registries.ts";

export const COUNTERSIGN: readonly string[] = [process.execPath, join(import.meta.dirname, "..", "dist", "launcher.js")];

export interface World {
  readonly folder: string;
  readonly registryPort: number;
  /** Repository -> digest of its image. */
  readonly digests: Readonly<Record<string, string>>;
  /** The environment in which both programs find the trusted signer's keys and the policy. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const FOREIGN_SIGNATURES = 20;

export async function createWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-bench-"));
  const trusted = createConfig(folder, "trusted");
  const stranger = createConfig(folder, "stranger");
  const policy = { name: "bench", registryScopes: ["*"], signatureVerification: { level: "strict" } };
  writeFileSync(
    join(trusted.config, "trustpolicy.json"),
    JSON.stringify({ version: "1.0", trustPolicies: [{ ...policy, trustStores: ["ca:trusted"], trustedIdentities: ["*"] }] }),
  );
  const registry = await startOlareg();
  const digests: Record<string, string> = {};
  const opened = await setup({ env: trusted.env });
  for (const repository of ["by-notation", "by-us", "many"]) {
    const reference = parseReference(`127.0.0.1:${registry.port}/${repository}:1`);
    const bytes = new TextEncoder().encode(repository);
    digests[repository] = (await pushImage(await opened.openStore(reference), { tag: "1", files: [{ path: "app", bytes }] })).digest;
  }
  opened.close();

  const at = (repository: string): string => `127.0.0.1:${registry.port}/${repository}@${digests[repository]}`;
  notationSign(at("by-notation"), trusted);
  run([...COUNTERSIGN, "sign", at("by-us"), "--key", "trusted"], trusted.env);
  for (let count = 0; count < FOREIGN_SIGNATURES; count++) notationSign(at("many"), stranger);
  notationSign(at("many"), trusted);
  return { folder, registryPort: registry.port, digests, env: trusted.env, close: () => registry.close() };
}

interface Config {
  readonly name: string;
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A signer of its own: made by Countersign, in the layout of notation's folder, so that both programs use the same key. */
function createConfig(folder: string, name: string): Config {
  const config = join(folder, name);
  mkdirSync(config, { recursive: true });
  const env = { COUNTERSIGN_CONFIG: config, NOTATION_CONFIG: config, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: join(folder, "cache") };
  run([...COUNTERSIGN, "cert", "test", name, "--trust"], env);
  const keyPath = join(config, "keys", `${name}.key`);
  const certPath = join(config, "keys", `${name}.crt`);
  writeFileSync(
    join(config, "signingkeys.json"),
    JSON.stringify({ default: `notation-${name}`, keys: [{ name: `notation-${name}`, keyPath, certPath }] }),
  );
  return { name, config, env };
}

function notationSign(reference: string, signer: Config): void {
  run(
    ["notation", "sign", "--insecure-registry", "--force-referrers-tag=false", "--key", `notation-${signer.name}`, reference],
    signer.env,
  );
}

function run(argv: readonly string[], env: Readonly<Record<string, string>>): void {
  const [program = "", ...args] = argv;
  execFileSync(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "inherit"] });
}

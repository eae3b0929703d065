/** Where the example pipelines run: two real registries, a signed policy, and programs that stand in for docker, trivy and npm. */
import { spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { generateKeyPairSync } from "node:crypto";
import { openLayout } from "../../src/registry/layout.ts";
import { pushImage } from "../../src/testing/image.ts";
import { encodePem } from "../../src/encoding/pem.ts";
import { startTimestampAuthority } from "../../src/testing/timestamp-authority.ts";
import { startDockerRegistry, startOlareg } from "../real/registries.ts";
import { EXAMPLES, type Step } from "./pipelines.ts";

const root = join(EXAMPLES, "..");

export interface World {
  readonly folder: string;
  /** Of the registries. */
  readonly build: string;
  readonly prod: string;
  readonly keys: Readonly<Record<"signing" | "promoter" | "promoterCert", string>>;
  /** What the system hands out: the verifier's configuration, and the root of Acme's certificates. */
  readonly verifier: string;
  readonly acmeRoot: string;
  /** Acme's timestamp authority, and its root. */
  readonly timestampUrl: string;
  readonly clockRoot: string;
  /** Runs in a shell, where the program is what is installed. */
  run(step: Step, options?: { readonly name?: string }): Promise<Ran>;
  /** Somebody at Acme, with a configuration of their own. */
  person(name: string, ...args: readonly string[]): Promise<Ran>;
}

export interface Ran {
  readonly code: number | null;
  readonly said: string;
}

const PEOPLE = ["Ana", "Bo", "promoter"];

export async function makeWorld(context: TestContext): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-examples-"));
  const [build, prod, clock] = await Promise.all([startDockerRegistry(), startOlareg(), startTimestampAuthority()]);
  context.after(async () => {
    await Promise.all([build.close(), prod.close(), clock.close()]);
    rmSync(folder, { recursive: true, force: true });
  });
  for (const name of ["bin", "work", "acme"]) mkdirSync(join(folder, name));
  const places = (text: string): string =>
    text
      .replaceAll("ghcr.io/acme", `${build.host}/acme`)
      .replaceAll("build.acme.io", `${build.host}/acme`)
      .replaceAll("registry.acme.io", prod.host);
  const shell: World["run"] = ({ script, env }, { name = "work" } = {}) => {
    const filled = Object.entries(env).map(([variable, value]) => [variable, places(value)]);
    return runShell(places(script), { folder, cwd: join(folder, name), env: Object.fromEntries(filled) });
  };
  const person: World["person"] = (name, ...args) =>
    runShell(`exec countersign "$@"`, { folder, cwd: join(folder, "acme"), env: { COUNTERSIGN_CONFIG: join(folder, name) }, args });

  await standIns(folder, build.host);
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicPem = publicKey.export({ type: "spki", format: "pem" }).toString();
  cpSync(join(EXAMPLES, "policies"), join(folder, "acme"), { recursive: true });
  const policy = places(readFileSync(join(folder, "acme", "small-team.yaml"), "utf8"));
  const key = publicPem.trimEnd().replaceAll(/^/gm, "      ");
  const own = policy.replace(/^ +-----BEGIN PUBLIC KEY-----[^]*?-----END PUBLIC KEY-----$/m, key);
  writeFileSync(join(folder, "acme", "small-team.yaml"), own);

  const roots: string[] = [];
  for (const name of PEOPLE) {
    await expectDone(person(name, "cert", "test", name, "--subject", `C=US, ST=WA, O=Acme, CN=${name}`));
    roots.push(join(folder, name, "keys", `${name}.root.pem`));
  }
  const acmeRoot = join(folder, "acme-root.pem");
  writeFileSync(acmeRoot, roots.map((path) => readFileSync(path, "utf8")).join(""));
  const clockRoot = join(folder, "clock-root.pem");
  writeFileSync(clockRoot, encodePem("CERTIFICATE", clock.root));
  const verifier = places(readFileSync(join(folder, "acme", "verifier.yaml"), "utf8"));
  for (const name of PEOPLE) {
    writeFileSync(join(folder, name, "verifier.yaml"), verifier);
    await expectDone(person(name, "trust", "add", "ca:acme", ...roots));
    await expectDone(person(name, "trust", "add", "tsa:acme", clockRoot));
  }
  await expectDone(person("Ana", "policy", "sign", "small-team.yaml", `oci://${prod.host}/policies/shop:latest`, "--key", "Ana"));
  const file = (name: string): string => readFileSync(join(folder, "promoter", "keys", name), "utf8");
  return {
    folder,
    build: build.host,
    prod: prod.host,
    keys: {
      signing: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      promoter: file("promoter.key"),
      promoterCert: file("promoter.crt"),
    },
    verifier,
    acmeRoot,
    timestampUrl: clock.url,
    clockRoot,
    run: shell,
    person,
  };
}

export async function expectDone(running: Promise<Ran>): Promise<string> {
  const { code, said } = await running;
  if (code !== 0) throw new Error(`ended with ${code}: ${said}`);
  return said;
}

/** docker builds and pushes what lies in a layout, trivy reports that there is little in it and nothing bad. */
async function standIns(folder: string, host: string): Promise<void> {
  symlinkSync(join(root, "bin", "countersign"), join(folder, "bin", "countersign"));
  const store = await openLayout(join(folder, "built"), { create: true });
  const { digest } = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }], tag: "built" });
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const programs = {
    npm: `[ "$*" = "install --global countersign@${version}" ]`,
    docker: `[ "$1" = login ] && exec cat > /dev/null
while [ $# -gt 0 ]; do
  case $1 in --tag) tag=$2 ;; --metadata-file) file=$2 ;; esac
  shift
done
countersign copy "oci:${join(folder, "built")}:built" "$tag" --quiet && printf '{ "containerimage.digest": "${digest}" }' > "$file"`,
    trivy: `case "$*" in
*spdx*) printf '{ "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "app", "documentNamespace": "https://acme.io/app", "creationInfo": { "created": "%s", "creators": ["Tool: trivy"] }, "packages": [{ "SPDXID": "SPDXRef-app", "name": "app", "versionInfo": "1", "downloadLocation": "NONE", "licenseConcluded": "MIT" }] }' "$(date -u +%FT%TZ)" ;;
*) printf '{ "SchemaVersion": 2, "CreatedAt": "%s", "ArtifactName": "app", "ArtifactType": "container_image", "Metadata": { "RepoDigests": ["${host}/acme/api@${digest}"] }, "Results": [{ "Target": "app (alpine 3.18.0)", "Class": "os-pkgs", "Type": "alpine" }] }' "$(date -u +%FT%TZ)" ;;
esac`,
  };
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, "bin", name), 0o755);
  }
}

/** As the systems run them: the first command that fails ends the script. */
function runShell(
  script: string,
  options: {
    readonly folder: string;
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly args?: readonly string[];
  },
): Promise<Ran> {
  const env = { HOME: options.folder, PATH: `${join(options.folder, "bin")}:${process.env["PATH"] ?? ""}`, NO_COLOR: "1", ...options.env };
  const child = spawn("bash", ["-eo", "pipefail", "-c", script, "bash", ...(options.args ?? [])], {
    cwd: options.cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done({ code, said }));
  });
}

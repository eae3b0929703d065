/** Logged in with one program, known to the others: the files and helpers of Docker, Podman's tools, oras and notation. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { parseReference } from "../../src/core/reference.ts";
import { setup } from "../../src/setup.ts";
import { pushImage } from "../../src/testing/image.ts";
import { type Ran, runBuilt, runProgram } from "../fixtures/programs.ts";
import { findProgram, needsPrograms } from "../real/programs.ts";
import { type RealRegistry, startDockerRegistry } from "../real/registries.ts";

const PASSWORD = "s3cret";
/** bcrypt of the password. */
const HTPASSWD = "alice:$2b$05$rcZBGFmsMNkn9z4r48oWMOqjiJck5/Ovyau/fxQTayzJTx4Lc7H8.\n";

/** How each is told to log in, and to show something that only alice may see. All speak plain HTTP to this machine. */
const PEERS: Readonly<Record<string, { login(host: string): readonly string[]; read(reference: string): readonly string[] }>> = {
  docker: {
    login: (host) => ["login", "--username", "alice", "--password-stdin", host],
    read: (reference) => ["manifest", "inspect", "--insecure", reference],
  },
  skopeo: {
    login: (host) => ["login", "--tls-verify=false", "--username", "alice", "--password-stdin", host],
    read: (reference) => ["inspect", "--raw", "--tls-verify=false", `docker://${reference}`],
  },
  oras: {
    login: (host) => ["login", "--plain-http", "--username", "alice", "--password-stdin", host],
    read: (reference) => ["manifest", "fetch", "--plain-http", reference],
  },
  notation: {
    login: (host) => ["login", "--insecure-registry", "--username", "alice", "--password-stdin", host],
    read: (reference) => ["list", "--insecure-registry", reference],
  },
};

let registry: RealRegistry | undefined;
let reference = "";
before(async () => {
  if (findProgram("docker-registry") === undefined) return;
  registry = await startDockerRegistry({ htpasswd: HTPASSWD });
  const opened = await setup({ env: {}, username: "alice", password: PASSWORD });
  reference = `${registry.host}/team/app:1`;
  await pushImage(await opened.openStore(parseReference(reference)), { files: [{ path: "app", bytes: Buffer.from("app") }], tag: "1" });
  opened.close();
});
after(() => registry?.close());

interface Home {
  run(program: string, args: readonly string[], stdin?: string): Promise<Ran>;
}

/** With a helper that keeps things in a file, if `box`: notation stores nowhere else. */
function home(context: TestContext, { box }: { readonly box: boolean }): Home {
  const folder = mkdtempSync(join(tmpdir(), "countersign-home-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of [".docker", "run"]) mkdirSync(join(folder, name));
  if (box) {
    writeFileSync(join(folder, ".docker", "config.json"), '{"credsStore":"box"}');
    const program = join(folder, "docker-credential-box");
    const missing = '{ echo "credentials not found in native keychain"; exit 1; }';
    writeFileSync(
      program,
      `#!/bin/sh\ncase "$1" in store) cat > "$0.json";; erase) rm -f "$0.json";; get) cat "$0.json" 2>/dev/null || ${missing};; list) echo "{}";; esac\n`,
    );
    chmodSync(program, 0o755);
  }
  const env = { HOME: folder, XDG_RUNTIME_DIR: join(folder, "run"), PATH: `${folder}${delimiter}${process.env["PATH"]}` };
  return {
    run: (program, args, stdin = "") =>
      program === "countersign" ? runBuilt(args, { env, stdin }) : runProgram(program, args, { env, stdin }),
  };
}

function exits({ code, stdout, stderr }: Ran, expected: number): void {
  assert.equal(code, expected, `${stdout}${stderr}`);
}

/** Undefined where the test has been skipped. */
function hostFor(context: TestContext, peer: string): string | undefined {
  // Debian has no package of Docker's client alone, so that CI cannot be asked to bring it.
  if (peer === "docker" && findProgram(peer) === undefined) context.skip("not installed: docker");
  else if (needsPrograms(context, "docker-registry", peer)) return registry?.host;
  return undefined;
}

for (const [peer, { login, read }] of Object.entries(PEERS)) {
  // skopeo 1.9 does not read credsStore; it has its own file.
  for (const box of peer === "notation" ? [true] : peer === "skopeo" ? [false] : [false, true]) {
    const where = box ? "a helper" : "a file";
    test(`${peer} is logged in by us, in ${where}, and logged out`, async (context) => {
      const host = hostFor(context, peer);
      if (host === undefined) return;
      const { run } = home(context, { box });
      assert.notEqual((await run(peer, read(reference))).code, 0);
      exits(await run("countersign", ["login", host, "--username", "alice", "--password-stdin"], PASSWORD), 0);
      exits(await run(peer, read(reference)), 0);
      exits(await run("countersign", ["logout", host]), 0);
      assert.notEqual((await run(peer, read(reference))).code, 0);
    });

    test(`we are logged in by ${peer}, in ${where}, and log out`, async (context) => {
      const host = hostFor(context, peer);
      if (host === undefined) return;
      const { run } = home(context, { box });
      exits(await run("countersign", ["tree", reference]), 3);
      exits(await run(peer, login(host), PASSWORD), 0);
      exits(await run("countersign", ["tree", reference]), 0);
      exits(await run("countersign", ["logout", host]), 0);
      exits(await run("countersign", ["tree", reference]), 3);
      assert.notEqual((await run(peer, read(reference))).code, 0);
    });
  }
}

/** The program as a process of its own: launcher, exit codes, interrupts, readers that leave, the connection opened early. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const launcher = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "src", "cli", "launcher.ts");
const home = mkdtempSync(join(tmpdir(), "countersign-program-"));
after(() => rmSync(home, { recursive: true, force: true }));

const env = { PATH: process.env["PATH"] ?? "", HOME: home };
const AD_HOC = ["--trust-store", "ca:test", "--trusted-identity", "*"];

function run(...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, [launcher, ...args], { env, encoding: "utf8" });
}

test("the launcher hands over, and the exit code comes back", () => {
  const version = run("version");
  assert.equal(version.status, 0, version.stderr);
  assert.match(version.stdout, /^countersign \d+\.\d+\.\d+ /);
  assert.equal(run("verify").status, 2);
  assert.equal(run("policy", "show").status, 3);
});

test("a reader that leaves early makes no success, and no noise", () => {
  const script = `{ sleep 0.2; "$0" "$1" --help; echo "exit $?" >&2; } | true`;
  const { stderr } = spawnSync("sh", ["-c", script, process.execPath, launcher], { env, encoding: "utf8" });
  assert.equal(stderr, "exit 4\n");
});

test(
  "an answer that cannot be written is told about, and is no success",
  { skip: existsSync("/dev/full") ? false : "no /dev/full" },
  () => {
    for (const words of ["version", "--help"]) {
      const { stderr } = spawnSync("sh", ["-c", `"$0" "$1" ${words} > /dev/full; echo "exit $?" >&2`, process.execPath, launcher], {
        env,
        encoding: "utf8",
      });
      assert.match(stderr, /^Cannot write the answer: .*ENOSPC.* \(store\/write-failed\)\nexit 4\n$/, words);
    }
    const silent = spawnSync("sh", ["-c", `"$0" "$1" version > /dev/full 2>&1; echo "exit $?"`, process.execPath, launcher], {
      env,
      encoding: "utf8",
    });
    assert.equal(silent.stdout, "exit 4\n");
  },
);

/** A registry that takes connections and never answers. */
async function startSilence(work: (port: number, connected: Promise<unknown>, count: () => number) => Promise<void>): Promise<void> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => socket.destroy());
    socket.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await work((server.address() as AddressInfo).port, once(server, "connection"), () => connections);
  } finally {
    server.close();
  }
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  let stderr = "";
  child.stderr?.on("data", (chunk) => (stderr += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stderr };
}

test("an interrupt ends the job with exit 4, and says so", () =>
  startSilence(async (port, connected) => {
    const child = spawn(process.execPath, [launcher, "verify", `127.0.0.1:${port}/app:1`, ...AD_HOC], { env });
    const end = ended(child);
    await connected;
    // The connection comes before the program; what matters is that an interrupt at any time later is obeyed.
    const timer = setInterval(() => child.kill("SIGINT"), 1_500);
    const { code, stderr } = await end;
    clearInterval(timer);
    assert.equal(code, 4, stderr);
    assert.match(
      stderr,
      /^Cannot finish "countersign verify": it was interrupted \(job\/interrupted\)\n {2}try: run the same command again/m,
    );
    assert.doesNotMatch(stderr, /timeout/);
  }));

test("a deadline ends the job with exit 4", () =>
  startSilence(async (port) => {
    const { status, stderr } = await new Promise<{ status: number | null; stderr: string }>((resolve) => {
      const child = spawn(process.execPath, [launcher, "verify", `127.0.0.1:${port}/app:1`, ...AD_HOC, "--timeout", "300ms"], { env });
      void ended(child).then(({ code, stderr: said }) => resolve({ status: code, stderr: said }));
    });
    assert.equal(status, 4, stderr);
    assert.match(stderr, /\(job\/aborted\)/);
  }));

test("--offline opens no socket, not even early", () =>
  startSilence(async (port, _, count) => {
    const child = spawn(process.execPath, [launcher, "verify", `127.0.0.1:${port}/app:1`, ...AD_HOC, "--offline"], { env });
    const { code, stderr } = await ended(child);
    assert.equal(code, 4, stderr);
    assert.match(stderr, /store\/offline/);
    assert.equal(count(), 0);
  }));

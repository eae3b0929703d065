/** Starts the real registries on free loopback ports, and ends them by the pid that was started. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface RealRegistry {
  /** `host:port`, as in a reference. */
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface DockerRegistryOptions {
  /** Lines of an htpasswd file, bcrypt only. */
  readonly htpasswd?: string;
  /** PEM files. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  readonly token?: { readonly realm: string; readonly service: string; readonly issuer: string; readonly rootcertbundle: string };
  readonly storage?: "filesystem" | "inmemory";
  readonly readOnly?: boolean;
}

const START_MS = 120_000;

/** Debian's docker-registry 2.8: no referrers API, `If-Match` ignored, `tags/list` in one unsorted page. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<RealRegistry> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-registry-"));
  const { htpasswd, tls, token } = options;
  const passwords = join(folder, "htpasswd");
  if (htpasswd !== undefined) writeFileSync(passwords, htpasswd);
  const configuration = {
    version: "0.1",
    log: { level: "info", accesslog: { disabled: true } },
    storage: {
      ...(options.storage === "inmemory" ? { inmemory: {} } : { filesystem: { rootdirectory: join(folder, "storage") } }),
      delete: { enabled: true },
      ...(options.readOnly === true ? { maintenance: { readonly: { enabled: true } } } : {}),
    },
    http: { addr: "127.0.0.1:0", secret: "only-for-tests", ...(tls === undefined ? {} : { tls }) },
    ...(htpasswd === undefined ? {} : { auth: { htpasswd: { realm: "test", path: passwords } } }),
    ...(token === undefined ? {} : { auth: { token } }),
  };
  // JSON is YAML.
  writeFileSync(join(folder, "config.yml"), JSON.stringify(configuration));
  const child = spawn("docker-registry", ["serve", join(folder, "config.yml")], { stdio: ["ignore", "pipe", "pipe"] });
  const port = await portFromLog(child);
  return running(child, { port, cleanUp: () => rmSync(folder, { recursive: true, force: true }) });
}

/** olareg: the referrers API with `OCI-Subject`, in memory. */
export async function startOlareg(): Promise<RealRegistry> {
  const port = await freePort();
  const child = spawn("olareg", ["serve", "--addr", "127.0.0.1", "--port", String(port), "--store-type", "mem"], { stdio: "ignore" });
  await listening(child, port);
  return running(child, { port, cleanUp: () => undefined });
}

function running(child: ChildProcess, options: { port: number; cleanUp: () => void }): RealRegistry {
  return {
    host: `127.0.0.1:${options.port}`,
    port: options.port,
    close: async () => {
      const ended = new Promise((done) => child.once("exit", done));
      if (child.exitCode === null && child.kill("SIGKILL")) await ended;
      options.cleanUp();
    },
  };
}

async function portFromLog(child: ChildProcess): Promise<number> {
  let log = "";
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`docker-registry did not start: ${log}`)), START_MS);
    child.once("exit", (code) => fail(new Error(`docker-registry ended with ${code}: ${log}`)));
    const read = (chunk: Buffer): void => {
      log = (log + chunk.toString("utf8")).slice(-20_000);
      const port = /listening on 127\.0\.0\.1:(\d+)/.exec(log)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      done(Number(port));
    };
    // Read for as long as it runs: a full pipe would stop it.
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
  });
}

/** A port on which nobody listens, for now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  for (const started = Date.now(); Date.now() - started < START_MS; await sleep(20)) {
    if (child.exitCode !== null) throw new Error(`olareg ended with ${child.exitCode}`);
    const isUp = await new Promise<boolean>((done) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => done(true)).once("error", () => done(false));
      socket.once("connect", () => socket.destroy());
    });
    if (isUp) return;
  }
  child.kill("SIGKILL");
  throw new Error("olareg did not start");
}

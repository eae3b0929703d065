/** What the demo plays on: a registry of its own, a folder of its own, and the real program. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Descriptor } from "../../core/descriptor.ts";
import { CountersignError } from "../../core/errors.ts";
import { parseReference } from "../../core/reference.ts";
import type { Store } from "../../core/store.ts";
import { type Setup, setup } from "../../setup.ts";
import { type PackedFile, pushImage } from "../../testing/image.ts";
import { type RunningRegistry, startRegistry } from "../../testing/registry-server.ts";
import { type AuthorityDouble, startTimestampAuthority } from "../../testing/timestamp-authority.ts";
import { copyImage } from "./copy-image.ts";

export interface Ran {
  readonly exit: number;
  readonly text: string;
}

type Env = Readonly<Record<string, string | undefined>>;

export class Stage {
  readonly folder: string;
  readonly registry: RunningRegistry;
  readonly authority: AuthorityDouble;
  readonly #tampered: Set<string>;
  readonly #env: Env;
  readonly #setup: Setup;

  private constructor(parts: {
    folder: string;
    registry: RunningRegistry;
    authority: AuthorityDouble;
    tampered: Set<string>;
    env: Env;
    setup: Setup;
  }) {
    this.folder = parts.folder;
    this.registry = parts.registry;
    this.authority = parts.authority;
    this.#tampered = parts.tampered;
    this.#env = parts.env;
    this.#setup = parts.setup;
  }

  static async open(env: Env): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), "countersign-demo-"));
    const tampered = new Set<string>();
    const registry = await startRegistry({
      tamper: ({ url, method }) =>
        method === "GET" && [...tampered].some((digest) => url.endsWith(`/manifests/${digest}`)) ? { body: FORGED } : undefined,
    });
    const own = { ...withoutCredentials(env), COUNTERSIGN_CONFIG: join(folder, "config") };
    const authority = await startTimestampAuthority();
    return new Stage({ folder, registry, authority, tampered, env: own, setup: await setup({ env: own }) });
  }

  /** The store of a repository of the demo's registry. */
  store(repository: string): Promise<Store> {
    return this.#setup.openStore(parseReference(`${this.registry.host}/${repository}`));
  }

  async push(name: string, files: readonly PackedFile[]): Promise<Descriptor> {
    const [repository = "", tag = "latest"] = name.split(":");
    return pushImage(await this.store(repository), { files, tag, entrypoint: ["node", "/launcher.js"] });
  }

  /** Pushes what the user named in place of ours. */
  async pushCopy(name: string, from: { readonly store: Store; readonly reference: Parameters<Store["resolve"]>[0] }): Promise<Descriptor> {
    const [repository = "", tag = "latest"] = name.split(":");
    return copyImage(from, { store: await this.store(repository), tag });
  }

  /** From now on the registry answers for this digest with other bytes. */
  tamper(digest: string): void {
    this.#tampered.add(digest);
  }

  mend(): void {
    this.#tampered.clear();
  }

  /** Into the folder that is the demo's configuration. */
  async configure(name: string, text: string): Promise<string> {
    const folder = join(this.folder, "config");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), text);
    return join(folder, name);
  }

  /** Runs the program as a person would, in a process of its own. */
  run(args: readonly string[]): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [launcher(), ...args], { env: this.#env, stdio: ["ignore", "pipe", "pipe"] });
      const chunks: Buffer[] = [];
      child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
      child.on("error", reject);
      child.on("close", (code) => resolve({ exit: code ?? -1, text: Buffer.concat(chunks).toString("utf8").trimEnd() }));
    });
  }

  async close(options: { readonly keep: boolean }): Promise<void> {
    this.#setup.close();
    await this.registry.close();
    await this.authority.close();
    if (!options.keep) await rm(this.folder, { recursive: true, force: true });
  }
}

const FORGED = new TextEncoder().encode('{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]}');

/** Countersign's own distribution, as it was built. */
export async function ownFiles(): Promise<readonly PackedFile[]> {
  const folder = dirname(launcher());
  return Promise.all(["launcher.js", "countersign.js"].map(async (path) => ({ path, bytes: await readFile(join(folder, path)) })));
}

function launcher(): string {
  const path = process.argv[1];
  if (path === undefined || !path.endsWith("launcher.js")) {
    throw new CountersignError("config/invalid", "Cannot run the demo: it starts the built program, and this is not it", {
      remedy: "npm run demo",
    });
  }
  return path;
}

/** The demo's registry needs none, and what a person has set for his own must not end up in it. */
function withoutCredentials(env: Env): Env {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith("COUNTERSIGN_") && !/^https?_proxy$|^all_proxy$/i.test(name)),
  );
}

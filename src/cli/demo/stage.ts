/** What the demo plays on: registries of its own, a folder of its own, and the real program. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Descriptor } from "../../core/descriptor.ts";
import { CountersignError } from "../../core/errors.ts";
import { parseReference } from "../../core/reference.ts";
import type { Store } from "../../core/store.ts";
import { type Setup, setup } from "../../setup.ts";
import { type ImageOptions, type PackedFile, pushImage } from "../../testing/image.ts";
import { type RunningRegistry, startRegistry } from "../../testing/registry-server.ts";
import { type AuthorityDouble, startTimestampAuthority } from "../../testing/timestamp-authority.ts";
import { copyImage } from "./copy-image.ts";
import type { Places } from "./documents.ts";

export interface Ran {
  readonly exit: number;
  /** What a person sees. */
  readonly text: string;
  /** Of that the answer. */
  readonly stdout: string;
}

type Env = Readonly<Record<string, string | undefined>>;

export class Stage {
  readonly folder: string;
  readonly places: Places;
  readonly #registries: readonly RunningRegistry[];
  readonly authority: AuthorityDouble;
  readonly #tampered: Set<string>;
  readonly #env: Env;
  readonly #setup: Setup;

  private constructor(parts: {
    folder: string;
    places: Places;
    registries: readonly RunningRegistry[];
    authority: AuthorityDouble;
    tampered: Set<string>;
    env: Env;
    setup: Setup;
  }) {
    this.folder = parts.folder;
    this.places = parts.places;
    this.#registries = parts.registries;
    this.authority = parts.authority;
    this.#tampered = parts.tampered;
    this.#env = parts.env;
    this.#setup = parts.setup;
  }

  static async open(env: Env): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), "countersign-demo-"));
    const tampered = new Set<string>();
    const start = (): Promise<RunningRegistry> =>
      startRegistry({
        tamper: ({ url, method }) =>
          method === "GET" && [...tampered].some((digest) => url.endsWith(`/manifests/${digest}`)) ? { body: FORGED } : undefined,
      });
    const [open, build, test, prod] = await Promise.all([start(), start(), start(), start()]);
    const places = { public: open.host, build: build.host, test: test.host, prod: prod.host };
    const own = { ...withoutCredentials(env), COUNTERSIGN_CONFIG: join(folder, "config") };
    const authority = await startTimestampAuthority();
    return new Stage({
      folder,
      places,
      registries: [open, build, test, prod],
      authority,
      tampered,
      env: own,
      setup: await setup({ env: own }),
    });
  }

  /** `repository`: with its registry. */
  store(repository: string): Promise<Store> {
    return this.#setup.openStore(parseReference(repository));
  }

  async push(repository: string, image: ImageOptions): Promise<Descriptor> {
    return pushImage(await this.store(repository), { tag: "1.0", ...image });
  }

  /** Pushes what the user named in place of ours. */
  async pushCopy(
    repository: string,
    from: { readonly store: Store; readonly reference: Parameters<Store["resolve"]>[0] },
  ): Promise<Descriptor> {
    return copyImage(from, { store: await this.store(repository), tag: "1.0" });
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
      const [all, answer]: [Buffer[], Buffer[]] = [[], []];
      child.stdout.on("data", (chunk: Buffer) => answer.push(chunk) && all.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => all.push(chunk));
      child.on("error", reject);
      child.on("close", (code) => resolve({ exit: code ?? -1, text: textOf(all), stdout: textOf(answer) }));
    });
  }

  async close(options: { readonly keep: boolean }): Promise<void> {
    this.#setup.close();
    await Promise.all(this.#registries.map((registry) => registry.close()));
    await this.authority.close();
    if (!options.keep) await rm(this.folder, { recursive: true, force: true });
  }
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8").trimEnd();
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

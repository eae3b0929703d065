/** A registry with a signed and an unsigned image, and the four commands on them through a proxy that may do anything. */
import type { TestContext } from "node:test";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { CountersignError } from "../../src/core/errors.ts";
import type { Policy } from "../../src/core/policy.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Signer } from "../../src/core/signer.ts";
import type { Answer } from "../../src/core/verdict.ts";
import { evaluate } from "../../src/evaluate.ts";
import { inspect } from "../../src/inspect.ts";
import { createHttpClient, type HttpClientOptions } from "../../src/net/http-client.ts";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { openRegistry, type RemoteStore } from "../../src/registry/remote/store.ts";
import { type Setup, setup } from "../../src/setup.ts";
import { sign } from "../../src/sign.ts";
import { pushImage } from "../../src/testing/image.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { tree } from "../../src/tree.ts";
import { type FaultProxy, type OnRequest, startFaultProxy } from "../fixtures/fault-proxy.ts";
import type { Said } from "../e2e/terminal.ts";
import { createNotationHome, type NotationHome } from "../fixtures/notation-home.ts";
import { needsPrograms } from "../real/programs.ts";
import { startDockerRegistry, startOlareg } from "../real/registries.ts";

export const SIGNED = "team/signed";
export const BARE = "team/bare";

interface Kind {
  readonly name: string;
  readonly program?: string;
  start(): Promise<{ readonly port: number; close(): Promise<void> }>;
}

export const KINDS: readonly Kind[] = [
  { name: "our registry server with the referrers API", start: () => startRegistry() },
  { name: "our registry server without it", start: () => startRegistry({ referrersApi: false }) },
  { name: "docker-registry", program: "docker-registry", start: () => startDockerRegistry({ storage: "inmemory" }) },
  { name: "olareg", program: "olareg", start: startOlareg },
];

/** Where the answer was not found out, the code that says why. */
export interface Outcome {
  readonly answer: Answer;
  readonly code?: string;
}

export class Scene {
  readonly home: NotationHome;
  readonly #port: number;
  readonly #opened: Setup;
  readonly #policy: Policy;
  readonly #signer: Signer;
  readonly #ends: (() => void)[] = [];

  private constructor(parts: { home: NotationHome; port: number; opened: Setup; policy: Policy; signer: Signer }) {
    this.home = parts.home;
    this.#port = parts.port;
    this.#opened = parts.opened;
    this.#policy = parts.policy;
    this.#signer = parts.signer;
  }

  /** Undefined where the test has been skipped for want of the registry. */
  static async open(context: TestContext, kind: Kind): Promise<Scene | undefined> {
    if (kind.program !== undefined && !needsPrograms(context, kind.program)) return undefined;
    const registry = await kind.start();
    const home = createNotationHome();
    const chain = await createTestChain();
    home.addKey("test", chain);
    home.trust("test", chain);
    home.policy();
    const opened = await setup({ env: home.env });
    const [policy, signer] = await Promise.all([opened.loadPolicy(), opened.openSigner({ key: "test" })]);
    const scene = new Scene({ home, port: registry.port, opened, policy, signer });
    context.after(async () => {
      opened.close();
      for (const end of scene.#ends) end();
      home.remove();
      await registry.close();
    });
    await scene.push(BARE);
    await scene.push(SIGNED);
    await scene.sign(SIGNED);
    return scene;
  }

  /** An image of its own. */
  push(repository: string): Promise<Descriptor> {
    return pushImage(this.direct(repository), { files: [{ path: "app", bytes: Buffer.from(repository) }], tag: "v1" });
  }

  /** Judges through the proxy at `port`, or directly. */
  verify(repository: string, port: number = this.#port, http: HttpClientOptions = {}): Promise<Outcome> {
    return orUnknown(async () => {
      const store = this.#store(port, repository, http);
      const { outcome } = await evaluate(referenceOf(repository), {
        store,
        policy: this.#policy,
        trust: this.#opened.trust,
        clock: this.#opened.clock,
      });
      return { answer: outcome };
    });
  }

  sign(repository: string, port: number = this.#port, http: HttpClientOptions = {}): Promise<Outcome> {
    return orUnknown(async () => {
      await sign(referenceOf(repository), { store: this.#store(port, repository, http), signer: this.#signer });
      return { answer: "pass" };
    });
  }

  /** What `tree` and `inspect` list; `complete` where both say that this is all, and that they could read it. */
  async look(
    repository: string,
    port: number = this.#port,
    http: HttpClientOptions = {},
  ): Promise<{ readonly complete: boolean; readonly seen: string }> {
    const options = { store: this.#store(port, repository, http), clock: this.#opened.clock };
    try {
      const grown = await tree(referenceOf(repository), options);
      const inspected = await inspect(referenceOf(repository), options);
      return {
        complete:
          grown.complete &&
          inspected.complete &&
          !inspected.signatures.some(({ findings }) => findings.some(({ outcome }) => outcome === "unknown")),
        seen: JSON.stringify([
          grown.root.referrers,
          inspected.signatures.map(({ digest, findings }) => [digest, findings.map(({ outcome }) => outcome)]),
        ]),
      };
    } catch (error) {
      if (!(error instanceof CountersignError) || error.exit !== 4) throw error;
      return { complete: false, seen: "" };
    }
  }

  /** Signatures that are listed. */
  async count(repository: string): Promise<number> {
    const store = this.direct(repository);
    const { descriptor } = await store.resolve({ tag: "v1" });
    return (await store.referrers(descriptor.digest)).referrers.length;
  }

  /** Runs `work` behind a proxy of its own. */
  async through<T>(
    onRequest: OnRequest,
    work: (port: number) => Promise<T>,
  ): Promise<{ readonly result: T; readonly requests: FaultProxy["requests"] }> {
    const proxy = await startFaultProxy(this.#port, onRequest);
    try {
      return { result: await work(proxy.port), requests: proxy.requests };
    } finally {
      await proxy.close();
    }
  }

  /** The command line, in this process, through a proxy. */
  async command(onRequest: OnRequest, repository: string, words: readonly string[]): Promise<Said> {
    const [verb = "", ...rest] = words;
    const { result } = await this.through(onRequest, (port) => this.home.countersign(verb, `127.0.0.1:${port}/${repository}:v1`, ...rest));
    return result;
  }

  /** The repository as it is. */
  direct(repository: string): RemoteStore {
    return this.#store(this.#port, repository);
  }

  #store(port: number, repository: string, http: HttpClientOptions = {}): RemoteStore {
    const client = createHttpClient({ patience: { tries: 4, firstPauseMs: 2, withinMs: 600_000 }, ...http });
    this.#ends.push(() => client.close());
    return openRegistry({ registry: `127.0.0.1:${port}`, client }).repository(repository);
  }
}

/** The host is of no consequence: the store is given. By tag, as people write it. */
function referenceOf(repository: string): ReturnType<typeof parseReference> {
  return parseReference(`127.0.0.1:1/${repository}:v1`);
}

/** What ends with exit code 4 was not found out; any other error fails the test. */
async function orUnknown(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CountersignError) || error.exit !== 4) throw error;
    return { answer: "unknown", code: error.code };
  }
}

/** Credential helpers: `docker-credential-NAME get|store|erase`, programs that keep credentials for Docker. */
import { spawn } from "node:child_process";
import { delimiter, isAbsolute } from "node:path";
import { isObject } from "../../core/descriptor.ts";
import { showForeign } from "../../core/display.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { decodeJson } from "../../encoding/json.ts";
import { type Credentials, unusable } from "./credentials.ts";

type Env = Readonly<Record<string, string | undefined>>;

interface HelperOptions {
  /** `NAME` of `docker-credential-NAME`. */
  readonly name: string;
  /** The file that names it, for messages. */
  readonly file: string;
  readonly env: Env;
  readonly timeoutMs: number;
}

/** What helpers say where they have nothing. Source: docker-credential-helpers, `credentials.NewErrCredentialsNotFound`. */
const NOT_FOUND = "credentials not found in native keychain";
/** The user name of an identity token. Source: docker/cli, `nativeStore`. */
const TOKEN_USER = "<token>";

export interface Helper {
  readonly program: string;
  /** `undefined` where the helper has none for `server`. */
  get(server: string): Promise<Credentials | undefined>;
  store(server: string, credentials: { readonly username: string; readonly password: string }): Promise<void>;
  erase(server: string): Promise<void>;
}

/** A helper that is missing, fails or does not end throws `registry/credentials`: to go on without would ask as somebody else. */
export function openHelper(options: HelperOptions): Helper {
  const program = `docker-credential-${options.name}`;

  async function call(
    action: "get" | "store" | "erase",
    { server, input }: { server: string; input: string },
  ): Promise<string | undefined> {
    const fail = (state: string, more: { remedy?: string; cause?: unknown } = {}): Error =>
      unusable(`${action} credentials for "${server}"`, `${program}, which "${options.file}" names, ${state}`, more);
    const ran = await run(program, action, { ...options, input });
    if (ran.state === "missing") {
      throw fail("is not installed", { remedy: `install ${program}, or take it out of "${options.file}"`, cause: ran.cause });
    }
    if (ran.state === "late") throw fail(`did not end within ${options.timeoutMs} ms`);
    if (ran.state === "too-long") throw fail(`said more than ${LIMITS.helperAnswerBytes} bytes`);
    if (ran.code === 0) return ran.stdout;
    if (ran.stdout.trim() === NOT_FOUND) return undefined;
    // A helper says on stdout why it failed. What looks like an answer may hold a secret all the same.
    const said = ran.stdout.includes("{") ? "" : showForeign(ran.stdout.trim(), 200);
    throw fail(`failed${said === "" ? "" : `: ${said}`}`);
  }

  return {
    program,
    async get(server) {
      const answer = await call("get", { server, input: server });
      if (answer === undefined) return undefined;
      const { Username: username, Secret: secret } = decodeAnswer(answer) ?? {};
      if (typeof username !== "string" || typeof secret !== "string") {
        throw unusable(`get credentials for "${server}"`, `the answer of ${program}, which "${options.file}" names, cannot be read`);
      }
      if (username === "" && secret === "") return undefined;
      return username === TOKEN_USER ? { identityToken: secret, source: program } : { username, password: secret, source: program };
    },
    async store(server, { username, password }) {
      await call("store", { server, input: JSON.stringify({ ServerURL: server, Username: username, Secret: password }) });
    },
    async erase(server) {
      await call("erase", { server, input: server });
    },
  };
}

function decodeAnswer(answer: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const document = decodeJson(Buffer.from(answer), { maxBytes: LIMITS.helperAnswerBytes, maxDepth: 4 });
    return isObject(document) ? document : undefined;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

type Ran =
  | { readonly state: "ended"; readonly code: number | null; readonly stdout: string }
  | { readonly state: "missing"; readonly cause: unknown }
  | { readonly state: "late" }
  | { readonly state: "too-long" };

function run(program: string, action: string, options: HelperOptions & { readonly input: string }): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(program, [action], { env: environmentOf(options.env), stdio: ["pipe", "pipe", "ignore"], windowsHide: true });
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (ran: Ran): void => {
      clearTimeout(timer);
      // Whatever it started may still hold its end of the pipe; nobody waits for that.
      child.stdout.destroy();
      child.kill("SIGKILL");
      resolve(ran);
    };
    const timer = setTimeout(() => finish({ state: "late" }), options.timeoutMs);
    child.once("error", (cause) => finish({ state: "missing", cause }));
    child.once("close", (code) => finish({ state: "ended", code, stdout: Buffer.concat(chunks).toString("utf8") }));
    child.stdout.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > LIMITS.helperAnswerBytes) finish({ state: "too-long" });
      else chunks.push(chunk);
    });
    // A helper that does not read its input has its own reasons, and its exit code says whether it failed.
    child.stdin.on("error", () => undefined).end(options.input);
  });
}

/** Where the system's own programs are. */
const DEFAULT_PATH = "/usr/bin:/bin";

/**
 * The user's environment, which helpers find keychains and cloud accounts by, without what is ours: passwords,
 * passphrases, and private keys under whatever name. Relative folders of PATH go too: they would run what lies in the
 * folder at hand, and so would an empty PATH, by which the system means just that folder.
 */
function environmentOf(env: Env): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/^(COUNTERSIGN|COSIGN|NOTATION)_/.test(entry[0]) && !entry[1].includes("PRIVATE KEY-----"),
  );
  const path = (env["PATH"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  return { ...Object.fromEntries(kept), PATH: path.length === 0 ? DEFAULT_PATH : path.join(delimiter) };
}

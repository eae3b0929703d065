/** The guides, line by line at a real terminal, against a real registry: each line ends as it says, and what is shown is seen. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { parseReference, setup } from "../src/index.ts";
import { pushImage } from "../src/testing/image.ts";
import { startRegistry } from "../src/testing/registry-server.ts";
import { needsPrograms } from "./real/programs.ts";

const root = join(import.meta.dirname, "..");
const guides = join(root, "docs", "guides");
const IMAGES = ["acme/app:1.0", "acme/app:1.1", "build/api:1.0", "build/api:1.1"];

interface Block {
  readonly kind: "sh" | "text";
  readonly text: string;
}

function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, kind = "", text = ""]) => {
    assert.ok(kind === "sh" || kind === "text", `a block of ${kind} is not run`);
    return { kind, text };
  });
}

/** A script that stops at the first command that ends otherwise than its comment says, 0 without one. */
function scriptOf(blocks: readonly Block[]): string {
  const commands = blocks.filter(({ kind }) => kind === "sh").flatMap(({ text }) => commandsOf(text));
  return commands
    .map((command) => {
      const wanted = /# exit ([0-9])\s*$/.exec(command)?.[1] ?? "0";
      const [first = ""] = command.split("\n");
      return `${command}\ncode=$?; [ $code = ${wanted} ] || { echo "LINE ENDED WITH $code: "'${first.replaceAll("'", "'\\''")}'; exit 1; }`;
    })
    .join("\n");
}

/** A line each; a here-document belongs to its line. */
function commandsOf(block: string): readonly string[] {
  const commands: string[] = [];
  let open = false;
  for (const line of block.trimEnd().split("\n")) {
    if (open) commands.push(`${commands.pop() ?? ""}\n${line}`);
    else commands.push(line);
    if (line.includes("<<EOF")) open = true;
    else if (line === "EOF") open = false;
  }
  return commands;
}

async function runAtTerminal(context: TestContext, script: string): Promise<{ readonly code: number | null; readonly screen: string }> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-guide-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ["bin", "home", "work"]) mkdirSync(join(folder, name));
  symlinkSync(join(root, "bin", "countersign"), join(folder, "bin", "countersign"));
  writeFileSync(join(folder, "guide.sh"), script);
  const env = {
    HOME: join(folder, "home"),
    PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
    XDG_RUNTIME_DIR: folder,
    NO_COLOR: "1",
  };
  const child = spawn("script", ["-qec", `sh ${join(folder, "guide.sh")}`, "/dev/null"], {
    cwd: join(folder, "work"),
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (screen += text));
  const code = await new Promise<number | null>((done) => child.once("close", done));
  return { code, screen: screen.replaceAll("\r\n", "\n") };
}

/** Where the guide's server listens in place of the port that it names. */
async function freePlace(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `127.0.0.1:${port}`;
}

for (const name of readdirSync(guides)) {
  test(`${name} works as it stands`, async (context) => {
    if (!needsPrograms(context, "script", "curl", "openssl")) return;
    const registry = await startRegistry();
    context.after(() => registry.close());
    const opened = await setup({ env: {}, config: tmpdir() });
    context.after(() => opened.close());
    for (const image of IMAGES) {
      const reference = parseReference(`${registry.host}/${image}`);
      const files = [{ path: "app", bytes: Buffer.from(image) }];
      await pushImage(await opened.openStore(reference), { files, tag: image.split(":")[1] ?? "latest" });
    }
    const blocks = blocksOf(
      readFileSync(join(guides, name), "utf8")
        .replaceAll("localhost:5000", registry.host)
        .replaceAll("127.0.0.1:3161", await freePlace()),
    );
    const { code, screen } = await runAtTerminal(context, scriptOf(blocks));
    assert.equal(code, 0, screen);
    for (const { text } of blocks.filter(({ kind }) => kind === "text")) {
      for (const line of text.trimEnd().split("\n")) assert.ok(screen.includes(line), `"${line}" is not seen in\n${screen}`);
    }
  });
}

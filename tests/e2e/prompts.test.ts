/** The built program asks a person at a real terminal, which `script` makes. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { quoteWord } from "../../src/core/shell.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { createApprovalWorld } from "../fixtures/approval-world.ts";
import { LAUNCHER } from "../fixtures/programs.ts";
import { needsPrograms } from "../real/programs.ts";

interface Typed {
  readonly code: number | null;
  /** What stood on the screen. */
  readonly screen: string;
}

/** Types each text once the screen shows its question. */
async function atTerminal(
  context: TestContext,
  args: readonly string[],
  script: readonly (readonly [question: string, text: string])[],
): Promise<Typed> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-terminal-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const command = [process.execPath, LAUNCHER, ...args].map(quoteWord).join(" ");
  const env = { HOME: folder, PATH: process.env["PATH"] ?? "", XDG_RUNTIME_DIR: folder, NO_COLOR: "1" };
  const child = spawn("script", ["-qec", command, "/dev/null"], { env, stdio: ["pipe", "pipe", "inherit"] });
  const waiting = [...script];
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    const [next] = waiting;
    if (next === undefined || !screen.includes(next[0])) return;
    waiting.shift();
    child.stdin.write(next[1]);
  });
  const code = await new Promise<number | null>((done) => child.once("close", done));
  return { code, screen };
}

async function login(context: TestContext, script: readonly (readonly [string, string])[]): Promise<Typed | undefined> {
  if (process.platform !== "linux") context.skip("`script` takes other options here");
  else if (needsPrograms(context, "script")) {
    const registry = await startRegistry({ htpasswd: { alice: "s3cret" } });
    context.after(() => registry.close());
    return atTerminal(context, ["login", registry.host], script);
  }
  return undefined;
}

test("a user name is echoed and can be corrected, a password is not", async (context) => {
  const typed = await login(context, [
    ["User name for", "alicx\u007fe\r"],
    ["Password of alice", "s3crex\u007ft\r"],
  ]);
  if (typed === undefined) return;
  assert.equal(typed.code, 0, typed.screen);
  assert.match(typed.screen, /logged in {2}127\.0\.0\.1:\d+ {2}as alice/);
  assert.doesNotMatch(typed.screen, /s3cre/);
});

test("lines that are pasted together answer one question each", async (context) => {
  const typed = await login(context, [["User name for", "alice\rs3cret\r"]]);
  if (typed === undefined) return;
  assert.equal(typed.code, 0, typed.screen);
});

test("who gives up is told that the question has no answer", async (context) => {
  const typed = await login(context, [["User name for", "\u0003"]]);
  if (typed === undefined) return;
  assert.equal(typed.code, 4, typed.screen);
  assert.match(typed.screen, /left without an answer \(job\/interrupted\)/);
});

test("who is asked to approve sees the image and his name before the question, and nothing is signed unless he says yes", async (context) => {
  if (process.platform !== "linux") return context.skip("`script` takes other options here");
  if (!needsPrograms(context, "script")) return;
  const registry = await startRegistry();
  const world = await createApprovalWorld({ host: registry.host, approve: "{ by: release, atLeast: 1, valid: 72h }" });
  context.after(async () => {
    world.close();
    await registry.close();
  });
  const image = await world.image({ tag: "1.0" });
  const approve = (answer: string): Promise<Typed> =>
    atTerminal(
      context,
      ["approve", `${world.prod}:1.0`, "--gate", "prod", ...world.keyOf("finn"), "--config", world.config],
      [["Type yes", answer]],
    );
  for (const [answer, code] of [
    ["\r", 4],
    ["y\r", 4],
    ["\u0003", 4],
  ] as const) {
    const typed = await approve(answer);
    assert.equal(typed.code, code, typed.screen);
  }
  await world.expect(1, "verify", image, "--gate", "prod");
  const typed = await approve("yes\r");
  assert.equal(typed.code, 0, typed.screen);
  assert.match(
    typed.screen,
    /is sha256:[0-9a-f]{64}[^]*you are finn: approved as shop\/api at gate prod[^]*Approve this image\? Type yes[^]*✓ approved/,
  );
  await world.expect(0, "verify", image, "--gate", "prod");
});

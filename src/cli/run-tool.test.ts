import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { runTool } from "./run-tool.ts";

const signal = new AbortController().signal;

/** A pipe in the file system; `closed` once nobody is left that holds it open, which is when its holder is gone. */
async function makeWatch(): Promise<{ readonly path: string; readonly opened: Promise<unknown>; readonly closed: Promise<unknown> }> {
  const path = join(await mkdtemp(join(tmpdir(), "countersign-run-")), "pipe");
  execFileSync("mkfifo", [path]);
  const reader = createReadStream(path).resume();
  return { path, opened: once(reader, "open"), closed: once(reader, "end") };
}

test("what signs is not the tool's, under whatever name; its own access to registries is", async () => {
  const secrets = {
    COUNTERSIGN_PASSPHRASE: "secret 1",
    COUNTERSIGN_REGISTRY_PASSWORD: "secret 2",
    COSIGN_PASSWORD: "secret 3",
    COSIGN_KEY: "secret 4",
    NOTATION_PASSWORD: "secret 5",
    SIGSTORE_ID_TOKEN: "secret 6",
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "secret 7",
    SIGNING_KEY: "secret 8",
    CHAIN: "secret 9",
  };
  const { output } = await runTool("env; true", {
    image: "registry.example/app",
    env: { ...secrets, TRIVY_PASSWORD: "its own" },
    keys: ["env://SIGNING_KEY", "env://CHAIN", "ci"],
    signal,
  });
  const seen = Buffer.from(output).toString();
  assert.doesNotMatch(seen, /secret/);
  assert.match(seen, /TRIVY_PASSWORD=its own/);
  assert.match(seen, /IMAGE=registry\.example\/app/);
});

// `yes` is a child of the shell, which waits for it: ending the shell alone would not end it, and its pipe stays open.
test("a tool that writes without end is ended, and all that it has started", async () => {
  const { path, closed } = await makeWatch();
  const running = runTool(`yes 0123456789012345678901234567890123456789 3>'${path}'; true`, { image: "app", env: process.env, signal });
  await assert.rejects(running, /it wrote more than \d+ bytes/);
  await closed;
  await rm(dirname(path), { recursive: true });
});

test("an abort ends the tool, and what it has left behind with its output open", async () => {
  for (const then of ["wait", "exit 0"]) {
    const { path, opened, closed } = await makeWatch();
    const stop = new AbortController();
    const reason = new Error("stopped");
    const running = runTool(`sleep 3600 3>'${path}' & ${then} # $IMAGE`, { image: "app", env: process.env, signal: stop.signal });
    const ended = assert.rejects(running, reason);
    await opened;
    stop.abort(reason);
    await ended;
    await closed;
    await rm(dirname(path), { recursive: true });
  }
});

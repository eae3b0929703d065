/** `countersign serve` as a process: started in two commands, killed, stopped, and set up wrongly. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { parseReference } from "../../src/core/reference.ts";
import { decodeTimestampInfo } from "../../src/pki/timestamp/info.ts";
import { decodeTimestampResponse, encodeTimestampRequest } from "../../src/pki/timestamp/request.ts";
import { decodeSignedToken } from "../../src/pki/timestamp/signed-token.ts";
import { pushImage } from "../../src/testing/image.ts";
import { LAUNCHER, runProgram } from "../fixtures/programs.ts";
import { findFaults } from "../json-schema.ts";
import { needsPrograms } from "../real/programs.ts";
import { startScene } from "./policy-scene.ts";
import { countersign, type Said } from "./terminal.ts";

const { folder, registry, opened } = await startScene();
const rest = mkdtempSync(join(tmpdir(), "countersign-serve-"));
after(() => rmSync(rest, { recursive: true, force: true }));

let homes = 0;
/** A configuration of its own, with an authority that was made by `cert test` and listens on a free port. */
async function home(...words: readonly string[]): Promise<string> {
  homes += 1;
  const config = join(rest, `home-${homes}`);
  succeeds(await run(config, "cert", "test", "clock", "--timestamp", "--trust", ...words));
  edit(join(config, "serve.yaml"), /127\.0\.0\.1:3161/, "127.0.0.1:0");
  return config;
}

function edit(file: string, from: RegExp, to: string): void {
  const text = readFileSync(file, "utf8");
  assert.match(text, from);
  writeFileSync(file, text.replace(from, to));
}

function run(config: string, ...words: readonly string[]): Promise<Said> {
  return countersign([...words, "--config", config]);
}

function succeeds(said: Said): Said {
  assert.equal(said.code, 0, `${said.stdout}${said.stderr}`);
  return said;
}

interface Running {
  readonly url: string;
  readonly child: ChildProcess;
  readonly said: () => string;
  /** How it ended. */
  readonly ended: Promise<readonly [code: number | null, signal: string | null]>;
}

/** The built program, once it answers; it is ended with the test if it has not ended before. */
async function serve(
  context: TestContext,
  config: string,
  { words = [], env = {} }: { readonly words?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Running> {
  const child = spawn(process.execPath, [LAUNCHER, "serve", "--config", config, "--output", "json", ...words], {
    env: { PATH: process.env["PATH"] ?? "", HOME: rest, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<readonly [number | null, string | null]>((done) => child.once("close", (...how) => done(how)));
  context.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const ready = new Promise<void>((done) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (stdout.endsWith("\n")) done();
    });
  });
  await Promise.race([ready, ended]);
  assert.notEqual(stdout, "", stderr);
  const document = JSON.parse(stdout) as { readonly parts: readonly { readonly name: string; readonly url: string }[] };
  assert.deepEqual(findFaults(document), []);
  assert.deepEqual(
    document.parts.map(({ name }) => name),
    ["timestampAuthority"],
  );
  return { url: document.parts[0]?.url ?? "", child, said: () => stderr, ended };
}

interface Stamped {
  readonly serial: string;
  readonly from: number;
}

/** `undefined` where nobody answers any more, or with a refusal. */
function stamp(url: string, agent: Agent): Promise<Stamped | undefined> {
  const { bytes } = encodeTimestampRequest({ signatureValue: Buffer.from("stamped"), hash: "sha256" });
  return new Promise((done) => {
    const asked = request(url, { method: "POST", headers: { "content-type": "application/timestamp-query" }, agent }, (response) => {
      const pieces: Uint8Array[] = [];
      response.on("data", (piece: Uint8Array) => pieces.push(piece));
      response.once("error", () => done(undefined));
      response.once("end", () => {
        if (!response.complete) return done(undefined);
        try {
          const { serial, interval } = decodeTimestampInfo(decodeSignedToken(decodeTimestampResponse(Buffer.concat(pieces))).content);
          return done({ serial, from: interval.from.getTime() });
        } catch {
          return done(undefined);
        }
      });
    });
    asked.once("error", () => done(undefined));
    asked.end(bytes);
  });
}

test("a newcomer runs an authority in two commands, and has a signature stamped by it", async (context) => {
  const config = await home();
  const { url } = await serve(context, config);
  const reference = `${registry.host}/serve/app`;
  const store = await opened.openStore(parseReference(reference));
  const { digest } = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }] });
  succeeds(await run(config, "cert", "test", "ci"));
  const root = join(config, "keys", "clock.root.pem");
  const signed = await run(config, "sign", `${reference}@${digest}`, "--key", "ci", "--timestamp-url", url, "--timestamp-root", root);
  assert.match(succeeds(signed).stdout, /timestamped \S+Z by CN=clock,O=Countersign Test/);
  const refused = await run(config, "sign", `${reference}@${digest}`, "--key", "clock");
  assert.match(refused.stderr, /try: it is for timestamps, and `countersign --config \S+ serve` signs them with it/);
  assert.match(succeeds(await run(config, "key", "list")).stdout, /^clock .*stamps time \(serve\), signs no image/m);
  const listed = succeeds(await run(config, "key", "list", "--output", "json")).json();
  assert.deepEqual(findFaults(listed), []);
  assert.deepEqual(
    (listed as { readonly items: readonly { readonly timestampsOnly?: true }[] }).items.map((item) => item.timestampsOnly),
    [undefined, true],
  );
  assert.match((await run(config, "doctor")).stdout, /clock \(.*\) stamps time \(serve\), and signs no image/);
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /has the extended key usage timeStamping/);
});

test("killed in the middle of a thousand timestamps, and again, it gives no number twice and goes on after its last time", async (context) => {
  const config = await home();
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  context.after(() => agent.destroy());
  const lives: Stamped[][] = [];
  let wanted = 1000;
  for (const fatal of [300, 350, undefined]) {
    const { url, child, ended } = await serve(context, config);
    const life: Stamped[] = [];
    lives.push(life);
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (life.length < wanted) {
          const stamped = await stamp(url, agent);
          if (stamped === undefined) return;
          life.push(stamped);
          // Others are being answered.
          if (life.length === fatal) child.kill("SIGKILL");
        }
      }),
    );
    if (fatal !== undefined) assert.deepEqual(await ended, [null, "SIGKILL"]);
    wanted -= life.length;
  }
  const all = lives.flat();
  assert.ok(all.length >= 1000);
  assert.equal(new Set(all.map(({ serial }) => serial)).size, all.length);
  for (const [index, life] of lives.slice(1).entries()) {
    const before = Math.max(...(lives[index] ?? []).map(({ from }) => from));
    assert.ok(Math.min(...life.map(({ from }) => from)) > before);
  }
});

test("a second one on the same folder is refused, and the first goes on", async (context) => {
  const config = await home();
  const { url } = await serve(context, config);
  const second = await run(config, "serve");
  assert.equal(second.code, 3);
  assert.match(
    second.stderr,
    /Cannot use the folder ".*clock\.timestamps": another server uses it; process [0-9]+ of this machine holds it \(server\/state\)/,
  );
  assert.match(second.stderr, /try: stop that one, or give this one a folder of its own/);
  const agent = new Agent();
  assert.notEqual(await stamp(url, agent), undefined);
});

test("who was taken to be dead, and was not, ends when it notices", async (context) => {
  const config = await home();
  const { url, said, ended } = await serve(context, config);
  const agent = new Agent({ keepAlive: true });
  context.after(() => agent.destroy());
  writeFileSync(join(config, "clock.timestamps", "lock"), "another");
  // Until its block is at an end.
  const serials = new Set<string>();
  for (let stamped = await stamp(url, agent); stamped !== undefined; stamped = await stamp(url, agent)) serials.add(stamped.serial);
  assert.ok(serials.size <= 1024);
  assert.deepEqual(await ended, [3, null]);
  assert.match(said(), /^no timestamp can be given: another writer holds it$/m);
  assert.match(said(), /^Cannot go on with the folder ".*": another server has taken it over \(server\/state\)$/m);
});

test("SIGTERM ends it in order: what was being asked is answered, the exit code is 0, and the next begins at once", async (context) => {
  const config = await home();
  const first = await serve(context, config, { words: ["-v"] });
  const { hostname, port, pathname } = new URL(first.url);
  const socket = connect(Number(port), hostname);
  const { bytes } = encodeTimestampRequest({ signatureValue: Buffer.from("stamped"), hash: "sha256" });
  socket.write(
    `POST ${pathname} HTTP/1.1\r\nhost: a\r\ncontent-type: application/timestamp-query\r\ncontent-length: ${bytes.length}\r\n\r\n`,
  );
  socket.write(bytes.subarray(0, 10));
  // Its first half is there once an answer that was asked for later has come.
  assert.notEqual(await stamp(first.url, new Agent()), undefined);
  first.child.kill("SIGTERM");
  const seen: Uint8Array[] = [];
  socket.on("data", (piece: Uint8Array) => seen.push(piece));
  socket.write(bytes.subarray(10));
  await once(socket, "close");
  const answer = Buffer.concat(seen);
  assert.match(answer.toString("latin1"), /^HTTP\/1\.1 200 /);
  assert.ok(decodeTimestampResponse(answer.subarray(answer.indexOf("\r\n\r\n") + 4)).length > 0);
  assert.deepEqual(await first.ended, [0, null]);
  assert.match(first.said(), /^timestamp authority: \S+\n(?:issued [0-9a-f]+ at \S+Z\n){2}$/);
  const second = await serve(context, config);
  assert.notEqual(await stamp(second.url, new Agent()), undefined);
});

test("nothing that is sent is told, not even with -v", async (context) => {
  const config = await home();
  const { url, child, said, ended } = await serve(context, config, { words: ["-v"] });
  const headers = { "content-type": "application/timestamp-query" };
  const marked = Buffer.from("0MARKED\u001b[31m\n\nMARKED");
  for (const asked of [
    { url, init: { method: "POST", headers, body: marked } },
    { url: new URL("/MARKED", url), init: { headers: { MARKED: "MARKED" } } },
    { url, init: { method: "POST", headers: { "content-type": "MARKED/MARKED" }, body: marked } },
  ]) {
    await (await fetch(asked.url, asked.init)).arrayBuffer();
  }
  child.kill("SIGTERM");
  await ended;
  assert.equal(said(), `timestamp authority: ${url}\nrefused: badDataFormat\n`);
});

test("an encrypted key is opened by the passphrase of the environment", async (context) => {
  if (!needsPrograms(context, "openssl")) return;
  const config = await home();
  const key = join(config, "keys", "clock.key");
  const locked = join(config, "locked.key");
  const made = await runProgram("openssl", ["pkcs8", "-topk8", "-in", key, "-out", locked, "-passout", "env:PASS"], {
    env: { PASS: "open sesame" },
  });
  assert.equal(made.code, 0, made.stderr);
  edit(join(config, "serve.yaml"), /key: "clock"/, "key: ./locked.key\n  certificate: keys/clock.crt");
  const without = await run(config, "serve");
  assert.equal(without.code, 3);
  assert.match(without.stderr, /key\/passphrase/);
  const { url } = await serve(context, config, { env: { COUNTERSIGN_PASSPHRASE: "open sesame" } });
  assert.notEqual(await stamp(url, new Agent()), undefined);
});

test("what the configuration gets wrong is said before anything is opened", async () => {
  const empty = join(rest, "empty");
  const none = await run(empty, "serve");
  assert.equal(none.code, 3);
  assert.match(none.stderr, /there is no ".*serve\.yaml"/);
  assert.match(none.stderr, /countersign --config \S+ cert test clock --timestamp/);
  assert.equal((await run(empty, "serve", join(rest, "nowhere.yaml"))).code, 2);

  const config = await home();
  for (const [option, said] of [
    ["--at=2026-01-01", /timestamps are of the present/],
    ["--offline", /a server opens sockets/],
  ] as const) {
    const refused = await run(config, "serve", option);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, said);
  }
  succeeds(await run(config, "cert", "test", "signer"));
  const file = join(config, "serve.yaml");
  edit(file, /key: "clock"/, "key: signer");
  const signer = await run(config, "serve");
  assert.equal(signer.code, 3);
  assert.match(
    signer.stderr,
    /is not marked, by a critical extended key usage, as one for timestamps alone[^]*try: .*cert test clock --timestamp/,
  );
  edit(file, /key: signer/, "key: ./keys/clock.key");
  assert.match((await run(config, "serve")).stderr, /it has no certificate/);
  edit(file, /accuracy: 1s/, "acuracy: 1s");
  const { code, stderr } = await run(config, "serve");
  assert.equal(code, 3);
  assert.match(stderr, /line 7, column 3: timestampAuthority\.acuracy is not a field/);
});

test("cert test --timestamp leaves a serve.yaml alone that is there, and says what it would hold", async (context) => {
  const config = await home();
  const before = readFileSync(join(config, "serve.yaml"), "utf8");
  const again = succeeds(await run(config, "cert", "test", "other", "--timestamp", "--output", "json"));
  const document = again.json();
  assert.deepEqual(findFaults(document), []);
  assert.equal((document as { serveFileWritten: boolean }).serveFileWritten, false);
  assert.match(again.stderr, /was left alone; for this authority it would hold:\n[^]*key: "other"/);
  assert.equal(readFileSync(join(config, "serve.yaml"), "utf8"), before);
  const out = join(folder, "pki");
  succeeds(await run(config, "cert", "test", "true", "--timestamp", "--out", out));
  edit(join(out, "serve.yaml"), /127\.0\.0\.1:3161/, "127.0.0.1:0");
  const { url } = await serve(context, config, { words: [join(out, "serve.yaml")] });
  assert.notEqual(await stamp(url, new Agent()), undefined);
});

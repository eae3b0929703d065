/** What somebody meets who carries images, logs in, or mistypes a place: the state in words, and a way out that works. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { parseReference } from "../../src/core/reference.ts";
import { setup } from "../../src/setup.ts";
import { pushImage } from "../../src/testing/image.ts";
import { type RegistryOptions, type RunningRegistry, startRegistry } from "../../src/testing/registry-server.ts";
import { LAUNCHER, runProgram } from "../fixtures/programs.ts";
import { cosignTag, makeImage } from "../fixtures/rich-image.ts";
import { findFaults } from "../json-schema.ts";
import { freePort } from "../real/registries.ts";
import { countersign, type Said, type TerminalOptions } from "./terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-transfer-"));
const file = (name: string): string => join(folder, name);
const env = { HOME: folder, XDG_RUNTIME_DIR: file("run") };
const AD_HOC = ["--trust-store", "ca:test", "--trusted-identity", "*"];
const ALICE = ["--username", "alice", "--password-stdin"];
const USERNAME = "COUNTERSIGN_REGISTRY_USERNAME";
const PASSWORD = "COUNTERSIGN_REGISTRY_PASSWORD";

let registry: RunningRegistry;
let image = "";

before(async () => {
  registry = await startRegistry();
  image = `${registry.host}/team/app:1.4`;
  await push(image);
  await ok(["cert", "test", "--trust"]);
});
after(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

function run(args: readonly string[], options: TerminalOptions = {}): Promise<Said> {
  return countersign([...args, "--config", file("config")], { ...options, env: { ...env, ...options.env } });
}

async function ok(args: readonly string[], options: TerminalOptions = {}): Promise<Said> {
  const said = await run(args, options);
  assert.equal(said.code, 0, `${args.join(" ")}\n${said.stdout}${said.stderr}`);
  return said;
}

async function fails(args: readonly string[], code: number, options: TerminalOptions = {}): Promise<string> {
  const said = await run(args, options);
  assert.equal(said.code, code, `${said.stdout}${said.stderr}`);
  return said.stderr;
}

async function push(reference: string, text = "app"): Promise<void> {
  const parsed = parseReference(reference);
  const opened = await setup({ env: {} });
  try {
    const { tag = "" } = parsed;
    await pushImage(await opened.openStore(parsed, { create: true }), { files: [{ path: "app", bytes: Buffer.from(text) }], tag });
  } finally {
    opened.close();
  }
}

async function start(context: TestContext, options: RegistryOptions): Promise<RunningRegistry> {
  const started = await startRegistry(options);
  context.after(() => started.close());
  return started;
}

/** The names and tags in a layout's index. */
function namesIn(layout: string): readonly (readonly [name: string | undefined, tag: string | undefined])[] {
  const index = JSON.parse(readFileSync(join(layout, "index.json"), "utf8")) as {
    readonly manifests: readonly { readonly annotations?: Readonly<Record<string, string>> }[];
  };
  return index.manifests.map(({ annotations = {} }) => [
    annotations["io.containerd.image.name"],
    annotations["org.opencontainers.image.ref.name"],
  ]);
}

test("a name that one copy gave is still there after the next, and goes with its tag", async () => {
  const layout = file("named");
  await ok(["copy", image, `oci:${layout}`, "--as", "registry.example/app"]);
  await ok(["copy", image, `oci:${layout}`]);
  assert.deepEqual(namesIn(layout), [["registry.example/app:1.4", "1.4"]]);
  const other = `${registry.host}/team/other:1.4`;
  await push(other, "other");
  await ok(["copy", other, `oci:${layout}`]);
  assert.deepEqual(namesIn(layout), [
    [undefined, undefined],
    ["registry.example/app:1.4", "1.4"],
  ]);
  await ok(["copy", other, `oci:${layout}`, "--as", "registry.example/new"]);
  assert.deepEqual(namesIn(layout).at(-1), ["registry.example/new:1.4", "1.4"]);
});

test("the only image of an archive is copied with its tag; without one it is said that there is none", async () => {
  const archive = `oci-archive:${file("sole.tar")}`;
  await ok(["copy", image, archive]);
  assert.match((await ok(["copy", archive, `${registry.host}/back/app`])).stdout, /tag 1\.4$/m);
  await ok(["tree", `${registry.host}/back/app:1.4`]);
  const digest = /@(sha256:[0-9a-f]+)/.exec((await ok(["tree", image])).stdout)?.[1] ?? "";
  const { stdout } = await ok(["copy", `${registry.host}/team/app@${digest}`, `${registry.host}/bare/app`]);
  assert.match(stdout, /without a tag: it is found by its digest alone/);
});

test("what a copy ends with is a command that works", async () => {
  const signed = `${registry.host}/signed/app:1.4`;
  await push(signed, "signed");
  await ok(["sign", signed, "--key", "test", "--unsafe-tag"]);
  const statement = { name: "one", registryScopes: [`${registry.host}/signed/app`], signatureVerification: { level: "strict" } };
  const trustPolicies = [{ ...statement, trustStores: ["ca:test"], trustedIdentities: ["*"] }];
  writeFileSync(file("one.json"), JSON.stringify({ version: "1.0", trustPolicies }));
  const policy = { COUNTERSIGN_POLICY: file("one.json") };
  for (const destination of [`oci:${file("hint")}`, `oci-archive:${file("hint.tar")}`]) {
    const { stdout } = await ok(["copy", signed, destination]);
    const hint = /no trust decision was made: countersign (.+)$/m.exec(stdout)?.[1] ?? "";
    const said = await countersign(hint.split(" "), { env: { ...env, ...policy } });
    assert.equal(said.code, 0, `${hint}\n${said.stdout}${said.stderr}`);
  }
});

test("folders that are missing are made for layouts, archives and downloads alike", async () => {
  await ok(["copy", image, `oci:${file("deep/a/layout")}`]);
  await ok(["copy", image, `oci-archive:${file("deep/b/app.tar")}`]);
  writeFileSync(file("plain"), "");
  for (const place of [`oci:${file("plain/layout")}`, `oci-archive:${file("plain/app.tar")}`])
    assert.match(await fails(["copy", image, place], 4), /plain.*: .*(?:not a folder|a file is in its place)/);
  assert.match(await fails(["copy", image, `oci-archive:${folder}`], 4), /it is a folder[^]*try: oci:\S+, if it is an image layout/);
  assert.match(await fails(["copy", image, `oci-archive:${file("one.json")}`], 4), /it is no tar file[^]*try: name another file/);
  assert.equal(readFileSync(file("plain"), "utf8"), "");
});

test("a file system that cannot be written is said to be one", async (context) => {
  const signed = `${registry.host}/signed/app:1.4`;
  const place = file("read-only");
  mkdirSync(place);
  const script = `mount -t tmpfs tmpfs "$1" && mount -o remount,ro "$1" || exit 99; shift; exec "$@"`;
  for (const words of [
    ["copy", image, `oci:${place}/layout`],
    ["copy", image, `oci-archive:${place}/app.tar`],
    ["copy", image, `oci:${place}/a/b/layout`],
    ["download", signed, "signature", "--out", `${place}/signatures`],
  ]) {
    const ran = await runProgram("unshare", ["--mount", "sh", "-c", script, "sh", place, process.execPath, LAUNCHER, ...words], { env });
    if (ran.code === 99 || ran.code === null || /unshare failed/.test(ran.stderr)) {
      context.skip(`no room for a mount: ${ran.stderr.trim()}`);
      return;
    }
    assert.equal(ran.code, 4, ran.stderr);
    assert.match(ran.stderr, /the file system is read-only/);
    assert.match(ran.stderr, /\(store\/(?:read-only|write-failed)\)/);
  }
});

test("cosign's tag is shown by tree, and told about where no signature is found", async () => {
  const other = `${registry.host}/cosigned/app:1.4`;
  await push(other, "cosigned");
  const opened = await setup({ env: {} });
  const store = await opened.openStore(parseReference(other));
  const { descriptor } = await store.resolve({ tag: "1.4" });
  const tag = cosignTag(descriptor, "sig");
  const signature = await makeImage(store, []);
  await store.pushManifest(signature.descriptor, signature.bytes, { tag });
  opened.close();
  assert.match(
    (await ok(["tree", other])).stdout,
    new RegExp(`^tag ${tag}\n   cosign's older form, which this version does not judge\n   ${signature.descriptor.digest}$`, "m"),
  );
  const document = (await ok(["tree", other, "--output", "json"])).json() as { readonly tags: readonly unknown[] };
  assert.deepEqual(findFaults(document), []);
  assert.deepEqual(document.tags, [{ tag, digest: signature.descriptor.digest }]);
  const denied = await run(["verify", other, ...AD_HOC]);
  assert.deepEqual([denied.code, denied.stderr.includes(tag)], [1, true], denied.stderr);
  assert.doesNotMatch((await run(["verify", other, ...AD_HOC, "--quiet"])).stderr, /cosign/);
  const bare = await run(["verify", image, ...AD_HOC]);
  assert.deepEqual([bare.code, bare.stderr.includes("cosign")], [1, false]);
  assert.match((await ok(["tree", image])).stdout, /nothing hangs on it/);

  const asked = registry.requests.length;
  await ok(["verify", `${registry.host}/signed/app:1.4`, ...AD_HOC]);
  assert.ok(!registry.requests.slice(asked).some(({ url }) => url.endsWith(".sig")), "an image that passes pays nothing");
});

test("half of what opens a registry is told by the name of the other half", async () => {
  for (const [given, missing] of [
    [USERNAME, PASSWORD],
    [PASSWORD, USERNAME],
  ] as const) {
    const said = await fails(["tree", image], 2, { env: { [given]: "secret-half" } });
    assert.match(said, new RegExp(`${given} is set and ${missing} is not`));
    assert.doesNotMatch(said, /secret-half/);
  }
});

test("one user name for two registries is refused, and the way out is one that copy can go", async (context) => {
  const second = await start(context, { htpasswd: { alice: "s3cret" } });
  const said = await fails(["copy", image, `${second.host}/app`, ...ALICE], 2, { stdin: "s3cret" });
  assert.match(said, new RegExp(`try: \`countersign --config \\S+ login ${registry.host}\` and .*login ${second.host}\``));
  assert.ok(![...second.requests].some(({ headers }) => headers["authorization"] !== undefined), "nothing was sent");
  await ok(["login", second.host, ...ALICE], { stdin: "s3cret" });
  await ok(["copy", image, `${second.host}/app`]);
  await ok(["logout", second.host]);
});

test("a registry that fails is not one that cannot be reached; one that is not there is not advised about in general", async (context) => {
  const failing = await start(context, { tamper: ({ method }) => (method === "PUT" ? { status: 500 } : undefined) });
  const failed = await fails(["copy", image, `${failing.host}/app`], 4);
  assert.match(failed, /status 500[^]*try: the registry itself failed.*log.*disk/);
  const port = await freePort();
  for (const [host, remedy] of [
    [`127.0.0.1:${port}`, /try: check the host and the port, and that the registry is running$/m],
    ["registry.invalid", /try: check the spelling of the host/],
  ] as const) {
    const said = await fails(["copy", `${host}/app:1`, `oci:${file("never")}`], 4);
    assert.match(said, remedy);
    assert.doesNotMatch(said, /insecure-registry|\bHOST\b|\bREF\b/);
  }
  const { stdout } = await run(["doctor", `127.0.0.1:${port}/app:1`]);
  assert.equal(stdout.split("the connection was refused").length, 2, `said once:\n${stdout}`);
  assert.ok(!existsSync(file("never")));
});

test("a host is understood as it is pasted, wherever one is asked for", async (context) => {
  const closed = await start(context, { htpasswd: { alice: "s3cret" } });
  for (const written of [closed.host, `${closed.host}/`, `http://${closed.host}`, `https://${closed.host}/v2/`]) {
    assert.match((await ok(["login", written, ...ALICE], { stdin: "s3cret" })).stdout, new RegExp(`logged in +${closed.host} `));
    assert.match((await ok(["logout", written])).stdout, new RegExp(`logged out +${closed.host}$`, "m"));
    assert.match((await run(["doctor", written, "--insecure-registry", written])).stdout, new RegExp(`registry +${closed.host} answers`));
  }
  const wanted = await fails(["login", `http://${closed.host}`], 2);
  const remedy = /with the password on stdin: countersign (.*)$/m.exec(wanted)?.[1] ?? "";
  assert.ok(remedy.endsWith(`login ${closed.host} --username NAME --password-stdin`), wanted);
  assert.doesNotThrow(() => parseCommandLine(remedy.split(" ")));
});

test("at a terminal: what was typed is not called an option, and Ctrl-C is an interrupt", async (context) => {
  const closed = await start(context, { htpasswd: { alice: "s3cret" } });
  const terminal = { isTerminal: true } as const;
  const refused = await fails(["login", closed.host], 3, { ...terminal, answers: ["alice", "wrong"] });
  assert.match(refused, /the user name and password given were refused/);
  assert.doesNotMatch(refused, /--username|wrong/);
  for (const answers of [[], ["alice"]])
    assert.match(await fails(["login", closed.host], 4, { ...terminal, answers }), /left without an answer \(job\/interrupted\)/);
  assert.match(await fails(["login", closed.host], 2, { ...terminal, answers: ["alice", ""] }), /no password was given/);
});

test("login and logout answer in JSON, and say where nobody has checked the password", async () => {
  const login = (await ok(["login", registry.host, ...ALICE, "--output", "json"], { stdin: "s3cret" })).json();
  assert.deepEqual(findFaults(login), []);
  assert.deepEqual([(login as { checked: boolean }).checked, JSON.stringify(login).includes("s3cret")], [false, false]);
  assert.match(
    (await ok(["login", registry.host, ...ALICE], { stdin: "s3cret" })).stdout,
    /kept unchecked .*\n.*nobody has checked them$/m,
  );
  for (const count of [1, 0]) {
    const logout = (await ok(["logout", registry.host, "--output", "json"])).json() as { readonly removedFrom: readonly string[] };
    assert.deepEqual(findFaults(logout), []);
    assert.equal(logout.removedFrom.length, count);
  }
});

test("a tag that is not there is answered with those that are, and a repository that is not there is told apart", async () => {
  for (const tag of ["1.3", "2.0", "latest"]) await push(`${registry.host}/team/app:${tag}`);
  for (const words of [["tree"], ["verify", ...AD_HOC], ["copy"], ["download"]] as const) {
    const [verb, ...options] = words;
    const more = verb === "copy" ? [`oci:${file("missing")}`] : verb === "download" ? ["signature"] : options;
    const tag = await fails([verb, `${registry.host}/team/app:1.5`, ...more], 4);
    assert.match(tag, /the repository has no tag "1\.5" \(store\/not-found\)\n {2}try: name one of its tags: 1\.3, 1\.4, 2\.0, latest$/m);
    const repository = await fails([verb, `${registry.host}/team/apq:1.4`, ...more], 4);
    assert.match(repository, /the registry has no repository "team\/apq"/);
  }
  assert.match(await fails(["tree", `${registry.host}/team/app@sha256:${"0".repeat(64)}`], 4), /it is not there/);
});

test("words in the wrong order, a file's name for a registry's, an empty list", async () => {
  assert.match(
    await fails(["download", "signature", image], 2),
    new RegExp(`try: countersign --config \\S+ download ${image} signature$`, "m"),
  );
  assert.match(await fails(["copy", image, "app.tar"], 2), /it is the name of a file[^]*try: oci-archive:app\.tar$/m);
  assert.match(await fails(["verify", "--from", "/dev/null", ...AD_HOC], 2), /"\/dev\/null" lists no reference/);
  assert.match(await fails(["download", image, "signature"], 4), /was listed, and no signature is among it \(store\/not-found\)/);
});

test("a copy that is interrupted says so, and the same command goes on", async (context) => {
  const interrupt = new AbortController();
  const slow = await start(context, {
    tamper: ({ method, url }) => {
      if (method === "GET" && url.includes("/blobs/")) interrupt.abort();
      return undefined;
    },
  });
  const source = `${slow.host}/team/app:1.4`;
  await push(source);
  for (const destination of [`oci:${file("interrupted")}`, `oci-archive:${file("interrupted.tar")}`]) {
    const said = await fails(["copy", source, destination], 4, { signal: interrupt.signal });
    assert.match(
      said,
      /^Cannot finish "countersign copy": it was interrupted \(job\/interrupted\)\n {2}try: run the same command again; a copy goes on/,
    );
    await ok(["copy", source, destination]);
  }
});

test("what does not speak TLS is told in words, without a line of OpenSSL's", async () => {
  const said = await fails(["tree", image, "--registry-ca", new URL("../fixtures/tls/ca.crt", import.meta.url).pathname], 3);
  assert.match(said, /it does not speak TLS as asked; perhaps it speaks plain HTTP \(registry\/tls\)\n {2}try: --insecure-registry/);
  assert.doesNotMatch(said, /because|EPROTO|routines/);
});

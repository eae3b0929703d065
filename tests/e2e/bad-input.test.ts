/** Bad input, a row each: the code, the exit code, a remedy that can be pasted, and everything as it was before. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { digestOf } from "../../src/core/digest.ts";
import { ERRORS, type ErrorCode } from "../../src/core/errors.ts";
import { parseReference } from "../../src/core/reference.ts";
import { openLayout } from "../../src/registry/layout.ts";
import { setup } from "../../src/setup.ts";
import { pushImage } from "../../src/testing/image.ts";
import { type RunningRegistry, startRegistry } from "../../src/testing/registry-server.ts";
import { LAUNCHER, runProgram } from "../fixtures/programs.ts";
import { freePort } from "../real/registries.ts";
import { countersign } from "./terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-bad-"));
const config = join(folder, "config");
const NOBODY = `sha256:${"0".repeat(64)}`;
const AD_HOC = ["--trust-store", "ca:test", "--trusted-identity", "*"];
const SIGN = ["--key", "test"];

let open: RunningRegistry;
let closed: RunningRegistry;
let oversized: RunningRegistry;
let closedPort = 0;
let digest = "";

before(async () => {
  [open, closed, oversized, closedPort] = await Promise.all([
    startRegistry(),
    startRegistry({ htpasswd: { alice: "s3cret" } }),
    startRegistry({
      tamper: ({ url }) => (url.includes("/manifests/") ? { status: 200, body: Buffer.alloc(4_194_305, " ") } : undefined),
    }),
    freePort(),
  ]);
  assert.equal((await countersign(["cert", "test", "--trust", "--config", config])).code, 0);
  const opened = await setup({ env: {} });
  const store = await opened.openStore(parseReference(`${open.host}/team/app`));
  ({ digest } = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }], tag: "v1" }));
  opened.close();
  for (const name of ["layout", "too-large"]) {
    const layout = await openLayout(join(folder, name), { create: true });
    await pushImage(layout, { files: [{ path: "app", bytes: Buffer.from("app") }], tag: "v1" });
  }
  const [algorithm = "", hex = ""] = digest.split(":");
  const manifest = join(folder, "too-large", "blobs", algorithm, hex);
  assert.ok(existsSync(manifest));
  truncateSync(manifest, 5_000_000);
  mkdirSync(join(folder, "empty-folder"));
  writeFileSync(join(folder, "file"), "no layout");
});

after(async () => {
  await Promise.all([open, closed, oversized].map((registry) => registry.close()));
  rmSync(folder, { recursive: true, force: true });
});

interface Row {
  readonly name: string;
  /** Made when the servers run. */
  readonly reference: () => string;
  readonly code: ErrorCode;
  readonly env?: Readonly<Record<string, string>>;
}

const ROWS: readonly Row[] = [
  { name: "no reference at all", reference: () => "Team/App", code: "reference/invalid" },
  { name: "a URL", reference: () => `http://${open.host}/team/app`, code: "reference/invalid" },
  { name: "a digest that is too short", reference: () => `${open.host}/team/app@sha256:abc`, code: "reference/invalid" },
  { name: "a host where nobody listens", reference: () => `127.0.0.1:${closedPort}/team/app@${NOBODY}`, code: "store/unreachable" },
  { name: "a name that nobody has", reference: () => `registry.invalid/team/app@${NOBODY}`, code: "store/unreachable" },
  { name: "a repository that is not there", reference: () => `${open.host}/team/other@${NOBODY}`, code: "store/not-found" },
  { name: "a digest that is not there", reference: () => `${open.host}/team/app@${NOBODY}`, code: "store/not-found" },
  { name: "no credentials", reference: () => `${closed.host}/team/app@${NOBODY}`, code: "registry/unauthorized" },
  {
    name: "wrong credentials",
    reference: () => `${closed.host}/team/app@${NOBODY}`,
    code: "registry/unauthorized",
    env: { COUNTERSIGN_REGISTRY_USERNAME: "alice", COUNTERSIGN_REGISTRY_PASSWORD: "wrong" },
  },
  { name: "a manifest that is too large", reference: () => `${oversized.host}/team/app@${NOBODY}`, code: "store/too-large" },
  { name: "a layout that is not there", reference: () => `oci:${join(folder, "nothing")}@${NOBODY}`, code: "store/not-found" },
  { name: "a folder that is no layout", reference: () => `oci:${join(folder, "empty-folder")}@${NOBODY}`, code: "store/not-found" },
  { name: "a file in place of a layout", reference: () => `oci:${join(folder, "file")}@${NOBODY}`, code: "store/not-found" },
  { name: "a digest that the layout does not have", reference: () => `oci:${join(folder, "layout")}@${NOBODY}`, code: "store/not-found" },
  {
    name: "a manifest that is too large, in a layout",
    reference: () => `oci:${join(folder, "too-large")}@${digest}`,
    code: "store/too-large",
  },
];

const VERBS: readonly { readonly verb: string; readonly options: readonly string[] }[] = [
  { verb: "verify", options: AD_HOC },
  { verb: "sign", options: SIGN },
  { verb: "tree", options: [] },
  { verb: "inspect", options: [] },
];

for (const { name, reference, code, env } of ROWS) {
  for (const { verb, options } of VERBS) {
    test(`${verb} ${name}: ${code}`, async () => {
      const untouched = fingerprint();
      const said = await countersign(
        [verb, reference(), ...options, "--config", config, "--output", "json"],
        env === undefined ? {} : { env },
      );
      const document = said.json() as Readonly<Record<string, string>>;
      assert.equal(document["code"], code, said.stdout);
      assert.equal(document["reference"], reference());
      assert.equal(said.code, ERRORS[code][0]);
      assertFollowable(document["remedy"] ?? "");
      assert.equal(fingerprint(), untouched, "something was written");
      assert.ok(![...closed.requests, ...oversized.requests].some(({ method }) => method === "PUT" || method === "POST"));
    });
  }
}

/** What looks like a command is one, with nothing in it left to fill in. */
function assertFollowable(remedy: string): void {
  assert.notEqual(remedy, "");
  for (const [, command = ""] of remedy.matchAll(/`(countersign [^`]+)`|^(?:countersign [^`(]+)/g)) {
    const words = (command === "" ? remedy : command)
      .replace(/ \(.*$/, "")
      .split(" ")
      .slice(1);
    assert.doesNotMatch(words.join(" "), /\b(?:REF|FILE|NAME|DIR|HOST)\b/, remedy);
    assert.doesNotThrow(() => parseCommandLine(words), remedy);
  }
}

/** Every file below the folder, with what is in it. */
function fingerprint(): string {
  const hash = createHash("sha256");
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()) {
    const path = join(folder, entry);
    hash.update(entry);
    if (statSync(path).isFile()) hash.update(digestOf(readFileSync(path)));
  }
  return hash.digest("hex");
}

interface Disk {
  readonly name: string;
  readonly shell: readonly string[];
  /** $1 is a folder to use, $2 the layout to copy there, the rest the command. */
  readonly script: string;
}

const DISKS: readonly Disk[] = [
  {
    name: "a disk that is full",
    // A mount of its own, which nobody else sees and which goes with the shell.
    shell: ["unshare", "--mount", "sh", "-c"],
    script: `mount -t tmpfs -o size=256k tmpfs "$1" || exit 99; cp -R "$2" "$1/layout"; dd if=/dev/zero of="$1/filling" bs=1k 2>/dev/null; RUN`,
  },
  {
    name: "files that may not grow",
    shell: ["bash", "-c"],
    script: `cp -R "$2" "$1/layout"; trap "" XFSZ; ulimit -f 1; RUN`,
  },
];
// Whole blobs may stay: their names are their digests, and nothing names them. Everything else is as before.
const RUN = `
  before=$2 after=$1/layout; shift 2; "$@"; exit=$?
  diff -rq "$before" "$after" | grep -v 'blobs/sha256: [0-9a-f]*$' >&2 && exit 98
  cd "$after/blobs/sha256" && for blob in *; do echo "$blob  $blob" | sha256sum --check --quiet >&2 || exit 98; done
  exit $exit`;

for (const { name, shell, script } of DISKS) {
  test(`sign on ${name}: store/write-failed, and no half of anything stays`, async (context) => {
    const [program = "", ...options] = shell;
    const used = mkdtempSync(join(tmpdir(), "countersign-full-"));
    context.after(() => rmSync(used, { recursive: true }));
    const words = ["sign", `oci:${used}/layout@${digest}`, ...SIGN, "--config", config, "--output", "json"];
    const ran = await runProgram(program, [
      ...options,
      script.replace("RUN", () => RUN),
      "sh",
      used,
      join(folder, "layout"),
      process.execPath,
      LAUNCHER,
      ...words,
    ]);
    if (ran.code === 99 || ran.code === null) {
      context.skip(`no room for a mount: ${ran.stderr.trim()}`);
      return;
    }
    assert.equal(ran.code, 4, `${ran.stdout}${ran.stderr}`);
    assert.equal((JSON.parse(ran.stdout) as Readonly<Record<string, string>>)["code"], "store/write-failed");
  });
}

import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test, type TestContext } from "node:test";
import { hasCode } from "../../../tests/fixtures/remote-repository.ts";
import { CountersignError } from "../../core/errors.ts";
import { StoredCredentials, type StoredOptions } from "./stored.ts";
import { TokenRealms } from "./token-realms.ts";

const A = { auth: Buffer.from("alice:pw").toString("base64") };
const B = { auth: Buffer.from("bob:pw").toString("base64") };
const CAROL = { username: "carol", password: "s3cret:with\ncolon" };

interface Place {
  readonly folder: string;
  /** Two auth files, the second as Docker's. */
  readonly files: readonly [string, string];
  write(index: 0 | 1, content: unknown): void;
  read(index: 0 | 1): unknown;
  /** A helper program on PATH: a shell script, with what it was given in `$0.log`. */
  helper(name: string, script: string): void;
  log(name: string): string;
  open(more?: Partial<StoredOptions>): StoredCredentials;
}

function place(context: TestContext): Place {
  const folder = mkdtempSync(join(tmpdir(), "countersign-stored-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const files = [join(folder, "podman", "auth.json"), join(folder, "docker", "config.json")] as const;
  for (const name of ["podman", "docker", "bin"]) mkdirSync(join(folder, name));
  const program = (name: string): string => join(folder, "bin", `docker-credential-${name}`);
  return {
    folder,
    files,
    write: (index, content) => writeFileSync(files[index], typeof content === "string" ? content : JSON.stringify(content)),
    read: (index) => JSON.parse(readFileSync(files[index], "utf8")) as unknown,
    helper(name, script) {
      writeFileSync(program(name), `#!/bin/sh\ninput=$(cat)\nprintf '%s %s\\n' "$1" "$input" >> "$0.log"\n${script}\n`);
      chmodSync(program(name), 0o755);
    },
    log: (name) => (existsSync(`${program(name)}.log`) ? readFileSync(`${program(name)}.log`, "utf8") : ""),
    open: (more) => new StoredCredentials({ files, env: { PATH: `${join(folder, "bin")}${delimiter}${process.env["PATH"]}` }, ...more }),
  };
}

const sourced = (source: string, name = "alice"): object => ({ username: name, password: "pw", source });
/** Answers with alice for every server. */
const ALICE = `echo '{"ServerURL":"x","Username":"alice","Secret":"pw"}'`;
const NOT_FOUND = `echo "credentials not found in native keychain"; exit 1`;

test("the first file that knows the registry counts, and what is absent is passed over", async (context) => {
  const { write, open, files } = place(context);
  assert.equal(await open().find("registry.example", "a"), undefined);
  write(1, { auths: { "registry.example": A, "other.example": A } });
  write(0, { auths: { "registry.example": B } });
  assert.deepEqual(await open().find("registry.example", "a"), sourced(files[0], "bob"));
  assert.deepEqual(await open().find("other.example", "a"), sourced(files[1]));
});

test("a helper is asked once for each registry, by Docker's name for it, on stdin", async (context) => {
  const { write, open, helper, log } = place(context);
  write(1, { credsStore: "keys", auths: { "registry.example": {} } });
  helper("keys", ALICE);
  const stored = open();
  for (const repository of ["a", "b", undefined]) {
    assert.deepEqual(await stored.find("registry.example", repository), sourced("docker-credential-keys"));
  }
  await stored.find("docker.io", "library/a");
  assert.equal(log("keys"), "get registry.example\nget https://index.docker.io/v1/\n");
  const forgetful = open({ rememberMs: 0 });
  for (const _ of [1, 2]) await forgetful.find("late.example", "a");
  assert.equal(log("keys").split("late.example").length, 3, "asked again after a while");
});

test("what was not there, or failed, is looked for again after a login, a logout, or the failure", async (context) => {
  const { write, open, helper } = place(context);
  const stored = open();
  assert.equal(await stored.find("registry.example"), undefined);
  await stored.keep("registry.example", CAROL);
  assert.equal((await stored.find("registry.example"))?.source?.endsWith("config.json"), true);
  await stored.remove("registry.example");
  assert.equal(await stored.find("registry.example"), undefined);

  write(0, { credHelpers: { "locked.example": "keys" } });
  helper("keys", 'echo "the keychain is locked"; exit 1');
  const other = open();
  await assert.rejects(other.find("locked.example"), hasCode("registry/credentials"));
  helper("keys", ALICE);
  assert.deepEqual(await other.find("locked.example"), sourced("docker-credential-keys"));
  write(0, "{");
  const third = open();
  await assert.rejects(third.find("locked.example"), hasCode("registry/credentials"));
  write(0, { auths: { "locked.example": A } });
  assert.equal((await third.find("locked.example"))?.source?.endsWith("auth.json"), true);
});

test("a helper that has nothing leaves it to the files; an identity token is told by its user name", async (context) => {
  const { write, open, helper, files } = place(context);
  write(0, { credHelpers: { "registry.example": "empty" } });
  write(1, { credsStore: "empty", auths: { "registry.example": A } });
  helper("empty", NOT_FOUND);
  assert.deepEqual(await open().find("registry.example", "a"), sourced(files[1]));
  assert.equal(await open().find("other.example", "a"), undefined);
  write(1, { credsStore: "token" });
  helper("token", `echo '{"Username":"<token>","Secret":"abc"}'`);
  assert.deepEqual(await open().find("other.example", "a"), { identityToken: "abc", source: "docker-credential-token" });
});

test("a helper that is missing, fails, answers nonsense, too much or never, is an error and not nobody", async (context) => {
  const { write, open, helper, files } = place(context);
  const scripts: readonly (readonly [name: string, script: string | undefined, words: RegExp])[] = [
    ["missing", undefined, /is not installed/],
    ["locked", 'echo "the keychain is locked"; exit 1', /failed: the keychain is locked/],
    ["leaky", `echo '{"Username":"alice","Secret":"s3cret"}'; exit 1`, /failed$/],
    ["broken", "echo '{\"Username\":'", /cannot be read/],
    ["empty", "", /cannot be read/],
    ["partial", `echo '{"Username":"alice"}'`, /cannot be read/],
    ["number", `echo '{"Username":"alice","Secret":5}'`, /cannot be read/],
    ["endless", "yes s3cret", /more than 65536 bytes/],
    ["asleep", "exec sleep 600", /did not end within 300 ms/],
    ["killed", "kill -9 $$", /failed$/],
  ];
  for (const [name, script, words] of scripts) {
    write(1, { credHelpers: { "registry.example": name }, auths: { "registry.example": A } });
    if (script !== undefined) helper(name, script);
    const timeout = name === "asleep" ? { helperTimeoutMs: 300 } : {};
    await assert.rejects(open(timeout).find("registry.example", "a"), (error) => {
      hasCode("registry/credentials", words)(error);
      assert.ok(
        error instanceof CountersignError && error.message.includes(files[1]) && error.message.includes(`docker-credential-${name}`),
      );
      assert.ok(!`${error.message}${error.remedy}`.includes("s3cret"));
      return true;
    });
    assert.equal(await open().find("other.example", "a"), undefined, "nobody else is harmed");
  }
});

test("a helper gets the user's environment, and none of our secrets; nothing is run from the folder at hand", async (context) => {
  const { write, open, helper, log, folder } = place(context);
  write(1, { credsStore: "env" });
  helper("env", `env >> "$0.log"; ${ALICE}`);
  const env = {
    PATH: [".", "", "relative", join(folder, "bin"), "/usr/bin", "/bin"].join(delimiter),
    HOME: "/home/alice",
    AWS_PROFILE: "build",
    COUNTERSIGN_PASSPHRASE: "our-1",
    COUNTERSIGN_REGISTRY_PASSWORD: "our-2",
    COSIGN_PASSWORD: "our-3",
    NOTATION_PASSWORD: "our-4",
    SIGNING_KEY: "-----BEGIN PRIVATE KEY-----\nour-5\n-----END PRIVATE KEY-----",
  };
  await open({ env }).find("registry.example", "a");
  const seen = log("env");
  assert.match(seen, /^HOME=\/home\/alice$/m);
  assert.match(seen, /^AWS_PROFILE=build$/m);
  assert.equal(/^PATH=(.*)$/m.exec(seen)?.[1], [join(folder, "bin"), "/usr/bin", "/bin"].join(delimiter));
  assert.ok(!seen.includes("our-"), seen);
});

test("without a PATH the system's own folders are searched, never the folder at hand", async (context) => {
  const { write, open, folder } = place(context);
  write(1, { credsStore: "trap" });
  const trap = join(folder, "docker-credential-trap");
  writeFileSync(trap, `#!/bin/sh\n: > "$0.sprung"\n`, { mode: 0o755 });
  const here = process.cwd();
  process.chdir(folder);
  try {
    for (const PATH of [undefined, "", ".", "bin"]) {
      await assert.rejects(open({ env: { PATH } }).find("registry.example", "a"), hasCode("registry/credentials", /./));
    }
  } finally {
    process.chdir(here);
  }
  assert.ok(!existsSync(`${trap}.sprung`));
});

test("kept in a file: its owner's alone, whole, and everything else in it as it was", async (context) => {
  const { write, open, files } = place(context);
  const text = `{"auths":{"other.example":${JSON.stringify(A)},"https://registry.example/v1/":${JSON.stringify(B)}},
    "psFormat":"table {{.ID}}\\u0009","big":12345678901234567890,"one":1.0,"small":1e-7,"__proto__":{"x":[null,true]},"HttpHeaders":{"ä":"\\ud83d\\ude00"}}`;
  write(1, text);
  chmodSync(files[1], 0o644);
  const kept = await open().keep("registry.example", CAROL);
  assert.deepEqual(kept, { name: files[1], isPlainFile: true });
  assert.deepEqual(await open().find("registry.example", "a"), { ...CAROL, source: files[1] });
  const after = readFileSync(files[1], "utf8");
  for (const number of ['"big": 12345678901234567890', '"one": 1.0', '"small": 1e-7']) assert.ok(after.includes(number), after);
  const { auths: _, ...before } = JSON.parse(text) as Record<string, unknown>;
  const { auths, ...others } = JSON.parse(after) as Record<string, unknown>;
  assert.deepEqual(others, before);
  assert.deepEqual(Object.keys(auths as object), ["other.example", "registry.example"], "the old spelling is replaced");
  assert.equal(statSync(files[1]).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(files[1], "..")), ["config.json"], "no lock and no half-written file stays");
});

test("kept where it is looked for first, else in Docker's file, which is made if need be; a link stays one", async (context) => {
  const { write, open, files, read, folder } = place(context);
  rmSync(join(folder, "docker"), { recursive: true });
  assert.equal((await open().keep("docker.io", CAROL)).name, files[1]);
  assert.deepEqual(Object.keys((read(1) as { auths: object }).auths), ["https://index.docker.io/v1/"]);
  assert.equal(statSync(join(folder, "docker")).mode & 0o777, 0o700);
  write(0, { auths: { "registry.example": A } });
  assert.equal((await open().keep("registry.example", CAROL)).name, files[0]);
  assert.deepEqual(await open().find("registry.example", "a"), { ...CAROL, source: files[0] });
  const real = join(folder, "real.json");
  writeFileSync(real, "{}");
  rmSync(files[1]);
  symlinkSync(real, files[1]);
  await open().keep("third.example", CAROL);
  assert.ok(lstatSync(files[1]).isSymbolicLink());
  assert.match(readFileSync(real, "utf8"), /third\.example/);
});

test("kept by a helper: on stdin, and the file is left alone", async (context) => {
  const { write, open, helper, log, files } = place(context);
  write(1, { credsStore: "keys", auths: {} });
  const before = readFileSync(files[1], "utf8");
  helper("keys", "exit 0");
  assert.deepEqual(await open().keep("registry.example", CAROL), { name: "docker-credential-keys", isPlainFile: false });
  const [, input = ""] = /^store (.*)$/s.exec(log("keys").trim()) ?? [];
  assert.deepEqual(JSON.parse(input), { ServerURL: "registry.example", Username: CAROL.username, Secret: CAROL.password });
  assert.equal(readFileSync(files[1], "utf8"), before);
  helper("keys", 'echo "no room"; exit 1');
  await assert.rejects(open().keep("registry.example", CAROL), hasCode("registry/credentials", /store credentials.*failed: no room/));
});

test("many keep at once, and all are there", async (context) => {
  const { open, read } = place(context);
  const names = Array.from({ length: 30 }, (_, index) => `r${index}.example`);
  await Promise.all(names.map((name) => open().keep(name, CAROL)));
  assert.deepEqual(Object.keys((read(1) as { auths: object }).auths).toSorted(), names.toSorted());
});

test("a file that cannot be read is not written over", async (context) => {
  const { write, open, files } = place(context);
  write(1, '{"auths":{');
  await assert.rejects(open().keep("registry.example", CAROL), hasCode("registry/credentials"));
  assert.equal(readFileSync(files[1], "utf8"), '{"auths":{');
});

test("removed everywhere, under each of its names; others and namespaces stay", async (context) => {
  const { write, open, read, helper, log, files } = place(context);
  write(0, { auths: { "docker.io": A, "docker.io/acme": B } });
  write(1, { auths: { "https://index.docker.io/v1/": A, "index.docker.io": A, "other.example": B }, credHelpers: { "docker.io": "keys" } });
  helper("keys", ALICE);
  assert.deepEqual(await open().remove("docker.io"), [files[0], "docker-credential-keys", files[1]]);
  assert.deepEqual(read(0), { auths: { "docker.io/acme": B } });
  assert.deepEqual((read(1) as { auths: object }).auths, { "other.example": B });
  assert.match(log("keys"), /^erase https:\/\/index\.docker\.io\/v1\/$/m);
  helper("keys", NOT_FOUND);
  assert.deepEqual(await open().remove("docker.io"), []);
  assert.equal(log("keys").split("erase").length, 2, "what is not there is not erased");
});

test("token servers that were agreed to: for one registry each, until it is forgotten", async (context) => {
  const { folder } = place(context);
  const realms = new TokenRealms(join(folder, "own", "token-realms.json"));
  assert.deepEqual(await realms.of("registry.example"), []);
  await realms.keep("registry.example", "tokens.example");
  await realms.keep("registry.example", "tokens.example");
  await realms.keep("other.example", "tokens.example:8443");
  assert.deepEqual(await realms.of("registry.example"), ["tokens.example"]);
  assert.deepEqual(await realms.of("other.example"), ["tokens.example:8443"]);
  assert.deepEqual(await realms.of("constructor"), []);
  await realms.forget("registry.example");
  assert.deepEqual(await realms.of("registry.example"), []);
  writeFileSync(join(folder, "own", "token-realms.json"), '{"registry.example":"tokens.example"}');
  await assert.rejects(realms.of("registry.example"), hasCode("registry/credentials", /no list of hosts/));
});

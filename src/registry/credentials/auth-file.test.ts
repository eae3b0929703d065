import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { assert as assertProperty, asyncProperty, string } from "fast-check";
import { hasCode } from "../../../tests/fixtures/remote-repository.ts";
import { CountersignError } from "../../core/errors.ts";
import { type AuthFile, credentialsIn, helperOf, loadAuthFile } from "./auth-file.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-auth-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;

function write(content: string | object): string {
  const path = join(folder, `${made++}.json`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

async function load(document: object): Promise<AuthFile> {
  return (await loadAuthFile(write(document))) ?? assert.fail();
}

/** `user:password`, `identity TOKEN`, `registry TOKEN`, or "none". */
async function found(document: object, registry: string, repository?: string): Promise<string> {
  const file = await load(document);
  const credentials = credentialsIn(file, registry, repository);
  if (credentials === undefined) return "none";
  assert.equal(credentials.source, file.path);
  if ("username" in credentials) return `${credentials.username}:${credentials.password}`;
  return "identityToken" in credentials ? `identity ${credentials.identityToken}` : `registry ${credentials.registryToken}`;
}

const A = { auth: base64("alice:pw") };
const B = { auth: base64("bob:pw") };

const lookups: readonly (readonly [auths: object, registry: string, repository: string | undefined, expected: string])[] = [
  [{ "registry.example": A }, "registry.example", "a/b", "alice:pw"],
  [{ "registry.example": A }, "registry.example", undefined, "alice:pw"],
  [{ "Registry.Example": A }, "registry.example", "a/b", "alice:pw"],
  [{ "https://registry.example": A }, "registry.example", "a/b", "alice:pw"],
  [{ "https://registry.example/v1/": A }, "registry.example", "a/b", "alice:pw"],
  [{ "http://registry.example/v2/": A, "registry.example": B }, "registry.example", "a/b", "bob:pw"],
  // Another port, another host, or one that only begins or ends alike.
  [{ "registry.example": A }, "registry.example:5000", "a/b", "none"],
  [{ "registry.example:5000": A }, "registry.example", "a/b", "none"],
  [{ "registry.example": A }, "registry.example.evil", "a/b", "none"],
  [{ "registry.example": A }, "a.registry.example", "a/b", "none"],
  [{ "*.example": A }, "registry.example", "a/b", "none"],
  [{ "https://registry.example@evil/": A }, "registry.example", "a/b", "none"],
  [{ "https://registry.example.evil/registry.example": A }, "registry.example", "a/b", "none"],
  // Docker Hub's many names.
  [{ "https://index.docker.io/v1/": A }, "docker.io", "library/app", "alice:pw"],
  [{ "docker.io": A }, "docker.io", "library/app", "alice:pw"],
  [{ "registry-1.docker.io": A }, "docker.io", "library/app", "alice:pw"],
  [{ "docker.io": B, "https://index.docker.io/v1/": A }, "docker.io", "library/app", "alice:pw"],
  [{ "https://index.docker.io/v1/": A }, "index.docker.io.evil", "library/app", "none"],
  // Podman's namespaces, the longest first, whole names only.
  [{ "registry.example": A, "registry.example/a": B }, "registry.example", "a/b", "bob:pw"],
  [{ "registry.example/a": A, "registry.example/a/b": B }, "registry.example", "a/b", "bob:pw"],
  [{ "registry.example/a": A, "registry.example/a/b": B }, "registry.example", "a/c", "alice:pw"],
  [{ "registry.example/a": A }, "registry.example", "ab", "none"],
  [{ "registry.example/a": A }, "registry.example", undefined, "none"],
  [{ "registry.example/a": {}, "registry.example": B }, "registry.example", "a/b", "bob:pw"],
  [{ "docker.io/acme": A, "https://index.docker.io/v1/": B }, "docker.io", "acme/app", "alice:pw"],
  // Kinds of entry.
  [{ "registry.example": {} }, "registry.example", "a", "none"],
  [{ "registry.example": { username: "alice", password: "pw" } }, "registry.example", "a", "alice:pw"],
  [{ "registry.example": { auth: base64("alice:p:w\0\0") } }, "registry.example", "a", "alice:p:w"],
  [{ "registry.example": { ...A, identitytoken: "abc" } }, "registry.example", "a", "identity abc"],
  [{ "registry.example": { registrytoken: "abc" } }, "registry.example", "a", "registry abc"],
  [{ "registry.example": { auth: base64("zoë:pässword") } }, "registry.example", "a", "zoë:pässword"],
  [{ __proto__: A }, "registry.example", "a", "none"],
];

for (const [auths, registry, repository, expected] of lookups) {
  test(`${registry}/${repository ?? ""} among ${Object.keys(auths).join(", ")}: ${expected}`, async () => {
    assert.equal(await found({ auths }, registry, repository), expected);
  });
}

test("names of JavaScript's own are registries like any other", async () => {
  for (const name of ["constructor", "toString", "__proto__"]) assert.equal(await found({ auths: {} }, name, name), "none");
});

test("helpers: for the registry, else for all, unless turned off", async () => {
  const both = await load({ credsStore: "store", credHelpers: { "registry.example": "own", "off.example": "", "docker.io": "hub" } });
  assert.equal(helperOf(both, "registry.example"), "own");
  assert.equal(helperOf(both, "other.example"), "store");
  assert.equal(helperOf(both, "off.example"), undefined);
  assert.equal(helperOf(both, "docker.io"), "hub");
  assert.equal(helperOf(await load({ credsStore: "" }), "registry.example"), undefined);
  assert.equal(helperOf(await load({}), "registry.example"), undefined);
  for (const name of ["../evil", "a/b", "a b", "a;b", "a\n", 5, {}, "ä"]) {
    const hostile = await load({ credsStore: name });
    assert.throws(() => helperOf(hostile, "registry.example"), hasCode("registry/credentials", /is none/), String(name));
  }
});

test("a file that is broken is named, and nothing in it is shown", async () => {
  const secret = base64("alice:s3cret-value");
  const broken = [
    `{"auths":{"registry.example":{"auth":"${secret}"`,
    `{"auths":{"registry.example":{"auth":"${secret}"}},"auths":{}}`,
    `["${secret}"]`,
    `"${secret}"`,
    `{"auths":["${secret}"]}`,
    `{"auths":{},"credHelpers":"${secret}"}`,
    `${"[".repeat(100)}${"]".repeat(100)}`,
    `\u0000${secret}`,
  ];
  for (const text of broken) {
    const path = write(text);
    await assert.rejects(loadAuthFile(path), (error) => {
      assert.ok(error instanceof CountersignError, String(error));
      assert.equal(error.code, "registry/credentials");
      assert.ok(error.message.includes(path));
      assert.ok(!`${error.message}${error.remedy}${String(error.cause)}`.includes(secret));
      return true;
    });
  }
});

test("an entry that is broken harms no other, and is not shown", async () => {
  const entries = [
    "text",
    5,
    [],
    { auth: 5 },
    { auth: "%%%" },
    { auth: base64("no colon") },
    { auth: base64(":nobody") },
    { auth: `${base64("a:b")}!` },
    { username: 1 },
    { registrytoken: "a\r\nb" },
  ];
  for (const entry of entries) {
    const document = { auths: { "registry.example": entry, "other.example": A } };
    assert.equal(await found(document, "other.example", "a"), "alice:pw");
    await assert.rejects(found(document, "registry.example", "a"), hasCode("registry/credentials", /entry "registry\.example" of/));
  }
});

test("no file, an empty one, and one behind a link; but no folder, no device, and none without end", async () => {
  assert.equal(await loadAuthFile(join(folder, "absent.json")), undefined);
  assert.equal(await loadAuthFile(join(folder, "absent", "auth.json")), undefined);
  assert.deepEqual((await loadAuthFile(write("")))?.auths, {});
  const link = join(folder, "link.json");
  symlinkSync(write({ auths: { "registry.example": A } }), link);
  assert.deepEqual(Object.keys((await loadAuthFile(link))?.auths ?? {}), ["registry.example"]);
  mkdirSync(join(folder, "folder.json"));
  const large = write("{}");
  truncateSync(large, 1_048_577);
  for (const [path, words] of [
    [join(folder, "folder.json"), /folder/],
    ["/dev/zero", /regular/],
    [large, /larger/],
  ] as const) {
    await assert.rejects(loadAuthFile(path), hasCode("registry/credentials", words));
  }
});

test("what Docker would write is read back, whatever the user name and password", async () => {
  const text = string({ unit: "grapheme", maxLength: 40 }).filter((value) => !value.includes("\0") && value.isWellFormed());
  const user = text.filter((value) => value !== "" && !value.includes(":"));
  await assertProperty(
    asyncProperty(user, text, async (username, password) => {
      const document = { auths: { "registry.example": { auth: base64(`${username}:${password}`) } } };
      assert.equal(await found(document, "registry.example", "a"), `${username}:${password}`);
    }),
    { numRuns: 50 },
  );
});

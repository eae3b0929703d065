import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as holds, oneof, property, string, stringMatching } from "fast-check";
import { CountersignError, errorRow } from "./errors.ts";
import { formatReference, isShortName, parseDestination, parseReference, pinReference, repositoryOf } from "./reference.ts";
import { digestOf } from "./digest.ts";

const DIGEST = `sha256:${"ab".repeat(32)}`;

const READ: readonly (readonly [text: string, shown: string])[] = [
  ["alpine", "docker.io/library/alpine:latest"],
  ["alpine:3.20", "docker.io/library/alpine:3.20"],
  ["acme/app", "docker.io/acme/app:latest"],
  ["index.docker.io/acme/app:1", "docker.io/acme/app:1"],
  ["docker.io/alpine", "docker.io/library/alpine:latest"],
  ["localhost/app", "localhost/app:latest"],
  ["LocalHost/app", "localhost/app:latest"],
  ["localhost:5000/app:1", "localhost:5000/app:1"],
  ["Registry.Example/app:1", "registry.example/app:1"],
  ["127.0.0.1:5000/a/b/c:v1.2-rc_3", "127.0.0.1:5000/a/b/c:v1.2-rc_3"],
  ["[::1]:5000/app:1", "[::1]:5000/app:1"],
  // Spellings of one host: a policy's statement must not be escaped by another.
  ["127.1:5000/app:1", "127.0.0.1:5000/app:1"],
  ["0x7f.0.0.1:5000/app:1", "127.0.0.1:5000/app:1"],
  ["[0:0::1]:05000/app:1", "[::1]:5000/app:1"],
  ["registry.example:443/app:1", "registry.example/app:1"],
  ["registry.example:0443/app:1", "registry.example/app:1"],
  ["registry-1.docker.io:443/alpine:3", "docker.io/library/alpine:3"],
  ["127.0.0.1:443/app:1", "127.0.0.1:443/app:1"],
  [`registry.example/app@${DIGEST}`, `registry.example/app@${DIGEST}`],
  [`registry.example/app:1.4@${DIGEST}`, `registry.example/app:1.4@${DIGEST}`],
  ["registry.example/a__b/c.d/e--f:x", "registry.example/a__b/c.d/e--f:x"],
  ["oci:./layout:1.0", "oci:./layout:1.0"],
  ["oci:/images/with:colon/app", "oci:/images/with:colon/app"],
  [`oci:layout@${DIGEST}`, `oci:layout@${DIGEST}`],
  ["oci-archive:./image.tar:1.0", "oci-archive:./image.tar:1.0"],
  [`oci-archive:image.tar@${DIGEST}`, `oci-archive:image.tar@${DIGEST}`],
];

test("references are read as Docker reads them, and shown in full", () => {
  for (const [text, shown] of READ) assert.equal(formatReference(parseReference(text)), shown, text);
});

test("a place to write to has no tag unless one is written", () => {
  assert.equal(formatReference(parseDestination("acme/app")), "docker.io/acme/app");
  for (const text of ["registry.example/app:1.4", `registry.example/app@${DIGEST}`, "oci:layout", "oci-archive:image.tar:1.0"])
    assert.equal(formatReference(parseDestination(text)), text);
});

test("what is shown is read back the same", () => {
  for (const [text] of READ) {
    const once = parseReference(text);
    assert.deepEqual(parseReference(formatReference(once)), once);
  }
});

const REFUSED = [
  "",
  "UPPER",
  "registry.example/App:1",
  "registry.example/app:",
  "registry.example/app:.dot",
  "registry.example/app@sha256:short",
  `registry.example/app@sha256:${"AB".repeat(32)}`,
  `registry.example/app@md5:${"ab".repeat(16)}`,
  "registry.example/",
  "registry.example//app",
  "registry.example/../app",
  "registry.example/app/../../etc",
  "registry.example:0/app",
  "registry.example:70000/app",
  "https://registry.example/app",
  "user:secret@registry.example/app",
  "registry.example/app:1 ",
  "registry.example/app\n",
  "-registry.example/app:1",
  `registry.example/${"a".repeat(256)}`,
  "oci:",
  "oci::tag",
  "oci:dir\0",
  "oci:dir\u001b[31m:1",
  "oci-archive:",
  "a".repeat(5000),
];

test("what is no reference is refused with its code and a remedy", () => {
  for (const text of REFUSED) {
    assert.throws(
      () => parseReference(text),
      (error) => error instanceof CountersignError && error.code === "reference/invalid" && error.exit === 2 && error.remedy !== "",
      JSON.stringify(text),
    );
  }
});

test("a short name is one that stands for Docker Hub without naming it", () => {
  for (const text of ["alpine", "alpine:3", "acme/app", `acme/app@${DIGEST}`]) assert.ok(isShortName(text), text);
  for (const text of [
    "docker.io/alpine",
    "index.docker.io/acme/app:1",
    "Docker.io/a/b",
    "r.example/app",
    "localhost/app",
    "oci:alpine",
    "NO",
  ])
    assert.ok(!isShortName(text), text);
});

test("a digest that is none is refused with why, and a way to one", () => {
  const cases: readonly (readonly [written: string, message: RegExp, remedy: string])[] = [
    ["sha256:12", /it has 2 hex digits, and sha256 has 64/, "`countersign tree r.example/app` shows the digest"],
    ["md5:12", /sha256: and 64 lower-case hex digits make one/, "`countersign tree r.example/app` shows the digest"],
    [DIGEST.toUpperCase().replace("SHA", "sha"), /is not a digest/, `r.example/app@${DIGEST}`],
  ];
  for (const [written, message, remedy] of cases) {
    assert.throws(
      () => parseReference(`r.example/app@${written}`),
      (error) => error instanceof CountersignError && message.test(error.message) && error.remedy === remedy,
      written,
    );
  }
});

test("what is nearly a reference is answered with the one that was meant, and what is far from one with the form", () => {
  const form = errorRow("reference/invalid").remedy;
  const cases: readonly (readonly [text: string, message: RegExp, remedy: string])[] = [
    ["Team/App:RC1", /written in lower case/, "team/app:RC1"],
    ["registry.example/App", /written in lower case/, "registry.example/app"],
    ["REF", /written in lower case/, form],
    ["Team/app", /written in lower case/, "team/app"],
    ["Team/App..", /is not a repository name/, form],
    ["./lay:v1", /it is a path/, "oci:./lay:v1"],
    ["../lay", /it is a path/, "oci:../lay"],
    ["/images/app.tar:v1", /it is a path/, "oci-archive:/images/app.tar:v1"],
    ["UPPER@sha256:12", /is not a digest/, form],
    ["oci:lay@sha256:12", /is not a digest/, "`countersign tree oci:lay` shows the digest"],
    ["r.example/a b@sha256:12", /is not a digest/, form],
  ];
  for (const [text, message, remedy] of cases) {
    assert.throws(
      () => parseReference(text),
      (error) => error instanceof CountersignError && message.test(error.message) && error.remedy === remedy,
      text,
    );
  }
});

test("a host alone is no image of the Docker Hub", () => {
  for (const host of ["127.0.0.1:42011", "localhost:5000", "localhost", "registry.example", "registry.example:443", "[::1]:5000"]) {
    for (const text of [host, `${host}@${DIGEST}`]) {
      assert.throws(
        () => parseReference(text),
        (error) =>
          error instanceof CountersignError &&
          error.remedy === `${host}/repository:tag; \`countersign doctor ${host}\` looks at the registry`,
        text,
      );
    }
  }
  for (const image of ["alpine", "alpine:3", "alpine:3.20", "python:3000"]) assert.ok(isShortName(image), image);
});

test("with a tag and a digest, both are kept and pinning leaves the digest", () => {
  const reference = parseReference(`registry.example/app:1.4@${DIGEST}`);
  assert.equal(reference.tag, "1.4");
  const pinned = pinReference(reference, digestOf(new Uint8Array()));
  assert.equal(pinned.tag, undefined);
  assert.equal(repositoryOf(pinned), "registry.example/app");
});

test("any text is either a reference or an error of ours", () => {
  holds(
    property(oneof(string(), string({ unit: "binary" }), stringMatching(/^[a-z:/.@0-9-]{0,40}$/)), (text) => {
      try {
        const reference = parseReference(text);
        assert.deepEqual(parseReference(formatReference(reference)), reference);
      } catch (error) {
        assert.ok(error instanceof CountersignError, String(error));
      }
    }),
  );
});

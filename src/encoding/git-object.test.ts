import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { Malformed } from "../core/malformed.ts";
import { decodeCommit, decodeTag, gitObjectId } from "./git-object.ts";

const TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const ONE = "1".repeat(40);
const TWO = "2".repeat(40);
const EVA = "Eva <eva@acme.io> 1700000000 +0100";
const ARMOUR = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----";

function commit(headers: readonly string[], message = "Subject\n"): Buffer {
  return Buffer.from(`${headers.join("\n")}\n\n${message}`);
}

function refuses(raw: Uint8Array, why: RegExp): void {
  assert.throws(
    () => decodeCommit(raw, "sha1"),
    (error) => error instanceof Malformed && error.code === "git/object" && why.test(error.message),
    String(why),
  );
}

describe("a commit", () => {
  test("is named by the hash of its bytes, and says who and when", () => {
    const raw = commit([
      `tree ${TREE}`,
      `parent ${ONE}`,
      `parent ${TWO}`,
      `author ${EVA}`,
      "committer Finn Ö <finn@acme.io> 1700000001 -0000",
    ]);
    const { id, parents, author, committer, message, signed } = decodeCommit(raw, "sha1");
    assert.equal(id, createHash("sha1").update(`commit ${raw.length}\0`).update(raw).digest("hex"));
    assert.deepEqual(parents, [ONE, TWO]);
    assert.deepEqual(author, { name: "Eva", mail: "eva@acme.io", at: new Date("2023-11-14T22:13:20Z") });
    assert.equal(committer.name, "Finn Ö");
    assert.equal(message, "Subject\n");
    assert.equal(signed, undefined);
  });

  test("is read as git does where names are missing", () => {
    for (const who of ["<> 0 +0000", " <> 0 +0000", " <eva@acme.io> 0 +0000"]) {
      assert.equal(decodeCommit(commit([`tree ${TREE}`, `author ${who}`, `committer ${EVA}`]), "sha1").author.name, "", who);
    }
  });

  test("of a repository with SHA-256 is named by that", () => {
    const raw = commit([`tree ${"a".repeat(64)}`, `author ${EVA}`, `committer ${EVA}`]);
    assert.equal(decodeCommit(raw, "sha256").id, createHash("sha256").update(`commit ${raw.length}\0`).update(raw).digest("hex"));
    refuses(raw, /which is no SHA-1 in hex/);
  });

  test("is signed over its own bytes without the header of the signature, and nothing else is taken out or mended (CVE-2026-44309)", () => {
    const before = [`tree ${TREE}`, `author ${EVA}`, `committer ${EVA}`, "encoding ISO-8859-1"];
    const tag = `mergetag object ${ONE}\n type commit\n tag v1\n \n of others\r\n -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----`;
    const gpgsig = `gpgsig ${ARMOUR.replaceAll("\n", "\n ")}`;
    const other = `gpgsig-sha256 ${ARMOUR.replaceAll("AAAA\n", "BBBB\n").replaceAll("\n", "\n ")}`;
    const message = Buffer.concat([Buffer.from("Sub\xe4ject  \r\n\r\n\n  "), Buffer.from([0xff, 0xfe]), Buffer.from("gpgsig x\n")]);
    const write = (headers: readonly string[]): Buffer => Buffer.concat([Buffer.from(`${headers.join("\n")}\n\n`), message]);
    const raw = write([...before, tag, other, gpgsig, "HG:extra a b\n c"]);
    const { signed } = decodeCommit(raw, "sha1");
    assert.equal(signed?.signature, ARMOUR);
    assert.deepEqual(Buffer.from(signed.payload), write([...before, tag, "HG:extra a b\n c"]));
    assert.equal(decodeCommit(write([...before, other]), "sha1").signed, undefined);
  });

  const [tree, author, committer] = [`tree ${TREE}`, `author ${EVA}`, `committer ${EVA}`];
  const cases: readonly (readonly [what: string, raw: Uint8Array, why: RegExp])[] = [
    ["a NUL in a header", commit([tree, `author Eva\0 <eva@acme.io> 1 +0000`, committer]), /NUL/],
    ["a NUL in the message, after which git shows nothing", commit([tree, author, committer], "Fine\n\0Co-authored-by: eva"), /NUL/],
    ["two authors", commit([tree, author, author, committer]), /author twice/],
    ["an author after the committer", commit([tree, author, committer, author]), /author twice/],
    ["two trees", commit([tree, tree, author, committer]), /tree twice/],
    ["two signatures", commit([tree, author, committer, "gpgsig a", "gpgsig b"]), /gpgsig twice/],
    ["a signature of an unknown kind", commit([tree, author, committer, "gpgsig-sha512 a"]), /a header "gpgsig-sha512"/],
    ["a parent after the author", commit([tree, author, `parent ${ONE}`, committer]), /does not begin with/],
    ["a parent twice", commit([tree, `parent ${ONE}`, `parent ${ONE}`, author, committer]), /parent twice/],
    ["no committer", commit([tree, author]), /does not begin with/],
    ["nothing", new Uint8Array(), /no empty line/],
    ["an empty line at the start", Buffer.from("\n\n"), /does not begin with/],
    ["no empty line", Buffer.from(`${tree}\n${author}\n${committer}\n`), /no empty line/],
    ["lines that end in CRLF", Buffer.from(commit([tree, author, committer]).toString().replaceAll("\n", "\r\n")), /line end/],
    ["a bare CR in a name", commit([tree, "author Eva\rcommitter Bo <bo@acme.io> 1 +0000", committer]), /line end/],
    ["a CR in a signature", commit([tree, author, committer, `gpgsig ${ARMOUR.replaceAll("\n", "\r\n ")}`]), /line end/],
    ["an author over two lines", commit([tree, "author Eva\n <eva@acme.io> 1 +0000", committer]), /line end/],
    ["a parent over two lines", commit([tree, `parent ${ONE}\n ${TWO}`, author, committer]), /line end/],
    ["an author in an author", commit([tree, "author Eva <eva@acme.io> 1 +0000> <bo@acme.io> 1 +0000", committer]), /names somebody as/],
    ["a mail in a mail", commit([tree, "author Eva <eva@acme.io <bo@acme.io>> 1 +0000", committer]), /names somebody as/],
    ["no time", commit([tree, "author Eva <eva@acme.io>", committer]), /names somebody as/],
    ["a time that is no moment", commit([tree, "author Eva <eva@acme.io> 999999999999999999 +0000", committer]), /names somebody as/],
    ["a time before all times", commit([tree, "author Eva <eva@acme.io> -1 +0000", committer]), /names somebody as/],
    ["a zone that is none", commit([tree, "author Eva <eva@acme.io> 1 UTC", committer]), /names somebody as/],
    ["an id in upper case", commit([tree.toUpperCase().replace("TREE", "tree"), author, committer]), /no SHA-1/],
    ["an id that is cut", commit([tree.slice(0, -1), author, committer]), /no SHA-1/],
    ["a header without a value", commit([tree, author, committer, "nonsense"]), /a header "nonsense"/],
  ];
  for (const [what, raw, why] of cases) test(`is refused with ${what}`, () => refuses(raw, why));

  test("is refused where it is larger than any real one", () => {
    const raw = commit([tree, author, committer], "x".repeat(1_048_577));
    assert.throws(
      () => decodeCommit(raw, "sha1"),
      (error) => error instanceof Malformed && error.code === "integrity/too-large",
    );
  });

  test("of whatever bytes is read or refused, and never anything else", () => {
    const good = commit([tree, author, committer, `gpgsig ${ARMOUR.replaceAll("\n", "\n ")}`]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), fc.nat(good.length), fc.nat(20), (bytes, at, cut) => {
        const raw = Buffer.concat([good.subarray(0, at), bytes, good.subarray(at + cut)]);
        for (const read of [() => decodeCommit(raw, "sha1"), () => decodeTag(raw, "sha1")]) {
          try {
            read();
          } catch (error) {
            assert.ok(error instanceof Malformed, String(error));
          }
        }
      }),
    );
  });
});

describe("a tag", () => {
  const head = `object ${ONE}\ntype commit\ntag v1\ntagger ${EVA}\n`;

  test("says what it names, and is signed up to the last line that begins a signature", () => {
    const text = `${head}\nRelease\n-----BEGIN PGP SIGNATURE-----\nnot the one\n`;
    const raw = Buffer.from(`${text}${ARMOUR}\n`);
    const { id, target, targetType, name, tagger, signed } = decodeTag(raw, "sha1");
    assert.equal(id, gitObjectId("tag", raw, "sha1"));
    assert.deepEqual([target, targetType, name, tagger?.mail], [ONE, "commit", "v1", "eva@acme.io"]);
    assert.equal(signed?.signature, `${ARMOUR}\n`);
    assert.equal(Buffer.from(signed.payload).toString(), text);
  });

  test("without a signature or tagger is read, and with another header refused", () => {
    assert.equal(decodeTag(Buffer.from(`${head}\nRelease ${ARMOUR}`), "sha1").signed, undefined);
    assert.equal(decodeTag(Buffer.from(`object ${ONE}\ntype commit\ntag v1\n\n`), "sha1").tagger, undefined);
    for (const raw of [`${head}gpgsig a\n\n`, `type commit\nobject ${ONE}\ntag v1\n\n`, `object ${ONE}\ntype commit\ntag v1\n x\n\n`]) {
      assert.throws(
        () => decodeTag(Buffer.from(raw), "sha1"),
        (error) => error instanceof Malformed && error.code === "git/object",
      );
    }
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { decodeXml, type XmlElement } from "./xml.ts";

function decode(text: string): XmlElement {
  return decodeXml(new TextEncoder().encode(text));
}

test("elements, attributes, and what is passed over", () => {
  const root = decode(
    '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<!-- a -- <b> -->\n<a:x one="1" two=\'"2"\' >text<![CDATA[<c>]]&gt;]]><b/><b n=""></b >&lt;</a:x>\n<!-- end -->',
  );
  assert.equal(root.name, "a:x");
  assert.deepEqual(
    [...root.attributes],
    [
      ["one", "1"],
      ["two", '"2"'],
    ],
  );
  assert.deepEqual(
    root.children.map(({ name, attributes }) => [name, attributes.get("n")]),
    [
      ["b", undefined],
      ["b", ""],
    ],
  );
});

test("the five entities and characters by number; those that XML has not are replaced", () => {
  const value = decode('<a v="&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;&#27;&#xD800;&#xFFFFFF;"/>').attributes.get("v");
  assert.equal(value, "<>&\"'A\u{1F600}\ufffd\ufffd\ufffd");
});

for (const [name, text] of [
  ["a document type", '<!DOCTYPE a [<!ENTITY b "c">]><a/>'],
  ["a document type after a comment", '<!-- --><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
  ["an entity of its own", '<a v="&b;"/>'],
  ["an entity that does not end", '<a v="&amp"/>'],
  ["nothing", ""],
  ["a comment alone", "<!-- -->"],
  ["text alone", "a"],
  ["text before", "a<b/>"],
  ["text after", "<b/>a"],
  ["two roots", "<a/><b/>"],
  ["an element that is not closed", "<a><b></a>"],
  ["one that is closed too often", "<a/></a>"],
  ["another one closed", "<a></b>"],
  ["a comment that does not end", "<a/><!-- "],
  ["an attribute twice", '<a b="1" b="2"/>'],
  ["an attribute without quotes", "<a b=1/>"],
  ["an attribute without a value", "<a b/>"],
  ["a mark in an attribute", '<a b="<"/>'],
  ["a name that is none", "<1/>"],
  ["another encoding", '<?xml version="1.0" encoding="ISO-8859-1"?><a/>'],
] as const) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => decode(text),
      (error) => error instanceof Malformed && error.code === "statement/predicate",
    );
  });
}

test("refused: what is not UTF-8", () => {
  assert.throws(() => decodeXml(new Uint8Array([0x3c, 0x61, 0xff, 0x2f, 0x3e])), Malformed);
});

function nested(depth: number): string {
  return `${"<a>".repeat(depth)}${"</a>".repeat(depth)}`;
}

function many(count: number): string {
  return `<a>${"<b/>".repeat(count - 1)}</a>`;
}

test("one beyond each bound is refused, and the bound itself is not", () => {
  assert.ok(decode(nested(LIMITS.xmlDepth)));
  assert.throws(() => decode(nested(LIMITS.xmlDepth + 1)), Malformed);
  assert.equal(decode(many(LIMITS.xmlElements)).children.length, LIMITS.xmlElements - 1);
  assert.throws(
    () => decode(many(LIMITS.xmlElements + 1)),
    (error) => error instanceof Malformed && error.code === "integrity/too-large",
  );
  assert.throws(
    () => decodeXml(new Uint8Array(LIMITS.statementBytes + 1)),
    (error) => error instanceof Malformed && error.code === "integrity/too-large",
  );
});

test("a hostile document is refused without a long search", () => {
  const long = 1_000_000;
  for (const text of [
    `<a ${" ".repeat(long)}`,
    `<a${' b="'.repeat(long / 4)}`,
    `<!--${"-".repeat(long)}`,
    `<a b="${"&".repeat(long)}"/>`,
    `<${"a".repeat(long)}`,
  ]) {
    assert.throws(() => decode(text), Malformed);
  }
  assert.ok(decode(`<a${" ".repeat(long)}/>`));
});

interface Tree {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Tree[];
}

function treeOf(depth: number): fc.Arbitrary<Tree> {
  const name = fc.string({ unit: fc.constantFrom(..."abcdeXYZ"), minLength: 1, maxLength: 5 });
  const value = fc.string({ unit: "grapheme" }).filter((text) => !/[\p{Cc}\ufffe\uffff]/u.test(text));
  const children = depth === 0 ? fc.constant([]) : fc.array(treeOf(depth - 1), { maxLength: 3 });
  return fc.record({ name, attributes: fc.dictionary(name, value, { maxKeys: 3 }), children });
}

function write({ name, attributes, children }: Tree): string {
  const pairs = Object.entries(attributes).map(([key, text]) => ` ${key}="${escapeText(text)}"`);
  return `<${name}${pairs.join("")}>${children.map(write).join("text")}</${name}>`;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

function plain({ name, attributes, children }: XmlElement): unknown {
  return { name, attributes: Object.fromEntries(attributes), children: children.map(plain) };
}

test("what is written as XML reads back the same", () => {
  fc.assert(
    fc.property(treeOf(3), (element) => {
      assert.deepEqual(plain(decode(write(element))), JSON.parse(JSON.stringify(element)));
    }),
  );
});

/**
 * The mutation generator: every real certificate, bent in one place at a time in every way that DER or X.509 forbids and
 * lenient readers let pass. Each mutant must be refused with its code; the unbent twin must be read.
 */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import * as fc from "fast-check";
import type { FindingCode } from "../src/core/finding.ts";
import { Malformed } from "../src/core/malformed.ts";
import { EXTENSION_OIDS, PURPOSE_OIDS } from "../src/pki/oids.ts";
import { decodeCertificates } from "../src/pki/x509/certificate-file.ts";
import { decodeCertificate, publicKeyOf } from "../src/pki/x509/certificate.ts";
import { checkSigningChain } from "../src/pki/x509/chain.ts";
import { createCertificate } from "../src/pki/x509/create.ts";
import {
  basicConstraints,
  crlDistributionPoints,
  extendedKeyUsage,
  keyUsage,
  ocspResponders,
  subjectAltNames,
} from "../src/pki/x509/extension-writer.ts";
import { createKeyPair } from "../src/pki/key-pair.ts";
import { createTestChain } from "../src/pki/x509/throw-away-chain.ts";
import { ANYWHERE, contentOf, hexOf, nodesOf, parseDer } from "./vectors/der-mutations.ts";
import { at, type Element, element, oid, sequence, write } from "./vectors/der-tree.ts";

// ---- the certificates

const VECTORS = new URL("../../shared/vectors/notary/", import.meta.url);

async function makeCertificate(keyType: "ec-256" | "rsa-2048", notAfter: string): Promise<Uint8Array> {
  const { publicKey, privateKey } = await createKeyPair(keyType);
  const name = [
    [{ type: "C", value: "US", tag: 0x13 }],
    [
      { type: "CN", value: "a" },
      { type: "OU", value: "b" },
    ],
  ];
  return createCertificate({
    subject: name,
    issuer: name,
    publicKey,
    signingKey: privateKey,
    notBefore: new Date("2026-01-01T00:00:00Z"),
    notAfter: new Date(notAfter),
    extensions: [
      basicConstraints({ ca: true, pathLength: 1 }),
      keyUsage(["digitalSignature", "keyCertSign"]),
      extendedKeyUsage([PURPOSE_OIDS.codeSigning]),
      subjectAltNames([{ type: "dns", value: "a.example" }]),
      crlDistributionPoints(["http://crl.example/"]),
      ocspResponders(["http://ocsp.example/"]),
    ],
  });
}

function vectorCertificates(): readonly Uint8Array[] {
  if (!existsSync(VECTORS)) return [];
  const found = readdirSync(VECTORS, { recursive: true, withFileTypes: true })
    // A link that became a file on the way here holds a path.
    .filter((entry) => entry.isFile() && /(?<!_SYMLINK)\.(cer|crt|pem|der)$/.test(entry.name))
    .flatMap((entry) => decodeCertificates(readFileSync(`${entry.parentPath}/${entry.name}`)));
  return [...new Map(found.map((certificate) => [certificate.fingerprint, certificate.der])).values()];
}

const [ec, rsa] = [await makeCertificate("ec-256", "2049-01-01T00:00:00Z"), await makeCertificate("rsa-2048", "2050-01-01T00:00:00Z")];
const vectors = vectorCertificates();
const ALL = [ec, rsa, ...vectors];

// ---- as trees

const KNOWN = new Set<string>(
  [
    EXTENSION_OIDS.basicConstraints,
    EXTENSION_OIDS.keyUsage,
    EXTENSION_OIDS.extendedKeyUsage,
    EXTENSION_OIDS.subjectAltName,
    EXTENSION_OIDS.crlDistributionPoints,
    EXTENSION_OIDS.authorityInformationAccess,
  ].map((dotted) => hexOf(write(oid(dotted)))),
);

function treeOf(der: Uint8Array): Element {
  const [tree] = parseDer(der, KNOWN);
  assert.ok(tree);
  assert.equal(hexOf(write(tree)), hexOf(der), "the tree is not the certificate");
  return tree;
}

function refuse(codes: readonly FindingCode[], der: Uint8Array, what: string): void {
  assert.throws(
    () => decodeCertificate(Uint8Array.from(der)),
    (error) => {
      if (!(error instanceof Malformed)) throw error;
      assert.ok(codes.includes(error.code), `${what}: ${error.code} (${error.message}), not ${codes.join(" or ")}\n${hexOf(der)}`);
      return true;
    },
    `${what} is let pass:\n${hexOf(der)}`,
  );
}

// ---- mutations that fit at any place

test("the certificates themselves are read", () => {
  for (const der of ALL) {
    decodeCertificate(der);
    decodeCertificate(Uint8Array.from(write(treeOf(der))));
  }
});

test("vectors from others take part", { skip: vectors.length === 0 && "no ../shared/vectors/notary" }, () => {
  assert.ok(vectors.length >= 15, `only ${vectors.length}`);
});

for (const { name, codes, mutate } of ANYWHERE) {
  test(`${name}: refused wherever it stands`, () => {
    let places = 0;
    for (const der of ALL) {
      const tree = treeOf(der);
      for (const node of nodesOf(tree)) {
        const instead = mutate(node);
        if (instead === undefined) continue;
        places += 1;
        node.instead = instead;
        refuse(codes, write(tree), `${name}, in place of ${hexOf(write({ tag: node.tag, content: node.content })).slice(0, 60)}`);
        delete node.instead;
      }
    }
    assert.ok(places > 0, "it fits nowhere");
  });
}

// ---- mutations of one place

const TBS = 0;
const EXTENSIONS = [TBS, 7, 0] as const;

function childrenOf(node: Element): Element[] {
  assert.ok(!(node.content instanceof Uint8Array));
  return node.content;
}

function extensionTree(tree: Element, dotted: string): Element {
  const wanted = hexOf(write(oid(dotted)));
  const found = childrenOf(at(tree, ...EXTENSIONS)).find((entry) => hexOf(write(at(entry, 0))) === wanted);
  assert.ok(found);
  return found;
}

const FALSE = element(0x01, Uint8Array.of(0));

const ONE_PLACE: readonly (readonly [name: string, code: FindingCode, change: (tree: Element) => void])[] = [
  ["an element after the signature", "der/trailing-bytes", (tree) => childrenOf(tree).push(element(0x05, new Uint8Array()))],
  ["an element after the extensions", "der/trailing-bytes", (tree) => childrenOf(at(tree, TBS)).push(element(0x05, new Uint8Array()))],
  ["a third time", "der/trailing-bytes", (tree) => childrenOf(at(tree, TBS, 4)).push(at(tree, TBS, 4, 0))],
  [
    "a critical flag of FALSE",
    "der/default",
    (tree) => childrenOf(extensionTree(tree, EXTENSION_OIDS.extendedKeyUsage)).splice(1, 0, FALSE),
  ],
  [
    "a cA of FALSE",
    "der/default",
    (tree) => childrenOf(at(extensionTree(tree, EXTENSION_OIDS.basicConstraints), 2, 0)).splice(0, 2, FALSE),
  ],
  ["version 1 written out", "der/default", (tree) => (at(tree, TBS, 0, 0).content = Uint8Array.of(0))],
  ["version 4", "certificate/version", (tree) => (at(tree, TBS, 0, 0).content = Uint8Array.of(3))],
  ["extensions in version 2", "certificate/version", (tree) => (at(tree, TBS, 0, 0).content = Uint8Array.of(1))],
  ["extensions in version 1", "certificate/version", (tree) => childrenOf(at(tree, TBS)).splice(0, 1)],
  [
    "an outer algorithm other than the inner",
    "certificate/algorithm-mismatch",
    (tree) => (at(tree, 1).content = [oid("1.2.840.10045.4.3.4")]),
  ],
  ["a negative serial number", "certificate/malformed", (tree) => (at(tree, TBS, 1).content = Uint8Array.of(0x80))],
  ["no extension in the list", "certificate/malformed", (tree) => (at(tree, ...EXTENSIONS).content = [])],
  [
    "no purpose in the list",
    "certificate/malformed",
    (tree) => (at(extensionTree(tree, EXTENSION_OIDS.extendedKeyUsage), 1, 0).content = []),
  ],
  ["a relative name without attributes", "certificate/malformed", (tree) => (at(tree, TBS, 5, 0).content = [])],
  ["a set that is not sorted", "der/order", (tree) => childrenOf(at(tree, TBS, 5, 1)).reverse()],
  [
    "a path length below zero",
    "der/integer",
    (tree) => (at(extensionTree(tree, EXTENSION_OIDS.basicConstraints), 2, 0, 1).content = Uint8Array.of(0xff)),
  ],
  [
    "a point of the wrong length",
    "certificate/key",
    (tree) => (at(tree, TBS, 6, 1).content = contentOf(at(tree, TBS, 6, 1)).subarray(0, -1)),
  ],
  ["curve parameters written out", "der/tag", (tree) => (childrenOf(at(tree, TBS, 6, 0))[1] = sequence(element(0x02, Uint8Array.of(1))))],
  [
    "a name nested without end",
    "der/depth",
    (tree) => (at(extensionTree(tree, EXTENSION_OIDS.subjectAltName), 1, 0).content = [nested(40)]),
  ],
];

function nested(depth: number): Element {
  let node = element(0x05, new Uint8Array());
  for (let level = 0; level < depth; level++) node = element(0xa0, [node]);
  return node;
}

for (const [name, code, change] of ONE_PLACE) {
  test(`${name}: refused`, () => {
    const tree = treeOf(ec);
    change(tree);
    refuse([code], write(tree), name);
  });
}

test("any extension twice: refused", () => {
  for (const der of ALL) {
    const tree = treeOf(der);
    const list = childrenOf(at(tree, TBS)).find(({ tag }) => tag === 0xa3);
    for (const extension of list ? childrenOf(at(list, 0)) : []) {
      const twice = treeOf(der);
      const copy = childrenOf(at(twice, TBS)).find(({ tag }) => tag === 0xa3);
      assert.ok(copy);
      childrenOf(at(copy, 0)).push(extension);
      refuse(["certificate/duplicate-extension"], write(twice), "an extension twice");
    }
  }
});

test("bytes after a certificate, another certificate among them: refused", () => {
  for (const der of ALL) {
    for (const tail of [Uint8Array.of(0), Uint8Array.of(5, 0), ec]) refuse(["der/trailing-bytes"], Buffer.concat([der, tail]), "a tail");
  }
});

test("a certificate that ends early anywhere: refused", () => {
  for (let length = 0; length < ec.length; length++) refuse(["der/truncated"], ec.subarray(0, length), `the first ${length} bytes`);
});

test("a point that is not on its curve is found when the key is asked for", () => {
  const tree = treeOf(ec);
  const bits = Uint8Array.from(contentOf(at(tree, TBS, 6, 1)));
  at(tree, TBS, 6, 1).content = bits.with(40, (bits[40] ?? 0) ^ 1);
  const certificate = decodeCertificate(Uint8Array.from(write(tree)));
  assert.throws(
    () => publicKeyOf(certificate),
    (error) => error instanceof Malformed && error.code === "certificate/key",
  );
});

// ---- chance

function readOrRefused(der: Uint8Array): void {
  try {
    decodeCertificate(der);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
}

test("random bytes, and certificates with random bytes in them, are read or refused, never worse", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), readOrRefused), { numRuns: 2000 });
  fc.assert(
    fc.property(fc.constantFrom(...ALL), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), (der, changes) => {
      const bent = Uint8Array.from(der);
      for (const [place, byte] of changes) bent[place % bent.length] = byte;
      readOrRefused(bent);
    }),
    { numRuns: 3000 },
  );
});

test("a self-signed certificate with a random byte in it passes the chain's check only if the byte is the one that was there", async () => {
  const singles = await Promise.all((["ec-256", "rsa-2048"] as const).map((keyType) => createTestChain({ keyType, length: 1 })));
  fc.assert(
    fc.property(fc.constantFrom(...singles), fc.nat(), fc.nat(255), ({ certificates }, place, byte) => {
      const [good = new Uint8Array()] = certificates;
      const bent = good.with(place % good.length, byte);
      const check = (): void => checkSigningChain([decodeCertificate(bent)]);
      if (hexOf(bent) === hexOf(good)) check();
      else assert.throws(check, Malformed, hexOf(bent));
    }),
    { numRuns: 3000 },
  );
});

test("what we read, OpenSSL reads too: strictness never goes another way", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(255), (place, byte) => {
      const bent = Uint8Array.from(ec);
      bent[place % bent.length] = byte;
      let certificate;
      try {
        certificate = decodeCertificate(bent);
      } catch (error) {
        if (error instanceof Malformed) return;
        throw error;
      }
      const theirs = new X509Certificate(bent);
      assert.equal(certificate.notAfter.getTime(), Date.parse(theirs.validTo));
      assert.equal(BigInt(`0x${certificate.serial}`), BigInt(`0x${theirs.serialNumber}`));
    }),
    { numRuns: 1500 },
  );
});

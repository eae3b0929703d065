/** Every rule of the code signing profile, one fault at a time beside its passing twin. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import type { FindingCode } from "../../core/finding.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { type KeyUsage, PURPOSE_OIDS } from "../oids.ts";
import { decodeCertificate } from "./certificate.ts";
import { checkSigningChain } from "./chain.ts";
import { type CertificateOptions, createCertificate } from "./create.ts";
import { basicConstraints, extendedKeyUsage, keyUsage } from "./extension-writer.ts";
import type { Extension } from "./extensions.ts";
import { nameOf } from "./name.ts";
import { createKeyPair, KEY_TYPES, type KeyPair } from "../key-pair.ts";
import { createTestChain } from "./throw-away-chain.ts";

const NOW = new Date("2026-06-01T00:00:00Z");
const VALIDITY = { notBefore: NOW, notAfter: new Date("2027-06-01T00:00:00Z") };
const [leafKeys, middleKeys, rootKeys] = await Promise.all([createKeyPair("ec-256"), createKeyPair("ec-256"), createKeyPair("ec-256")]);
const leafName = nameOf({ C: "US", CN: "leaf" });
const middleName = nameOf({ C: "US", CN: "middle" });
const rootName = nameOf({ C: "US", CN: "root" });

const LEAF_EXTENSIONS = [keyUsage(["digitalSignature"])];
const CA_EXTENSIONS = [basicConstraints({ ca: true }), keyUsage(["keyCertSign"])];

type Change = Partial<CertificateOptions>;

function leaf(change: Change = {}): Uint8Array {
  return certificate({ subject: leafName, issuer: middleName, extensions: LEAF_EXTENSIONS, ...change }, leafKeys, middleKeys);
}

function middle(change: Change = {}): Uint8Array {
  return certificate({ subject: middleName, issuer: rootName, extensions: CA_EXTENSIONS, ...change }, middleKeys, rootKeys);
}

function root(change: Change = {}): Uint8Array {
  return certificate({ subject: rootName, issuer: rootName, extensions: CA_EXTENSIONS, ...change }, rootKeys, rootKeys);
}

/** A self-signed certificate on its own. */
function single(change: Change = {}): Uint8Array {
  return certificate({ subject: leafName, issuer: leafName, extensions: LEAF_EXTENSIONS, ...change }, leafKeys, leafKeys);
}

function certificate(change: Change, own: KeyPair, issuer: KeyPair): Uint8Array {
  const names = { subject: change.subject ?? [], issuer: change.issuer ?? [], extensions: change.extensions ?? [] };
  return createCertificate({ ...VALIDITY, ...names, publicKey: own.publicKey, signingKey: issuer.privateKey, ...change });
}

function check(...chain: readonly Uint8Array[]): void {
  checkSigningChain(chain.map(decodeCertificate));
}

function refused(code: FindingCode, ...chain: readonly Uint8Array[]): void {
  assert.throws(
    () => check(...chain),
    (error) => {
      assert.ok(error instanceof Malformed, String(error));
      assert.equal(error.code, code, error.message);
      return true;
    },
  );
}

function ec(namedCurve: string): Pick<CertificateOptions, "publicKey"> {
  return { publicKey: generateKeyPairSync("ec", { namedCurve }).publicKey };
}

function rsa(modulusLength: number): Pick<CertificateOptions, "publicKey"> {
  return { publicKey: generateKeyPairSync("rsa", { modulusLength }).publicKey };
}

function leafWith(...extensions: readonly Extension[]): readonly Uint8Array[] {
  return [leaf({ extensions }), middle(), root()];
}

function purposes(...oids: readonly string[]): readonly Uint8Array[] {
  return leafWith(...LEAF_EXTENSIONS, extendedKeyUsage(oids));
}

function middleWith(...extensions: readonly Extension[]): readonly Uint8Array[] {
  return [leaf(), middle({ extensions }), root()];
}

function limited(pathLength: number): readonly Uint8Array[] {
  return [leaf(), middle(), root({ extensions: [basicConstraints({ ca: true, pathLength }), keyUsage(["keyCertSign"])] })];
}

test("chains of one to the most that are allowed pass", async () => {
  check(single());
  check(leaf(), middle(), root());
  check(leaf({ issuer: rootName, signingKey: rootKeys.privateKey }), root());
  for (const keyType of KEY_TYPES) {
    for (const length of [1, 2, 3] as const) check(...(await createTestChain({ keyType, length, now: NOW })).certificates);
  }
});

test("a chain has a leaf, its issuers in order, and a root", () => {
  refused("chain/empty");
  refused("chain/no-root", leaf(), middle());
  refused("chain/no-root", leaf());
  refused("chain/order", leaf(), root());
  refused("chain/order", leaf(), middle({ subject: nameOf({ C: "US", CN: "other" }) }), root());
  refused("chain/order", middle(), leaf(), root());
  refused("chain/early-root", root(), middle(), leaf());
  refused("chain/early-root", leaf(), middle(), root(), root());
  refused("chain/early-root", single(), root());
  refused("chain/too-long", ...Array.from({ length: LIMITS.chainCertificates + 1 }, () => single()));
  // The same name under another string type is another name, as for notation.
  refused("chain/order", leaf({ issuer: [[{ type: "C", value: "US", tag: 0x0c }], [{ type: "CN", value: "middle" }]] }), middle(), root());
});

test("each certificate is signed by the next, the root by itself", () => {
  refused("chain/signature", leaf({ signingKey: rootKeys.privateKey }), middle(), root());
  refused("chain/signature", leaf(), middle({ signingKey: leafKeys.privateKey }), root());
  refused("chain/signature", leaf(), middle(), root({ publicKey: leafKeys.publicKey }));
  refused("chain/signature", single({ signingKey: rootKeys.privateKey }));
});

test("a certificate that names itself without signing itself is an issuer like another", () => {
  const [old, renewed] = [rootKeys, middleKeys];
  const rollover = certificate({ subject: rootName, issuer: rootName, extensions: CA_EXTENSIONS }, renewed, old);
  check(leaf({ issuer: rootName, signingKey: renewed.privateKey }), rollover, root());
});

test("only version 3, and no signature with a broken hash", () => {
  refused("certificate/version", leaf(), middle(), root({ extensions: [] }));
  const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const signed = (scheme: "pkcs1" | "pss", hash: "md5" | "sha1" | "sha256" | "sha384" | "sha512"): Uint8Array =>
    single({ publicKey: keys.publicKey, signingKey: keys.privateKey, signature: { scheme, hash } });
  for (const hash of ["sha256", "sha384", "sha512"] as const) {
    check(signed("pkcs1", hash));
    check(signed("pss", hash));
    check(single({ signature: { scheme: "ecdsa", hash } }));
  }
  refused("certificate/weak-signature", signed("pkcs1", "sha1"));
  refused("certificate/weak-signature", signed("pkcs1", "md5"));
  refused("certificate/weak-signature", single({ signature: { scheme: "ecdsa", hash: "sha1" } }));
  refused("certificate/weak-signature", leaf(), middle(), root({ signature: { scheme: "ecdsa", hash: "sha1" } }));
});

test("the leaf's key is one of six", () => {
  check(leaf(rsa(2048)), middle(), root());
  // Counted in whole bytes.
  check(leaf(rsa(2047)), middle(), root());
  for (const bits of [1024, 2040, 2056]) refused("certificate/key", leaf(rsa(bits)), middle(), root());
  check(leaf(ec("P-521")), middle(), root());
  for (const curve of ["P-224", "secp256k1", "brainpoolP256r1"]) refused("certificate/key", leaf(ec(curve)), middle(), root());
  refused("certificate/key", leaf({ publicKey: generateKeyPairSync("ed25519").publicKey }), middle(), root());
  refused("certificate/key", leaf({ publicKey: generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey }), middle(), root());
});

test("the leaf is no authority and is for signing code", () => {
  check(...leafWith(basicConstraints({ ca: false, critical: false }), ...LEAF_EXTENSIONS));
  refused("certificate/leaf-is-ca", ...leafWith(basicConstraints({ ca: true }), ...LEAF_EXTENSIONS));
  refused("certificate/leaf-is-ca", single({ extensions: [basicConstraints({ ca: true }), ...LEAF_EXTENSIONS] }));

  refused("certificate/key-usage", ...leafWith(basicConstraints({ ca: false })));
  refused("certificate/key-usage", ...leafWith(keyUsage(["digitalSignature"], false)));
  refused("certificate/key-usage", ...leafWith(keyUsage(["contentCommitment"])));
  check(...leafWith(keyUsage(["digitalSignature", "contentCommitment"])));
  const forbidden: readonly KeyUsage[] = [
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
  ];
  for (const usage of forbidden) refused("certificate/key-usage", ...leafWith(keyUsage(["digitalSignature", usage])));

  check(...purposes(PURPOSE_OIDS.codeSigning));
  check(...purposes("1.3.6.1.4.1.99999.1"));
  for (const purpose of ["any", "serverAuth", "clientAuth", "emailProtection", "timeStamping", "OCSPSigning"] as const) {
    refused("certificate/extended-key-usage", ...purposes(PURPOSE_OIDS.codeSigning, PURPOSE_OIDS[purpose]));
  }
  // Extensions that are not known are ignored, critical or not.
  check(...leafWith({ oid: "1.3.6.1.4.1.99999.2", critical: true, value: Uint8Array.of(5, 0) }, ...LEAF_EXTENSIONS));
});

test("an issuer is marked as an authority and allows those below it", () => {
  refused("certificate/not-ca", ...middleWith(keyUsage(["keyCertSign"])));
  refused("certificate/not-ca", ...middleWith(basicConstraints({ ca: false }), keyUsage(["keyCertSign"])));
  refused("certificate/not-ca", ...middleWith(basicConstraints({ ca: true, critical: false }), keyUsage(["keyCertSign"])));
  refused("certificate/key-usage", ...middleWith(basicConstraints({ ca: true })));
  refused("certificate/key-usage", ...middleWith(basicConstraints({ ca: true }), keyUsage(["cRLSign"])));
  refused("certificate/key-usage", ...middleWith(basicConstraints({ ca: true }), keyUsage(["keyCertSign"], false)));
  check(...limited(1));
  refused("certificate/path-length", ...limited(0));
  check(...middleWith(basicConstraints({ ca: true, pathLength: 0 }), keyUsage(["keyCertSign"])));
});

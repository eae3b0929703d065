/** What is written, judged by the real openssl. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { encodePem } from "../../encoding/pem.ts";
import { PURPOSE_OIDS } from "../oids.ts";
import { decodeCertificate } from "./certificate.ts";
import { createCertificate, createRequest } from "./create.ts";
import {
  basicConstraints,
  crlDistributionPoints,
  extendedKeyUsage,
  keyUsage,
  ocspResponders,
  subjectAltNames,
} from "./extension-writer.ts";
import { formatName, nameOf } from "./name.ts";
import { createKeyPair, KEY_TYPES } from "../key-pair.ts";
import { createTestChain } from "./throw-away-chain.ts";

const missing = spawnSync("openssl", ["version"]).status !== 0 && "no openssl";
const folder = mkdtempSync(join(tmpdir(), "countersign-create-"));
after(() => rmSync(folder, { recursive: true }));

function save(name: string, label: string, ...blocks: readonly Uint8Array[]): string {
  const path = join(folder, name);
  writeFileSync(path, blocks.map((bytes) => encodePem(label, bytes)).join(""));
  return path;
}

function openssl(...args: readonly string[]): string {
  return execFileSync("openssl", args, { encoding: "utf8" });
}

test("openssl verifies our chains of every length and key", { skip: missing }, async () => {
  for (const keyType of KEY_TYPES) {
    for (const length of [1, 2, 3] as const) {
      const { certificates } = await createTestChain({ keyType, length });
      const [leaf, root] = [certificates[0], certificates.at(-1)];
      assert.ok(leaf && root);
      const [leafFile, rootFile] = [save("leaf.pem", "CERTIFICATE", leaf), save("root.pem", "CERTIFICATE", root)];
      const untrusted = length === 3 ? ["-untrusted", save("middle.pem", "CERTIFICATE", ...certificates.slice(1, -1))] : [];
      // A certificate that issued itself without being an authority is no issuer for openssl's strict mode.
      const strict = length === 1 ? [] : ["-x509_strict"];
      const said = openssl("verify", ...strict, "-CAfile", rootFile, ...untrusted, leafFile);
      assert.match(said, /OK/);
    }
  }
});

test("openssl reads every field as it was asked for", { skip: missing }, async () => {
  const [own, issuer] = await Promise.all([createKeyPair("ec-256"), createKeyPair("rsa-2048")]);
  const der = createCertificate({
    subject: [
      [{ type: "C", value: "US", tag: 0x13 }],
      [{ type: "O", value: "Ünïcode" }],
      [
        { type: "CN", value: "a" },
        { type: "OU", value: "b" },
      ],
      [{ type: "1.2.3.4", value: "x" }],
    ],
    issuer: nameOf({ C: "DE", CN: "authority" }),
    publicKey: own.publicKey,
    signingKey: issuer.privateKey,
    signature: { scheme: "pss", hash: "sha384" },
    serial: 0x00ff00n,
    notBefore: new Date("1949-12-31T23:59:59Z"),
    notAfter: new Date("2050-01-01T00:00:00Z"),
    extensions: [
      basicConstraints({ ca: true, pathLength: 3 }),
      keyUsage(["digitalSignature", "decipherOnly"]),
      extendedKeyUsage([PURPOSE_OIDS.codeSigning]),
      subjectAltNames([
        { type: "dns", value: "a.example" },
        { type: "email", value: "a@b.example" },
        { type: "uri", value: "https://c.example/x" },
        { type: "ip", value: "7f000001" },
      ]),
      crlDistributionPoints(["http://crl.example/1", "http://crl.example/2"]),
      ocspResponders(["http://ocsp.example"]),
    ],
  });
  const text = openssl("x509", "-in", save("fields.pem", "CERTIFICATE", der), "-noout", "-text", "-nameopt", "RFC2253,utf8,-esc_msb");
  for (const expected of [
    "Subject: 1.2.3.4=#0C0178,OU=b+CN=a,O=Ünïcode,C=US",
    "Issuer: CN=authority,C=DE",
    "Serial Number: 65280 (0xff00)",
    "Not Before: Dec 31 23:59:59 1949 GMT",
    "Not After : Jan  1 00:00:00 2050 GMT",
    "Signature Algorithm: rsassaPss",
    "Hash Algorithm: sha384",
    "CA:TRUE, pathlen:3",
    "Digital Signature, Decipher Only",
    "Code Signing",
    "DNS:a.example, email:a@b.example, URI:https://c.example/x, IP Address:127.0.0.1",
    "URI:http://crl.example/2",
    "OCSP - URI:http://ocsp.example",
  ]) {
    assert.ok(text.includes(expected), `${expected}\n${text}`);
  }

  const ours = decodeCertificate(der);
  assert.equal(formatName(ours.subject), "1.2.3.4=x,CN=a+OU=b,O=Ünïcode,C=US");
  assert.equal(ours.serial, "00ff00");
  assert.deepEqual(ours.basicConstraints, { critical: true, ca: true, pathLength: 3 });
  assert.deepEqual(ours.keyUsage, { critical: true, usages: ["digitalSignature", "decipherOnly"] });
  assert.deepEqual(ours.extendedKeyUsage, { critical: false, oids: [PURPOSE_OIDS.codeSigning] });
  assert.deepEqual(
    ours.subjectAltNames.map(({ type, value }) => `${type}:${value}`),
    ["dns:a.example", "email:a@b.example", "uri:https://c.example/x", "ip:7f000001"],
  );
  assert.deepEqual(ours.crlUrls, ["http://crl.example/1", "http://crl.example/2"]);
  assert.deepEqual(ours.ocspUrls, ["http://ocsp.example"]);
  assert.deepEqual(ours.signatureAlgorithm, { scheme: "pss", hash: "sha384" });
});

test("openssl accepts our certificate requests", { skip: missing }, async () => {
  for (const keyType of ["ec-384", "rsa-2048"] as const) {
    const { publicKey, privateKey } = await createKeyPair(keyType);
    const request = createRequest({
      subject: nameOf({ C: "US", O: "Acme", CN: "ci" }),
      publicKey,
      signingKey: privateKey,
      extensions: [keyUsage(["digitalSignature"])],
    });
    const text = openssl("req", "-in", save("request.pem", "CERTIFICATE REQUEST", request), "-noout", "-text", "-verify", "-pubkey");
    assert.match(text, /Subject: C = US, O = Acme, CN = ci/);
    assert.match(text, /X509v3 Key Usage: critical\s+Digital Signature/);
    const pem = /-----BEGIN PUBLIC KEY-----[^]*-----END PUBLIC KEY-----/.exec(text)?.[0];
    assert.ok(pem !== undefined && createPublicKey(pem).equals(publicKey));
  }
});

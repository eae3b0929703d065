/** The strict reader against certificates that others made: it must accept every real one. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { decodePem } from "../../encoding/pem.ts";
import { decodeCertificate, isSelfSigned, publicKeyOf } from "./certificate.ts";
import { formatName } from "./name.ts";
import { createTestChain } from "./throw-away-chain.ts";

const VECTORS = new URL("../../../../shared/vectors/notary/", import.meta.url);
const SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt";

/** Every byte string within `bytes` that OpenSSL takes for a certificate and that is as long as it says. */
function certificatesWithin(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = bytes.indexOf("3082", 0, "hex"); at >= 0; at = bytes.indexOf("3082", at + 1, "hex")) {
    if (at + 4 > bytes.length) break;
    const candidate = bytes.subarray(at, at + 4 + bytes.readUInt16BE(at + 2));
    // A certificate starts with two sequences; without this, OpenSSL is asked thousands of times.
    if (candidate[4] !== 0x30) continue;
    try {
      const certificate = new X509Certificate(candidate);
      if (Buffer.compare(certificate.raw, candidate) === 0) found.push(candidate);
    } catch (error) {
      assert.ok(error instanceof Error && "code" in error);
    }
  }
  return found;
}

function decodingsOf(bytes: Buffer): Buffer[] {
  const texts =
    bytes
      .toString("latin1")
      .replaceAll(/\\n|\s/g, "")
      .match(/[A-Za-z0-9+/]{200,}={0,2}/g) ?? [];
  return [bytes, ...texts.map((text) => Buffer.from(text, "base64"))];
}

/** Our reading against OpenSSL's, field by field. */
function assertSameAsOpenssl(der: Buffer): void {
  const ours = decodeCertificate(der);
  const theirs = new X509Certificate(der);
  assert.equal(BigInt(`0x${ours.serial}`), BigInt(`0x${theirs.serialNumber}`));
  assert.equal(ours.notBefore.getTime(), Date.parse(theirs.validFrom));
  assert.equal(ours.notAfter.getTime(), Date.parse(theirs.validTo));
  assert.equal(ours.fingerprint, theirs.fingerprint256.replaceAll(":", "").toLowerCase());
  assert.equal(ours.basicConstraints?.ca ?? false, theirs.ca);
  assert.deepEqual([...(ours.extendedKeyUsage?.oids ?? [])], theirs.keyUsage ?? []);
  assert.equal(
    ours.subject.rdns.flat().length,
    theirs.subject === undefined ? 0 : theirs.subject.split("\n").join("\n+").split("\n").length,
  );
  assert.equal(publicKeyOf(ours).equals(theirs.publicKey), true);
  if (ours.signatureAlgorithm && theirs.checkIssued(theirs)) assert.equal(isSelfSigned(ours), theirs.verify(theirs.publicKey));
}

test(
  "every certificate in the vectors is read, and as OpenSSL reads it",
  { skip: !existsSync(VECTORS) && "no ../shared/vectors/notary" },
  () => {
    const found = new Map<string, Buffer>();
    for (const entry of readdirSync(VECTORS, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = readFileSync(`${entry.parentPath}/${entry.name}`);
      for (const der of decodingsOf(bytes).flatMap(certificatesWithin)) found.set(der.toString("hex"), der);
    }
    assert.ok(found.size >= 28, `only ${found.size} certificates found`);
    for (const der of found.values()) assertSameAsOpenssl(der);
  },
);

test("every root of the system is read, and as OpenSSL reads it", { skip: !existsSync(SYSTEM_ROOTS) && `no ${SYSTEM_ROOTS}` }, () => {
  const roots = decodePem(readFileSync(SYSTEM_ROOTS, "utf8"));
  assert.ok(roots.length > 100);
  for (const { bytes } of roots) assertSameAsOpenssl(Buffer.from(bytes));
});

function name(...rdns: { type: string; value: string }[][]): string {
  return formatName({ der: new Uint8Array(), rdns: rdns.map((rdn) => rdn.map((attribute) => ({ oid: "1.2", ...attribute }))) });
}

test("what was decoded does not change with the array that it came from, nor does a later reading of other bytes", async () => {
  const { certificates } = await createTestChain({ length: 1 });
  const [original = new Uint8Array()] = certificates;
  const buffer = Uint8Array.from(original);
  const first = decodeCertificate(buffer);
  assert.equal(decodeCertificate(original), first, "the same bytes are decoded twice");
  assert.ok(isSelfSigned(first));
  buffer[buffer.length - 1] = (buffer.at(-1) ?? 0) ^ 1;
  assert.deepEqual(first.der, original);
  assert.ok(isSelfSigned(first));
  const second = decodeCertificate(buffer);
  assert.notEqual(second.fingerprint, first.fingerprint);
  assert.equal(isSelfSigned(second), false);
});

test("a name is written as RFC 4514 says, so that no value can pass for another attribute", () => {
  assert.equal(name([{ type: "C", value: "US" }], [{ type: "CN", value: "x" }]), "CN=x,C=US");
  assert.equal(
    name([
      { type: "OU", value: "a" },
      { type: "CN", value: "b" },
    ]),
    "OU=a+CN=b",
  );
  assert.equal(name([{ type: "CN", value: 'a,O=b+c"\\<>;' }]), String.raw`CN=a\,O=b\+c\"\\\<\>\;`);
  assert.equal(name([{ type: "CN", value: "#05" }]), String.raw`CN=\#05`);
  assert.equal(name([{ type: "CN", value: " " }]), String.raw`CN=\ `);
  assert.equal(name([{ type: "CN", value: " a " }]), String.raw`CN=\ a\ `);
  assert.equal(name([{ type: "CN", value: "a\0b" }]), String.raw`CN=a\00b`);
});

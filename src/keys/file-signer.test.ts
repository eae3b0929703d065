/** Keys as openssl writes them, in every form, and what is refused. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CountersignError, causesOf, type ErrorCode } from "../core/errors.ts";
import type { Signer } from "../core/signer.ts";
import { encodePem } from "../encoding/pem.ts";
import { PURPOSE_OIDS } from "../pki/oids.ts";
import { verifySignature } from "../pki/signature.ts";
import { decodeCertificate, publicKeyOf } from "../pki/x509/certificate.ts";
import { createTestChain } from "../pki/x509/throw-away-chain.ts";
import { loadSigner } from "./file-signer.ts";
import { openPrivateKey } from "./private-key.ts";

const missing = spawnSync("openssl", ["version"]).status !== 0 && "no openssl";
const folder = mkdtempSync(join(tmpdir(), "countersign-keys-"));
after(() => rmSync(folder, { recursive: true }));

const PASSPHRASE = "correct horse: 'battery' ∎";
const ask = async (): Promise<string> => PASSPHRASE;
const env = { PATH: process.env["PATH"], PASS: PASSPHRASE };

function path(name: string): string {
  return join(folder, name);
}

function save(name: string, text: string): string {
  writeFileSync(path(name), text);
  return path(name);
}

function openssl(...args: readonly string[]): string {
  return execFileSync("openssl", args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] });
}

function pemOf(certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => encodePem("CERTIFICATE", der)).join("");
}

function inDays(days: number): Date {
  return new Date(Date.now() + days * 86_400_000);
}

async function assertSigns(signer: Signer): Promise<void> {
  const bytes = Buffer.from("bytes");
  const value = await signer.sign(bytes);
  const { algorithm, chain } = signer;
  const [leaf] = chain;
  assert.ok(leaf && algorithm);
  assert.equal(verifySignature({ algorithm, publicKey: publicKeyOf(decodeCertificate(leaf)), bytes, value }), true);
}

async function refused(code: ErrorCode, options: Parameters<typeof loadSigner>[0], said: RegExp): Promise<void> {
  await assert.rejects(loadSigner(options), (error) => {
    assert.ok(error instanceof CountersignError, String(error));
    const words = [error.message, error.remedy, ...causesOf(error)].join("\n");
    assert.equal(error.code, code, words);
    assert.match(words, said);
    assert.ok(!words.includes(PASSPHRASE) && !words.includes("wrong passphrase"), "a passphrase is in the message");
    return true;
  });
}

const { certificates, leafKey } = await createTestChain({ keyType: "ec-256", length: 3 });
const chainFile = save("chain.pem", pemOf(certificates));
const keyPem = leafKey.export({ type: "pkcs8", format: "pem" }) as string;
const keyFile = save("key.pem", keyPem);

/** Arguments of openssl that write the key in one more form. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  "PKCS#8": ["pkcs8", "-topk8", "-nocrypt"],
  "PKCS#8 encrypted, PBKDF2": ["pkcs8", "-topk8", "-passout", "env:PASS"],
  "PKCS#8 encrypted, AES-128, HMAC-SHA-1": ["pkcs8", "-topk8", "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1", "-passout", "env:PASS"],
  "PKCS#8 encrypted, triple DES": ["pkcs8", "-topk8", "-v2", "des3", "-passout", "env:PASS"],
  "PKCS#8 encrypted, scrypt": ["pkcs8", "-topk8", "-scrypt", "-passout", "env:PASS"],
  "PKCS#8 encrypted, PKCS#12 key derivation": ["pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-passout", "env:PASS"],
};
const EC_FORMS: Readonly<Record<string, readonly string[]>> = {
  ...FORMS,
  "SEC 1": ["ec"],
  "SEC 1 encrypted, AES-256": ["ec", "-aes256", "-passout", "env:PASS"],
  "SEC 1 encrypted, triple DES": ["ec", "-des3", "-passout", "env:PASS"],
};
const RSA_FORMS: Readonly<Record<string, readonly string[]>> = {
  ...FORMS,
  "PKCS#1": ["rsa", "-traditional"],
  "PKCS#1 encrypted, AES-128": ["rsa", "-traditional", "-aes128", "-passout", "env:PASS"],
};

test("every form in which openssl writes a key signs", { skip: missing }, async () => {
  for (const [keyType, forms] of [
    ["ec-384", EC_FORMS],
    ["rsa-2048", RSA_FORMS],
  ] as const) {
    const chain = await createTestChain({ keyType });
    const plain = save("plain.pem", chain.leafKey.export({ type: "pkcs8", format: "pem" }) as string);
    const certificateFile = save("own-chain.pem", pemOf(chain.certificates));
    for (const [form, args] of Object.entries(forms)) {
      const written = save("form.pem", openssl(...args, "-in", plain));
      const isEncrypted = form.includes("encrypted");
      await assertSigns(await loadSigner({ keyFile: written, certificateFile, ...(isEncrypted ? { passphrase: ask } : {}) }));
      if (!isEncrypted) continue;
      await refused("key/passphrase", { keyFile: written, certificateFile }, /no passphrase was given/);
      for (const wrong of ["wrong passphrase", ""]) {
        await refused("key/passphrase", { keyFile: written, certificateFile, passphrase: async () => wrong }, /passphrase is wrong/);
      }
    }
  }
});

test("however often a passphrase is wrong, it is called wrong", { skip: missing }, async () => {
  const chain = await createTestChain();
  const plain = save("plain.pem", chain.leafKey.export({ type: "pkcs8", format: "pem" }) as string);
  // The old encryption derives its key in no time, so thousands of tries are cheap.
  const written = save("form.pem", openssl("ec", "-in", plain, "-aes128", "-passout", "env:PASS"));
  for (let tries = 0; tries < 3_000; tries += 1) {
    await assert.rejects(
      openPrivateKey(readFileSync(written), { name: "form.pem", passphrase: async () => `wrong ${tries}` }),
      (error) => error instanceof CountersignError && error.code === "key/passphrase",
    );
  }
});

test("a key that openssl made with its certificate, text and parameters around it, signs", { skip: missing }, async () => {
  const made = save("ecparam.pem", openssl("ecparam", "-name", "prime256v1", "-genkey"));
  assert.match(readFileSync(made, "utf8"), /BEGIN EC PARAMETERS/);
  const extensions = ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=critical,digitalSignature"];
  const certificate = openssl("req", "-new", "-x509", "-key", made, "-subj", "/C=US/O=Acme/CN=ci", "-days", "2", ...extensions, "-text");
  const certificateFile = save("openssl.pem", certificate);
  await assertSigns(await loadSigner({ keyFile: made, certificateFile }));
  const der = path("openssl.der");
  openssl("x509", "-in", certificateFile, "-outform", "DER", "-out", der);
  await assertSigns(await loadSigner({ keyFile: made, certificateFile: der }));
  const both = save("both.pem", `${certificate}${readFileSync(made, "utf8")}`.replaceAll("\n", "\r\n"));
  await assertSigns(await loadSigner({ keyFile: both }));
});

test("a key and its chain may stand in environment variables", async () => {
  const variables = { KEY: keyPem, CHAIN: pemOf(certificates) };
  await assertSigns(await loadSigner({ keyFile: "env://KEY", certificateFile: "env://CHAIN", env: variables }));
  await refused("key/not-found", { keyFile: "env://NONE", certificateFile: chainFile, env: variables }, /not set/);
});

test("what is no usable private key is refused, and why is said", async () => {
  const publicPem = createPublicKey(leafKey).export({ type: "spki", format: "pem" }) as string;
  const ed25519 = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  await refused("key/not-found", { keyFile: path("none.pem"), certificateFile: chainFile }, /it is not there/);
  await refused("file/unreadable", { keyFile: folder, certificateFile: chainFile }, /it is a folder/);
  await refused("key/invalid", { keyFile: save("public.pem", publicPem), certificateFile: chainFile }, /PUBLIC KEY/);
  await refused("key/invalid", { keyFile: save("empty.pem", ""), certificateFile: chainFile }, /no PEM block/);
  await refused("key/invalid", { keyFile: save("two.pem", keyPem + keyPem), certificateFile: chainFile }, /more than one/);
  await refused("key/invalid", { keyFile: save("cut.pem", keyPem.slice(0, -20)), certificateFile: chainFile }, /PEM/);
  const damaged = encodePem("PRIVATE KEY", leafKey.export({ type: "pkcs8", format: "der" }).subarray(0, 60));
  await refused("key/invalid", { keyFile: save("damaged.pem", damaged), certificateFile: chainFile }, /damaged/);
  await refused("file/unreadable", { keyFile: save("large.pem", "x".repeat(2_000_000)), certificateFile: chainFile }, /larger than/);
  await refused("key/invalid", { keyFile: save("ed.pem", ed25519), certificateFile: chainFile }, /ed25519/);
});

test("a certificate file that does not fit is refused, with the way out", async () => {
  const [leaf, middle, root] = certificates;
  assert.ok(leaf && middle && root);
  const withChain = (chain: readonly Uint8Array[]): Parameters<typeof loadSigner>[0] => ({
    keyFile,
    certificateFile: save("wrong.pem", pemOf(chain)),
  });
  await refused("key/certificate", { keyFile, needsCertificate: true }, /--cert/);
  await refused("file/not-found", { keyFile, certificateFile: path("none.pem") }, /it is not there/);
  await refused("key/certificate", withChain([leaf, middle]), /root is missing/);
  await refused("key/certificate", withChain([leaf]), /root is missing/);
  await refused("key/certificate", withChain([root, middle, leaf]), /place 3, not first[^]*in order/);
  await refused("key/certificate", withChain([leaf, root, middle]), /in order/);
  await refused("key/certificate", withChain([middle, root]), /another key/);
  await refused("key/certificate", { keyFile, certificateFile: save("no.pem", "nothing") }, /no certificate/);
  await refused("key/certificate", { keyFile, certificateFile: save("junk.pem", pemOf([leaf.subarray(0, 90)])) }, /longer than/);

  const other = await createTestChain();
  await refused("key/certificate", withChain(other.certificates), /another key/);
  await refused("key/certificate", { keyFile, certificateFile: chainFile, now: inDays(3) }, /expired at/);
  await refused("key/certificate", { keyFile, certificateFile: chainFile, now: inDays(-1) }, /not valid before/);
  const server = await createTestChain({ length: 1, purposes: [PURPOSE_OIDS.serverAuth] });
  const serverKey = save("server.pem", server.leafKey.export({ type: "pkcs8", format: "pem" }) as string);
  await refused("key/certificate", { ...withChain(server.certificates), keyFile: serverKey }, /extended key usage serverAuth/);
});

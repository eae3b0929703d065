import assert from "node:assert/strict";
import { constants, generateKeyPairSync, hash, type JsonWebKey, type KeyObject, sign } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as fc from "fast-check";
import { type Ran, runProgram } from "../../../tests/fixtures/programs.ts";
import { needsPrograms } from "../../../tests/real/programs.ts";
import { verifySshSignature } from "./signature.ts";
import { writeSshString } from "./wire.ts";

const PAYLOAD = Buffer.from("tree 4b825dc\n\nSubject \xe4\r\n", "latin1");
const GIT = { payload: PAYLOAD, namespace: "git" };

let folder = "";
before(async () => void (folder = await mkdtemp(join(tmpdir(), "countersign-ssh-"))));
after(() => rm(folder, { recursive: true, force: true }));

const string = writeSshString;
const number = (bytes: Uint8Array): Uint8Array => {
  const start = bytes.findIndex((byte) => byte !== 0);
  const short = bytes.subarray(start);
  return string((short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), short]) : short);
};
const bytesOf = (jwk: JsonWebKey, name: "x" | "y" | "n" | "e"): Buffer => Buffer.from(jwk[name] ?? "", "base64url");

/** A signature as `ssh-keygen` writes one, each part as given. */
function encode(parts: {
  readonly blob: Uint8Array;
  readonly value: (bytes: Uint8Array) => Uint8Array;
  readonly namespace?: string;
  readonly algorithm?: string;
  readonly version?: number;
}): string {
  const { blob, value, namespace = "git", algorithm = "sha512", version = 1 } = parts;
  const digest = hash(algorithm === "sha256" ? algorithm : "sha512", PAYLOAD, "buffer");
  const magic = Buffer.from("SSHSIG");
  const signed = Buffer.concat([magic, string(namespace), string(""), string(algorithm), string(digest)]);
  const all = [magic, Buffer.of(0, 0, 0, version), string(blob), string(namespace), string(""), string(algorithm), string(value(signed))];
  return armour(Buffer.concat(all));
}

function armour(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,70}/g) ?? [];
  return `-----BEGIN SSH SIGNATURE-----\n${lines.join("\n")}\n-----END SSH SIGNATURE-----\n`;
}

function ed25519(type = "ssh-ed25519"): { readonly blob: Uint8Array; readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return { blob: Buffer.concat([string(type), string(bytesOf(publicKey.export({ format: "jwk" }), "x"))]), privateKey };
}

function p256(type: string): { readonly blob: Uint8Array; readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = publicKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.of(4), bytesOf(jwk, "x"), bytesOf(jwk, "y")]);
  return { blob: Buffer.concat([string(type), string("nistp256"), string(point)]), privateKey };
}

/** What a security token makes of the bytes. */
function tokenSeen(bytes: Uint8Array, flags: number): Buffer {
  return Buffer.concat([hash("sha256", "ssh:", "buffer"), Buffer.of(flags, 0, 0, 0, 7), hash("sha256", bytes, "buffer")]);
}

function tokenEd25519(flags: number): string {
  const { blob, privateKey } = ed25519("sk-ssh-ed25519@openssh.com");
  return encode({
    blob: Buffer.concat([blob, string("ssh:")]),
    value: (bytes) =>
      Buffer.concat([
        string("sk-ssh-ed25519@openssh.com"),
        string(sign(null, tokenSeen(bytes, flags), privateKey)),
        Buffer.of(flags, 0, 0, 0, 7),
      ]),
  });
}

function tokenP256(): string {
  const { blob, privateKey } = p256("sk-ecdsa-sha2-nistp256@openssh.com");
  return encode({
    blob: Buffer.concat([blob, string("ssh:")]),
    value: (bytes) => {
      const value = sign("sha256", tokenSeen(bytes, 1), { key: privateKey, dsaEncoding: "ieee-p1363" });
      const numbers = Buffer.concat([number(value.subarray(0, 32)), number(value.subarray(32))]);
      return Buffer.concat([string("sk-ecdsa-sha2-nistp256@openssh.com"), string(numbers), Buffer.of(1, 0, 0, 0, 7)]);
    },
  });
}

function rsa(bits: number, { type = "rsa-sha2-512", digest = "sha512" } = {}): string {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  const jwk = publicKey.export({ format: "jwk" });
  return encode({
    blob: Buffer.concat([string("ssh-rsa"), number(bytesOf(jwk, "e")), number(bytesOf(jwk, "n"))]),
    value: (bytes) => Buffer.concat([string(type), string(sign(digest, bytes, { key: privateKey, padding: constants.RSA_PKCS1_PADDING }))]),
  });
}

function good(namespace = "git"): string {
  const { blob, privateKey } = ed25519();
  return encode({ blob, namespace, value: (bytes) => Buffer.concat([string("ssh-ed25519"), string(sign(null, bytes, privateKey))]) });
}

function keygen(...args: readonly string[]): Promise<Ran> {
  return runProgram("ssh-keygen", args, { cwd: folder });
}

describe("what ssh-keygen signs is verified", () => {
  for (const [type, ...more] of [
    ["ed25519"],
    ["ecdsa", "-b", "256"],
    ["ecdsa", "-b", "384"],
    ["ecdsa", "-b", "521"],
    ["rsa", "-b", "2048"],
  ]) {
    for (const algorithm of ["sha256", "sha512"]) {
      const name = [type, ...more, algorithm].join("-");
      test(name, async (t) => {
        if (!needsPrograms(t, "ssh-keygen")) return;
        const made = await keygen("-q", "-t", type ?? "", ...more, "-N", "", "-C", "", "-f", name);
        assert.equal(made.code, 0);
        await writeFile(join(folder, `${name}.payload`), PAYLOAD);
        const signed = await keygen("-q", "-Y", "sign", "-f", name, "-n", "git", "-O", `hashalg=${algorithm}`, `${name}.payload`);
        assert.equal(signed.code, 0);
        const signature = await readFile(join(folder, `${name}.payload.sig`), "utf8");
        const shown = await keygen("-l", "-f", `${name}.pub`);
        assert.deepEqual(verifySshSignature(signature, GIT), { outcome: "valid", fingerprint: shown.stdout.split(" ")[1] });
        assert.equal(verifySshSignature(signature, { ...GIT, payload: PAYLOAD.subarray(1) }).outcome, "invalid");
        assert.equal(verifySshSignature(signature, { ...GIT, namespace: "file" }).outcome, "invalid");
      });
    }
  }
});

describe("ssh-keygen takes and refuses what is taken and refused here", () => {
  const cases: readonly (readonly [what: string, signature: () => string, isGood: boolean])[] = [
    ["Ed25519", good, true],
    ["a token with Ed25519", () => tokenEd25519(1), true],
    ["a token with P-256", tokenP256, true],
    ["RSA with SHA-256", () => rsa(2048, { type: "rsa-sha2-256", digest: "sha256" }), true],
    ["RSA with SHA-1", () => rsa(2048, { type: "ssh-rsa", digest: "sha1" }), false],
    ["RSA that names another hash than it uses", () => rsa(2048, { type: "rsa-sha2-256" }), false],
    ["another namespace", () => good("file"), false],
  ];
  for (const [what, make, isGood] of cases) {
    test(what, async (t) => {
      if (!needsPrograms(t, "ssh-keygen")) return;
      const signature = make();
      const file = `${what.replaceAll(/\W/g, "-")}.sig`;
      await writeFile(join(folder, file), signature);
      await writeFile(join(folder, "payload"), PAYLOAD);
      // Its standard input is the payload, which holds a byte that is no UTF-8.
      const command = `ssh-keygen -Y check-novalidate -n git -s ${file} < payload`;
      const { code } = await runProgram("sh", ["-c", command], { cwd: folder });
      assert.equal(code === 0, isGood, "ssh-keygen");
      assert.equal(verifySshSignature(signature, GIT).outcome, isGood ? "valid" : "invalid");
    });
  }
});

describe("what is not as it must be is invalid", () => {
  const { blob, privateKey } = ed25519();
  const value = (bytes: Uint8Array): Uint8Array => Buffer.concat([string("ssh-ed25519"), string(sign(null, bytes, privateKey))]);
  const more = Buffer.of(0);
  const cases: readonly (readonly [what: string, signature: string, why: RegExp])[] = [
    ["nothing", "", /armour/],
    ["text before it", ` ${good()}`, /armour/],
    ["text after it", `${good()}x`, /armour/],
    ["lines that end in CRLF", good().replaceAll("\n", "\r\n"), /armour/],
    ["a signature of OpenPGP", good().replaceAll("SSH", "PGP"), /armour/],
    ["version 2", encode({ blob, value, version: 2 }), /version 1/],
    ["the namespace of files", encode({ blob, value, namespace: "file" }), /was made for "file"/],
    ["the namespace with a NUL", encode({ blob, value, namespace: "git\0" }), /was made for/],
    ["no namespace", encode({ blob, value, namespace: "" }), /was made for/],
    ["another hash", encode({ blob, value, algorithm: "sha1" }), /another hash/],
    ["bytes after the key", encode({ blob: Buffer.concat([blob, more]), value }), /follow its end/],
    ["bytes after the value", encode({ blob, value: (bytes) => Buffer.concat([value(bytes), more]) }), /follow its end/],
    [
      "a value of another type",
      encode({ blob, value: (bytes) => Buffer.concat([string("ssh-rsa"), string(sign(null, bytes, privateKey))]) }),
      /not that of its key/,
    ],
    ["a value by another key", encode({ blob: ed25519().blob, value }), /not that of its key/],
    [
      "a key whose length reaches beyond",
      encode({ blob: Buffer.concat([string("ssh-ed25519"), Buffer.of(0xff, 0xff, 0xff, 0xff)]), value }),
      /ends too early/,
    ],
    ["a key of 31 bytes", encode({ blob: Buffer.concat([string("ssh-ed25519"), string(Buffer.alloc(31))]), value }), /32 bytes/],
    [
      "a point that is not on its curve",
      encode({
        blob: Buffer.concat([string("ecdsa-sha2-nistp256"), string("nistp256"), string(Buffer.from([4, ...Buffer.alloc(64, 1)]))]),
        value,
      }),
      /its key is none/,
    ],
    [
      "a curve that is not the type's",
      encode({ blob: Buffer.concat([string("ecdsa-sha2-nistp256"), string("nistp384"), string(Buffer.alloc(97, 4))]), value }),
      /no point of its curve/,
    ],
    ["a token that nobody touched", tokenEd25519(0), /nobody touched/],
    ["RSA of 1024 bits", rsa(1024), /1024 bits/],
  ];
  for (const [what, signature, why] of cases) {
    test(what, () => {
      const seen = verifySshSignature(signature, GIT);
      assert.equal(seen.outcome, "invalid");
      assert.match(seen.why, why);
    });
  }

  test("keys of other kinds are told apart: they may be good ones", () => {
    for (const type of [
      "ssh-dss",
      "ssh-ed25519-cert-v01@openssh.com",
      "constructor",
      "__proto__",
      "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
    ]) {
      const seen = verifySshSignature(encode({ blob: string(type), value }), GIT);
      assert.deepEqual(seen, { outcome: "unsupported", why: `it is by a key of type "${type}"` });
    }
  });

  test("a signature of which a byte is changed is never valid, and ends in an answer", () => {
    const signature = Buffer.from(good().split("\n").slice(1, -2).join(""), "base64");
    fc.assert(
      fc.property(fc.nat(signature.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(signature);
        changed[at] = (changed[at] ?? 0) ^ change;
        assert.notEqual(verifySshSignature(armour(changed), GIT).outcome, "valid");
      }),
    );
  });
});

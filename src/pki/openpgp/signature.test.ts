import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as fc from "fast-check";
import * as openpgp from "openpgp";
import { type Gpg, startGpg } from "../../../tests/fixtures/gpg.ts";
import { runProgram } from "../../../tests/fixtures/programs.ts";
import { findProgram } from "../../../tests/real/programs.ts";
import { LIMITS } from "../../core/limits.ts";
import { decodePgpArmour } from "../../encoding/openpgp.ts";
import { type OpenPgpVerification, openPgpVerifier } from "./signature.ts";

const missing = ["gpg", "gpgconf"].filter((name) => findProgram(name) === undefined);
if (missing.length > 0 && process.env["CI"] === "true") throw new Error(`not installed: ${missing.join(", ")}`);
const skip = missing.length === 0 ? false : `not installed: ${missing.join(", ")}`;

const PAYLOAD = Buffer.from("tree 4b825dc\n\nSubject \xe4\r\n trailing \n", "latin1");
const START = new Date("2026-01-01T00:00:00Z");

function day(count: number): Date {
  return new Date(START.getTime() + count * 86_400_000);
}

function bytesOf(armoured: string): Uint8Array {
  const bytes = decodePgpArmour(armoured, { label: "PUBLIC KEY BLOCK", maxBytes: LIMITS.keyFileBytes });
  assert.ok(bytes !== undefined);
  return bytes;
}

async function check(
  signature: string,
  { keys, now = day(30), payload = PAYLOAD }: { readonly keys: readonly string[]; readonly now?: Date; readonly payload?: Uint8Array },
): Promise<OpenPgpVerification> {
  const verify = await openPgpVerifier(keys.map(bytesOf), now);
  assert.ok(verify !== undefined, "the package is here");
  return verify(signature, payload);
}

async function refuses(signature: string, why: RegExp, given: Parameters<typeof check>[1]): Promise<void> {
  const seen = await check(signature, given);
  assert.equal(seen.outcome, "invalid");
  assert.match(seen.why, why);
}

let gpg: Gpg;
let ana = "";
let anaKey = "";
before(async () => {
  if (skip !== false) return;
  gpg = await startGpg();
  ana = await gpg.makeKey("ana", { at: START });
  anaKey = await gpg.exportKey(ana);
});
after(async () => {
  if (skip === false) await gpg.end();
});

describe("what gpg signs is verified", { skip }, () => {
  for (const type of ["ed25519", "rsa3072", "nistp256"]) {
    test(`with a key of ${type}`, async () => {
      const key = await gpg.makeKey(`kind-${type}`, { at: START, type });
      const signature = await gpg.sign(PAYLOAD, { key, at: day(1) });
      const keys = [anaKey, await gpg.exportKey(key)];
      assert.deepEqual(await check(signature, { keys }), { outcome: "valid", fingerprint: key });
      await refuses(signature, /digest did not match/, { keys, payload: Buffer.concat([PAYLOAD, Buffer.of(0x0a)]) });
      await refuses(signature, /digest did not match/, {
        keys,
        payload: Buffer.from(PAYLOAD.toString("latin1").replace("\r\n", "\n"), "latin1"),
      });
    });
  }

  test("with a subkey that may sign, by the fingerprint of its primary key", async () => {
    const key = await gpg.makeKey("subkey", { at: START });
    await gpg.run(["--batch", "--passphrase", "", "--quick-add-key", key, "ed25519", "sign"], { at: START });
    const signature = await gpg.sign(PAYLOAD, { key, at: day(1) });
    assert.deepEqual(await check(signature, { keys: [await gpg.exportKey(key)] }), { outcome: "valid", fingerprint: key });
  });

  test("and what another key has signed is not looked at", async () => {
    const key = await gpg.makeKey("stranger", { at: START });
    const signature = await gpg.sign(PAYLOAD, { key, at: day(1) });
    assert.deepEqual(await check(signature, { keys: [anaKey] }), { outcome: "other-key", key });
    assert.deepEqual(await check(signature, { keys: [] }), { outcome: "other-key", key });
  });
});

describe("a key counts for what it signed while it could", { skip }, () => {
  test("not for what it signed when it had expired, and for what it signed before", async () => {
    const key = await gpg.makeKey("expired", { at: START });
    const [early, late] = [await gpg.sign(PAYLOAD, { key, at: day(2) }), await gpg.sign(PAYLOAD, { key, at: day(10) })];
    await gpg.run(["--batch", "--passphrase", "", "--quick-set-expire", key, "5d"], { at: day(1) });
    const keys = [await gpg.exportKey(key)];
    assert.deepEqual(await check(early, { keys }), { outcome: "valid", fingerprint: key });
    await refuses(late, /expired/, { keys });
    // Whoever is given more time has had it all along: gpg keeps no older word of the key about itself.
    await gpg.run(["--batch", "--passphrase", "", "--quick-set-expire", key, "40d"], { at: day(12) });
    const longer = [await gpg.exportKey(key)];
    assert.deepEqual(await check(early, { keys: longer }), { outcome: "valid", fingerprint: key });
    assert.deepEqual(await check(late, { keys: longer }), { outcome: "valid", fingerprint: key });
  });

  test("not for anything once it is revoked as stolen, nor for what came after it was given up", async () => {
    // As gpg numbers the reasons: 1 compromised, 2 superseded.
    for (const [reason, isEarlyGood] of [
      ["1", false],
      ["2", true],
    ] as const) {
      const key = await gpg.makeKey(`revoked-${reason}`, { at: START });
      const [early, late] = [await gpg.sign(PAYLOAD, { key, at: day(2) }), await gpg.sign(PAYLOAD, { key, at: day(10) })];
      const revocation = await gpg.run(["--command-fd", "0", "--pinentry-mode", "loopback", "--gen-revoke", key], {
        at: day(5),
        stdin: `y\n${reason}\n\ny\n\n`,
      });
      const file = join(gpg.home, "revocation");
      await writeFile(file, revocation);
      await gpg.run(["--batch", "--import", file], { at: day(11) });
      const keys = [await gpg.exportKey(key)];
      await refuses(late, /revoked/, { keys });
      if (isEarlyGood) assert.deepEqual(await check(early, { keys }), { outcome: "valid", fingerprint: key });
      else await refuses(early, /revoked/, { keys });
    }
  });

  test("not for what it says it signed in times to come, or what it said would not hold for ever", async () => {
    const signature = await gpg.sign(PAYLOAD, { key: ana, at: day(40) });
    await refuses(signature, /future/, { keys: [anaKey], now: day(39) });
    const short = await gpg.sign(PAYLOAD, { key: ana, at: day(1), args: ["--default-sig-expire", "1d"] });
    await refuses(short, /Signature is expired/, { keys: [anaKey] });
    assert.equal((await check(short, { keys: [anaKey], now: day(1.5) })).outcome, "valid");
  });
});

describe("what is not as git has it is invalid", { skip }, () => {
  test("a signature of another type", async () => {
    await refuses(await gpg.sign(PAYLOAD, { key: ana, at: day(1), args: ["--textmode"] }), /another type/, { keys: [anaKey] });
    const { privateKey, publicKey } = await openpgp.generateKey({ userIDs: [{ name: "Eva" }], format: "object", date: START });
    // One of its own signs no bytes at all, and would be one of every commit.
    const packet = new openpgp.SignaturePacket();
    packet.signatureType = openpgp.enums.signature.standalone;
    packet.publicKeyAlgorithm = privateKey.keyPacket.algorithm;
    packet.hashAlgorithm = openpgp.enums.hash.sha512;
    // Its types do not know the last argument, which it needs.
    await Reflect.apply(packet.sign, packet, [privateKey.keyPacket, {}, day(1), true, openpgp.config]);
    const list = new openpgp.PacketList<openpgp.SignaturePacket>();
    list.push(packet);
    await refuses(new openpgp.Signature(list).armor().replaceAll("\r\n", "\n"), /another type/, {
      keys: [publicKey.armor().replaceAll("\r\n", "\n")],
    });
  });

  test("several signatures, whoever else has signed", async () => {
    const other = await gpg.makeKey("second", { at: START });
    const both = await gpg.sign(PAYLOAD, { key: ana, at: day(1), args: ["--local-user", other] });
    await refuses(both, /2 parts/, { keys: [anaKey] });
    await refuses(both, /2 parts/, { keys: [anaKey, await gpg.exportKey(other)] });
  });

  test("a hash that is broken, and a critical part that nobody knows", async () => {
    await refuses(await gpg.sign(PAYLOAD, { key: ana, at: day(1), args: ["--digest-algo", "SHA1"] }), /Insecure|too weak/, {
      keys: [anaKey],
    });
    const noted = await gpg.sign(PAYLOAD, { key: ana, at: day(1), args: ["--set-notation", "!meaning@acme.io=not this"] });
    await refuses(noted, /critical notation/, { keys: [anaKey] });
  });

  test("another armour than git has", async () => {
    const signature = await gpg.sign(PAYLOAD, { key: ana, at: day(1) });
    assert.equal((await check(signature.replace("\n\n", "\nVersion: GnuPG v1\nComment: x\n\n"), { keys: [anaKey] })).outcome, "valid");
    assert.equal((await check(signature.replace("\n\n", "\n \n"), { keys: [anaKey] })).outcome, "valid", "as GitHub writes it");
    assert.equal((await check(signature.replace(/\n=.{4}\n/, "\n"), { keys: [anaKey] })).outcome, "valid", "without the checksum");
    for (const hostile of [
      "",
      ` ${signature}`,
      `${signature}${signature}`,
      `${signature}x`,
      signature.replaceAll("\n", "\r\n"),
      signature.replaceAll("SIGNATURE", "MESSAGE"),
      signature.replace("-----END", "=\n-----END"),
      signature.replace("\n\n", `\n${"Comment: x\n".repeat(4_000)}\n`),
      `-----BEGIN PGP SIGNATURE-----\n\n${"A".repeat(LIMITS.openPgpSignatureBytes)}\n-----END PGP SIGNATURE-----\n`,
      "-----BEGIN PGP SIGNATURE-----\n\n\n-----END PGP SIGNATURE-----\n",
    ])
      await refuses(hostile, /armour/, { keys: [anaKey] });
    // Packets that say they are longer than there are bytes, data that unpacks, a version from before 1998.
    for (const bytes of [[0xc2, 0xff, 0xff, 0xff, 0xff, 0xff], [0xc8, 0x02, 0x01, 0x00], [0x00], [0x88]]) {
      const seen = await check(armour(Buffer.from(bytes)), { keys: [anaKey] });
      assert.equal(seen.outcome, "invalid");
    }
    assert.deepEqual(await check(armour(Buffer.from([0xc2, 0x03, 0x03, 0x05, 0x00])), { keys: [anaKey] }), {
      outcome: "unsupported",
      why: "it is of a version that is not read",
    });
  });

  test("whatever byte is changed, the answer is about these bytes by this key, or it is not valid", async () => {
    const signature = await gpg.sign(PAYLOAD, { key: ana, at: day(1) });
    const bytes = decodePgpArmour(signature, { label: "SIGNATURE", maxBytes: LIMITS.openPgpSignatureBytes });
    const verify = await openPgpVerifier([bytesOf(anaKey)], day(30));
    assert.ok(bytes !== undefined && verify !== undefined);
    const end = endOfSigned(bytes);
    const places = fc.record({
      at: fc.nat(bytes.length - 1),
      inPayload: fc.nat(PAYLOAD.length - 1),
      change: fc.integer({ min: 1, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(places, async ({ at, inPayload, change }) => {
        const seen = await verify(armour(changed(bytes, at, change)), PAYLOAD);
        // Behind it stand hints, and numbers that can be written in several ways.
        if (at >= 2 && at < end) assert.notEqual(seen.outcome, "valid");
        if (seen.outcome === "valid") assert.equal(seen.fingerprint, ana);
        assert.equal((await verify(signature, changed(PAYLOAD, inPayload, change))).outcome, "invalid");
      }),
      { numRuns: 200 },
    );
  });

  test("a key that the package cannot read leaves it open", async () => {
    const signature = await gpg.sign(PAYLOAD, { key: ana, at: day(1) });
    const verify = await openPgpVerifier([Uint8Array.of(0x98, 0x01, 0x04)], day(30));
    const seen = await verify?.(signature, PAYLOAD);
    assert.equal(seen?.outcome, "unsupported");
  });
});

test("gpg and we agree on what is good", { skip }, async () => {
  const good = await gpg.sign(PAYLOAD, { key: ana, at: day(1) });
  for (const [signature, payload] of [
    [good, PAYLOAD],
    [good, Buffer.from("other")],
  ] as const) {
    await writeFile(join(gpg.home, "good.asc"), signature);
    await writeFile(join(gpg.home, "good"), payload);
    const { code } = await runProgram("gpg", ["--homedir", gpg.home, "--verify", join(gpg.home, "good.asc"), join(gpg.home, "good")]);
    assert.equal((await check(signature, { keys: [anaKey], payload })).outcome === "valid", code === 0);
  }
});

function armour(bytes: Uint8Array): string {
  return `-----BEGIN PGP SIGNATURE-----\n\n${Buffer.from(bytes).toString("base64")}\n-----END PGP SIGNATURE-----\n`;
}

function changed(bytes: Uint8Array, at: number, change: number): Uint8Array {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ change;
  return copy;
}

/** Where the part of a signature of version 4, in a packet with a head of two bytes, ends that it signs itself. */
function endOfSigned(bytes: Uint8Array): number {
  return 2 + 4 + 2 + (((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0));
}

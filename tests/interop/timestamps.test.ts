/** Timestamps of `openssl ts` are verified, and openssl verifies what it was asked by us; notation and Countersign take each other's. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import type { FindingCode } from "../../src/core/finding.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { encodePem } from "../../src/encoding/pem.ts";
import { KEY_TYPES } from "../../src/pki/key-pair.ts";
import { checkAnswers, decodeTimestampResponse, encodeTimestampRequest } from "../../src/pki/timestamp/request.ts";
import { type VerifiedTimestamp, verifyTimestamp } from "../../src/pki/timestamp/verify.ts";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { type RunningClock, startClock } from "../fixtures/clock-server.ts";
import { createNotationHome } from "../fixtures/notation-home.ts";
import { createOpensslClock, type OpensslClock, type OpensslClockOptions } from "../fixtures/openssl-clock.ts";
import { runProgram } from "../fixtures/programs.ts";
import { RealPlaces } from "../fixtures/real-places.ts";
import { findProgram, needsPrograms } from "../real/programs.ts";

const SIGNATURE = Buffer.from("the value of a signature");

async function withClock<T>(options: OpensslClockOptions, work: (clock: OpensslClock) => Promise<T>): Promise<T> {
  const clock = await createOpensslClock(options);
  try {
    return await work(clock);
  } finally {
    clock.remove();
  }
}

function verify(clock: OpensslClock, answer: Uint8Array, signatureValue: Uint8Array = SIGNATURE): VerifiedTimestamp {
  return verifyTimestamp(decodeTimestampResponse(answer), { signatureValue, anchors: [clock.root] });
}

function refuses(code: FindingCode, work: () => unknown): void {
  assert.throws(work, { name: "Malformed", code });
}

suite("tokens of openssl", () => {
  const clocks: readonly OpensslClockOptions[] = [
    ...KEY_TYPES.map((keyType) => ({ keyType })),
    ...(["sha384", "sha512"] as const).flatMap((digest) => [
      { digest, keyType: "rsa-2048" as const },
      { digest, keyType: "ec-384" as const },
    ]),
    { accuracy: "secs:1, millisecs:500, microsecs:100" },
    { accuracy: "microsecs:1" },
    { hasIntermediate: true },
    { settings: ["tsa_name = yes", "ordering = yes"] },
    { settings: ["ess_cert_id_chain = yes"], hasIntermediate: true },
    { settings: ["ess_cert_id_alg = sha512"] },
    { settings: ["clock_precision_digits = 3"] },
  ];
  for (const one of clocks) {
    test(JSON.stringify(one), async (context) => {
      if (!needsPrograms(context, "openssl")) return;
      await withClock(one, async (clock) => {
        for (const hash of ["sha256", "sha384", "sha512"] as const) {
          const sent = Date.now();
          const request = encodeTimestampRequest({ signatureValue: SIGNATURE, hash });
          const answer = await clock.reply(request.bytes);
          assert.equal(await clock.verify(request.bytes, answer), "");
          const verified = verify(clock, answer);
          checkAnswers(request, verified);
          assert.equal(verified.authority, "CN=openssl clock,O=Clocks,C=US");
          assert.equal(verified.chain.length, one.hasIntermediate === true ? 3 : 2);
          const { from, to } = verified.interval;
          // openssl cuts its time to seconds.
          assert.ok(from.getTime() >= sent - 3000 && to.getTime() <= Date.now() + 2000, `${from.toISOString()} to ${to.toISOString()}`);
          const width = { "secs:1, millisecs:500, microsecs:100": 3002, "microsecs:1": 2 }[one.accuracy ?? ""] ?? 0;
          assert.ok(Math.abs(to.getTime() - from.getTime() - width) <= 1);
        }
      });
    });
  }

  test("under the baseline policy a token is right to the second; another policy than was asked for is none", async (context) => {
    if (!needsPrograms(context, "openssl")) return;
    await withClock({}, async (clock) => {
      const request = encodeTimestampRequest({ signatureValue: SIGNATURE, hash: "sha256", policy: "0.4.0.2023.1.1" });
      const verified = verify(clock, await clock.reply(request.bytes));
      checkAnswers(request, verified);
      assert.equal(verified.policy, "0.4.0.2023.1.1");
      assert.equal(verified.interval.to.getTime() - verified.interval.from.getTime(), 2000);
      refuses("time/timestamp-other", () => checkAnswers({ ...request, policy: "1.2.3" }, verified));
      const unknown = encodeTimestampRequest({ signatureValue: SIGNATURE, hash: "sha256", policy: "1.2.3" });
      const refusal = await clock.reply(unknown.bytes);
      assert.throws(() => decodeTimestampResponse(refusal), /rejection; the policy is not supported/);
    });
  });

  test("what a request must have: without certificate or nonce openssl gives neither", async (context) => {
    if (!needsPrograms(context, "openssl")) return;
    await withClock({}, async (clock) => {
      writeFileSync(join(clock.folder, "stamped"), SIGNATURE);
      const query = async (...words: readonly string[]): Promise<Uint8Array> => {
        const made = await runProgram("openssl", ["ts", "-query", "-data", "stamped", "-sha256", ...words, "-out", "own.tsq"], {
          cwd: clock.folder,
        });
        assert.equal(made.code, 0, made.stderr);
        return clock.reply(readFileSync(join(clock.folder, "own.tsq")));
      };
      const request = encodeTimestampRequest({ signatureValue: SIGNATURE, hash: "sha256" });
      const noNonce = verify(clock, await query("-cert", "-no_nonce"));
      assert.equal(noNonce.nonce, undefined);
      assert.throws(() => checkAnswers(request, noNonce), /it has no nonce/);
      const otherNonce = verify(clock, await query("-cert"));
      assert.throws(() => checkAnswers(request, otherNonce), /its nonce is another/);
      const bare = await query();
      refuses("time/timestamp-invalid", () => verify(clock, bare));
      const { chain } = noNonce;
      const certificates = chain.map(({ der }) => der);
      const known = verifyTimestamp(decodeTimestampResponse(bare), { signatureValue: SIGNATURE, anchors: [clock.root], certificates });
      assert.equal(known.authority, noNonce.authority);
    });
  });

  test("refused: other bytes, another root, a certificate that has run out", async (context) => {
    if (!needsPrograms(context, "openssl")) return;
    const { bytes } = encodeTimestampRequest({ signatureValue: SIGNATURE, hash: "sha256" });
    await withClock({}, async (clock) => {
      const answer = await clock.reply(bytes);
      refuses("time/timestamp-other", () => verify(clock, answer, Buffer.from("another")));
      await withClock({}, async (stranger) => refuses("time/timestamp-untrusted", () => verify(stranger, answer)));
      refuses("time/timestamp-malformed", () => decodeTimestampResponse(answer.subarray(0, -1)));
    });
    await withClock({ notAfter: new Date(Date.now() - 86_400_000) }, async (clock) => {
      const answer = await clock.reply(bytes);
      refuses("time/timestamp-authority", () => verify(clock, answer));
    });
  });

  test("refused: the older SigningCertificate, which names by SHA-1", async (context) => {
    if (!needsPrograms(context, "openssl")) return;
    await withClock({ settings: ["ess_cert_id_alg = sha1"] }, async (clock) => {
      const { bytes } = encodeTimestampRequest({ signatureValue: SIGNATURE, hash: "sha256" });
      const answer = await clock.reply(bytes);
      refuses("time/timestamp-invalid", () => verify(clock, answer));
    });
  });
});

function codes(stdout: string): readonly string[] {
  const { signatures } = JSON.parse(stdout) as Verdict;
  return signatures.flatMap(({ findings }) => findings.map(({ code }) => code));
}

suite("notation and Countersign", () => {
  const home = createNotationHome();
  const places = new RealPlaces();
  let server: RunningClock;
  let openssl: OpensslClock | undefined;
  let asked: readonly string[];

  before(async () => {
    server = await startClock();
    if (findProgram("notation") === undefined || findProgram("openssl") === undefined) return;
    await places.start(["olareg"]);
    const clock = await createOpensslClock({ accuracy: "secs:1" });
    openssl = clock;
    server.reply = async ({ bytes }) => ({ status: 200, type: "application/timestamp-reply", body: await clock.reply(bytes) });
    const chain = await createTestChain({ keyType: "rsa-2048" });
    home.addKey("signer", chain);
    home.trust("test", chain);
    const store = join(home.notationFolder, "truststore", "x509", "tsa", "clock");
    mkdirSync(store, { recursive: true });
    writeFileSync(join(store, "root.crt"), encodePem("CERTIFICATE", clock.root));
    home.policy({ trustStores: ["ca:test", "tsa:clock"] });
    asked = ["--timestamp-url", server.url];
  });

  after(async () => {
    await server.close();
    await places.close();
    openssl?.remove();
    home.remove();
  });

  for (const format of ["jws", "cose"] as const) {
    test(`${format}: notation verifies the timestamp that ours has`, async (context) => {
      const place = places.open(context, "olareg", "notation", "openssl");
      if (place === undefined || openssl === undefined) return;
      const { reference } = await place.image(`stamped/${format}/ours`);
      const root = join(openssl.folder, "root.pem");
      const words = ["--key", "signer", "--format", `notary-${format}`, ...asked, "--timestamp-root", root, "--output", "json"];
      const signed = await home.countersign("sign", reference, ...words);
      assert.equal(signed.code, 0, signed.stderr);
      const verified = await home.notation("verify", "--insecure-registry", reference);
      assert.equal(verified.code, 0, verified.stderr);
      const judged = await home.countersign(
        "verify",
        reference,
        "--output",
        "json",
        "--at",
        new Date(Date.now() + 30 * 86_400_000).toISOString(),
      );
      assert.equal(judged.code, 0, judged.stdout);
      assert.ok(codes(judged.stdout).includes("time/timestamped"));
    });

    test(`${format}: ours verifies the timestamp that notation's has`, async (context) => {
      const place = places.open(context, "olareg", "notation", "openssl");
      if (place === undefined || openssl === undefined) return;
      const { reference } = await place.image(`stamped/${format}/theirs`);
      const root = join(openssl.folder, "root.pem");
      const words = ["--force-referrers-tag=false", "--signature-format", format, ...asked, "--timestamp-root-cert", root];
      const signed = await home.notation("sign", "--insecure-registry", "--key", "signer", ...words, reference);
      assert.equal(signed.code, 0, signed.stderr);
      assert.equal((await home.notation("verify", "--insecure-registry", reference)).code, 0);
      const judged = await home.countersign(
        "verify",
        reference,
        "--output",
        "json",
        "--at",
        new Date(Date.now() + 30 * 86_400_000).toISOString(),
      );
      assert.equal(judged.code, 0, judged.stdout);
      assert.ok(codes(judged.stdout).includes("time/timestamped"));
    });
  }

  test("both refuse a signature without a timestamp, and one whose authority is another", async (context) => {
    const place = places.open(context, "olareg", "notation", "openssl");
    if (place === undefined) return;
    const { reference: bare } = await place.image("stamped/none");
    assert.equal((await home.countersign("sign", bare, "--key", "signer")).code, 0);
    assert.equal((await home.countersign("verify", bare)).code, 1);
    assert.equal((await home.notation("verify", "--insecure-registry", bare)).code, 1);

    const stranger = await createOpensslClock();
    const { reply } = server;
    try {
      server.reply = async ({ bytes }) => ({ status: 200, type: "application/timestamp-reply", body: await stranger.reply(bytes) });
      const { reference } = await place.image("stamped/stranger");
      const root = join(stranger.folder, "root.pem");
      const signed = await home.countersign("sign", reference, "--key", "signer", ...asked, "--timestamp-root", root);
      assert.equal(signed.code, 0, signed.stderr);
      const judged = await home.countersign("verify", reference, "--output", "json");
      assert.equal(judged.code, 1);
      assert.ok(codes(judged.stdout).includes("time/timestamp-untrusted"));
      assert.equal((await home.notation("verify", "--insecure-registry", reference)).code, 1);
    } finally {
      server.reply = reply;
      stranger.remove();
    }
  });
});

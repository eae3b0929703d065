/** What our timestamp authority gives: openssl, notation, cosign and Java ask it and believe it, and none of them what is not its own. */
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { digestOf } from "../../src/core/digest.ts";
import { keyFingerprint } from "../../src/core/key-fingerprint.ts";
import { OCI_MANIFEST } from "../../src/core/media-types.ts";
import type { Selection } from "../../src/core/policy.ts";
import { parseReference } from "../../src/core/reference.ts";
import { evaluate } from "../../src/evaluate.ts";
import { decodeAttestation } from "../../src/formats/cosign-attestation/format.ts";
import { attestationTag, readAttestations } from "../../src/formats/cosign-attestation/manifest.ts";
import { gateAsking, needsScan } from "../evidence/world.ts";
import { encodePem } from "../../src/encoding/pem.ts";
import { KEY_TYPES } from "../../src/pki/key-pair.ts";
import { decodeTimestampResponse } from "../../src/pki/timestamp/request.ts";
import { verifyTimestamp } from "../../src/pki/timestamp/verify.ts";
import { createTestChain, createTimestampingTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { startTimestampAuthority } from "../../src/testing/timestamp-authority.ts";
import { createNotationHome } from "../fixtures/notation-home.ts";
import { type Ran, runProgram } from "../fixtures/programs.ts";
import { RealPlaces } from "../fixtures/real-places.ts";
import { findProgram, needsPrograms } from "../real/programs.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-authority-"));
const places = new RealPlaces();

before(() => places.start(["olareg"]));

after(async () => {
  await places.close();
  rmSync(folder, { recursive: true, force: true });
});

function pem(certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => encodePem("CERTIFICATE", der)).join("");
}

function save(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

async function ask(url: string, query: Uint8Array): Promise<Uint8Array> {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/timestamp-query" }, body: query });
  assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "application/timestamp-reply"]);
  return new Uint8Array(await answer.arrayBuffer());
}

function openssl(...words: readonly string[]): Promise<Ran> {
  return runProgram("openssl", ["ts", ...words], { cwd: folder });
}

suite("openssl ts", () => {
  const DATA = "what is stamped";

  async function query(...words: readonly string[]): Promise<Uint8Array> {
    save("data", DATA);
    const made = await openssl("-query", "-data", "data", ...words, "-out", "query");
    assert.equal(made.code, 0, made.stderr);
    return readFileSync(join(folder, "query"));
  }

  for (const [index, keyType] of KEY_TYPES.entries()) {
    const length = index % 2 === 0 ? 2 : 3;
    test(`${keyType}, ${length} certificates: verifies each hash, with certificates and without, and nothing else`, async (context) => {
      if (!needsPrograms(context, "openssl")) return;
      const authority = await startTimestampAuthority({
        chain: await createTimestampingTestChain({ keyType, length }),
        accuracyMs: 1500,
      });
      context.after(() => authority.close());
      const root = save("root.pem", pem([authority.root]));
      const others = save("others.pem", pem(authority.certificates.slice(0, -1)));
      for (const hash of ["sha256", "sha384", "sha512"] as const) {
        for (const wantsCertificates of [true, false]) {
          const asked = await query(`-${hash}`, ...(wantsCertificates ? ["-cert"] : []));
          const answer = await ask(authority.url, asked);
          save("answer", answer);
          const verified = await openssl("-verify", "-queryfile", "query", "-in", "answer", "-CAfile", root, "-untrusted", others);
          assert.equal(verified.code, 0, verified.stderr);
          // The token brings along all that is between its signer and the root, if that was wanted.
          const alone = await openssl("-verify", "-queryfile", "query", "-in", "answer", "-CAfile", root);
          assert.equal(alone.code === 0, wantsCertificates, alone.stderr);
          const token = decodeTimestampResponse(answer);
          const { interval, authority: name } = verifyTimestamp(token, {
            signatureValue: Buffer.from(DATA),
            anchors: [authority.root],
            certificates: authority.certificates,
          });
          assert.equal(interval.to.getTime() - interval.from.getTime(), 3000);
          assert.equal(name, "CN=test clock,O=Countersign Test,L=Seattle,ST=WA,C=US");
          save("data", "something else");
          assert.notEqual((await openssl("-verify", "-data", "data", "-in", "answer", "-CAfile", root, "-untrusted", others)).code, 0);
        }
      }
    });
  }

  test("reads a refusal as one, with its reason", async (context) => {
    if (!needsPrograms(context, "openssl")) return;
    const authority = await startTimestampAuthority();
    context.after(() => authority.close());
    for (const [words, reason] of [
      [["-sha1"], /Failure info: unrecognized or unsupported algorithm identifier/],
      [["-sha256", "-tspolicy", "1.2.3.4"], /Failure info: the requested TSA policy is not supported by the TSA/],
    ] as const) {
      save("answer", await ask(authority.url, await query(...words)));
      const shown = await openssl("-reply", "-in", "answer", "-text");
      assert.match(shown.stdout, /Status: Rejected/);
      assert.match(shown.stdout, reason);
    }
  });

  test("the policy and the serial number stand in the token as they are, and the number is always another", async (context) => {
    if (!needsPrograms(context, "openssl")) return;
    const authority = await startTimestampAuthority({ policy: "1.3.6.1.4.1.32473.2.7" });
    context.after(() => authority.close());
    const serials = new Set<string>();
    for (const words of [["-sha256"], ["-sha256", "-tspolicy", "1.3.6.1.4.1.32473.2.7", "-no_nonce"]]) {
      save("answer", await ask(authority.url, await query(...words)));
      const { stdout } = await openssl("-reply", "-in", "answer", "-text");
      assert.match(stdout, /Policy OID: 1\.3\.6\.1\.4\.1\.32473\.2\.7/);
      serials.add(/Serial number: (0x[0-9A-F]+)/.exec(stdout)?.[1] ?? "");
    }
    assert.equal(serials.size, 2);
  });
});

suite("notation", () => {
  const home = createNotationHome();

  before(async () => {
    if (findProgram("notation") === undefined) return;
    const chain = await createTestChain({ keyType: "ec-256" });
    home.addKey("signer", chain);
    home.trust("test", chain);
    home.policy({ trustStores: ["ca:test", "tsa:clock"] });
  });

  after(() => home.remove());

  for (const keyType of KEY_TYPES) {
    for (const format of ["jws", "cose"] as const) {
      test(`${keyType}, ${format}: has its signature stamped, and verifies that; another root is none`, async (context) => {
        const place = places.open(context, "olareg", "notation");
        if (place === undefined) return;
        const chain = await createTimestampingTestChain({ keyType, length: format === "jws" ? 2 : 3 });
        const authority = await startTimestampAuthority({ chain });
        context.after(() => authority.close());
        const root = save(`${keyType}.pem`, pem([authority.root]));
        const store = join(home.notationFolder, "truststore", "x509", "tsa", "clock");
        mkdirSync(store, { recursive: true });
        writeFileSync(join(store, "root.crt"), pem([authority.root]));
        const { reference } = await place.image(`authority/${keyType}/${format}`);
        const asked = ["--timestamp-url", authority.url, "--timestamp-root-cert", root];
        const words = ["--force-referrers-tag=false", "--signature-format", format, ...asked];
        const signed = await home.notation("sign", "--insecure-registry", "--key", "signer", ...words, reference);
        assert.equal(signed.code, 0, signed.stderr);
        assert.equal(authority.events.at(-1)?.kind, "issued");
        const verified = await home.notation("verify", "--insecure-registry", reference);
        assert.equal(verified.code, 0, verified.stderr);
        assert.equal((await home.countersign("verify", reference)).code, 0);
        const stranger = await createTimestampingTestChain();
        writeFileSync(join(store, "root.crt"), pem(stranger.certificates.slice(-1)));
        assert.notEqual((await home.notation("verify", "--insecure-registry", reference)).code, 0);
      });
    }
  }
});

function cosign(...words: readonly string[]): Promise<Ran> {
  return runProgram("cosign", words, { env: { HOME: folder, COSIGN_PASSWORD: "only-for-tests" }, cwd: folder });
}

async function succeed(...words: readonly string[]): Promise<void> {
  const ran = await cosign(...words);
  assert.equal(ran.code, 0, `cosign ${words.join(" ")}\n${ran.stdout}${ran.stderr}`);
}

suite("cosign", () => {
  for (const keyType of ["ec-256", "ec-384", "rsa-2048"] as const) {
    test(`${keyType}: has its bundle stamped, and verifies that; another authority's root is none`, async (context) => {
      const place = places.open(context, "olareg", "cosign");
      if (place === undefined) return;
      const authority = await startTimestampAuthority({ chain: await createTimestampingTestChain({ keyType, length: 3 }) });
      context.after(() => authority.close());
      const stranger = await startTimestampAuthority();
      context.after(() => stranger.close());
      await succeed("generate-key-pair", "--output-key-prefix", keyType);
      const start = "start-time=2020-01-01T00:00:00Z";
      const service = `url=${authority.url},api-version=1,${start},operator=us`;
      await succeed("signing-config", "create", `--tsa=${service}`, "--tsa-config=EXACT:1", "--out", "signing.json");
      const chains = { own: authority, other: stranger };
      for (const [name, { certificates }] of Object.entries(chains)) {
        const chain = save(`${name}.pem`, pem(certificates));
        await succeed("trusted-root", "create", `--tsa=url=${authority.url},certificate-chain=${chain},${start}`, "--out", `${name}.json`);
      }
      const { reference } = await place.image(`authority/cosign/${keyType}`);
      const key = ["--key", `${keyType}.key`, "--signing-config", "signing.json", "--trusted-root", "own.json"];
      await succeed("sign", "-y", "--allow-http-registry", ...key, reference);
      assert.equal(authority.events.at(-1)?.kind, "issued");
      const verify = ["verify", "--key", `${keyType}.pub`, "--insecure-ignore-tlog", "--allow-http-registry", "--use-signed-timestamps"];
      await succeed(...verify, "--trusted-root", "own.json", reference);
      assert.notEqual((await cosign(...verify, "--trusted-root", "other.json", reference)).code, 0);
    });
  }
});

suite("cosign's attestations under a tag", () => {
  const LEGACY = ["-y", "--use-signing-config=false", "--new-bundle-format=false", "--tlog-upload=false", "--allow-http-registry"];
  const TYPE = "https://example.com/p";
  const STORE = { type: "tsa", name: "clock" } as const;

  test("are of the time that an authority has stamped: the value, as cosign 3 has it done, or the envelope, as it asks for itself", async (context) => {
    const place = places.open(context, "olareg", "cosign");
    if (place === undefined) return;
    const authority = await startTimestampAuthority({ chain: await createTimestampingTestChain({ length: 3 }) });
    context.after(() => authority.close());
    await succeed("generate-key-pair", "--output-key-prefix", "tagged");
    const chain = save("chain.pem", pem(authority.certificates));
    save("predicate.json", "{}");
    const attest = ["attest", "--key", "tagged.key", ...LEGACY, "--type", TYPE, "--predicate", "predicate.json"];
    const read = async ({ store, descriptor }: Awaited<ReturnType<typeof place.image>>) => {
      const manifest = JSON.parse(
        Buffer.from((await store.resolve({ tag: attestationTag(descriptor.digest) })).bytes).toString(),
      ) as Manifest;
      const [layer] = readAttestations(Buffer.from(JSON.stringify(manifest)));
      assert.ok(layer !== undefined);
      const envelope = await store.fetch(layer.envelope);
      return { manifest, envelope, signature: decodeAttestation(envelope, layer) };
    };

    const three = await place.image("authority/att/three");
    await succeed(...attest, "--timestamp-server-url", authority.url, three.reference);
    const { signature } = await read(three);
    const [token] = signature.timestamps;
    assert.ok(token !== undefined);
    // cosign 3 does not ask for the authority's certificate.
    const { interval } = verifyTimestamp(token, {
      signatureValue: signature.value,
      anchors: [authority.root],
      certificates: authority.certificates,
    });
    assert.ok(Math.abs(interval.to.getTime() - Date.now()) < 600_000);

    const two = await place.image("authority/att/two");
    await succeed(...attest, two.reference);
    const { manifest, envelope } = await read(two);
    save("data", envelope);
    assert.equal((await openssl("-query", "-data", "data", "-sha256", "-cert", "-out", "query")).code, 0);
    const answer = await ask(authority.url, readFileSync(join(folder, "query")));
    const [layer] = manifest.layers;
    const annotations = {
      ...layer?.annotations,
      "dev.sigstore.cosign/rfc3161timestamp": JSON.stringify({ SignedRFC3161Timestamp: Buffer.from(answer).toString("base64") }),
    };
    const bytes = Buffer.from(JSON.stringify({ ...manifest, layers: [{ ...layer, annotations }] }));
    const stamped = { mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length };
    await two.store.pushManifest(stamped, bytes, { tag: attestationTag(two.descriptor.digest) });
    const verify = [
      "verify-attestation",
      "--key",
      "tagged.pub",
      "--new-bundle-format=false",
      "--allow-http-registry",
      "--insecure-ignore-tlog",
    ];
    await succeed(...verify, "--use-signed-timestamps", "--timestamp-certificate-chain", chain, "--type", TYPE, two.reference);

    const publicKey = createPublicKey(readFileSync(join(folder, "tagged.pub"))).export({ format: "der", type: "spki" });
    const builder = { name: "ci", identity: { kind: "key", fingerprint: keyFingerprint(publicKey), publicKey } } as const;
    const asked = gateAsking(
      [
        {
          ...needsScan(),
          name: "attestation",
          by: ["ci"],
          about: { predicateType: TYPE },
          newestOnly: false,
          perManifest: false,
          judge: () => [],
        },
      ],
      [
        {
          ...builder,
          signer: { algorithm: "ES256", chain: [], sign: () => Promise.reject(new Error("it only verifies")) },
          root: new Uint8Array(),
        },
      ],
    );
    const verdict = await evaluate(parseReference(two.reference), {
      store: two.store,
      policy: { ...asked, select: (...args) => withWitness(asked.select(...args)) },
      trust: { anchors: (name) => Promise.resolve(name.type === "tsa" ? [{ certificate: authority.root, store: name }] : []) },
      clock: { now: () => new Date() },
    });
    assert.equal(verdict.outcome, "pass");
    assert.equal(verdict.evidence?.[0]?.carrier, "cosign-attestation");
    assert.match(verdict.evidence?.[0]?.signatures[0]?.proven?.time?.authority ?? "", /test clock/);
  });

  function withWitness(selection: Selection): Selection {
    if (selection.kind !== "gate" || selection.rules === undefined) return selection;
    return { ...selection, rules: { ...selection.rules, trustStores: [...selection.rules.trustStores, STORE] } };
  }
});

interface Manifest {
  readonly layers: readonly { readonly annotations: Readonly<Record<string, string>> }[];
}

async function java(program: string, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, words, { cwd: folder, env: { HOME: folder, LC_ALL: "C.UTF-8" } });
  assert.equal(code, 0, `${program} ${words.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

suite("java", () => {
  test("jarsigner has a jar stamped, and finds the timestamp good by the root alone", async (context) => {
    if (!needsPrograms(context, "jarsigner", "keytool", "jar")) return;
    const authority = await startTimestampAuthority({ chain: await createTimestampingTestChain({ length: 3 }) });
    context.after(() => authority.close());
    const store = ["-keystore", "keys.p12", "-storepass", "only-for-tests"];
    await java("keytool", "-genkeypair", "-alias", "signer", "-keyalg", "EC", "-dname", "CN=signer", ...store);
    await java("keytool", "-importcert", "-noprompt", "-alias", "clock", "-file", save("clock.pem", pem([authority.root])), ...store);
    save("file", "content");
    await java("jar", "cf", "signed.jar", "file");
    await java("jarsigner", ...store, "-tsa", authority.url, "signed.jar", "signer");
    assert.equal(authority.events.at(-1)?.kind, "issued");
    const verified = await java("jarsigner", "-verify", "-verbose", "-certs", ...store, "signed.jar");
    assert.match(verified, /jar verified\./);
    assert.match(verified, /Timestamped by "CN=test clock, O=Countersign Test, L=Seattle, ST=WA, C=US" on /);
    assert.doesNotMatch(verified, /TSA certificate chain is invalid/);
  });
});

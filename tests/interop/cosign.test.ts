/** Signatures and statements by a key, exchanged with cosign on both registries, and key files both ways. */
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { findKey } from "../../src/checks/signer.ts";
import type { Signature } from "../../src/core/signature.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { decodeAttestation } from "../../src/formats/cosign-attestation/format.ts";
import { attestationTag, readAttestations } from "../../src/formats/cosign-attestation/manifest.ts";
import { sigstoreBundle } from "../../src/formats/sigstore-bundle/format.ts";
import { bundleCarrier } from "../../src/formats/sigstore-bundle/manifest.ts";
import { loadSigner } from "../../src/keys/file-signer.ts";
import { policyFromKeys } from "../../src/policy/command-line.ts";
import { signSubject } from "../../src/sign.ts";
import { countersign, type Said } from "../e2e/terminal.ts";
import { type Ran, runProgram } from "../fixtures/programs.ts";
import { type Image, RealPlaces, REGISTRY_PROGRAMS } from "../fixtures/real-places.ts";
import { needsPrograms } from "../real/programs.ts";

const PASSWORD = "only-for-tests";
const places = new RealPlaces();
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "countersign-cosign-"));
  await places.start();
});

after(async () => {
  await places.close();
  rmSync(folder, { recursive: true, force: true });
});

async function cosign(...args: readonly string[]): Promise<Ran> {
  const ran = await runProgram("cosign", args, { env: { HOME: folder, COSIGN_PASSWORD: PASSWORD }, cwd: folder });
  assert.equal(ran.code, 0, `cosign ${args.join(" ")}\n${ran.stdout}${ran.stderr}`);
  return ran;
}

async function ours(...args: readonly string[]): Promise<Said> {
  const said = await countersign([...args, "--config", join(folder, "config")], {
    env: { COSIGN_PASSWORD: PASSWORD, COUNTERSIGN_PASSPHRASE: PASSWORD },
  });
  assert.equal(said.code, 0, `${args.join(" ")}\n${said.stdout}${said.stderr}`);
  return said;
}

const inFolder = (name: string): string => join(folder, name);

/** A key pair of cosign's, and its configuration without any service of Sigstore. */
async function cosignKeys(prefix: string): Promise<{ readonly key: string; readonly pub: string }> {
  await cosign("generate-key-pair", "--output-key-prefix", prefix);
  await cosign("signing-config", "create", "--out", "no-services.json");
  return { key: inFolder(`${prefix}.key`), pub: inFolder(`${prefix}.pub`) };
}

const SIGN = ["-y", "--signing-config", "no-services.json", "--allow-http-registry"];
const VERIFY = ["--insecure-ignore-tlog", "--allow-http-registry"];
const LEGACY = ["-y", "--use-signing-config=false", "--new-bundle-format=false", "--tlog-upload=false", "--allow-http-registry"];

function openPlace(context: TestContext, program: (typeof REGISTRY_PROGRAMS)[number]): ReturnType<RealPlaces["open"]> {
  return places.open(context, program, "cosign");
}

function signedBy(pub: string, signature: Signature): string | undefined {
  const publicKey = createPublicKey(readFileSync(pub, "utf8")).export({ type: "spki", format: "der" });
  const selection = policyFromKeys([{ name: pub, publicKey }]).select("any");
  assert.ok(selection.kind === "gate" && selection.rules);
  const found = findKey(signature, selection.rules);
  return "code" in found ? found.code : found.algorithm;
}

for (const program of REGISTRY_PROGRAMS) {
  test(`${program}: cosign verifies what we sign with a key, its annotations too, and nothing of another key's`, async (context) => {
    const place = openPlace(context, program);
    if (place === undefined) return;
    for (const type of ["ec-256", "rsa-2048"]) {
      const name = `${program}-${type}`;
      const { reference } = await place.image(`ours/${type}`);
      await ours("key", "generate", name, "--key-type", type);
      await ours("key", "export", name, "--public", "--out", inFolder(`${name}.pub`));
      const { stdout } = await ours("sign", reference, "--key", name, "--annotation", "build=7");
      assert.match(stdout, /sigstore-bundle {2}sha256:/);
      await cosign("verify", "--key", `${name}.pub`, ...VERIFY, "-a", "build=7", reference);
      await ours("verify", reference, "--key", inFolder(`${name}.pub`), "--annotation", "build=7");
      await ours("verify", reference, "--key", name);
      const other = await cosignKeys(`${name}-other`);
      const refused = await runProgram("cosign", ["verify", "--key", other.pub, ...VERIFY, reference], { env: { HOME: folder } });
      assert.notEqual(refused.code, 0);
      const ourOpinion = await countersign(["verify", reference, "--key", other.pub, "--output", "json"]);
      assert.equal(ourOpinion.code, 1);
      assert.ok((ourOpinion.json() as Verdict).signatures[0]?.findings.some(({ code }) => code === "identity/key-unknown"));
    }
  });

  test(`${program}: we verify what cosign signs with a key, ad hoc and by a policy that has the key`, async (context) => {
    const place = openPlace(context, program);
    if (place === undefined) return;
    const { key, pub } = await cosignKeys(`theirs-${program}`);
    const { reference } = await place.image("theirs/app");
    await cosign("sign", "--key", key, ...SIGN, "-a", "dev.countersign.product=app", reference);
    const verdict = (await ours("verify", reference, "--key", pub, "--output", "json")).json() as Verdict;
    const [signature] = verdict.signatures;
    assert.deepEqual([verdict.outcome, signature?.format, signature?.party], ["pass", "sigstore-bundle", pub]);
    assert.match(signature?.proven?.signer ?? "", /^key SHA256:/);
    assert.deepEqual([signature?.proven?.issuer, signature?.proven?.validUntil], [undefined, undefined]);
    const policy = inFolder(`policy-${program}.yaml`);
    const document = {
      apiVersion: "countersign.dev/v1",
      kind: "Policy",
      name: "by-key",
      version: 1,
      products: { app: { build: `${place.host}/theirs/app` }, other: { build: `${place.host}/theirs/other` } },
      parties: { ci: { key: readFileSync(pub, "utf8") } },
      gates: { build: { needs: [{ signature: { by: "ci" } }] } },
    };
    writeFileSync(policy, JSON.stringify(document));
    await ours("verify", reference, "--policy", policy);
  });

  test(`${program}: what cosign attests with a key is read, from bundles and from the tag, and is no signature of the image`, async (context) => {
    const place = openPlace(context, program);
    if (place === undefined) return;
    const { key, pub } = await cosignKeys(`attest-${program}`);
    writeFileSync(inFolder("predicate.json"), '{"x":1}');
    const bundle = await place.image("attest/bundle");
    await cosign("attest", "--key", key, ...SIGN, "--type", "https://example.com/p", "--predicate", "predicate.json", bundle.reference);
    const statement = await readBundle(bundle);
    assert.equal(statement.claimed.statement?.predicateType, "https://example.com/p");
    assert.deepEqual(statement.claimed.statement.predicate, { x: 1 });
    assert.equal(signedBy(pub, statement), "ECDSA P-256, SHA-256");
    // A key that says something about an image has not said that it may be used.
    assert.equal((await countersign(["verify", bundle.reference, "--key", pub])).code, 1);

    const tag = await place.image("attest/tag");
    for (const type of ["https://example.com/p", "vuln"]) {
      if (type === "vuln") writeFileSync(inFolder("predicate.json"), '{"scanner":{},"metadata":{}}');
      await cosign("attest", "--key", key, ...LEGACY, "--type", type, "--predicate", "predicate.json", tag.reference);
    }
    const manifest = await tag.store.resolve({ tag: attestationTag(tag.descriptor.digest) });
    const layers = readAttestations(manifest.bytes);
    assert.deepEqual(
      layers.map(({ claimedType, hasCertificate }) => [claimedType, hasCertificate]),
      [
        ["https://example.com/p", false],
        ["https://cosign.sigstore.dev/attestation/vuln/v1", false],
      ],
    );
    for (const layer of layers) {
      const signature = decodeAttestation(await tag.store.fetch(layer.envelope), layer);
      assert.equal(signature.claimed.statement?.predicateType, layer.claimedType);
      assert.equal(signature.claimed.subject.digest, tag.descriptor.digest);
      assert.equal(signedBy(pub, signature), "ECDSA P-256, SHA-256");
    }
  });

  test(`${program}: cosign verifies a statement that we sign with its own key`, async (context) => {
    const place = openPlace(context, program);
    if (place === undefined) return;
    const { key, pub } = await cosignKeys(`statement-${program}`);
    const { reference, descriptor, store } = await place.image("statement/app");
    const { mediaType, digest, size } = descriptor;
    await signSubject(
      { mediaType, digest, size },
      {
        name: reference,
        store,
        signer: await loadSigner({ keyFile: key, passphrase: async () => PASSWORD }),
        statement: {
          subjects: [{ digest: { sha256: digest.slice("sha256:".length) } }],
          predicateType: "https://example.com/p",
          predicate: { x: 1 },
        },
      },
    );
    const verify = ["verify-attestation", "--key", pub, ...VERIFY];
    await cosign(...verify, "--type", "https://example.com/p", reference);
    const other = await runProgram("cosign", [...verify, "--type", "https://example.com/other", reference], { env: { HOME: folder } });
    assert.notEqual(other.code, 0);
  });
}

async function readBundle({ store, descriptor }: Image): Promise<Signature> {
  const { referrers } = await store.referrers(descriptor.digest);
  const [bundle] = referrers;
  assert.ok(bundle);
  const carried = bundleCarrier.readManifest(await store.fetch(bundle), bundle);
  assert.equal(carried?.subject?.digest, descriptor.digest);
  const signature = sigstoreBundle.decode(await store.fetch(carried.envelope), carried.envelope.mediaType);
  assert.ok(signature);
  return signature;
}

test("key files: cosign's are imported and sign as they are, and cosign takes those that we export for it", async (context) => {
  if (!needsPrograms(context, "cosign")) return;
  const { key, pub } = await cosignKeys("files");
  await ours("key", "import", "from-cosign", "--key", key);
  const publicKey = (await ours("key", "export", "from-cosign", "--public")).stdout;
  assert.equal(publicKey, readFileSync(pub, "utf8"));
  const exported = inFolder("exported.key");
  await ours("key", "export", "from-cosign", "--unsafe-private-key", "--format", "cosign", "--out", exported);
  assert.match(readFileSync(exported, "utf8"), /^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n/);
  assert.equal((await cosign("public-key", "--key", exported)).stdout, publicKey);
  const { bare } = await loadSigner({ keyFile: key, passphrase: async (form) => (form === "cosign" ? PASSWORD : undefined) });
  assert.equal(
    createPublicKey({ key: Buffer.from(bare?.publicKey ?? []), format: "der", type: "spki" }).export({ type: "spki", format: "pem" }),
    publicKey,
  );
});

test("key files: one of cosign's that nothing locks opens with nothing", async (context) => {
  if (!needsPrograms(context, "cosign")) return;
  const ran = await runProgram("cosign", ["generate-key-pair", "--output-key-prefix", "open"], {
    env: { HOME: folder, COSIGN_PASSWORD: "" },
    cwd: folder,
  });
  assert.equal(ran.code, 0, ran.stderr);
  const options = { env: { COSIGN_PASSWORD: "" } };
  const imported = await countersign(["key", "import", "open", "--key", inFolder("open.key"), "--config", join(folder, "config")], options);
  assert.equal(imported.code, 0, imported.stderr);
  const exported = await countersign(["key", "export", "open", "--public", "--config", join(folder, "config")]);
  assert.equal(exported.stdout, readFileSync(inFolder("open.pub"), "utf8"));
  const refused = await countersign(["key", "import", "open2", "--key", inFolder("open.key"), "--config", join(folder, "config")]);
  assert.match(refused.stderr, /it is encrypted and no passphrase was given/);
  assert.equal(refused.code, 3);
});

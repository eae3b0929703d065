/** `tree`, `inspect` and `download` on both registries, over what we, cosign and oras have hung on one image. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { digestHex } from "../../src/core/digest.ts";
import { countersign, type Said } from "../e2e/terminal.ts";
import { type Ran, runProgram } from "../fixtures/programs.ts";
import { RealPlaces, REGISTRY_PROGRAMS } from "../fixtures/real-places.ts";
import { findFaults } from "../json-schema.ts";

const DOCUMENTS = join(import.meta.dirname, "..", "fixtures", "documents");
const SCANNED = "18a67be7fad03851d63051d4decbe08b809d4d38b965994ac6be9962ac021b7e";
const PASSWORD = "only-for-tests";
const places = new RealPlaces();
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "countersign-shown-"));
  await places.start();
  await ours("cert", "test", "ci", "--subject", "C=US, ST=WA, O=Acme, CN=ci", "--trust");
});

after(async () => {
  await places.close();
  rmSync(folder, { recursive: true, force: true });
});

const inFolder = (name: string): string => join(folder, name);

async function ours(...args: readonly string[]): Promise<Said> {
  const answer = await countersign([...args, "--config", inFolder("config")], {
    env: { COSIGN_PASSWORD: PASSWORD, COUNTERSIGN_PASSPHRASE: PASSWORD },
  });
  assert.equal(answer.code, 0, `${args.join(" ")}\n${answer.stdout}${answer.stderr}`);
  return answer;
}

async function theirs(program: string, ...args: readonly string[]): Promise<Ran> {
  const ran = await runProgram(program, args, { env: { HOME: folder, COSIGN_PASSWORD: PASSWORD }, cwd: folder });
  assert.equal(ran.code, 0, `${program} ${args.join(" ")}\n${ran.stdout}${ran.stderr}`);
  return ran;
}

interface Shown {
  readonly signatures: readonly { readonly format: string }[];
  readonly statements: readonly {
    readonly carrier: string;
    readonly claimed?: { readonly content?: { readonly kind: string; readonly packages?: number } };
    readonly signatures: readonly object[];
  }[];
  readonly complete: boolean;
}

for (const program of REGISTRY_PROGRAMS) {
  test(`${program}: everything is shown as what it is, and can be had as it is stored`, async (context) => {
    const place = places.open(context, program, "cosign", "oras");
    if (place === undefined) return;
    const { reference, descriptor } = await place.image("shown/app");
    const repository = reference.slice(0, reference.indexOf("@"));
    const text = readFileSync(join(DOCUMENTS, "syft.spdx.json"), "utf8").replaceAll(SCANNED, digestHex(descriptor.digest));
    const sbom = inFolder(`${program}.spdx.json`);
    writeFileSync(sbom, text);
    await theirs("cosign", "generate-key-pair", "--output-key-prefix", program);
    const key = inFolder(`${program}.key`);

    await ours("sign", reference, "--key", "ci");
    await ours("attest", reference, "--predicate", sbom, "--key", "ci");
    await ours("attest", reference, "--predicate", join(DOCUMENTS, "node-sum.junit.xml"), "--key", key);
    const oras = ["attach", "--plain-http", "--format", "json", "--artifact-type", "application/spdx+json", reference, basename(sbom)];
    const { digest } = JSON.parse((await theirs("oras", ...oras)).stdout) as { readonly digest: string };
    await ours("sign", `${repository}@${digest}`, "--key", "ci");
    const old = ["--use-signing-config=false", "--new-bundle-format=false", "--tlog-upload=false", "--allow-http-registry"];
    await theirs("cosign", "attest", "-y", "--key", key, ...old, "--type", "spdxjson", "--predicate", sbom, reference);

    const grown = (await ours("tree", reference)).stdout;
    for (const line of grown.split("\n")) assert.ok(line.length <= 100, line);
    assert.match(grown, /^[├└]─ signature, notary-jws$/m);
    assert.match(grown, /^[├└]─ sbom \(SPDX\), attached\n.*\n[│ ] {2}└─ signature, notary-jws$/m);
    assert.match(grown, /^[├└]─ test \(in-toto test-result v0\.1\), in a Sigstore bundle$/m);
    assert.match(
      grown,
      new RegExp(`^[├└]─ sbom \\(SPDX\\), attached as a document\\n[│ ]+${digest}\\n[^├└]*└─ signature, notary-jws$`, "m"),
    );
    assert.match(grown, /^tag sha256-\S+\.att\n {3}cosign's attestations\n.*\n└─ sbom \(SPDX\), signed with a key$/m);
    assert.deepEqual(findFaults((await ours("tree", reference, "--output", "json")).json()), []);

    const document = (await ours("inspect", reference, "--output", "json")).json() as Shown;
    assert.deepEqual(findFaults(document), []);
    assert.deepEqual([document.complete, document.signatures.map(({ format }) => format)], [true, ["notary-jws"]]);
    assert.deepEqual(
      document.statements.map(({ carrier, claimed, signatures }) => `${carrier} ${claimed?.content?.kind} ${signatures.length}`).toSorted(),
      ["attached sbom 1", "bundle test 1", "cosign-attestation sbom 1", "document sbom 1"],
    );
    assert.ok(document.statements.every(({ claimed }) => claimed?.content?.kind !== "sbom" || claimed.content.packages === 4));

    const out = inFolder(`${program}-sboms`);
    await ours("download", reference, "sbom", "--out", out);
    const files = readdirSync(out);
    assert.deepEqual(files.map((name) => name.replace(/^sha256-[0-9a-f]{64}\./, "")).toSorted(), [
      "dsse.json",
      "in-toto.json",
      "spdx.json",
    ]);
    const stored = files.find((name) => name.endsWith(".spdx.json")) ?? "";
    assert.equal(readFileSync(join(out, stored), "utf8"), text);
    await ours("download", reference, "attestation", "--type", "test", "--out", inFolder(`${program}-test.json`));
    const bundle = JSON.parse(readFileSync(inFolder(`${program}-test.json`), "utf8")) as { readonly mediaType: string };
    assert.equal(bundle.mediaType, "application/vnd.dev.sigstore.bundle.v0.3+json");
    assert.match((await ours("download", reference, "signature")).stdout, /^\{/);
  });
}

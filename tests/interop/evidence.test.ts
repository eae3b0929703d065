/** Evidence on both registries: what we attest cosign and notation verify, what cosign attests counts at our gates, and BuildKit's statements once they are signed. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { digestHex, digestOf } from "../../src/core/digest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../src/core/media-types.ts";
import type { Store } from "../../src/core/store.ts";
import { encodeJson } from "../../src/encoding/json.ts";
import { pushImage } from "../../src/testing/image.ts";
import { countersign, type Said } from "../e2e/terminal.ts";
import { type Ran, runProgram } from "../fixtures/programs.ts";
import { RealPlaces, REGISTRY_PROGRAMS } from "../fixtures/real-places.ts";

const PASSWORD = "only-for-tests";
const DOCUMENTS = join(import.meta.dirname, "..", "fixtures", "documents");
const SPDX = join(DOCUMENTS, "syft.spdx.json");
const SCANNED = "18a67be7fad03851d63051d4decbe08b809d4d38b965994ac6be9962ac021b7e";
const SPDX_TYPE = "https://spdx.dev/Document";
const places = new RealPlaces();
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "countersign-evidence-"));
  await places.start();
  await ours("cert", "test", "ci", "--subject", "C=US, ST=WA, O=Acme, CN=ci", "--trust");
});

after(async () => {
  await places.close();
  rmSync(folder, { recursive: true, force: true });
});

const inFolder = (name: string): string => join(folder, name);

function said(...args: readonly string[]): Promise<Said> {
  return countersign([...args, "--config", inFolder("config")], { env: { COSIGN_PASSWORD: PASSWORD, COUNTERSIGN_PASSPHRASE: PASSWORD } });
}

async function ours(...args: readonly string[]): Promise<Said> {
  const answer = await said(...args);
  assert.equal(answer.code, 0, `${args.join(" ")}\n${answer.stdout}${answer.stderr}`);
  return answer;
}

async function run(program: string, ...args: readonly string[]): Promise<Ran> {
  const env = { HOME: folder, COSIGN_PASSWORD: PASSWORD, NOTATION_CONFIG: inFolder("config") };
  const ran = await runProgram(program, args, { env, cwd: folder });
  assert.equal(ran.code, 0, `${program} ${args.join(" ")}\n${ran.stdout}${ran.stderr}`);
  return ran;
}

async function cosignKeys(prefix: string): Promise<{ readonly key: string; readonly pub: string }> {
  await run("cosign", "generate-key-pair", "--output-key-prefix", prefix);
  await run("cosign", "signing-config", "create", "--out", "no-services.json");
  return { key: inFolder(`${prefix}.key`), pub: inFolder(`${prefix}.pub`) };
}

function policyFor(repository: string, party: object, need: object): string {
  const file = inFolder(`policy-${digestHex(digestOf(Buffer.from(`${repository}${JSON.stringify(need)}`))).slice(0, 12)}.yaml`);
  const document = {
    apiVersion: "countersign.dev/v1",
    kind: "Policy",
    name: "shop",
    version: 1,
    products: { shop: { build: repository } },
    parties: { ci: party },
    gates: { build: { needs: [need] } },
  };
  writeFileSync(file, JSON.stringify(document));
  return file;
}

const CERTIFIED = { certificate: { anchor: "ca:ci", subject: { C: "US", ST: "WA", O: "Acme", CN: "ci" } } };
const keyed = (pub: string): object => ({ key: readFileSync(pub, "utf8") });
const repositoryOf = (reference: string): string => reference.split("@")[0] ?? "";
const sbom = { sbom: { by: "ci", packages: { deny: ["pkg:npm/event-stream"] } } };

/** What syft would have written of this image. */
function spdxOf({ digest }: Descriptor): string {
  const file = inFolder(`${digestHex(digest)}.spdx.json`);
  writeFileSync(file, readFileSync(SPDX, "utf8").replaceAll(SCANNED, digestHex(digest)));
  return file;
}

/** SARIF that names no image, with nothing critical in it. */
function sarifOf(): string {
  const file = inFolder("scan.sarif.json");
  writeFileSync(file, readFileSync(join(DOCUMENTS, "trivy.sarif.json"), "utf8").replaceAll("9.8", "5.0"));
  return file;
}

const OPTIONS = ["--insecure-ignore-tlog", "--allow-http-registry"];

for (const program of REGISTRY_PROGRAMS) {
  const open = (context: TestContext, ...others: readonly string[]) => places.open(context, program, ...others);

  test(`${program}: cosign verifies what we attest with its key, and the gate lets it in`, async (context) => {
    const place = open(context, "cosign");
    if (place === undefined) return;
    const { key, pub } = await cosignKeys(`ours-${program}`);
    const { reference, descriptor } = await place.image("evidence/ours");
    const policy = policyFor(repositoryOf(reference), keyed(pub), sbom);
    assert.equal((await said("verify", reference, "--policy", policy)).code, 1);
    await ours("attest", reference, "--key", key, "--predicate", spdxOf(descriptor));
    await ours("verify", reference, "--policy", policy);
    await run("cosign", "verify-attestation", "--key", pub, "--type", "spdxjson", ...OPTIONS, reference);
  });

  test(`${program}: what cosign attests with a key counts at the gate, from a bundle and from its tag`, async (context) => {
    const place = open(context, "cosign");
    if (place === undefined) return;
    const { key, pub } = await cosignKeys(`theirs-${program}`);
    const forms = {
      bundle: ["--signing-config", "no-services.json"],
      tag: ["--use-signing-config=false", "--new-bundle-format=false", "--tlog-upload=false"],
    };
    for (const [form, options] of Object.entries(forms)) {
      const { reference } = await place.image(`evidence/${form}`);
      const policy = policyFor(repositoryOf(reference), keyed(pub), sbom);
      await run(
        "cosign",
        "attest",
        "-y",
        "--key",
        key,
        ...options,
        "--allow-http-registry",
        "--type",
        "spdxjson",
        "--predicate",
        SPDX,
        reference,
      );
      const verdict = (await ours("verify", reference, "--policy", policy, "--output", "json")).json() as {
        readonly evidence: readonly { readonly carrier: string; readonly predicateType: string }[];
      };
      assert.deepEqual(
        verdict.evidence.map(({ carrier, predicateType }) => [carrier, predicateType]),
        [[form === "tag" ? "cosign-attestation" : "bundle", SPDX_TYPE]],
      );
      const other = policyFor(repositoryOf(reference), CERTIFIED, sbom);
      assert.equal((await said("verify", reference, "--policy", other)).code, 1);
    }
  });

  test(`${program}: notation verifies the signature of a statement that is attached`, async (context) => {
    const place = open(context, "notation");
    if (place === undefined) return;
    const { reference, descriptor } = await place.image("evidence/attached");
    const answer = (await ours("attest", reference, "--key", "ci", "--predicate", spdxOf(descriptor), "--output", "json")).json() as {
      readonly attestations: readonly { readonly evidence: { readonly digest: string } }[];
    };
    const digest = answer.attestations[0]?.evidence.digest ?? "";
    const statements = [
      { name: "t", registryScopes: ["*"], signatureVerification: { level: "strict" }, trustStores: ["ca:ci"], trustedIdentities: ["*"] },
    ];
    writeFileSync(inFolder("config/trustpolicy.json"), JSON.stringify({ version: "1.0", trustPolicies: statements }), { mode: 0o600 });
    await run("notation", "verify", "--insecure-registry", `${repositoryOf(reference)}@${digest}`);
    await ours("verify", reference, "--policy", policyFor(repositoryOf(reference), CERTIFIED, sbom));
  });

  test(`${program}: what oras attaches counts once its digest is signed`, async (context) => {
    const place = open(context, "oras");
    if (place === undefined) return;
    const documents = { "application/spdx+json": spdxOf, "application/sarif+json": sarifOf } as const;
    const needs = {
      "application/spdx+json": sbom,
      "application/sarif+json": { scan: { by: "ci", deny: "critical", unknownSeverity: "allow", maxAge: "24h" } },
    } as const;
    for (const type of ["application/spdx+json", "application/sarif+json"] as const) {
      const { reference, descriptor } = await place.image(`evidence/oras-${type.slice(12, 16)}`);
      const policy = policyFor(repositoryOf(reference), CERTIFIED, needs[type]);
      const file = basename(documents[type](descriptor));
      const attach = ["attach", "--plain-http", "--format", "json", "--artifact-type", type, reference];
      const { digest } = JSON.parse((await run("oras", ...attach, `${file}:${type}`)).stdout) as { readonly digest: string };
      assert.equal((await said("verify", reference, "--policy", policy)).code, 1);
      await ours("sign", `${repositoryOf(reference)}@${digest}`, "--key", "ci");
      const verdict = (await ours("verify", reference, "--policy", policy, "--output", "json")).json() as {
        readonly evidence: readonly { readonly carrier: string; readonly digest: string }[];
      };
      assert.deepEqual(
        verdict.evidence.map((one) => [one.carrier, one.digest]),
        [["document", digest]],
      );
    }
  });

  test(`${program}: BuildKit's statements count for nothing until somebody who is asked signs them`, async (context) => {
    const place = open(context);
    if (place === undefined) return;
    const { reference: any, store } = await place.image("evidence/buildkit");
    const index = await pushBuildKitIndex(store);
    const reference = `${repositoryOf(any)}@${index.digest}`;
    const policy = policyFor(repositoryOf(reference), CERTIFIED, sbom);
    assert.equal((await said("verify", reference, "--policy", policy)).code, 1);
    await ours("attest", reference, "--key", "ci", "--from-buildkit");
    const verdict = (await ours("verify", reference, "--policy", policy, "--output", "json")).json() as {
      readonly requirements: readonly { readonly outcome: string; readonly manifest?: string }[];
    };
    assert.equal(verdict.requirements.length, 2);
    assert.ok(verdict.requirements.every(({ outcome, manifest }) => outcome === "pass" && manifest !== undefined));
  });
}

/** Two platforms, each with a manifest of statements. Source of the layout: BuildKit, "Image attestation storage". */
async function pushBuildKitIndex(store: Store): Promise<Descriptor> {
  const manifests: Descriptor[] = [];
  for (const architecture of ["amd64", "arm64"]) {
    const image = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from(architecture) }] });
    const statement = encodeJson({
      _type: "https://in-toto.io/Statement/v0.1",
      predicateType: SPDX_TYPE,
      subject: [{ name: "pkg:docker/app", digest: { sha256: digestHex(image.digest) } }],
      predicate: JSON.parse(readFileSync(SPDX, "utf8")) as unknown,
    });
    const config = encodeJson({
      architecture: "unknown",
      os: "unknown",
      config: {},
      rootfs: { type: "layers", diff_ids: [digestOf(statement)] },
    });
    const layer = {
      mediaType: "application/vnd.in-toto+json",
      digest: digestOf(statement),
      size: statement.length,
      annotations: { "in-toto.io/predicate-type": SPDX_TYPE },
    };
    const configuration = { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf(config), size: config.length };
    await store.pushBlob(layer, statement);
    await store.pushBlob(configuration, config);
    const bytes = encodeJson({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: configuration, layers: [layer] });
    const manifest = { mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length };
    await store.pushManifest(manifest, bytes);
    manifests.push({ ...image, platform: { architecture, os: "linux" } } as Descriptor, {
      ...manifest,
      annotations: { "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": image.digest },
      platform: { architecture: "unknown", os: "unknown" },
    });
  }
  const bytes = encodeJson({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  const index = { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length };
  await store.pushManifest(index, bytes, { tag: "index" });
  return index;
}

/** The Notary Project's own test data through the same door. It lies beside the checkout; where it does not, each test is skipped by name. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { fixedClock } from "../../src/core/clock.ts";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { digestOf, parseDigest } from "../../src/core/digest.ts";
import { CountersignError } from "../../src/core/errors.ts";
import type { FindingCode } from "../../src/core/finding.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { TrustSource } from "../../src/core/trust-source.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { evaluate } from "../../src/evaluate.ts";
import { decodeNotaryPolicy } from "../../src/policy/notary/document.ts";
import { openLayout } from "../../src/registry/layout.ts";
import { openTrustStores } from "../../src/trust/store.ts";
import { runCommandLine } from "./command-line.ts";
import { storeOf } from "./one-signature-store.ts";
import { type Json, MANIFEST_TYPE, SIGNATURE_TYPE } from "./plan.ts";

const data = join(dirname(fileURLToPath(import.meta.url)), "../../../shared/vectors/notary");
const skip = existsSync(data) ? false : "the Notary Project's test data is not at ../shared/vectors/notary";

const IMAGE: Descriptor = {
  mediaType: MANIFEST_TYPE,
  digest: parseDigest("sha256:19dbd2e48e921426ee8ace4dc892edfb2ecdc1d1a72d5416c83670c30acecef0"),
  size: 481,
};
/** What the timestamped envelopes sign; the image itself is not among the data. */
const DOCKER_IMAGE: Descriptor = {
  mediaType: "application/vnd.docker.distribution.manifest.v2+json",
  digest: parseDigest("sha256:c0669ef34cdc14332c0f1ab0c2c01acb91d96014b172f1a76f3a39e63d1f0bda"),
  size: 528,
};
const ENVELOPES = "verifier/testdata/timestamp/sigEnv";
const STORES = "verifier/testdata/truststore";
const OWN = "own";

interface Foreign {
  readonly file: string;
  readonly subject: Descriptor;
  /** Stores of the data, or `own`: the envelope's own certificate is the anchor. */
  readonly stores: readonly string[] | typeof OWN;
  readonly identity?: string;
  readonly verifyTimestamp?: "afterCertExpiry";
  readonly revocation?: "log";
  readonly at: string;
  readonly outcome: Verdict["outcome"];
  readonly code: FindingCode;
}

const IN_TIME = "2024-06-20T00:00:00Z";
const CA = ["ca:valid-trust-store"];
const WITH_TSA = ["ca:valid-trust-store", "tsa:test-timestamp"];
const MISMATCH = ["ca:valid-trust-store", "tsa:test-mismatch"];

function internal(kind: "jws" | "cose", rest: Omit<Foreign, "file" | "stores" | "subject"> & Partial<Foreign>): Foreign {
  return { file: `internal/testdata/${kind}_signature.sig`, subject: IMAGE, stores: OWN, ...rest };
}

function timestamped(name: string, rest: Omit<Foreign, "file" | "subject">): Foreign {
  return { file: `${ENVELOPES}/${name}.sig`, subject: DOCKER_IMAGE, ...rest };
}

const VECTORS: readonly Foreign[] = [
  ...(["jws", "cose"] as const).flatMap((kind) => [
    internal(kind, { at: IN_TIME, outcome: "pass", code: "integrity/verified" }),
    internal(kind, { at: IN_TIME, identity: "C=US, ST=WA, O=Notary, CN=alpine", outcome: "pass", code: "identity/trusted" }),
    internal(kind, { at: IN_TIME, identity: "C=US, ST=WA, O=Notary, CN=other", outcome: "deny", code: "identity/untrusted" }),
    internal(kind, { at: IN_TIME, stores: CA, outcome: "deny", code: "authenticity/untrusted" }),
    internal(kind, { at: IN_TIME, subject: DOCKER_IMAGE, outcome: "deny", code: "subject/mismatch" }),
    internal(kind, { at: "2124-01-01T00:00:00Z", outcome: "deny", code: "time/certificate-expired" }),
  ]),
  ...["jwsWithTimestamp", "coseWithTimestamp"].flatMap((name) => [
    timestamped(name, { at: IN_TIME, stores: CA, outcome: "pass", code: "time/valid" }),
    // notation asks GlobalSign whether its clock has been revoked; this version cannot ask yet, and says so.
    timestamped(name, { at: IN_TIME, stores: WITH_TSA, outcome: "unknown", code: "time/authority-unchecked" }),
    timestamped(name, { at: IN_TIME, stores: WITH_TSA, revocation: "log", outcome: "pass", code: "time/timestamped" }),
    timestamped(name, { at: "2034-01-01T00:00:00Z", stores: WITH_TSA, revocation: "log", outcome: "pass", code: "time/timestamped" }),
    timestamped(name, { at: IN_TIME, stores: MISMATCH, revocation: "log", outcome: "deny", code: "time/timestamp-untrusted" }),
    timestamped(name, { at: IN_TIME, stores: WITH_TSA, verifyTimestamp: "afterCertExpiry", outcome: "pass", code: "time/valid" }),
    timestamped(name, { at: "2034-01-01T00:00:00Z", stores: CA, outcome: "deny", code: "time/certificate-expired" }),
  ]),
  timestamped("withoutTimestamp", { at: IN_TIME, stores: CA, outcome: "pass", code: "time/valid" }),
  timestamped("withoutTimestamp", { at: IN_TIME, stores: WITH_TSA, outcome: "deny", code: "time/timestamp-missing" }),
  ...["jwsExpiredWithTimestamp", "coseExpiredWithTimestamp"].flatMap((name) => [
    timestamped(name, { at: "2024-06-18T07:25:00Z", stores: OWN, outcome: "pass", code: "time/valid" }),
    timestamped(name, { at: IN_TIME, stores: OWN, outcome: "deny", code: "time/certificate-expired" }),
    timestamped(name, { at: IN_TIME, stores: CA, outcome: "deny", code: "authenticity/untrusted" }),
  ]),
  timestamped("timestampBeforeNotBefore", { at: IN_TIME, stores: CA, outcome: "deny", code: "time/certificate-not-yet-valid" }),
  timestamped("timestampBeforeNotBefore", {
    at: IN_TIME,
    stores: WITH_TSA,
    revocation: "log",
    outcome: "deny",
    code: "time/certificate-not-yet-valid",
  }),
  timestamped("timestampAfterNotAfter", { at: IN_TIME, stores: OWN, outcome: "deny", code: "time/certificate-expired" }),
];

function mediaTypeOf(envelope: Uint8Array): string {
  return envelope[0] === 0x7b ? "application/jose+json" : "application/cose";
}

/** The one certificate of the envelope of its name, in JWS; the COSE twin was made with the same key. */
async function ownCertificate(file: string): Promise<Uint8Array> {
  const twin = file.replace("cose_", "jws_").replace("sigEnv/cose", "sigEnv/jws");
  const bytes = await readFile(join(data, twin));
  if (mediaTypeOf(bytes) !== "application/jose+json") {
    // A COSE envelope without a twin: the certificate is the long byte string after x5chain's label, a list of one.
    const start = bytes.indexOf(Buffer.from([0x18, 0x21, 0x81, 0x59]));
    assert.notEqual(start, -1, `${twin} has no x5chain of one certificate`);
    const length = bytes.readUInt16BE(start + 4);
    return Uint8Array.from(bytes.subarray(start + 6, start + 6 + length));
  }
  const { x5c } = (JSON.parse(bytes.toString()) as { header: { x5c: string[] } }).header;
  return Uint8Array.from(Buffer.from(x5c[0] ?? "", "base64"));
}

function policyOf({ stores, identity, verifyTimestamp, revocation }: Foreign): Uint8Array {
  const override = revocation === undefined ? {} : { override: { revocation } };
  return Buffer.from(
    JSON.stringify({
      version: "1.0",
      trustPolicies: [
        {
          name: "foreign",
          registryScopes: ["*"],
          signatureVerification: { level: "strict", ...override, ...(verifyTimestamp === undefined ? {} : { verifyTimestamp }) },
          trustStores: stores === OWN ? ["ca:own"] : stores,
          trustedIdentities: [identity === undefined ? "*" : `x509.subject: ${identity}`],
        },
      ],
    }),
  );
}

async function judge(vector: Foreign): Promise<Verdict> {
  const bytes = await readFile(join(data, vector.file));
  const own = await ownCertificate(vector.file);
  const trust: TrustSource =
    vector.stores === OWN
      ? { anchors: () => Promise.resolve([{ certificate: own, store: { type: "ca" as const, name: "own" } }]) }
      : openTrustStores(join(data, STORES));
  return evaluate(parseReference("registry.example/app:v1"), {
    store: storeOf(vector.subject, { mediaType: mediaTypeOf(bytes), bytes }),
    policy: decodeNotaryPolicy(policyOf(vector), { source: "trustpolicy.json" }),
    trust,
    clock: fixedClock(new Date(vector.at)),
  });
}

suite("envelopes of notation", () => {
  for (const vector of VECTORS) {
    const stores = vector.stores === OWN ? OWN : vector.stores.join(" ");
    test(`${vector.file} with ${stores} on ${vector.at.slice(0, 10)}: ${vector.outcome}, ${vector.code}`, { skip }, async () => {
      const verdict = await judge(vector);
      const codes = verdict.signatures.flatMap(({ findings }) => findings.map(({ code }) => code));
      assert.equal(verdict.outcome, vector.outcome, codes.join(", "));
      assert.ok(codes.includes(vector.code), codes.join(", "));
    });
  }
});

suite("the layout of notation, signed with its envelopes", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "countersign-notary-"));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  for (const kind of ["jws", "cose"] as const) {
    test(kind, { skip }, async () => {
      const file = `internal/testdata/${kind}_signature.sig`;
      const layout = join(folder, kind);
      await cp(join(data, "internal/testdata/oci-layout"), layout, { recursive: true });
      await attach(layout, await readFile(join(data, file)));
      const config = join(folder, `${kind}-config`);
      await mkdir(join(config, "truststore/x509/ca/own"), { recursive: true });
      await writeFile(join(config, "truststore/x509/ca/own/root.der"), await ownCertificate(file));
      const vector = { file, subject: IMAGE, stores: OWN, at: IN_TIME, outcome: "pass", code: "integrity/verified" } as const;
      await writeFile(join(config, "trustpolicy.json"), policyOf(vector));
      const verify = ["verify", `oci:${layout}@${IMAGE.digest}`, "--as", "local/alpine", "--config", config, "--output", "json"];

      const good = await runCommandLine([...verify, "--at", IN_TIME]);
      assert.equal(good.exit, 0, good.stderr);
      assert.equal((good.document as Json)["outcome"], "pass");
      const late = await runCommandLine([...verify, "--at", "2124-01-01T00:00:00Z"]);
      assert.equal(late.exit, 1, late.stderr);
    });
  }
});

/** Puts an envelope into a layout as a signature of the image. */
async function attach(path: string, envelope: Uint8Array): Promise<void> {
  const layout = openLayout(path);
  const config = Buffer.from("{}");
  const parts = {
    config: { mediaType: SIGNATURE_TYPE, digest: digestOf(config), size: config.length },
    layer: { mediaType: mediaTypeOf(envelope), digest: digestOf(envelope), size: envelope.length },
  };
  await layout.pushBlob(parts.config, config);
  await layout.pushBlob(parts.layer, envelope);
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config: parts.config, layers: [parts.layer], subject: IMAGE }),
  );
  const manifest = { mediaType: MANIFEST_TYPE, digest: digestOf(bytes), size: bytes.length };
  await layout.attach([{ descriptor: manifest, bytes }], { subject: IMAGE });
}

async function assertUnacceptable(bytes: Uint8Array, mediaType: string): Promise<void> {
  const verdict = await evaluate(parseReference("registry.example/app:v1"), {
    store: storeOf(IMAGE, { mediaType, bytes }),
    policy: decodeNotaryPolicy(policyOf({ ...internal("jws", { at: IN_TIME, outcome: "deny", code: "header/critical-unknown" }) }), {
      source: "trustpolicy.json",
    }),
    trust: { anchors: () => Promise.resolve([]) },
    clock: fixedClock(new Date(IN_TIME)),
  });
  assert.equal(verdict.outcome, "deny");
  assert.deepEqual(
    verdict.signatures.flatMap(({ findings }) => findings.map(({ code }) => code)),
    ["header/critical-unknown"],
  );
}

suite("conformance vectors of notation-core-go", () => {
  test("jws: the envelope has critical headers of its own, and so cannot pass", { skip }, async () => {
    const bytes = await readFile(join(data, "signature/jws/testdata/conformance.json"));
    await assertUnacceptable(bytes, "application/jose+json");
  });

  test("cose: the envelope has critical headers of its own, and so cannot pass", { skip }, async () => {
    const text = await readFile(join(data, "signature/cose/testdata/conformance.json"), "utf8");
    const { expectedOutput } = JSON.parse(text) as { expectedOutput: { cborHex: string } };
    await assertUnacceptable(Buffer.from(expectedOutput.cborHex, "hex"), "application/cose");
  });
});

suite("trust stores of notation-go", () => {
  const stores: readonly (readonly [type: "ca" | "signingAuthority" | "tsa", name: string, expected: number | string])[] = [
    // Six files; one root stands in it twice, as PEM and as DER.
    ["ca", "valid-trust-store", 6],
    ["ca", "valid-trust-store-2", 2],
    ["ca", "valid-trust-store-self-signed", 1],
    ["signingAuthority", "valid-trust-store", 3],
    ["ca", "trust-store-with-leaf-certs", "trust/store-invalid"],
    ["ca", "trust-store-with-leaf-certs-in-single-file", "trust/store-invalid"],
    ["ca", "trust-store-with-invalid-certs", "trust/store-empty"],
    ["ca", "no-such-store", "trust/store-missing"],
    ["tsa", "test-timestamp", 1],
    ["tsa", "test-mismatch", 1],
    ["tsa", "test-nonCA", "trust/store-invalid"],
    ["tsa", "test-nonSelfIssued", "trust/store-invalid"],
  ];
  for (const [type, name, expected] of stores) {
    test(`${type}:${name}: ${expected}`, { skip }, async () => {
      const asked = openTrustStores(join(data, STORES)).anchors({ type, name });
      if (typeof expected === "number") assert.equal((await asked).length, expected);
      else await assert.rejects(asked, (error) => error instanceof CountersignError && error.code === expected);
    });
  }
});

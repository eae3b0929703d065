/** Cases of `evidence-cases.ts` as they really are: an image in a store, signed statements about it, and the engine that is asked. */
import type { Content } from "../../src/core/evidence.ts";
import { digestHex, digestOf } from "../../src/core/digest.ts";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { OCI_MANIFEST } from "../../src/core/media-types.ts";
import { ASSERTED_ANNOTATION, type Policy, PRODUCT_ANNOTATION } from "../../src/core/policy.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Signer } from "../../src/core/signer.ts";
import type { Store } from "../../src/core/store.ts";
import { encodeJson } from "../../src/encoding/json.ts";
import { evaluate } from "../../src/evaluate.ts";
import { writeAttached } from "../../src/formats/attached/manifest.ts";
import { openMemoryStore } from "../../src/registry/memory.ts";
import { signSubject } from "../../src/sign.ts";
import { encodeStatement } from "../../src/statements/statement.ts";
import { type Case, CASES, NAMES, type Said } from "./evidence-cases.ts";
import { certify, HOUR, NOW } from "./signing-world.ts";

/** By the policy's name. */
const COMMON_NAMES: Readonly<Record<string, string>> = { builder: "builder", ci: "ci", scanner: "ci-api", ana: "Ana", bo: "Bo", cy: "Cy" };
const PRODUCT = { [PRODUCT_ANNOTATION]: "shop/api" };
const OLDEST = 1000;

export interface RealCases {
  /** What the engine answers about the case of this number. */
  answer(policy: Policy, place: { readonly repository: string; readonly gate: string; readonly number: number }): Promise<string>;
}

export async function makeRealCases(): Promise<RealCases> {
  const people = new Map(
    await Promise.all(
      // Old enough for the oldest signature, and valid for the latest question.
      NAMES.map(async (name) => [name, await certify(COMMON_NAMES[name] ?? name, true, { hoursAgo: 2 * OLDEST, days: 800 })] as const),
    ),
  );
  const roots = [...people.values()].map(({ root }) => root);
  const signerOf = (name: string): Signer => people.get(name)?.signer ?? fail(name);
  const made = new Map<number, Promise<{ readonly store: Store; readonly image: Descriptor }>>();
  return {
    async answer(policy, { repository, gate, number }) {
      const one = CASES[number] ?? fail(`case ${number}`);
      const known = made.get(number) ?? make(one, signerOf);
      made.set(number, known);
      const { store, image } = await known;
      const verdict = await evaluate(parseReference(`${repository}@${image.digest}`), {
        policy,
        gate,
        store,
        // A store of another name is empty.
        trust: {
          anchors: (name) => Promise.resolve(name.name === "acme" ? roots.map((certificate) => ({ certificate, store: name })) : []),
        },
        clock: { now: () => new Date(NOW.getTime() + one.hoursLater * HOUR) },
      });
      return verdict.outcome;
    },
  };
}

function fail(what: string): never {
  throw new TypeError(`${what} is not known`);
}

async function make(
  { said, config, hoursLater }: Case,
  signerOf: (name: string) => Signer,
): Promise<{ readonly store: Store; readonly image: Descriptor }> {
  const store = openMemoryStore();
  const now = new Date(NOW.getTime() + hoursLater * HOUR);
  const image = await pushImage(store, config);
  for (const name of NAMES)
    await signSubject(image, { store, signer: signerOf(name), annotations: PRODUCT, clock: { now: () => NOW }, name: "the image" });
  for (const one of Object.values(said)) {
    const [type, predicate] = write(one, now);
    if (type === undefined) continue;
    const subject = {
      digest: { sha256: digestHex(image.digest) },
      ...(one.isAsserted ? { annotations: { [ASSERTED_ANNOTATION]: "true" } } : {}),
    };
    const statement = encodeStatement({ subjects: [subject], predicateType: type, predicate });
    const signer = signerOf(one.by);
    const artifact = writeAttached({ subject: image, statement, predicateType: type, chain: signer.chain });
    const { mediaType, digest, size } = artifact.descriptor;
    await Promise.all(artifact.blobs.map((blob) => store.pushBlob(blob.descriptor, blob.bytes)));
    const clock = { now: () => timeOf(one, now) };
    await signSubject({ mediaType, digest, size }, { store, signer, annotations: PRODUCT, clock, name: "a statement" });
    await store.attach([artifact], { subject: image, mode: "auto" });
  }
  return { store, image };
}

async function pushImage(store: Store, config: unknown): Promise<Descriptor> {
  const blob = async (mediaType: string, value: unknown): Promise<Descriptor> => {
    const bytes = encodeJson(value);
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
    await store.pushBlob(descriptor, bytes);
    return descriptor;
  };
  const layers = [await blob("application/vnd.oci.image.layer.v1.tar", "app")];
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: await blob("application/vnd.oci.image.config.v1+json", config),
    layers,
  });
  const image = { mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length };
  await store.pushManifest(image, bytes);
  return image;
}

function timeOf({ hoursAgo }: Said, now: Date): Date {
  return new Date(now.getTime() - hoursAgo * HOUR);
}

/** Nothing for commits, and for what is said at gates: tests/evidence/source.test.ts and the tests of approvals have real ones. */
function write(said: Said, now: Date): readonly [type: string | undefined, predicate: unknown] {
  const at = timeOf(said, now).toISOString();
  switch (said.content.kind) {
    case "scan":
      return ["https://in-toto.io/attestation/vulns/v0.2", writeScan(said.content, { at, now })];
    case "sbom":
      return ["https://spdx.dev/Document/v2.3", writeSbom(said.content, at)];
    case "test":
      return [
        "https://in-toto.io/attestation/test-result/v0.1",
        { result: said.content.result.toUpperCase(), configuration: [], failedTests: said.content.failed },
      ];
    case "provenance":
      return ["https://slsa.dev/provenance/v1", writeProvenance(said.content, at)];
    case "vex":
      return ["https://openvex.dev/ns/v0.2.0", writeVex(said.content, at)];
    case "source":
    case "approval":
    case "exception":
    case "disown":
    case "promotion":
      return [undefined, undefined];
    case "other":
      return [said.predicateType, said.predicate];
  }
}

type Of<K extends Content["kind"]> = Extract<Content, { readonly kind: K }>;

function writeScan({ scanner, databaseAt, findings }: Of<"scan">, { at, now }: { readonly at: string; readonly now: Date }): unknown {
  return {
    scanner: {
      uri: scanner,
      db: { lastUpdate: new Date(now.getTime() + (databaseAt?.getTime() ?? 0)).toISOString() },
      result: findings.map(({ id, severity, package: found }) => ({
        id,
        severity: [{ method: "label", score: severity }],
        annotations: [{ package: found?.name, purl: found?.purl }],
      })),
    },
    metadata: { scanFinishedOn: at },
  };
}

function writeSbom({ packages }: Of<"sbom">, at: string): unknown {
  return {
    spdxVersion: "SPDX-2.3",
    SPDXID: "SPDXRef-DOCUMENT",
    dataLicense: "CC0-1.0",
    name: "app",
    creationInfo: { created: at },
    packages: packages.map(({ name, purl, licenses }, number) => ({
      SPDXID: `SPDXRef-${number}`,
      name,
      licenseConcluded: licenses[0] ?? "NOASSERTION",
      externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }],
    })),
  };
}

function writeProvenance({ builder, buildType, sources }: Of<"provenance">, at: string): unknown {
  return {
    buildDefinition: {
      buildType,
      externalParameters: {},
      resolvedDependencies: sources.map(({ uri, ref, commit }) => ({ uri: `${uri}@${ref}`, digest: { gitCommit: commit } })),
    },
    runDetails: { builder: { id: builder }, metadata: { finishedOn: at } },
  };
}

/** An empty document is none. */
function writeVex({ statements }: Of<"vex">, at: string): unknown {
  const written = statements.length > 0 ? statements : [{ ids: ["CVE-0"], status: "fixed", products: [{ id: "pkg:npm/other" }] }];
  return {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://acme.io/vex/1",
    author: "Acme",
    timestamp: at,
    version: 1,
    statements: written.map(({ ids, status, products }) => ({
      vulnerability: { name: ids[0] },
      status,
      ...(status === "not_affected" ? { justification: "component_not_present" } : {}),
      products: products.map(({ id }) => ({ "@id": id })),
    })),
  };
}

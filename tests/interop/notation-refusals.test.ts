/** What notation and Countersign both refuse, and both let pass, whoever of the two signed; in registries and in layouts. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fixedClock } from "../../src/core/clock.ts";
import { digestOf } from "../../src/core/digest.ts";
import type { Store } from "../../src/core/store.ts";
import type { Descriptor } from "../../src/core/descriptor.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { loadSigner } from "../../src/keys/file-signer.ts";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { openLayout } from "../../src/registry/layout.ts";
import { sign } from "../../src/sign.ts";
import { parseReference } from "../../src/core/reference.ts";
import { pushImage } from "../../src/testing/image.ts";
import { createNotationHome, IDENTITY, type Statement } from "../fixtures/notation-home.ts";
import { type Image, RealPlaces } from "../fixtures/real-places.ts";
import { findProgram, needsPrograms } from "../real/programs.ts";

const SIGNATURE_TYPE = "application/vnd.cncf.notary.signature";
const SIGNERS = ["countersign", "notation"] as const;
type SignedBy = (typeof SIGNERS)[number];

const home = createNotationHome();
const places = new RealPlaces();

before(async () => {
  if (findProgram("notation") === undefined) return;
  await places.start(["docker-registry"]);
  const [own, other] = await Promise.all([createTestChain({ length: 3 }), createTestChain()]);
  home.addKey("own", own);
  home.trust("test", own);
  home.trust("other", other);
});

after(async () => {
  await places.close();
  home.remove();
});

async function signBy(by: SignedBy, reference: string, expiry: string = "24h"): Promise<void> {
  const { code, stderr } =
    by === "notation"
      ? await home.notation("sign", "--insecure-registry", "--key", "own", "--expiry", expiry, "-m", "build=1", reference)
      : await home.countersign("sign", "--key", "own", "--expires", expiry, "--annotation", "build=1", reference);
  assert.equal(code, 0, stderr);
}

interface Answers {
  readonly passes: { readonly notation: boolean; readonly countersign: boolean };
  readonly exit: number;
  /** Codes of everything that did not pass. */
  readonly codes: readonly string[];
}

async function askBoth(reference: string, annotation?: string): Promise<Answers> {
  const theirs = await home.notation("verify", "--insecure-registry", ...(annotation === undefined ? [] : ["-m", annotation]), reference);
  const words = annotation === undefined ? [] : ["--annotation", annotation];
  const ours = await home.countersign("verify", reference, ...words, "--explain", "--output", "json");
  const verdict = ours.json() as Verdict;
  const findings = [...verdict.findings, ...verdict.signatures.flatMap((signature) => signature.findings)];
  return {
    passes: { notation: theirs.code === 0, countersign: ours.code === 0 },
    exit: ours.code,
    codes: findings.filter(({ outcome }) => outcome !== "pass").map(({ code }) => code),
  };
}

/** Hangs the signature of one image on another, as whoever may push can. */
async function transplant(from: Image, onto: Descriptor): Promise<void> {
  const { store, descriptor } = from;
  const [listed] = (await store.referrers(descriptor.digest, { artifactTypes: [SIGNATURE_TYPE] })).referrers;
  assert.ok(listed !== undefined);
  const manifest = JSON.parse(Buffer.from((await store.resolve({ digest: listed.digest })).bytes).toString()) as object;
  await attach(store, { ...manifest, subject: onto }, { mediaType: listed.mediaType, subject: onto });
}

async function attach(store: Store, manifest: object, { mediaType, subject }: { mediaType: string; subject: Descriptor }): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(manifest));
  await store.attach([{ descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes }], { subject });
}

interface Row {
  readonly name: string;
  readonly passes: boolean;
  readonly codes: readonly string[];
  readonly policy?: Statement;
  readonly annotation?: string;
  /** Signs an image of its own unless given; returns what is asked about. */
  readonly arrange?: (by: SignedBy, context: TestContext) => Promise<string>;
}

async function newImage(context: TestContext, name: string): Promise<Image> {
  const place = places.open(context, "docker-registry", "notation");
  assert.ok(place !== undefined);
  return place.image(`refusals/${name}`, context.name.replaceAll(/[^a-z]+/gi, "-"));
}

async function expired(by: SignedBy, context: TestContext): Promise<string> {
  const { reference } = await newImage(context, by);
  await signBy(by, reference, "1s");
  // The end is a whole second, and now is compared with it.
  await sleep(1_100);
  return reference;
}

const ROWS: readonly Row[] = [
  { name: "a good signature", passes: true, codes: [], annotation: "build=1" },
  { name: "another identity", passes: false, codes: ["identity/untrusted"], policy: { trustedIdentities: [IDENTITY.replace("WA", "CA")] } },
  {
    name: "the root in a store that the policy does not name",
    passes: false,
    codes: ["authenticity/untrusted"],
    policy: { trustStores: ["ca:other"] },
  },
  { name: "metadata with another value", passes: false, codes: ["subject/annotation-missing"], annotation: "build=2" },
  {
    name: "no statement for the repository",
    passes: false,
    codes: ["product/not-listed"],
    policy: { registryScopes: ["registry.example/app"] },
  },
  { name: "an expired signature", passes: false, codes: ["expiry/expired"], arrange: expired },
  {
    name: "an expired signature, permissive",
    passes: true,
    codes: ["expiry/expired"],
    policy: { level: "permissive" },
    arrange: expired,
  },
  {
    name: "another image's signature",
    passes: false,
    codes: ["subject/mismatch"],
    arrange: async (by, context) => {
      const signed = await newImage(context, `${by}/one`);
      const place = places.open(context, "docker-registry");
      assert.ok(place !== undefined);
      const other = await place.image(`refusals/${by}/one`, "other");
      await signBy(by, signed.reference);
      await transplant(signed, other.descriptor);
      return other.reference;
    },
  },
  {
    name: "no signature",
    passes: false,
    codes: ["signature/none"],
    arrange: async (by, context) => (await newImage(context, by)).reference,
  },
  {
    name: "no signature, audit",
    passes: false,
    codes: ["signature/none"],
    policy: { level: "audit" },
    arrange: async (by, context) => (await newImage(context, by)).reference,
  },
  {
    name: "no signature, skip",
    passes: true,
    codes: ["policy/skipped"],
    policy: { level: "skip" },
    arrange: async (by, context) => (await newImage(context, by)).reference,
  },
  {
    name: "an unknown root, audit",
    passes: true,
    codes: ["authenticity/untrusted"],
    policy: { level: "audit", trustStores: ["ca:other"] },
  },
];

for (const by of SIGNERS) {
  suite(`signed by ${by}`, () => {
    for (const row of ROWS) {
      test(`both ${row.passes ? "pass" : "refuse"}: ${row.name}`, async (context) => {
        if (places.open(context, "docker-registry", "notation") === undefined) return;
        home.policy({ level: "strict", ...row.policy });
        const asked = await (row.arrange ?? signedImage)(by, context);
        const answers = await askBoth(asked, row.annotation);
        assert.deepEqual(answers.passes, { notation: row.passes, countersign: row.passes });
        assert.equal(answers.exit, row.passes ? 0 : 1);
        for (const code of row.codes) assert.ok(answers.codes.includes(code), `${code} in ${answers.codes.join(", ")}`);
        if (row.codes.length === 0) assert.deepEqual(answers.codes, []);
      });
    }
  });
}

async function signedImage(by: SignedBy, context: TestContext): Promise<string> {
  const { reference } = await newImage(context, by);
  await signBy(by, reference);
  return reference;
}

test("both refuse: a certificate that has expired since", async (context) => {
  if (places.open(context, "docker-registry", "notation") === undefined) return;
  const then = new Date(Date.now() - 3 * 86_400_000);
  home.addKey("old", await createTestChain({ now: then, days: 1 }));
  home.policy({ trustedIdentities: ["*"] });
  const { reference, store } = await newImage(context, "old");
  const [keyFile, certificateFile] = ["key", "crt"].map((end) => join(home.notationFolder, "localkeys", `old.${end}`));
  const signer = await loadSigner({ keyFile: keyFile ?? "", certificateFile, now: then });
  await sign(parseReference(reference), { store, signer, clock: fixedClock(then) });
  const { passes, codes } = await askBoth(reference);
  assert.deepEqual(passes, { notation: false, countersign: false });
  assert.ok(codes.includes("time/certificate-expired"), codes.join());
});

async function layout(name: string): Promise<{ readonly path: string; readonly reference: string }> {
  const path = join(home.folder, name);
  const { digest } = await pushImage(openLayout(path, { create: true }), { files: [{ path: "app", bytes: Buffer.from(name) }], tag: "v1" });
  return { path, reference: `${path}@${digest}` };
}

suite("layouts", () => {
  const scope = ["--scope", "local/app"];
  const as = ["--as", "local/app"];
  const notationVerifies = (reference: string): ReturnType<typeof home.notation> =>
    home.notation("verify", "--oci-layout", ...scope, reference);

  for (const format of ["jws", "cose"] as const) {
    test(`${format}: notation verifies ours, and we notation's, in one layout`, async (context) => {
      if (!needsPrograms(context, "notation")) return;
      home.policy({ registryScopes: ["local/app"] });
      const ours = await layout(`ours-${format}`);
      const signed = await home.built("sign", `oci:${ours.reference}`, "--key", "own", "--format", `notary-${format}`);
      assert.equal(signed.code, 0, signed.stderr);
      const verified = await notationVerifies(ours.reference);
      assert.equal(verified.code, 0, verified.stderr);

      const theirs = await layout(`theirs-${format}`);
      const made = await home.notation("sign", "--oci-layout", "--key", "own", "--signature-format", format, theirs.reference);
      assert.equal(made.code, 0, made.stderr);
      assert.equal((await home.built("verify", `oci:${theirs.reference}`, ...as)).code, 0);

      await home.countersign("sign", `oci:${theirs.reference}`, "--key", "own", "--format", `notary-${format}`);
      await home.notation("sign", "--oci-layout", "--key", "own", "--signature-format", format, ours.reference);
      for (const { reference } of [ours, theirs]) {
        const said = await home.countersign("verify", `oci:${reference}`, ...as, "--explain", "--output", "json");
        assert.deepEqual(
          (said.json() as Verdict).signatures.map(({ outcome }) => outcome),
          ["counts", "counts"],
        );
        assert.equal((await notationVerifies(reference)).code, 0);
      }
    });
  }

  test("an unsigned one, and another's scope, both refuse", async (context) => {
    if (!needsPrograms(context, "notation")) return;
    home.policy({ registryScopes: ["local/app"] });
    const { reference } = await layout("unsigned");
    assert.equal((await notationVerifies(reference)).code, 1);
    assert.equal((await home.countersign("verify", `oci:${reference}`, ...as)).code, 1);
    await home.countersign("sign", `oci:${reference}`, "--key", "own");
    assert.equal((await notationVerifies(reference)).code, 0);
    assert.equal((await home.notation("verify", "--oci-layout", "--scope", "local/other", reference)).code, 1);
    assert.equal((await home.countersign("verify", `oci:${reference}`, "--as", "local/other")).code, 1);
  });

  test("notation 1.3.2 does not see the newer manifest form in a layout; we do", async (context) => {
    if (!needsPrograms(context, "notation")) return;
    home.policy({ registryScopes: ["local/app"] });
    const { reference } = await layout("newer-form");
    await home.countersign("sign", `oci:${reference}`, "--key", "own", "--manifest-form", "artifact");
    assert.equal((await home.countersign("verify", `oci:${reference}`, ...as)).code, 0);
    const { code, stderr } = await notationVerifies(reference);
    assert.equal(code, 1);
    assert.match(stderr, /no signature is associated with/);
  });
});

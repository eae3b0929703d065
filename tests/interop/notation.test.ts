/** notation 1.3.2 and Countersign verify each other's signatures: both envelopes, six kinds of key, two registries, two lengths of chain. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Verdict } from "../../src/core/verdict.ts";
import { KEY_TYPES, type KeyType } from "../../src/pki/key-pair.ts";
import { createTestChain, type TestChain } from "../../src/pki/x509/throw-away-chain.ts";
import type { Said } from "../e2e/terminal.ts";
import { createNotationHome } from "../fixtures/notation-home.ts";
import { RealPlaces, REGISTRY_PROGRAMS } from "../fixtures/real-places.ts";
import { findProgram } from "../real/programs.ts";

const FORMATS = ["jws", "cose"] as const;
const LENGTHS = [1, 3] as const;
const GOOD_CODES = [
  "subject/match",
  "integrity/verified",
  "authenticity/trusted",
  "identity/trusted",
  "subject/annotation-match",
  "expiry/valid",
  "time/valid",
  "revocation/not-revocable",
];
/** Go escapes some of these in JSON, and all must come out as they went in. */
const METADATA = "team=<a & b> é ☃";

const home = createNotationHome();
const places = new RealPlaces();
/** Made once: the large RSA keys take seconds. */
const chains = new Map<string, TestChain>();

before(async () => {
  if (findProgram("notation") === undefined) return;
  await places.start();
  const wanted = KEY_TYPES.flatMap((keyType) => LENGTHS.map((length) => ({ keyType, length })));
  await Promise.all(wanted.map(async (options) => chains.set(keyName(options), await createTestChain(options))));
  for (const [name, chain] of chains) {
    home.addKey(name, chain);
    home.trust("test", chain);
  }
  home.policy();
});

after(async () => {
  await places.close();
  home.remove();
});

function keyName({ keyType, length }: { readonly keyType: KeyType; readonly length: number }): string {
  return `${keyType}-${length}`;
}

function verdictOf(said: Said): Verdict {
  assert.equal(said.stderr, "");
  return said.json() as Verdict;
}

for (const program of REGISTRY_PROGRAMS) {
  for (const format of FORMATS) {
    suite(`${program}, ${format}`, () => {
      for (const keyType of KEY_TYPES) {
        for (const length of LENGTHS) {
          const key = keyName({ keyType, length });
          const repository = `interop/${format}/${key}`;
          // Each dimension that is not crossed takes both of its values within every registry and format.
          const form = (KEY_TYPES.indexOf(keyType) + length) % 4 < 2 ? "legacy" : "artifact";
          const forcesTag = length === 1;

          test(`${key}: notation verifies ours (${form} manifest)`, async (context) => {
            const place = places.open(context, program, "notation");
            if (place === undefined) return;
            const { reference } = await place.image(`${repository}/ours`);
            const words = ["--key", key, "--format", `notary-${format}`, "--manifest-form", form, "--expires", "24h"];
            const run = keyType === "ec-256" ? home.built : home.countersign;
            const signed = await run("sign", reference, ...words, "--annotation", METADATA);
            assert.equal(signed.code, 0, signed.stderr);
            const verified = await home.notation("verify", "--insecure-registry", "-m", METADATA, reference);
            assert.equal(verified.code, 0, verified.stderr);
            assert.match(verified.stdout, /team\s+<a & b> é ☃/);
            assert.equal((await home.countersign("verify", reference, "--annotation", METADATA)).code, 0);
          });

          test(`${key}: we verify notation's (--force-referrers-tag=${forcesTag})`, async (context) => {
            const place = places.open(context, program, "notation");
            if (place === undefined) return;
            const { reference } = await place.image(`${repository}/theirs`);
            const words = ["--key", key, "--signature-format", format, "--expiry", "24h", "-m", METADATA];
            const signed = await home.notation("sign", "--insecure-registry", `--force-referrers-tag=${forcesTag}`, ...words, reference);
            assert.equal(signed.code, 0, signed.stderr);
            if (keyType === "ec-256") assert.equal((await home.built("verify", reference)).code, 0);
            const said = await home.countersign("verify", reference, "--annotation", METADATA, "--output", "json");
            const { outcome, signatures, findings } = verdictOf(said);
            assert.equal(said.code, 0);
            assert.equal(outcome, "pass");
            assert.deepEqual(findings, []);
            assert.deepEqual(
              signatures.map(({ findings: found }) => found.map(({ code }) => code)),
              [GOOD_CODES],
            );
            const [signature] = signatures;
            assert.equal(signature?.format, `notary-${format}`);
            assert.deepEqual(signature?.claimed?.annotations, { team: "<a & b> é ☃" });
            assert.match(signature?.claimed?.signingAgent ?? "", /^notation-go\//);
          });
        }
      }
    });
  }

  test(`${program}: one image with signatures of both, in both formats, forms and kinds of listing`, async (context) => {
    const place = places.open(context, program, "notation");
    if (place === undefined) return;
    const { reference } = await place.image("interop/together");
    const by = (key: string): readonly string[] => ["sign", "--insecure-registry", "--key", key, reference];
    const runs = [
      () => home.notation(...by("ec-256-1"), "--force-referrers-tag=true"),
      () => home.notation(...by("ec-384-3"), "--force-referrers-tag=false", "--signature-format", "cose"),
      () => home.countersign("sign", reference, "--key", "ec-521-1", "--referrers", "tag", "--manifest-form", "artifact"),
      () => home.countersign("sign", reference, "--key", "rsa-2048-3", "--format", "notary-jws", "--format", "notary-cose"),
    ];
    for (const run of runs) {
      const { code, stderr } = await run();
      assert.equal(code, 0, stderr);
    }
    const verdict = verdictOf(await home.countersign("verify", reference, "--explain", "--output", "json"));
    assert.equal(verdict.outcome, "pass");
    assert.equal(verdict.signatures.length, 5);
    assert.ok(verdict.signatures.every(({ outcome }) => outcome === "counts"));
    assert.equal((await home.notation("verify", "--insecure-registry", reference)).code, 0);
  });
}

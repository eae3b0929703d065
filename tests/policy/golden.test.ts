/**
 * Verdicts as they were frozen: a pass, a deny and an unknown of every kind, as JSON and as text. The text is rendered from
 * the JSON alone. `GOLDEN=write node --test tests/policy/golden.test.ts` writes the files anew, for a person to compare.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fillVerdict } from "../../src/cli/render/verdict-remedies.ts";
import { Malformed } from "../../src/core/malformed.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { evaluate } from "../../src/evaluate.ts";
import { decodePolicy } from "../../src/policy/countersign/document.ts";
import { findFaults } from "../json-schema.ts";
import { checkGoldenNames, compareGolden, renderGolden } from "./golden-files.ts";
import { makeSigningWorld, NOW, type Signed } from "./signing-world.ts";

const world = await makeSigningWorld(["Ana", "Bo", "ci-api", "builder"], ["shop/api", "shop/web"]);
const folder = join(import.meta.dirname, "golden");

const POLICY = `
apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 7
sharedSigner: true
products:
  shop/{app}: { build: "build.acme.io/{app}", prod: "prod.acme.io/{app}", twice: "build.acme.io/{app}" }
people:
  ana: { certificate: { anchor: "ca:acme", subject: { CN: Ana, O: Acme, C: US } } }
  bo: { certificate: { anchor: "ca:acme", subject: { CN: Bo, O: Acme, C: US } } }
parties:
  ci: { certificate: { anchor: "ca:acme", subject: { CN: "ci-{app}", O: Acme, C: US } } }
  builder: { certificate: { anchor: "ca:acme", subject: { CN: builder, O: Acme, C: US } } }
  release: { people: [ana, bo] }
gates:
  build: { needs: [ { signature: { by: ci } } ] }
  twice: { needs: [ { signature: { by: builder } } ], checks: { expiry: log } }
  strict: { needs: [ { signature: { by: builder } } ] }
  after-all: { after: strict, needs: [ { signature: { by: builder } } ], checks: { expiry: log } }
  prod: { after: build, needs: [ { signature: { by: release, atLeast: 2 } } ] }
`;

interface Case {
  readonly name: string;
  readonly outcome: Verdict["outcome"];
  readonly reference?: string;
  readonly gate?: string;
  readonly signatures?: readonly (Partial<Signed> & { readonly hidden?: boolean })[];
  readonly incomplete?: boolean;
  readonly explain?: boolean;
}

const CI = { commonName: "ci-api" };
const ANA = { commonName: "Ana", product: "shop/api" };
const BO = { commonName: "Bo", product: "shop/api" };
const BUILDER = { commonName: "builder", product: "shop/api" };

const CASES: readonly Case[] = [
  { name: "pass-one-party", outcome: "pass", gate: "build", signatures: [CI] },
  { name: "pass-after-another-gate", outcome: "pass", gate: "prod", signatures: [CI, ANA, BO] },
  { name: "pass-relaxed", outcome: "pass", gate: "twice", signatures: [{ ...BUILDER, isExpired: true }] },
  { name: "pass-explained", outcome: "pass", gate: "build", signatures: [CI, { commonName: "Bo" }], explain: true },
  { name: "deny-unsigned", outcome: "deny", gate: "build" },
  { name: "deny-nobody-asked", outcome: "deny", gate: "build", signatures: [BUILDER] },
  { name: "deny-other-root", outcome: "deny", gate: "prod", signatures: [CI, { commonName: "Ana", isAnchored: false }] },
  { name: "deny-expired", outcome: "deny", gate: "build", signatures: [{ ...CI, isExpired: true }] },
  { name: "deny-too-few", outcome: "deny", gate: "prod", signatures: [CI, ANA] },
  { name: "deny-gate-before", outcome: "deny", gate: "prod", signatures: [ANA, BO] },
  // Each gate weighs the same signature by its own checks: it counts for the later one, and not for the one before.
  { name: "deny-gate-before-is-stricter", outcome: "deny", gate: "after-all", signatures: [{ ...BUILDER, isExpired: true }] },
  { name: "deny-product-other", outcome: "deny", gate: "build", signatures: [{ ...CI, product: "shop/web" }] },
  { name: "deny-product-not-signed", outcome: "deny", gate: "twice", signatures: [{ commonName: "builder" }] },
  { name: "deny-not-listed", outcome: "deny", reference: "elsewhere.io/api" },
  { name: "deny-other-place", outcome: "deny", reference: "build.acme.io/api", gate: "prod" },
  { name: "deny-folder-without-name", outcome: "deny", reference: "oci:build.acme.io/api", gate: "build" },
  { name: "deny-wrong-bytes", outcome: "deny", gate: "build", reference: "wrong" },
  { name: "unknown-unfetchable", outcome: "unknown", gate: "build", signatures: [{ ...CI, hidden: true }] },
  { name: "unknown-cut-off", outcome: "unknown", gate: "prod", signatures: [CI, ANA], incomplete: true },
  { name: "unknown-one-of-two", outcome: "unknown", gate: "prod", signatures: [CI, ANA, { ...BO, hidden: true }] },
];

async function judge({ reference, gate, signatures = [], incomplete, explain }: Case): Promise<Verdict> {
  const chosen = signatures.map(({ hidden, ...asked }) => {
    const wanted: Signed = { commonName: "", isAnchored: true, isExpired: false, ...asked };
    const found = world.pool.find(
      ({ signed }) =>
        signed.commonName === wanted.commonName &&
        signed.isAnchored === wanted.isAnchored &&
        signed.isExpired === wanted.isExpired &&
        signed.product === wanted.product,
    );
    assert.ok(found, JSON.stringify(wanted));
    return { signature: found.signature, ...(hidden === undefined ? {} : { hidden }) };
  });
  const place = reference === undefined || reference === "wrong" ? `${gate === "prod" ? "prod" : "build"}.acme.io/api` : reference;
  const store = world.show(chosen, { complete: incomplete !== true });
  const policy = await decodePolicy(Buffer.from(POLICY), { source: "shop.yaml" });
  return evaluate(parseReference(`${place}@${world.digest}`), {
    policy,
    store:
      reference === "wrong"
        ? { ...store, resolve: () => Promise.reject(new Malformed("integrity/digest-mismatch", "the bytes have another digest")) }
        : store,
    trust: world.trust,
    clock: { now: () => NOW },
    ...(gate === undefined ? {} : { gate }),
    ...(explain === undefined ? {} : { explain }),
  });
}

/** Signatures are looked at in the order of their digests, which are new in every run; here they stand by their signers. */
function ordered(verdict: Verdict): Verdict {
  const signatures = verdict.signatures.toSorted((a, b) => signerOf(a).localeCompare(signerOf(b)));
  const place = (digest: string): number => signatures.findIndex((entry) => entry.digest === digest);
  const requirements = verdict.requirements.map((requirement) => ({
    ...requirement,
    counted: requirement.counted.toSorted((a, b) => place(a.signature) - place(b.signature)),
    evidence: requirement.evidence.toSorted((a, b) => place(a) - place(b)),
  }));
  return { ...verdict, signatures, requirements };
}

function signerOf({ proven, person, party }: Verdict["signatures"][number]): string {
  return `${proven?.signer ?? ""} ${person ?? party ?? ""}`;
}

for (const entry of CASES) {
  test(`${entry.name}, as text and as JSON`, async () => {
    const verdict = ordered(fillVerdict(await judge(entry), { words: {} }));
    assert.equal(verdict.outcome, entry.outcome);
    assert.deepEqual(findFaults(JSON.parse(JSON.stringify(verdict))), []);
    compareGolden(join(folder, `${entry.name}.golden`), renderGolden(verdict, entry.explain === true));
  });
}

test("no golden file is left of a case that is gone", () => {
  checkGoldenNames(
    folder,
    CASES.map(({ name }) => name),
  );
});

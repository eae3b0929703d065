/**
 * Verdicts about evidence as they were frozen: a pass, a deny and an unknown of each kind of need, as JSON and as text. The
 * text is rendered from the JSON alone. `GOLDEN=write node --test tests/policy/golden-evidence.test.ts` writes the files anew.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fillVerdict } from "../../src/cli/render/verdict-remedies.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { evaluate } from "../../src/evaluate.ts";
import { decodePolicy } from "../../src/policy/countersign/document.ts";
import { findFaults } from "../json-schema.ts";
import { makeEvidencePool, type PooledStatement, type Shown } from "./evidence-pool.ts";
import { REVIEW } from "./evidence-predicates.ts";
import { checkGoldenNames, compareGolden, ordered, renderGolden } from "./golden-files.ts";
import { INDEX } from "./pool-images.ts";
import { NOW } from "./signing-world.ts";
import type { Says } from "./slow-evidence.ts";

const pool = await makeEvidencePool(["Ana", "ci-api", "scanner"], ["robot"]);
const folder = join(import.meta.dirname, "golden-evidence");

const SOURCE = "git+https://git.acme.io";
const GATES: Readonly<Record<string, object>> = {
  scan: { scan: { by: "scanner", deny: "high", maxAge: "24h", databaseMaxAge: "48h", unless: { vex: { by: "ana" } } } },
  sbom: { sbom: { by: "ci", packages: { deny: ["pkg:npm/evil"] }, licenses: { deny: ["X11"] } } },
  test: { test: { by: ["ci", "robot"], maxAge: "24h" } },
  provenance: { provenance: { by: "ci", builder: "https://ci.acme.io/runner", source: `${SOURCE}/{app}`, ref: "refs/heads/main" } },
  vex: { vex: { by: "ana" } },
  attestation: { attestation: { by: "ana", type: REVIEW, expr: 'predicate.result == "ok"' } },
  better: { attestation: { by: "ana", type: REVIEW, expr: 'predicate.result == "better"' } },
  image: { image: { user: "nonroot", ports: [8080] } },
};

function certificate(commonName: string): object {
  return { certificate: { anchor: "ca:acme", subject: { CN: commonName, O: "Acme", C: "US" } } };
}

const policy = await decodePolicy(
  Buffer.from(
    JSON.stringify({
      apiVersion: "countersign.dev/v1",
      kind: "Policy",
      name: "shop",
      version: 7,
      sharedSigner: true,
      products: {
        "shop/{app}": Object.fromEntries([...Object.keys(GATES), "open", "closed"].map((gate) => [gate, "build.acme.io/{app}"])),
      },
      people: { ana: certificate("Ana") },
      parties: { ci: certificate("ci-{app}"), scanner: certificate("scanner"), robot: { key: pool.keyOf("robot") } },
      gates: {
        ...Object.fromEntries(Object.entries(GATES).map(([name, need]) => [name, { needs: [need] }])),
        open: { needs: [GATES["image"]] },
        closed: { needs: [GATES["image"]] },
      },
      rules: [
        { name: "hours", gate: "open", expr: "now.getHours() < 18", message: "By day only" },
        { name: "weekdays", gate: "closed", expr: "now.getDayOfWeek() in [1]", message: "On Mondays only" },
      ],
    }),
  ),
  { source: "shop.yaml" },
);

const SIGNERS = { scan: "scanner", sbom: "ci-api", test: "ci-api", provenance: "ci-api", vex: "Ana", attestation: "Ana" } as const;

interface Said {
  readonly on?: PooledStatement["hangsOn"];
  readonly about?: readonly string[];
  readonly by?: string;
  readonly hoursAgo?: number | undefined;
  readonly hides?: PooledStatement["hides"];
  readonly isAsserted?: boolean;
  readonly isBroken?: boolean;
}

/** Of an hour ago, by whoever is asked for it, unless told. */
function said(says: Exclude<Says, string | { readonly kind: "source" }>, more: Said = {}): PooledStatement {
  const { on = "one", about = [on], by = SIGNERS[says.kind], hides = "nothing", isAsserted = false, isBroken = false } = more;
  const isTimed = says.kind !== "test" && says.kind !== "attestation";
  const hoursAgo = isTimed ? ("hoursAgo" in more ? more.hoursAgo : 1) : undefined;
  const isKey = by === "robot";
  return {
    kind: says.kind,
    says,
    hangsOn: on,
    about,
    carrier: isKey ? "bundle" : "attached",
    listed: "claimed",
    hides,
    isAsserted,
    isBroken,
    ...(hoursAgo === undefined ? {} : { hoursAgo }),
    signatures: [
      isKey
        ? { key: by, commonName: "", isAnchored: false, isExpired: false, product: "shop/api" }
        : { commonName: by, isAnchored: true, isExpired: false, product: "shop/api", hoursAgo: 2 },
    ],
  };
}

const SCAN = { kind: "scan", databaseHoursAgo: 10 } as const;
const FLAWED = { ...SCAN, flaw: "critical" } as const;
const SBOM = { kind: "sbom", packages: [{ name: "x", license: "MIT" }] } as const;
const TEST = { kind: "test", result: "passed" } as const;
const BUILT = {
  kind: "provenance",
  builder: "https://ci.acme.io/runner",
  buildType: "https://ci.acme.io/v1",
  source: `${SOURCE}/api`,
  ref: "refs/heads/main",
} as const;
const EXCUSE = { kind: "vex", status: "not_affected", isAboutFlaw: true } as const;
const REVIEWED = { kind: "attestation" } as const;

interface Case {
  readonly name: string;
  readonly gate: string;
  readonly image?: "one" | "two" | typeof INDEX;
  readonly said?: readonly PooledStatement[];
  readonly shown?: Partial<Shown>;
  readonly explain?: true;
}

/** The first word of its name is the answer. */
const CASES: readonly Case[] = [
  { name: "pass-scan", gate: "scan", said: [said(SCAN)] },
  { name: "pass-scan-excused", gate: "scan", said: [said(FLAWED), said(EXCUSE)], explain: true },
  { name: "deny-scan-none", gate: "scan" },
  { name: "deny-scan-by-nobody-asked", gate: "scan", said: [said(SCAN, { by: "ci-api" })], explain: true },
  { name: "deny-scan-vulnerable", gate: "scan", said: [said(FLAWED)] },
  { name: "deny-scan-later-one", gate: "scan", said: [said(SCAN, { hoursAgo: 3 }), said(FLAWED)] },
  { name: "deny-scan-severity-unknown", gate: "scan", said: [said({ ...SCAN, flaw: "unknown" })] },
  { name: "deny-scan-vex-of-another", gate: "scan", said: [said(FLAWED), said({ ...EXCUSE, isAboutFlaw: false })], explain: true },
  { name: "deny-scan-vex-affected", gate: "scan", said: [said(FLAWED), said({ ...EXCUSE, status: "affected" })] },
  { name: "deny-scan-too-old", gate: "scan", said: [said(SCAN, { hoursAgo: 30 })] },
  { name: "deny-scan-database-too-old", gate: "scan", said: [said({ ...SCAN, databaseHoursAgo: 100 })] },
  { name: "deny-scan-database-unknown", gate: "scan", said: [said({ kind: "scan" })] },
  { name: "deny-scan-asserted", gate: "scan", said: [said(SCAN, { isAsserted: true })] },
  { name: "deny-scan-broken", gate: "scan", said: [said(SCAN, { isBroken: true })], explain: true },
  { name: "unknown-scan-to-come", gate: "scan", said: [said(SCAN, { hoursAgo: -3 })] },
  { name: "unknown-scan-unread", gate: "scan", said: [said(SCAN), said(FLAWED, { hides: "all" })], explain: true },
  { name: "unknown-scan-vex-unread", gate: "scan", said: [said(FLAWED), said(EXCUSE, { hides: "signatures" })] },
  { name: "unknown-scan-cut-off", gate: "scan", said: [said(SCAN)], shown: { cutOff: ["one"] } },
  { name: "pass-sbom", gate: "sbom", said: [said(SBOM)] },
  { name: "deny-sbom-package", gate: "sbom", said: [said({ kind: "sbom", packages: [{ name: "evil", license: "MIT" }] })] },
  {
    name: "deny-sbom-licences",
    gate: "sbom",
    said: [said({ kind: "sbom", packages: [{ name: "x", license: "X11" }, { name: "y" }] })],
    explain: true,
  },
  { name: "deny-sbom-empty", gate: "sbom", said: [said({ kind: "sbom", packages: [] })] },
  { name: "deny-sbom-asserted", gate: "sbom", said: [said(SBOM, { isAsserted: true })] },
  { name: "unknown-sbom-unread", gate: "sbom", said: [said(SBOM, { hides: "signatures" })] },
  { name: "pass-test", gate: "test", said: [said(TEST)] },
  { name: "deny-test-failed", gate: "test", said: [said({ ...TEST, result: "failed" })] },
  { name: "unknown-test-age", gate: "test", said: [said(TEST, { by: "robot" })] },
  { name: "pass-provenance", gate: "provenance", said: [said(BUILT)], explain: true },
  { name: "deny-provenance-other-source", gate: "provenance", said: [said({ ...BUILT, source: `${SOURCE}/web`, ref: "refs/pull/1" })] },
  { name: "deny-provenance-other-builder", gate: "provenance", said: [said({ ...BUILT, builder: "https://evil.io" })] },
  { name: "unknown-provenance-unread", gate: "provenance", said: [said(BUILT, { hides: "all" })] },
  { name: "pass-vex", gate: "vex", said: [said(EXCUSE)] },
  { name: "deny-vex-none", gate: "vex" },
  { name: "unknown-vex-cut-off", gate: "vex", shown: { cutOff: ["one"] } },
  { name: "pass-attestation", gate: "attestation", said: [said(REVIEWED)] },
  { name: "deny-attestation-expression", gate: "better", said: [said(REVIEWED)] },
  { name: "unknown-attestation-unread", gate: "attestation", said: [said(REVIEWED, { hides: "signatures" })] },
  { name: "pass-image", gate: "image" },
  { name: "deny-image-root", gate: "image", image: "two" },
  { name: "unknown-image-unread", gate: "image", shown: { configsUnread: ["one"] } },
  { name: "pass-index", gate: "sbom", image: INDEX, said: [said(SBOM), said(SBOM, { on: INDEX, about: [INDEX, "two"] })] },
  { name: "deny-index-one-lacks", gate: "sbom", image: INDEX, said: [said(SBOM)] },
  { name: "deny-index-one-runs-as-root", gate: "image", image: INDEX },
  { name: "unknown-index-one-unread", gate: "sbom", image: INDEX, said: [said(SBOM)], shown: { unread: ["nested"] } },
  { name: "pass-rule", gate: "open" },
  { name: "deny-rule", gate: "closed" },
];

function judge({ gate, image = "one", said: statements = [], shown = {}, explain }: Case): Promise<Verdict> {
  const seen = { signatures: [], cutOff: [], unread: [], configsUnread: [], baseSignatures: [], basesUnread: [], ...shown, statements };
  return pool.show(seen).then((store) =>
    evaluate(parseReference(`build.acme.io/api@${pool.digestOf(image)}`), {
      policy,
      gate,
      store,
      trust: pool.trust,
      clock: { now: () => NOW },
      ...(explain === undefined ? {} : { explain }),
    }),
  );
}

for (const entry of CASES) {
  test(`${entry.name}, as text and as JSON`, async () => {
    const verdict = ordered(fillVerdict(await judge(entry), { words: {} }));
    assert.equal(verdict.outcome, entry.name.split("-")[0]);
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

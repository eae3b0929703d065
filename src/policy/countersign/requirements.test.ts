import assert from "node:assert/strict";
import { test } from "node:test";
import { POLICY, policyWith } from "../../../tests/fixtures/countersign-policy.ts";
import { parseDigest } from "../../core/digest.ts";
import type { Content, PackageName, ScanFinding, Statement, VexStatement } from "../../core/evidence.ts";
import { ASSERTED_ANNOTATION } from "../../core/policy.ts";
import type { EvidenceContext, EvidenceRequirement, ImageRequirement, Requirement } from "../../core/requirement.ts";
import { decodePolicy } from "./document.ts";

const NOW = new Date("2026-09-01T12:00:00Z");
const SUBJECT = parseDigest(`sha256:${"ab".repeat(32)}`);
const OTHER = `sha256:${"cd".repeat(32)}`;
const BUILD = "{ needs: [ { signature: { by: ci } } ] }";

async function requirement(need: string): Promise<Requirement> {
  const policy = await decodePolicy(Buffer.from(policyWith([BUILD, `{ needs: [ { ${need} } ] }`])), { source: "shop.yaml" });
  const selection = policy.select("ghcr.io/acme/api");
  assert.equal(selection.kind, "gate");
  const found = selection.kind === "gate" ? selection.gate.requirements[0] : undefined;
  return found ?? assert.fail("it asks for nothing");
}

async function evidence(need: string): Promise<EvidenceRequirement> {
  const found = await requirement(need);
  return found.kind === "evidence" ? found : assert.fail(found.kind);
}

async function image(need: string): Promise<ImageRequirement> {
  const found = await requirement(need);
  return found.kind === "image" ? found : assert.fail(found.kind);
}

const STATEMENT: Statement = {
  subjects: [{ digest: { sha256: "ab".repeat(32) } }],
  predicateType: "https://acme.io/review/v1",
  predicate: {},
};

function context(more: Partial<EvidenceContext> = {}): EvidenceContext {
  return { now: NOW, subject: SUBJECT, statement: STATEMENT, vex: [], commits: [], signer: "ci", ...more };
}

async function codes(need: string, content: Content, more: Partial<EvidenceContext> = {}): Promise<readonly string[]> {
  return (await evidence(need)).judge(content, context(more)).map(({ code }) => code);
}

type Provenance = Extract<Content, { kind: "provenance" }>;

function provenance(more: Partial<Provenance> = {}): Provenance {
  const source = { uri: "git+https://git.acme.io/api", commit: "1f", ref: "refs/heads/main" };
  return { kind: "provenance", builder: "https://ci.acme.io/runner", sources: [source], materials: [], ...more };
}

const SOURCE = 'provenance: { by: ci, source: "git+https://git.acme.io/{app}", ref: refs/heads/main }';

test("provenance: builder and build type are compared exactly, and what is not said does not count", async () => {
  const need = 'provenance: { by: ci, builder: "https://ci.acme.io/runner", buildType: "https://ci.acme.io/v1" }';
  assert.deepEqual(await codes(need, provenance({ buildType: "https://ci.acme.io/v1" })), []);
  assert.deepEqual(await codes(need, provenance()), ["evidence/build-type"]);
  assert.deepEqual(await codes(need, provenance({ builder: "https://ci.acme.io/runner/", buildType: "https://ci.acme.io/V1" })), [
    "evidence/builder",
    "evidence/build-type",
  ]);
});

test("provenance: the source is that of the product, alone, and at the ref", async () => {
  const [first] = provenance().sources;
  assert.ok(first !== undefined);
  assert.deepEqual(await codes(SOURCE, provenance()), []);
  assert.deepEqual(await codes(SOURCE, provenance({ sources: [] })), ["evidence/source", "evidence/ref"]);
  assert.deepEqual(await codes(SOURCE, provenance({ sources: [{ ...first, uri: "git+https://git.acme.io/web" }] })), ["evidence/source"]);
  assert.deepEqual(await codes(SOURCE, provenance({ sources: [first, { uri: "git+https://evil.io/x" }] })), ["evidence/source"]);
  assert.deepEqual(await codes(SOURCE, provenance({ sources: [{ uri: first.uri }] })), ["evidence/ref"]);
  assert.deepEqual(await codes(SOURCE, provenance({ sources: [first, { uri: first.uri }] })), []);
  assert.deepEqual(await codes(SOURCE, provenance({ sources: [first, { ...first, ref: "refs/pull/7/merge" }] })), ["evidence/ref"]);
  const { asks } = await evidence(SOURCE);
  assert.equal(asks, "provenance by ci, from git+https://git.acme.io/api, at refs/heads/main");
});

function sbom(...packages: readonly Partial<PackageName>[]): Content {
  return { kind: "sbom", packages: packages.map((one) => ({ name: "x", licenses: ["MIT"], ...one })) };
}

test("sbom: denied packages are told by their package URL, however it is written", async () => {
  const need = 'sbom: { by: ci, packages: { deny: ["pkg:npm/event-stream", "pkg:npm/@acme/a@1.0", "pkg:pypi/Foo_Bar"] } }';
  const denied = async (...packages: readonly Partial<PackageName>[]): Promise<boolean> =>
    (await codes(need, sbom(...packages))).includes("evidence/denied-package");
  for (const purl of [
    "pkg:npm/event-stream",
    "pkg:npm/event-stream@3.3.6",
    "PKG:npm/event-stream@3.3.6".replace("PKG", "pkg"),
    "pkg:NPM/Event-Stream@3.3.6?vcs_url=x",
    "pkg:npm/event%2Dstream@1",
    "pkg:npm/%40acme/a@1.0",
    "pkg:npm/@acme/a@1.0",
    "pkg:npm/%40acme/a",
    "pkg:pypi/foo.bar@2",
  ])
    assert.equal(await denied({ purl }), true, purl);
  for (const purl of ["pkg:npm/event-streams", "pkg:gem/event-stream", "pkg:npm/acme/a@1.0", "pkg:npm/%40acme/a@1.0.1", "pkg:pypi/foobar"])
    assert.equal(await denied({ purl }), false, purl);
  assert.equal(await denied({ name: "event-stream" }), true, "without a package URL the name is what there is");
  assert.equal(await denied({ name: "event-stream", purl: "not a purl" }), true);
  assert.equal(await denied({ name: "a", version: "1.0" }), true);
  assert.equal(await denied({ name: "a", version: "1.1" }), false);
  assert.equal(await denied({ name: "other" }), false);
});

test("sbom: a spelling is no way around what is denied", async () => {
  const need =
    'sbom: { by: ci, packages: { deny: ["pkg:npm/event-stream@3.3.6", "pkg:pypi/Foo_Bar", "pkg:cargo/rust-crypto", "pkg:maven/org.apache.logging.log4j/log4j-core"] } }';
  const told = async (one: Partial<PackageName>): Promise<readonly string[]> => codes(need, sbom(one));
  const denied: readonly Partial<PackageName>[] = [
    ...[
      "PKG:npm/event-stream@3.3.6",
      " pkg:npm/event-stream@3.3.6\n",
      "pkg:///npm/event-stream@3.3.6",
      "pkg:npm//event-stream/@3.3.6",
      "pkg:npm/event-stream%2F@3.3.6",
      "pkg:npm/%20event-stream%20@3.3.6%20",
      "pkg:npm/event-stream @ 3.3.6",
      "pkg:npm/event-stream@v3.3.6",
      "pkg:npm/event-stream@",
      "pkg:cargo/Rust_Crypto@1",
      "pkg:generic/event-stream@3.3.6",
    ].map((purl) => ({ purl })),
    { purl: "pkg:npm/event-stream@3.3.5", version: "3.3.6" },
    { purl: "pkg:npm/event-stream@3.3.6", version: "3.3.5" },
    ...["event-stream ", "Event-Stream", "event\u2011stream", "foo.bar", "FOO_bar", "rust_crypto"].map((name) => ({ name })),
    ...["log4j-core", "org.apache.logging.log4j:log4j-core", "org.apache.logging.log4j.log4j-core"].map((name) => ({ name })),
  ];
  for (const one of denied) assert.deepEqual(await told(one), ["evidence/denied-package"], JSON.stringify(one));
  for (const purl of ["npm/event-stream", "pkg:npm", "pkg:npm/event-stream%00@3.3.6", "pkg:npm/%zz", "pkg:/event-stream", ""])
    assert.deepEqual(await told({ purl }), ["evidence/package-unreadable"], purl);
  for (const purl of ["pkg:npm/event-stream@3.3.5", "pkg:deb/debian/x@1?epoch=1", "pkg:generic/a b@1"])
    assert.deepEqual(await told({ purl, version: "3.3.5" }), [], purl);
  assert.deepEqual(await codes("sbom: { by: ci }", sbom({ purl: "no package URL" })), [], "where no package is denied nothing is compared");
});

test("sbom: one that lists nothing does not count", async () => {
  assert.deepEqual(await codes("sbom: { by: ci }", sbom()), ["evidence/sbom-empty"]);
  assert.deepEqual(await codes("sbom: { by: ci }", sbom({})), []);
});

test("sbom: an expression is denied only if every way to choose is", async () => {
  const need = "sbom: { by: ci, licenses: { deny: [AGPL-3.0-only, X11] } }";
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["MIT", undefined],
    ["AGPL-3.0-only", "evidence/denied-license"],
    ["agpl-3.0", "evidence/denied-license"],
    ["AGPL-3.0-or-later", undefined],
    ["AGPL-3.0+", undefined],
    ["MIT OR AGPL-3.0-only", undefined],
    ["X11 OR AGPL-3.0-only", "evidence/denied-license"],
    ["MIT AND AGPL-3.0-only", "evidence/denied-license"],
    ["MIT OR X11 AND AGPL-3.0-only", undefined],
    ["(MIT OR X11) AND AGPL-3.0-only", "evidence/denied-license"],
    ["(MIT or X11) and (BSD-3-Clause OR AGPL-3.0-only)", undefined],
    ["AGPL-3.0-only WITH Classpath-exception-2.0", "evidence/denied-license"],
    ["LicenseRef-acme", undefined],
    ["AGPLv3", "evidence/denied-license"],
    ["AGPL-3", "evidence/denied-license"],
    ["AGPLv3+", undefined],
    ["AGPL-3.0-only+", "evidence/denied-license"],
    ["AGPL-3.0-or-later+", undefined],
    ["AGPL-3.0-with-GCC-exception", "evidence/denied-license"],
    ["MIT AND NOASSERTION", "evidence/license-unknown"],
    ["X11 AND NOASSERTION", "evidence/denied-license"],
    ["MIT OR NOASSERTION", undefined],
    ["X11 OR NONE", "evidence/license-unknown"],
    ["NONE", "evidence/license-unknown"],
    ["NOASSERTION", "evidence/license-unknown"],
    ["", "evidence/license-unknown"],
    ["GNU Affero General Public License", "evidence/license-unknown"],
    ["MIT OR", "evidence/license-unknown"],
    [`${"(".repeat(40)}MIT${")".repeat(40)}`, "evidence/license-unknown"],
  ];
  for (const [license, code] of rows)
    assert.deepEqual(await codes(need, sbom({ licenses: [license] })), code === undefined ? [] : [code], license);
  assert.deepEqual(await codes(need, sbom({ licenses: [] })), ["evidence/license-unknown"]);
  assert.deepEqual(await codes(need, sbom({ licenses: ["MIT", "X11"] })), ["evidence/denied-license"], "of several all may hold");
  assert.deepEqual(await codes(need, sbom({ licenses: ["MIT", "NOASSERTION"] })), []);
  assert.deepEqual(await codes(need.replace("X11]", "X11], unknown: allow"), sbom({ licenses: [] })), []);
});

test("sbom: an identifier that SPDX has given up is what it stood for", async () => {
  const joined = "GPL-2.0-with-classpath-exception";
  for (const listed of [joined, "GPL-2.0-only WITH Classpath-exception-2.0"]) {
    const need = `sbom: { by: ci, licenses: { allow: ["${listed}"] } }`;
    for (const license of [joined, "GPL-2.0 WITH Classpath-exception-2.0"])
      assert.deepEqual(await codes(need, sbom({ licenses: [license] })), []);
    assert.deepEqual(await codes(need, sbom({ licenses: ["GPL-2.0-with-GCC-exception"] })), ["evidence/denied-license"]);
  }
  const need = "sbom: { by: ci, licenses: { deny: [NOASSERTION] } }";
  assert.deepEqual(
    await codes(need, sbom({ licenses: ["MIT", "NOASSERTION"] })),
    ["evidence/denied-license"],
    "a policy that denies it means it",
  );
});

test("sbom: of a list of those that may be each other one is denied", async () => {
  const need = 'sbom: { by: ci, licenses: { allow: [MIT, Apache-2.0, "GPL-2.0-only WITH Classpath-exception-2.0", The Acme License] } }';
  const rows: readonly (readonly [string, boolean])[] = [
    ["MIT", true],
    ["BSD-3-Clause", false],
    ["BSD-3-Clause OR MIT", true],
    ["BSD-3-Clause AND MIT", false],
    ["Apache-2.0 WITH LLVM-exception", true],
    ["GPL-2.0 with classpath-exception-2.0", true],
    ["GPL-2.0-only", false],
    ["the acme license", true],
  ];
  for (const [license, isFine] of rows) assert.equal((await codes(need, sbom({ licenses: [license] }))).length === 0, isFine, license);
  assert.deepEqual(await codes(need, sbom({ licenses: ["Some Licence"] })), ["evidence/license-unknown"]);
});

type Scan = Extract<Content, { kind: "scan" }>;

function scan(findings: readonly Partial<ScanFinding>[], more: Partial<Scan> = {}): Scan {
  return {
    kind: "scan",
    scanner: "trivy",
    findings: findings.map((one) => ({
      id: "CVE-2026-1",
      aliases: ["GHSA-x"],
      severity: "critical",
      package: { name: "x", purl: "pkg:npm/x@1.0", licenses: [] },
      ...one,
    })),
    ...more,
  };
}

test("scan: findings as severe as the policy says, and worse, are denied, and those of unknown severity", async () => {
  for (const [severity, high, low] of [
    ["none", false, false],
    ["low", false, true],
    ["medium", false, true],
    ["high", true, true],
    ["critical", true, true],
  ] as const) {
    assert.equal((await codes("scan: { by: ci, deny: high }", scan([{ severity }]))).includes("evidence/vulnerable"), high, severity);
    assert.equal((await codes("scan: { by: ci, deny: low }", scan([{ severity }]))).includes("evidence/vulnerable"), low, severity);
  }
  assert.deepEqual(await codes("scan: { by: ci, deny: critical }", scan([{ severity: "unknown" }])), ["evidence/severity-unknown"]);
  assert.deepEqual(await codes("scan: { by: ci, deny: critical, unknownSeverity: allow }", scan([{ severity: "unknown" }])), []);
  assert.deepEqual(await codes("scan: { by: ci, deny: critical }", scan([])), []);
});

test("scan: many findings are told by a few, without what would harm a terminal", async () => {
  const findings = Array.from({ length: 900 }, (_, at) => ({ id: `CVE-${at}\u001B[2J` }));
  const [objection] = (await evidence("scan: { by: ci, deny: critical }")).judge(scan(findings), context());
  assert.match(objection?.message ?? "", /^900 findings of severity critical: CVE-0.* in pkg:npm\/x@1\.0 \(critical\), .* and 895 more$/);
  assert.ok((objection?.message.length ?? 0) < 600);
  assert.ok(objection?.message.includes("\u001B") === false);
});

test("scan: the database must be new enough, and say so", async () => {
  const need = "scan: { by: ci, deny: critical, databaseMaxAge: 48h }";
  const at = (ms: number): Scan => scan([], { databaseAt: new Date(NOW.getTime() + ms) });
  const hour = 3_600_000;
  assert.deepEqual(await codes(need, at(-48 * hour)), []);
  assert.deepEqual(await codes(need, at(-48 * hour - 1)), ["evidence/database-too-old"]);
  assert.deepEqual(await codes(need, at(300_000)), []);
  assert.deepEqual(await codes(need, at(300_001)), ["evidence/database-age-unknown"]);
  assert.deepEqual(await codes(need, scan([])), ["evidence/database-age-unknown"]);
  assert.deepEqual(await codes(need, scan([], { databaseAt: new Date(Number.NaN) })), ["evidence/database-age-unknown"]);
});

const VEX_NEED = "scan: { by: ci, deny: critical, unless: { vex: { by: ana } } }";

function vex(more: Partial<VexStatement> = {}): VexStatement {
  const api = { id: "pkg:oci/api", digests: { sha256: "ab".repeat(32) }, parts: [] };
  return { ids: ["CVE-2026-1"], status: "not_affected", products: [api], at: NOW, ...more };
}

function product(id: string, more: Partial<VexStatement["products"][number]> = {}): Partial<VexStatement> {
  return { products: [{ id, digests: {}, parts: [], ...more }] };
}

test("vex: a statement excuses a finding by the image's digest, or else by the package", async () => {
  const rows: readonly (readonly [string, Partial<VexStatement>, boolean])[] = [
    ["by digest", {}, true],
    ["fixed", { status: "fixed" }, true],
    ["affected", { status: "affected" }, false],
    ["under investigation", { status: "under_investigation" }, false],
    ["by another name of it", { ids: ["ghsa-X"] }, true],
    ["another vulnerability", { ids: ["CVE-2026-10"] }, false],
    ["another digest", product("pkg:oci/api", { digests: { sha256: "cd".repeat(32) } }), false],
    ["an image by name alone", product("pkg:oci/api?repository_url=ghcr.io/acme/api"), false],
    ["a digest in the name", product(`pkg:oci/api@${SUBJECT.replace(":", "%3A")}`), true],
    ["another digest in the name", product(`pkg:oci/api@${OTHER.replace(":", "%3A")}`), false],
    ["a digest of another kind", product("pkg:oci/api", { digests: { sha512: "ab".repeat(32) } }), false],
    ["the package", product("pkg:npm/x"), true],
    ["the package's version", product("pkg:npm/x@1.0"), true],
    ["another version", product("pkg:npm/x@1.1"), false],
    ["another package", product("pkg:npm/y"), false],
    ["the package with a digest of its own", product("pkg:npm/x@1.0", { digests: { sha256: "ef".repeat(32) } }), true],
    ["a part of the image", product("pkg:oci/api", { digests: { sha256: "ab".repeat(32) }, parts: ["pkg:npm/x@1.0"] }), true],
    ["another part", product("pkg:oci/api", { digests: { sha256: "ab".repeat(32) }, parts: ["pkg:npm/y@1.0"] }), false],
    ["nothing", { products: [] }, false],
  ];
  for (const [name, change, expected] of rows)
    assert.equal((await codes(VEX_NEED, scan([{}]), { vex: [vex(change)] })).length === 0, expected, name);
  assert.deepEqual(await codes(VEX_NEED, scan([{ severity: "unknown" }]), { vex: [vex()] }), []);
  // Which package it was the scanner did not say, so a statement about one does not excuse it.
  const [{ package: _, ...bare } = scan([{}]).findings[0] as ScanFinding] = [];
  assert.deepEqual(await codes(VEX_NEED, { ...scan([]), findings: [bare] }, { vex: [vex(product("pkg:npm/x"))] }), ["evidence/vulnerable"]);
});

async function isExcused(...statements: readonly VexStatement[]): Promise<boolean> {
  return (await codes(VEX_NEED, scan([{}]), { vex: statements })).length === 0;
}

test("vex: the last word counts, and of two of one time, or of none, the worse", async () => {
  const earlier = new Date(NOW.getTime() - 1000);
  const { at: _, ...undated } = vex({ status: "affected" });
  assert.equal(await isExcused(vex({ status: "affected", at: earlier }), vex()), true);
  assert.equal(await isExcused(vex(), vex({ status: "affected", at: earlier })), true);
  assert.equal(await isExcused(vex({ at: earlier }), vex({ status: "affected" })), false);
  assert.equal(await isExcused(vex(), vex({ status: "affected" })), false);
  assert.equal(await isExcused(vex(), undated), false);
  assert.equal(await isExcused({ ...undated, status: "not_affected" }, vex({ status: "affected", at: earlier })), false);
  // What is said of the whole image is said of its parts.
  assert.equal(await isExcused(vex({ ...product("pkg:npm/x"), at: earlier }), vex({ status: "affected" })), false);
});

async function sayOf(...statements: readonly VexStatement[]): Promise<string> {
  return (await evidence(VEX_NEED)).judge(scan([{}]), context({ vex: statements }))[0]?.message ?? "";
}

function inMinutes(count: number): Date {
  return new Date(NOW.getTime() + count * 60_000);
}

test("vex: what is said to come is not later than anything, whoever dates it so", async () => {
  const before = vex({ status: "affected", at: inMinutes(-1) });
  assert.equal(await isExcused(vex({ at: inMinutes(4) }), before), true, "clocks differ a little");
  assert.equal(await isExcused(vex({ at: inMinutes(6) }), before), false);
  assert.equal(await isExcused(vex(), vex({ status: "affected", at: inMinutes(6) })), false);
  assert.match(
    await sayOf(vex({ status: "affected", at: inMinutes(6) })),
    /VEX says affected of pkg:oci\/api, by its digest, at a time to come/,
  );
});

/** What is said of `said`, after somebody has said of the finding itself that it matters. */
async function isExcusedBy(found: Pick<ScanFinding, "id" | "aliases">, said: readonly string[]): Promise<boolean> {
  const before = vex({ ids: [found.id], at: new Date(0), status: "affected" });
  return (await codes(VEX_NEED, scan([found]), { vex: [vex({ ids: said }), before] })).length === 0;
}

test("vex: an advisory about several vulnerabilities is no other name of one of them", async () => {
  const rows: readonly (readonly [id: string, aliases: readonly string[], said: readonly string[], isExcused: boolean])[] = [
    ["CVE-2026-2", ["DSA-5000-1"], ["CVE-2026-1", "DSA-5000-1"], false],
    ["CVE-2026-2", ["RHSA-2026:1"], ["RHSA-2026:1"], false],
    ["ELSA-2026-1", ["CVE-2026-1", "CVE-2026-2"], ["CVE-2026-1"], false],
    ["CVE-2026-2", [], ["CVE-2026-1", "CVE-2026-2"], false],
    ["ELSA-2026-1", ["CVE-2026-1"], ["CVE-2026-1"], true],
    ["GHSA-a", ["CVE-2026-1"], ["CVE-2026-1", "GHSA-b"], true],
    ["DSA-5000-1", [], ["DSA-5000-1"], true],
  ];
  for (const [id, aliases, said, expected] of rows)
    assert.equal(await isExcusedBy({ id, aliases }, said), expected, `${id}: ${said.join()}`);
});

test("vex: a statement is looked at once, however many findings there are", async () => {
  let asked = 0;
  const statements = Array.from({ length: 40 }, (_, number): VexStatement => {
    const ids = [`CVE-2026-${number}`];
    return Object.defineProperty(vex(), "ids", { get: () => ((asked += 1), ids) });
  });
  const findings = Array.from({ length: 40 }, (_, number) => ({ id: `CVE-2026-${number}`, aliases: [] }));
  assert.deepEqual(await codes(VEX_NEED, scan(findings), { vex: statements }), []);
  assert.ok(asked <= 2 * statements.length, `${asked}`);
});

test("vex: which product matched, or did not, is told", async () => {
  assert.match(await sayOf(vex({ status: "affected" })), /VEX says affected of pkg:oci\/api, by its digest/);
  assert.match(await sayOf(vex({ status: "affected", ...product("pkg:npm/x") })), /VEX says affected of pkg:npm\/x, by its package URL/);
  assert.match(await sayOf(vex(product("pkg:oci/api"))), /VEX is about pkg:oci\/api alone, which this is not/);
});

function tested(more: object): Content {
  return { kind: "test", result: "passed", failed: [], passed: 3, ...more };
}

test("test: what has failed, or only been warned of, does not count", async () => {
  assert.deepEqual(await codes("test: { by: ci }", tested({})), []);
  assert.deepEqual(await codes("test: { by: ci }", tested({ result: "failed" })), ["evidence/test-failed"]);
  assert.deepEqual(await codes("test: { by: ci }", tested({ result: "warned" })), ["evidence/test-failed"]);
  assert.deepEqual(await codes("test: { by: ci, result: warned }", tested({ result: "warned" })), []);
  assert.deepEqual(await codes("test: { by: ci, result: warned }", tested({ result: "failed" })), ["evidence/test-failed"]);
  assert.deepEqual(await codes("test: { by: ci }", tested({ failed: ["a"] })), ["evidence/test-failed"], "it contradicts itself");
});

test("a document that names no image counts only as the word of one whose word counts", async () => {
  const statement = { ...STATEMENT, subjects: [{ digest: {}, annotations: { [ASSERTED_ANNOTATION]: "true" } }] };
  const result: Content = { kind: "test", result: "passed", failed: [], passed: 3 };
  const by = "test: { by: [ci, ana], asserted: { by: ana } }";
  assert.deepEqual(await codes("test: { by: ci }", result, { statement }), ["evidence/asserted"]);
  assert.deepEqual(await codes(by, result, { statement }), ["evidence/asserted"]);
  assert.deepEqual(await codes(by, result, { statement, signer: "ana" }), []);
  assert.deepEqual(await codes(by, result), []);
  const { signer: _, ...nobody } = context({ statement });
  assert.deepEqual(
    (await evidence(by)).judge(result, nobody).map(({ code }) => code),
    ["evidence/asserted"],
  );
  assert.deepEqual(await codes("scan: { by: ci, deny: low }", scan([]), { statement }), ["evidence/asserted"]);
  assert.deepEqual(await codes("sbom: { by: ci, asserted: { by: ci } }", sbom({}), { statement }), []);
});

test("a statement of another kind counts for nothing", async () => {
  const needs = ["provenance: { by: ci }", "sbom: { by: ci }", "scan: { by: ci, deny: low }", "test: { by: ci }", "vex: { by: ci }"];
  for (const need of needs) assert.deepEqual(await codes(need, { kind: "other" }), ["evidence/other-kind"], need);
  assert.deepEqual(await codes("vex: { by: ci }", { kind: "vex", statements: [] }), []);
  const attestation = 'attestation: { by: ci, type: "https://acme.io/review/v1" }';
  assert.deepEqual(await codes(attestation, { kind: "other" }), []);
  assert.deepEqual(await codes(attestation.replace("v1", "v2"), { kind: "other" }), ["evidence/other-kind"]);
});

async function codesOfImage(need: string, config: unknown): Promise<readonly string[]> {
  return (await image(need)).judge(config).map(({ code }) => code);
}

function user(User: unknown): unknown {
  return { architecture: "amd64", config: { User } };
}

function codesOfPorts(need: string, ports: unknown): Promise<readonly string[]> {
  return codesOfImage(need, { config: { ExposedPorts: ports } });
}

test("image: the user is another than root by number, or the one that is named", async () => {
  for (const name of ["1000", "1000:1000", "65532:0", "2147483647"])
    assert.deepEqual(await codesOfImage("image: { user: nonroot }", user(name)), [], name);
  for (const name of [
    "",
    "0",
    "00",
    "+0",
    "-0",
    "0:1000",
    "root",
    "root:app",
    "app",
    "2147483648",
    "4294967296",
    "1e3",
    "0x10",
    " 1000",
    "1000 ",
  ])
    assert.deepEqual(await codesOfImage("image: { user: nonroot }", user(name)), ["image/user"], name);
  for (const config of [{}, { config: null }, { config: {} }])
    assert.deepEqual(await codesOfImage("image: { user: nonroot }", config), ["image/user"]);
  for (const config of [
    undefined,
    [],
    { config: [] },
    user(1000),
    { Config: { User: "0" }, config: { User: "1000" } },
    { config: { User: "1000", user: "0" } },
    { config: { User: "1000", "U\u{17f}er": "0" } },
    { config: { User: "1000", "Expo\u{17f}edPorts": {} } },
  ])
    assert.deepEqual(await codesOfImage("image: { user: nonroot }", config), ["image/config"], JSON.stringify(config));
  assert.deepEqual(await codesOfImage("image: { user: app }", user("app:staff")), []);
  assert.deepEqual(await codesOfImage('image: { user: "app:app" }', user("app:staff")), ["image/user"]);
  assert.deepEqual(await codesOfImage("image: { user: app }", user("apps")), ["image/user"]);
});

test("image: it exposes no other ports", async () => {
  const need = 'image: { ports: [8080, "53/udp"] }';
  for (const ports of [undefined, null, {}, { "8080/tcp": {} }, { "8080": {} }, { "53/udp": {}, "8080/tcp": {} }])
    assert.deepEqual(await codesOfPorts(need, ports), [], JSON.stringify(ports));
  for (const ports of [{ "22/tcp": {} }, { "8080/udp": {} }, { "8080/tcp": {}, "53/tcp": {} }, { "8080-8090/tcp": {} }])
    assert.deepEqual(await codesOfPorts(need, ports), ["image/ports"], JSON.stringify(ports));
  assert.deepEqual(await codesOfPorts(need, ["8080/tcp"]), ["image/config"]);
  assert.deepEqual(await codesOfPorts("image: { ports: [] }", { "8080/tcp": {} }), ["image/ports"]);
  assert.deepEqual(await codesOfPorts("image: { ports: [] }", {}), []);
});

test("what is asked is told in words, and what the engine must know of each need", async () => {
  const rows: readonly (readonly [need: string, asks: string, newestOnly: boolean, perManifest: boolean])[] = [
    ["provenance: { by: ci }", "provenance by ci", false, true],
    ["sbom: { by: ci, licenses: { deny: [X11] } }", "an SBOM by ci, without licences X11, and no unknown licence", true, true],
    [
      "scan: { by: [ci, release], maxAge: 24h, databaseMaxAge: 7d, deny: high, unless: { vex: { by: release } } }",
      "a scan by ci, release (ana, bo), no older than 24h, its database no older than 7d, without findings of severity high or worse or unknown, unless excused by a VEX statement by release (ana, bo)",
      true,
      true,
    ],
    ["test: { by: ci, maxAge: 90m }", "a test result by ci, no older than 90m, passed", true, false],
    ["vex: { by: release }", "a VEX statement by release (ana, bo)", false, true],
    ['attestation: { by: ci, type: "https://acme.io/review/v1" }', "an attestation by ci, of type https://acme.io/review/v1", true, false],
  ];
  for (const [need, asks, newestOnly, perManifest] of rows) {
    const found = await evidence(need);
    assert.deepEqual([found.asks, found.newestOnly, found.perManifest], [asks, newestOnly, perManifest]);
  }
  const { maxAge, by, vexBy } = await evidence(rows[2]?.[0] ?? "");
  assert.deepEqual([maxAge, by, vexBy], [86_400, ["ci", "ana", "bo"], ["ana", "bo"]]);
  assert.equal(
    (await image("image: { user: nonroot, ports: [80] }")).asks,
    "an image that runs as another user than root and listens on no other port than 80/tcp",
  );
});

test("those whose VEX counts are members, so that their signatures can be known", async () => {
  const policy = await decodePolicy(Buffer.from(policyWith([BUILD, `{ needs: [ { ${VEX_NEED} } ] }`])), { source: "shop.yaml" });
  const selection = policy.select("ghcr.io/acme/api");
  const signers = selection.kind === "gate" ? selection.rules?.signers : undefined;
  assert.deepEqual(signers?.kind === "members" ? signers.members.map(({ name }) => name) : [], ["ci", "ana"]);
});

const SHARED = POLICY.replace('"ci-{app}"', "ci");

async function proves(text: string, repository = "ghcr.io/acme/api"): Promise<readonly (true | undefined)[]> {
  const selection = (await decodePolicy(Buffer.from(text), { source: "shop.yaml" })).select(repository);
  assert.equal(selection.kind, "gate", JSON.stringify(selection));
  return selection.kind === "gate"
    ? selection.gate.requirements.map((one) => (one.kind === "evidence" ? one.provesProduct : undefined))
    : [];
}

function refused(text: string): Promise<void> {
  return assert.rejects(
    decodePolicy(Buffer.from(text), { source: "shop.yaml" }),
    /is signed for by ci, whose identity does not hold \{app\}/,
  );
}

test("one machine may sign for many products where the source says of which one an image is", async () => {
  const source = (text: string): string =>
    SHARED.replace(BUILD, `{ needs: [ { signature: { by: ci } }, { provenance: { by: ci, source: "${text}" } } ] }`);
  assert.deepEqual(await proves(source("git+https://git.acme.io/{app}")), [undefined, true]);
  assert.deepEqual(await proves(source("git+https://git.acme.io/x-{app}.git")), [undefined, true]);
  await refused(SHARED);
  await refused(source("git+https://git.acme.io/all"));
  // A gate that asks for no source would let in what was built from any.
  await refused(source("git+https://git.acme.io/{app}").replace("after: build, needs: [ {", "needs: [ { signature: { by: ci } }, {"));
});

/** With another product beside the shop's. */
function withProduct(second: string): string {
  return POLICY.replace(BUILD, '{ needs: [ { provenance: { by: ci, source: "git+https://git.acme.io/{app}" } } ] }')
    .replace("people:\n", `${second}people:\n`)
    .replace('"ci-{app}"', "ci")
    .replace("\ngates:", "\nsharedSigner: true\ngates:");
}

test("a source that is of two products says of neither which one an image is", async () => {
  assert.deepEqual(await proves(withProduct("")), [true]);
  assert.deepEqual(await proves(withProduct('  lib/{app}: { build: "ghcr.io/lib/{app}" }\n')), [undefined]);
  const other = (source: string): string =>
    `${withProduct('  lib/{name}: { lib: "ghcr.io/lib/{name}" }\n')}  lib: { needs: [ { provenance: { by: ci, source: "${source}" } } ] }\n`;
  assert.deepEqual(await proves(other("git+https://git.acme.io/{name}")), [undefined]);
  assert.deepEqual(await proves(other("git+https://git.acme.io/lib-{name}")), [undefined]);
  assert.deepEqual(await proves(other("git+https://git.acme.io/lib/{name}")), [true]);
  assert.deepEqual(await proves(other("git+https://git.acme.io/lib/{name}"), "ghcr.io/lib/x"), [true]);
});

const REVIEW = 'attestation: { by: ci, type: "https://acme.io/review/v1", expr: ';

function ask(expr: string, predicate: unknown, subjects: Statement["subjects"] = STATEMENT.subjects): Promise<readonly string[]> {
  return codes(`${REVIEW}${JSON.stringify(expr)} }`, { kind: "other" }, { statement: { ...STATEMENT, subjects, predicate } });
}

test("attestation: what the expression asks must hold, and what cannot be found out does not", async () => {
  const expr = 'predicate.result == "ok"';
  assert.deepEqual(await ask(expr, { result: "ok" }), []);
  assert.deepEqual(await ask(expr, { result: "no" }), ["evidence/expression-false"]);
  for (const predicate of [{}, { Result: "ok" }, null, [], "ok"]) {
    assert.deepEqual(await ask(expr, predicate), ["evidence/expression-error"], JSON.stringify(predicate));
    assert.deepEqual(await ask(`!(${expr})`, predicate), ["evidence/expression-error"], JSON.stringify(predicate));
  }
  for (const text of ["true", "!has(predicate.bad)"]) assert.deepEqual(await ask(text, undefined), ["evidence/expression-error"], text);
  const subjects = [{ digest: { sha256: "00".repeat(32) } }, { name: "api", digest: { sha256: "ab".repeat(32) }, annotations: { a: "b" } }];
  const about = `subject.name == "api" && subject.digest.sha256.startsWith("ab") && subject.annotations.a == "b"`;
  assert.deepEqual(await ask(about, {}, subjects), []);
});

test("attestation: the expression is part of what is asked", async () => {
  const { asks } = await evidence(`${REVIEW}'predicate.result == "ok"' }`);
  assert.equal(asks, 'an attestation by ci, of type https://acme.io/review/v1, for which predicate.result == "ok"');
});

test("rules: they hold at their gate and for those that come after, and a fault in one is no yes", async () => {
  const rules = async (expr: string, now = NOW, gate: string | undefined = undefined): Promise<readonly string[]> => {
    const text = policyWith(["\ngates:", `\nrules: [ { name: r, gate: build, expr: ${JSON.stringify(expr)}, message: Not now } ]\ngates:`]);
    const selection = (await decodePolicy(Buffer.from(text), { source: "shop.yaml" })).select("ghcr.io/acme/api", gate);
    assert.equal(selection.kind, "gate");
    const requirements = selection.kind === "gate" ? [...selection.before, selection.gate].flatMap((one) => one.requirements) : [];
    const [rule, ...others] = requirements.filter(({ kind }) => kind === "rule");
    assert.ok(rule?.kind === "rule" && others.length === 0);
    assert.deepEqual([rule.name, rule.asks], ["r", "Not now"]);
    return rule.judge({ now, subject: SUBJECT, repository: "ghcr.io/acme/api" }).flatMap(({ code, message }) => [code, message]);
  };
  const weekdays = 'now.getDayOfWeek("Europe/Berlin") in [1, 2, 3, 4]';
  assert.deepEqual(await rules(weekdays, new Date("2026-09-03T21:59:59Z")), []);
  assert.deepEqual(await rules(weekdays, new Date("2026-09-03T22:00:00Z")), ["rule/false", "Not now"]);
  const names = `product == "shop/api" && gate == "build" && image.repository == "ghcr.io/acme/api" && image.digest == "${SUBJECT}"`;
  assert.deepEqual(await rules(names), []);
  const [code, message] = await rules("int(product) == 1");
  assert.equal(code, "rule/error");
  assert.match(message ?? "", /^Not now: .*no whole number/);
});

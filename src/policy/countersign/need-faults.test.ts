import assert from "node:assert/strict";
import { test } from "node:test";
import { POLICY, policyWith } from "../../../tests/fixtures/countersign-policy.ts";
import { CountersignError } from "../../core/errors.ts";
import { decodePolicy } from "./document.ts";

/** The complaint is expected where the mark stands; it is taken out first. */
const MARK = "¦";

type Row = readonly [fault: string, need: string, member: string, state: RegExp, remedy: RegExp];

const TYPE = 'type: "https://acme.io/review/v1"';

/** Needs of the gate `build`. */
const ROWS: readonly Row[] = [
  ["provenance of nobody", "provenance: ¦{}", "provenance", /has no by/, /by: ci/],
  ["an sbom of nobody", "sbom: ¦{}", "sbom", /has no by/, /by: ci/],
  ["a scan of nobody", "scan: ¦{ deny: high }", "scan", /has no by/, /by: scanner/],
  ["a test of nobody", "test: ¦{}", "test", /has no by/, /by: ci/],
  ["vex of nobody", "vex: ¦{}", "vex", /has no by/, /by: security/],
  ["an attestation of nobody", `attestation: ¦{ ${TYPE} }`, "attestation", /has no by/, /by: ci/],
  ["a stranger", "scan: { by: ¦cii, deny: high }", "scan.by", /names "cii"/, /write ci|add it/],
  ["a count", "test: { by: ci, ¦atLeast: 2 }", "test.atLeast", /is not a field of a test requirement/, /by, result, maxAge/],
  ["a mistyped field", "provenance: { by: ci, ¦bilder: x }", "provenance.bilder", /did you mean builder\?/, /write builder/],
  ["a base of no gate", "provenance: { by: ci, base: ¦base }", "provenance.base", /names the gate "base", which/, /add it under gates/],
  [
    "more builders than there are",
    "provenance: { by: ci, agree: ¦2 }",
    "provenance.agree",
    /wants 2 builders, and only ci is asked/,
    /name more/,
  ],
  [
    "several builders of one name",
    "provenance: { by: [ci, ana], agree: ¦2, builder: x }",
    "provenance.agree",
    /asks for several builders, and builder names one/,
    /take builder out/,
  ],
  ["builders who agree, by half", "provenance: { by: [ci, ana], agree: ¦1.5 }", "provenance.agree", /whole number/, /write 1/],
  ["a builder that is no text", "provenance: { by: ci, builder: ¦[x] }", "provenance.builder", /is a list, and must be text/, /https/],
  ["a ref of no source", "provenance: { by: ci, ref: ¦refs/heads/main }", "provenance.ref", /is of no source/, /source:/],
  [
    "a variable for a host",
    'provenance: { by: ci, source: ¦"git+https://{app}/x" }',
    "provenance.source",
    /which host/,
    /write the host out/,
  ],
  [
    "a variable for a scheme",
    'provenance: { by: ci, source: ¦"{app}://git.acme.io/x" }',
    "provenance.source",
    /which host/,
    /write the host out/,
  ],
  ["a brace that makes no variable", 'provenance: { by: ci, source: ¦"git+https://x.io/{" }', "provenance.source", /brace/, /\{app\}/],
  [
    "a variable that the product lacks",
    'provenance: { by: ci, source: ¦"git+https://x.io/{ap}" }',
    "provenance.source",
    /has \{ap\}/,
    /name the variable as/,
  ],
  ["commits of nobody", "provenance: { by: ci, commit: ¦{} }", "provenance.commit", /has no signedBy/, /people/],
  [
    "commits of people who have no key",
    "provenance: { by: ci, commit: { signedBy: ¦people } }",
    "provenance.commit.signedBy",
    /means nobody/,
    /ssh: "SHA256/,
  ],
  [
    "commits of a person who has none",
    "provenance: { by: ci, commit: { signedBy: ¦ana } }",
    "provenance.commit.signedBy",
    /means ana, of whom the policy has no key/,
    /ana: \{ git:/,
  ],
  [
    "commits of a machine",
    "provenance: { by: ci, commit: { signedBy: ¦ci } }",
    "provenance.commit.signedBy",
    /means ci, and commits are signed by people/,
    /name people/,
  ],
  [
    "commits of people and somebody",
    "provenance: { by: ci, commit: { signedBy: [ana, ¦people] } }",
    "provenance.commit.signedBy[1]",
    /something else beside them/,
    /by itself/,
  ],
  [
    "commits since a branch",
    "provenance: { by: ci, commit: { signedBy: people, since: ¦main } }",
    "provenance.commit.since",
    /is "main", which is no id/,
    /git rev-parse/,
  ],
  ["licences that are a list", "sbom: { by: ci, licenses: ¦[MIT] }", "sbom.licenses", /is a list, and must be a map/, /deny:/],
  ["licences that say nothing", "sbom: { by: ci, licenses: ¦{ unknown: allow } }", "sbom.licenses", /neither deny nor allow/, /deny:/],
  ["no licence", "sbom: { by: ci, licenses: { deny: ¦[] } }", "sbom.licenses.deny", /is empty/, /AGPL/],
  ["a licence that is none", "sbom: { by: ci, licenses: { allow: [MIT, ¦7] } }", "sbom.licenses.allow[1]", /is the number 7/, /quote it/],
  ["two licences in one", 'sbom: { by: ci, licenses: { deny: [¦"MIT OR X11"] } }', "sbom.licenses.deny[0]", /joins/, /each by itself/],
  [
    "an unknown that is neither",
    "sbom: { by: ci, licenses: { deny: [MIT], unknown: ¦warn } }",
    "sbom.licenses.unknown",
    /must be deny or allow/,
    /deny or allow/,
  ],
  ["packages that say nothing", "sbom: { by: ci, packages: ¦{} }", "sbom.packages", /has no deny/, /deny:/],
  ["a package by its name", "sbom: { by: ci, packages: { deny: [¦event-stream] } }", "sbom.packages.deny[0]", /no package URL/, /pkg:npm/],
  ["a package pattern", 'sbom: { by: ci, packages: { deny: [¦"pkg:npm/event-*"] } }', "sbom.packages.deny[0]", /no package URL/, /pkg:npm/],
  ["a scan that denies nothing", "scan: ¦{ by: ci }", "scan", /has no deny/, /deny: critical/],
  ["a severity that is none", "scan: { by: ci, deny: ¦severe }", "scan.deny", /must be low or medium or high or critical/, /low/],
  ["an age that is a number", "scan: { by: ci, deny: high, maxAge: ¦24 }", "scan.maxAge", /is the number 24/, /quote it/],
  ["an age without a unit", 'scan: { by: ci, deny: high, maxAge: ¦"24" }', "scan.maxAge", /no length of time/, /24h/],
  ["an age of nothing", "scan: { by: ci, deny: high, databaseMaxAge: ¦0h }", "scan.databaseMaxAge", /no length of time/, /24h/],
  ["an age of half a second", "test: { by: ci, maxAge: ¦500ms }", "test.maxAge", /no length of time/, /24h/],
  ["a scan that is asserted", "scan: { by: ci, deny: high, ¦asserted: { by: ci } }", "scan.asserted", /cannot be set/, /take asserted out/],
  ["vex without its by", "scan: { by: ci, deny: high, unless: { vex: ¦ana } }", "scan.unless.vex", /must be a map/, /by: security/],
  ["another excuse", "scan: { by: ci, deny: high, unless: { ¦ignore: [CVE-1] } }", "scan.unless.ignore", /is not a field/, /vex/],
  ["no excuse", "scan: { by: ci, deny: high, unless: ¦{} }", "scan.unless", /has no vex/, /vex:/],
  ["a stranger's vex", "scan: { by: ci, deny: high, unless: { vex: { by: ¦zoe } } }", "scan.unless.vex.by", /names "zoe"/, /people/],
  ["a result that is none", "test: { by: ci, result: ¦failed }", "test.result", /must be passed or warned/, /passed/],
  [
    "asserted by another",
    "test: { by: ci, asserted: { by: ¦ana } }",
    "test.asserted.by",
    /means ana, whose statements are not asked for/,
    /name ana in by/,
  ],
  ["a type that is no URI", "attestation: { by: ci, type: ¦review }", "attestation.type", /is no URI/, /https/],
  ["an attestation of no type", "attestation: ¦{ by: ci }", "attestation", /has no type/, /type:/],
  [
    "an expression that cannot be read",
    `attestation: { by: ci, ${TYPE}, expr: ¦"predicate.(" }`,
    "attestation.expr",
    /line 1, column/,
    /about predicate, subject/,
  ],
  [
    "an expression about what a subject does not have",
    `attestation: { by: ci, ${TYPE}, expr: ¦'subject.tag == "1"' }`,
    "attestation.expr",
    /subject has name, digest, annotations/,
    /predicate, subject/,
  ],
  [
    "an expression about the time",
    `attestation: { by: ci, ${TYPE}, expr: ¦"now == now" }`,
    "attestation.expr",
    /names now/,
    /about predicate/,
  ],
  ["an image that need be nothing", "image: ¦{}", "image", /asks for nothing/, /user: nonroot/],
  ["an image by somebody", "image: { ¦by: ci, user: nonroot }", "image.by", /is not a field/, /user, ports/],
  ["a user by number", "image: { user: ¦1000 }", "image.user", /is the number 1000/, /quote it: "1000"/],
  ["a user that is nearly nonroot", "image: { user: ¦non-root }", "image.user", /did you mean nonroot\?/, /write nonroot/],
  ["a user that is none", 'image: { user: ¦"a b" }', "image.user", /is no user/, /nonroot/],
  ["a port that is none", "image: { ports: [8080, ¦70000] }", "image.ports[1]", /is no port/, /65535/],
  ["a port in quotes", 'image: { ports: [¦"8080"] }', "image.ports[0]", /is no port/, /53\/udp/],
  ["a port by itself", "image: { ports: ¦8080 }", "image.ports", /must be a list of ports/, /\[8080\]/],
];

const BUILD = "{ needs: [ { signature: { by: ci } } ] }";
const RULE = "name: a, gate: prod, message: no";

/** Items of `rules`. */
const RULE_ROWS: readonly Row[] = [
  ["a rule that is none", "¦1", "[0]", /is the number 1, and must be a map/, /name: office-hours/],
  ["a rule without a name", '¦{ gate: prod, expr: "true", message: no }', "[0]", /has no name/, /name:/],
  ["a rule of no gate", '¦{ name: a, expr: "true", message: no }', "[0]", /has no gate/, /gate:/],
  ["a rule of an unknown gate", '{ name: a, gate: ¦prd, expr: "true", message: no }', "[0].gate", /names the gate "prd"/, /write prod/],
  ["a rule that asks nothing", `¦{ ${RULE} }`, "[0]", /has no expr/, /expr:/],
  ["a rule that says nothing", '¦{ name: a, gate: prod, expr: "true" }', "[0]", /has no message/, /message:/],
  [
    "a rule by a name in use",
    `{ ${RULE}, expr: "true" }, { name: ¦a, gate: build, expr: "true", message: no }`,
    "[1].name",
    /is "a" again/,
    /of its own/,
  ],
  ["a rule with another field", `{ ${RULE}, expr: "true", ¦when: now }`, "[0].when", /is not a field of a rule/, /name, gate/],
  ["a rule that is no text", `{ ${RULE}, expr: ¦true }`, "[0].expr", /is the boolean true/, /quote it/],
  [
    "a rule that cannot be read",
    `{ ${RULE}, expr: ¦"now." }`,
    "[0].expr",
    /is no expression from its line 1, column/,
    /it is about now, image\.digest, image\.repository, product, gate/,
  ],
  [
    "a rule about a tag",
    `{ ${RULE}, expr: ¦'image.tag == "1"' }`,
    "[0].expr",
    /names image\.tag, and image has digest, repository/,
    /image\.digest/,
  ],
  ["a rule about a tag that may be missing", `{ ${RULE}, expr: ¦'!has(image.tag)' }`, "[0].expr", /names image\.tag/, /image\.digest/],
  ["a rule about a tag in brackets", `{ ${RULE}, expr: ¦'image["tag"] == "1"' }`, "[0].expr", /names image\.tag/, /image\.digest/],
  ["a rule about a part of a text", `{ ${RULE}, expr: ¦'[1].exists(x, gate.name == "prod")' }`, "[0].expr", /gate has no members/, /gate/],
  ["a rule that is no question", `{ ${RULE}, expr: ¦"now.getHours()" }`, "[0].expr", /neither true nor false/, /about now/],
  [
    "a rule of which a part is no question",
    `{ ${RULE}, expr: ¦'now.getDayOfWeek("UTC") && true' }`,
    "[0].expr",
    /has at its line 1, column 1, what is neither true nor false, and && asks for one of them/,
    /about now/,
  ],
  ["a rule that is a name", `{ ${RULE}, expr: ¦"product" }`, "[0].expr", /neither true nor false/, /about now/],
  ["a rule about a statement", `{ ${RULE}, expr: ¦"predicate.x == 1" }`, "[0].expr", /names predicate/, /about now, image/],
  ["a rule for another clock", `{ ${RULE}, expr: ¦'now.getHours("Mars") > 1' }`, "[0].expr", /time zone Mars/, /about now/],
];

const ALL: readonly (readonly [marked: string, ...Row])[] = [
  ...ROWS.map(
    ([fault, need, member, ...rest]) =>
      [policyWith([BUILD, `{ needs: [ { ${need} } ] }`]), fault, need, `gates.build.needs[0].${member}`, ...rest] as const,
  ),
  ...RULE_ROWS.map(
    ([fault, items, member, ...rest]) =>
      [policyWith(["\ngates:", `\nrules: [ ${items} ]\ngates:`]), fault, items, `rules${member}`, ...rest] as const,
  ),
];

for (const [marked, fault, , member, state, remedy] of ALL) {
  test(`refused with its place: ${fault}`, async () => {
    const at = marked.indexOf(MARK);
    const before = marked.slice(0, at).split("\n");
    const text = marked.replace(MARK, "");
    assert.notEqual(at, -1);
    const error: unknown = await decodePolicy(Buffer.from(text), { source: "shop.yaml" }).catch((reason: unknown) => reason);
    assert.ok(error instanceof CountersignError, "it was not refused");
    const [problem, ...others] = error.detail["problems"] as readonly Readonly<Record<string, unknown>>[];
    assert.deepEqual(others, []);
    assert.equal(problem?.["member"], member);
    assert.match(String(problem["state"]), state);
    assert.match(String(problem["remedy"]), remedy);
    assert.deepEqual([problem["line"], problem["column"]], [before.length, (before.at(-1)?.length ?? 0) + 1]);
  });
}

test("the policy around them has nothing wrong with it", async () => {
  await decodePolicy(Buffer.from(POLICY), { source: "shop.yaml" });
});

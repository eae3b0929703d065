/** What `inspect` prints of statements: the policy's words, claimed apart from proven, in lines that fit a terminal. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Content, ScanFinding } from "../../core/evidence.ts";
import type { InspectedSignature } from "../../showing/inspect-signature.ts";
import type { InspectedStatement } from "../../showing/inspect-statement.ts";
import { summarise } from "../../statements/summary.ts";
import { renderInspection } from "./inspection.ts";
import { nameStatement } from "./statement.ts";
import type { Style } from "./style.ts";

const HEX = "3f2a9c".padEnd(64, "0");
const DIGEST = `sha256:${HEX}`;
const IMAGE = `registry.example/app@${DIGEST}`;
const at = new Date("2026-09-01T12:00:00Z");
const pack = (name: string): { readonly name: string; readonly licenses: readonly string[] } => ({ name, licenses: [] });
const found = (severity: "critical" | "low", id: string): ScanFinding => ({ id, aliases: [], severity });
const same = (text: string): string => text;
const plain: Style = { good: same, bad: same, unsure: same, dim: same, bold: same };

function statement(change: Partial<InspectedStatement> = {}): InspectedStatement {
  return { digest: `sha256:${"a".repeat(64)}`, carrier: "attached", signatures: [], findings: [], ...change };
}

function render(statements: readonly InspectedStatement[]): readonly string[] {
  const text = renderInspection(
    {
      apiVersion: "countersign.dev/v1",
      kind: "Inspection",
      reference: IMAGE,
      pinned: IMAGE,
      signatures: [],
      statements,
      complete: true,
      notes: [],
    },
    plain,
  );
  const lines = text.split("\n");
  for (const line of lines) assert.ok(line.length <= 100, `${line.length}: ${line}`);
  return lines;
}

function said(content: Content): readonly string[] {
  const claimed = { predicateType: "https://example.com/p", subjects: [{ digest: { sha256: HEX } }], content: summarise(content) };
  const lines = render([statement({ claimed })]);
  return lines
    .slice(
      lines.findIndex((line) => line.includes("claimed:")) + 1,
      lines.findIndex((line) => line.includes("predicate ")),
    )
    .map((line) => line.trim());
}

test("each kind of content is told in the words of policies", () => {
  const findings = [found("low", "CVE-1"), found("critical", "CVE-2"), found("low", "CVE-3")];
  assert.deepEqual(said({ kind: "scan", scanner: "grype", scannerVersion: "0.121.2", at, databaseAt: at, findings }), [
    "findings     3: 1 critical, 2 low",
    "by           grype 0.121.2",
    "scanned      2026-09-01T12:00:00.000Z",
    "database     of 2026-09-01T12:00:00.000Z",
  ]);
  assert.deepEqual(said({ kind: "scan", scanner: "grype", findings: [] }), ["findings     0", "by           grype"]);
  assert.deepEqual(said({ kind: "sbom", packages: [pack("a"), pack("b")], at }), [
    "lists        2 packages",
    "made         2026-09-01T12:00:00.000Z",
  ]);
  const sources = [{ uri: "git+https://git.example/shop", commit: "1c2d", ref: "refs/heads/main" }];
  assert.deepEqual(said({ kind: "provenance", builder: "https://ci.example/runner", sources, materials: [{ digest: {} }], at }), [
    "builder      https://ci.example/runner",
    "source       git+https://git.example/shop 1c2d refs/heads/main",
    "materials    1",
    "built        2026-09-01T12:00:00.000Z",
  ]);
  const failed = ["a", "b", "c", "d", "e", "f", "g"];
  assert.deepEqual(said({ kind: "test", result: "failed", passed: 12, failed, at }), [
    "result       failed: 12 passed, 7 failed",
    ...failed.slice(0, 5).map((name) => `failed       ${name}`),
    "and 2 more",
    "tested       2026-09-01T12:00:00.000Z",
  ]);
  const excused = { ids: ["CVE-1"], status: "not_affected", products: [] } as const;
  assert.deepEqual(said({ kind: "vex", statements: [excused, { ...excused, status: "fixed" }] }), [
    "says         2: 1 not affected, 1 fixed",
  ]);
  const person = { name: "Ana", mail: "ana@example.com" };
  const commit = { id: "1c2d", parents: [], author: person, committer: person, coAuthors: [] };
  const commits = [
    { ...commit, signature: { kind: "ssh", fingerprint: "SHA256:x" } },
    { ...commit, signature: { kind: "none" } },
  ] as const;
  assert.deepEqual(said({ kind: "source", repository: "https://git.example/shop", head: "1c2d", commits, tags: [] }), [
    "source       https://git.example/shop",
    "commit       1c2d",
    "commits      2, 1 of them signed with an SSH key",
  ]);
  assert.deepEqual(said({ kind: "other" }), []);
});

test("a statement is named by its kind and form, or by its URI", () => {
  assert.equal(nameStatement("https://in-toto.io/attestation/vulns/v0.2"), "scan (in-toto vulns v0.2)");
  assert.equal(nameStatement("https://acme.io/review/v1"), "statement (https://acme.io/review/v1)");
  assert.equal(nameStatement("constructor"), "statement (constructor)");
  assert.equal(nameStatement(undefined), "statement");
});

test("a statement with its signatures; what is about another image, broken or unsigned says so", () => {
  const signature: InspectedSignature = {
    digest: `sha256:${"b".repeat(64)}`,
    format: "notary-jws",
    claimed: { subject: `sha256:${"a".repeat(64)}`, scheme: "notary.x509", annotations: { build: "7" } },
    proven: { signer: "CN=ci", issuer: "CN=root", fingerprint: HEX, key: "SHA256:k", algorithm: "ES256" },
    certificates: [],
    timestamps: [{ from: at.toISOString(), to: at.toISOString(), authority: "CN=clock" }],
    findings: [
      {
        check: "subject",
        action: "enforce",
        outcome: "pass",
        code: "subject/match",
        message: `the signature is for sha256:${"a".repeat(64)}`,
      },
    ],
  };
  const subjects = [{ name: "app", digest: { sha256: HEX }, annotations: { "dev.countersign.asserted": "true" } }];
  const whole = statement({ size: 7900, claimed: { predicateType: "https://acme.io/review/v1", subjects }, signatures: [signature] });
  const broken = statement({
    carrier: "document",
    findings: [{ check: "integrity", action: "enforce", outcome: "fail", code: "json/syntax", message: "a document is not JSON" }],
  });
  const foreign = statement({
    carrier: "bundle",
    claimed: { predicateType: "https://acme.io/review/v1", subjects: [{ digest: { sha256: "0".repeat(64) } }] },
  });
  assert.deepEqual(render([whole, broken, foreign]), [
    IMAGE,
    "  statement (https://acme.io/review/v1), attached",
    `    digest       sha256:${"a".repeat(64)}`,
    "    size         7.9 kB",
    "    claimed: what the statement says; whether to believe its signer is for verify",
    "      predicate    https://acme.io/review/v1",
    "      about        this image, called app",
    "      annotation   dev.countersign.asserted=true",
    "    signature, notary-jws",
    `      digest       sha256:${"b".repeat(64)}`,
    "      claimed: what the signature says of itself",
    "        subject      this statement",
    "        scheme       notary.x509",
    "        annotation   build=7",
    "      proven: by the signature's own bytes; whether to trust it is for verify",
    "        signer       CN=ci",
    "        issuer       CN=root",
    "        algorithm    ES256",
    "        timestamp    2026-09-01T12:00:00.000Z, says CN=clock",
    "                     whether to trust it is for verify",
    "      ✓ subject/match: the signature is for sha256:aaaaaaaaaaaa…",
    "  statement, attached as a document",
    `    digest       sha256:${"a".repeat(64)}`,
    "    ✗ json/syntax: a document is not JSON",
    "    nobody has signed it",
    "  statement (https://acme.io/review/v1), in a Sigstore bundle",
    `    digest       sha256:${"a".repeat(64)}`,
    "    claimed: what the statement says; whether to believe its signer is for verify",
    "      predicate    https://acme.io/review/v1",
    `      about        sha256:${"0".repeat(64)}`,
    "    nobody has signed it",
  ]);
  assert.deepEqual(render([]), [IMAGE, "  no signatures, and nothing that is stated about it"]);
});

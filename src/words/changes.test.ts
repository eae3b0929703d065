/** What differs between two images, told from what is said of each. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Content, PackageName, ScanFinding, SourceCommit } from "../core/evidence.ts";
import { type Changes, changesBetween, glimpseOf } from "./changes.ts";

function sbom(...packages: readonly Partial<PackageName>[]): Content {
  return { kind: "sbom", packages: packages.map((one) => ({ name: "", licenses: [], ...one })) };
}

function scan(...findings: readonly Partial<ScanFinding>[]): Content {
  return { kind: "scan", scanner: "trivy", findings: findings.map((one) => ({ id: "", aliases: [], severity: "high", ...one })) };
}

function source(...ids: readonly string[]): Content {
  const commits = ids.map((id): SourceCommit => {
    const who = { name: "Eva", mail: "eva@example.com" };
    return { id, parents: [], author: who, committer: who, coAuthors: [], signature: { kind: "none" } };
  });
  return { kind: "source", head: ids[0] ?? "", commits, tags: [] };
}

function changes(before: readonly Content[], after: readonly Content[]): Changes {
  return changesBetween(glimpseOf(before), glimpseOf(after));
}

test("nothing has changed where the same is said in another order, or twice", () => {
  const one = { name: "a", version: "1", purl: "pkg:npm/a@1" };
  const two = { name: "b", version: "2" };
  assert.deepEqual(changes([sbom(one, two), source("1", "2")], [sbom(two), sbom(one, one), source("2", "1")]), {
    packages: [],
    findings: { added: [], gone: [] },
    commits: [],
  });
});

test("packages come, go and change, told apart by what they are and not by their name", () => {
  const before = sbom({ name: "a", purl: "pkg:npm/a@1" }, { name: "b", version: "1" }, { name: "c", purl: "pkg:npm/c@1" });
  const after = sbom(
    { name: "a", purl: "pkg:npm/a@2" },
    { name: "a", purl: "pkg:pypi/a@1" },
    { name: "c", purl: "pkg:npm/c@1" },
    { name: "c", purl: "pkg:npm/c@3" },
  );
  assert.deepEqual(changes([before], [after]).packages, [
    { name: "b", before: ["1"], after: [] },
    { name: "pkg:npm/a", before: ["1"], after: ["2"] },
    { name: "pkg:npm/c", before: ["1"], after: ["1", "3"] },
    { name: "pkg:pypi/a", before: [], after: ["1"] },
  ]);
});

test("a finding in another package is another finding, and in another version of it the same", () => {
  const before = scan({ id: "CVE-1", package: at("pkg:npm/a@1") }, { id: "CVE-2" });
  const after = scan({ id: "CVE-1", package: at("pkg:npm/a@2") }, { id: "CVE-1", package: at("pkg:npm/b@1"), severity: "critical" });
  assert.deepEqual(changes([before], [after]).findings, {
    added: [{ id: "CVE-1", severity: "critical", package: "pkg:npm/b" }],
    gone: [{ id: "CVE-2", severity: "high" }],
  });
});

test("commits that the other image does not have are new, each once", () => {
  const { commits } = changes([source("1", "2")], [source("3", "2"), source("3", "4")]);
  assert.deepEqual(
    commits.map(({ id }) => id),
    ["3", "4"],
  );
});

function at(purl: string): PackageName {
  return { name: purl, purl, licenses: [] };
}

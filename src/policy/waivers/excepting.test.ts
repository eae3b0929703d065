import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { IMAGE, NOW } from "../../../tests/fixtures/exceptions.ts";
import type { ContentOf, PackageName, ScanFinding } from "../../core/evidence.ts";
import { judgeSbom } from "../requirements/sbom.ts";
import { judgeScan } from "../requirements/scan.ts";
import { exceptingOf } from "./excepting.ts";

type Named = Parameters<typeof exceptingOf>[0][number];

const LEFT_PAD = "pkg:npm/left-pad@1.0.0";

function flaw(changes: Partial<ScanFinding> & { readonly purl?: string } = {}): ScanFinding {
  const { purl = LEFT_PAD, ...more } = changes;
  return { id: "CVE-2026-1", aliases: [], severity: "critical", package: { name: "left-pad", purl, licenses: [] }, ...more };
}

function scanned(findings: readonly ScanFinding[], named: readonly Named[]): readonly string[] {
  const content: ContentOf<"scan"> = { kind: "scan", scanner: "s", findings };
  const excepting = exceptingOf(named);
  return judgeScan({ deny: "critical" }, content, { now: NOW, subject: IMAGE, vex: [], excepting }).map(({ code }) => code);
}

function isExcused(finding: ScanFinding, named: Named): boolean {
  return scanned([finding], [named]).length === 0;
}

test("scan: an exception excuses one flaw in one package", () => {
  const named = { advisory: "CVE-2026-1", purl: LEFT_PAD };
  assert.ok(isExcused(flaw(), named));
  assert.ok(isExcused(flaw(), { ...named, advisory: "cve-2026-1" }));
  assert.ok(isExcused(flaw(), { ...named, purl: "pkg:npm/left-pad" }));
  assert.ok(isExcused(flaw({ severity: "unknown" }), named));
  assert.ok(isExcused(flaw({ id: "GHSA-aaaa-bbbb-cccc", aliases: ["CVE-2026-1"] }), named));
  assert.deepEqual(scanned([flaw()], [{ ...named, advisory: "CVE-2026-11" }]), ["evidence/vulnerable"]);
  assert.deepEqual(scanned([flaw()], [{ ...named, purl: "pkg:npm/left-pad@1.0.1" }]), ["evidence/vulnerable"]);
  assert.deepEqual(scanned([flaw()], [{ ...named, purl: "pkg:npm/right-pad@1.0.0" }]), ["evidence/vulnerable"]);
  assert.deepEqual(scanned([flaw()], [{ ...named, purl: "pkg:pypi/left-pad@1.0.0" }]), ["evidence/vulnerable"]);
  // What it does not name may be anything: nobody has seen it.
  assert.deepEqual(scanned([flaw()], [{ purl: LEFT_PAD }]), ["evidence/vulnerable"]);
  // An advisory of several flaws stands for none of them, and two names of CVEs are two flaws.
  assert.ok(!isExcused(flaw({ aliases: ["DSA-1"] }), { ...named, advisory: "DSA-1" }));
  assert.ok(!isExcused(flaw({ aliases: ["CVE-2026-2"] }), { ...named, advisory: "CVE-2026-2" }));
});

test("scan: a package that the scanner does not name, or not by a package URL, is none that is excepted", () => {
  const named = { advisory: "CVE-2026-1", purl: LEFT_PAD };
  const { package: _, ...bare } = flaw();
  assert.ok(!isExcused(bare, named));
  assert.ok(!isExcused(flaw({ package: { name: "left-pad", version: "1.0.0", licenses: [] } }), named));
  assert.ok(!isExcused(flaw({ purl: "left-pad" }), named));
  for (const purl of ["pkg:npm/*", "pkg:npm/", "npm/left-pad", "pkg:npm/left-pad@", "*"])
    assert.ok(!isExcused(flaw(), { ...named, purl }), purl);
});

test("scan: how old its database is, no exception excuses", () => {
  const content: ContentOf<"scan"> = { kind: "scan", scanner: "s", findings: [flaw()] };
  const excepting = exceptingOf([{ advisory: "CVE-2026-1", purl: LEFT_PAD }]);
  const judged = judgeScan({ deny: "critical", databaseMaxAge: 60 }, content, { now: NOW, subject: IMAGE, vex: [], excepting });
  assert.deepEqual(
    judged.map(({ code }) => code),
    ["evidence/database-age-unknown"],
  );
});

const SBOM = { deniedPackages: ["pkg:npm/left-pad"], licenses: { deny: ["X11"] } };

function listed(packages: readonly PackageName[], named: readonly Named[]): readonly string[] {
  return judgeSbom(SBOM, { kind: "sbom", packages }, { excepting: exceptingOf(named) }).map(({ code }) => code);
}

test("sbom: an exception excuses what is said against one package", () => {
  const one = { name: "left-pad", version: "1.0.0", purl: LEFT_PAD, licenses: ["X11"] };
  assert.deepEqual(listed([one], []), ["evidence/denied-package", "evidence/denied-license"]);
  assert.deepEqual(listed([one], [{ purl: LEFT_PAD }]), []);
  assert.deepEqual(listed([one], [{ purl: "pkg:npm/right-pad" }]), ["evidence/denied-package", "evidence/denied-license"]);
  assert.deepEqual(listed([one], [{ purl: LEFT_PAD, advisory: "CVE-2026-1" }]), ["evidence/denied-package", "evidence/denied-license"]);
  assert.deepEqual(listed([one, { ...one, purl: "pkg:npm/left-pad@2.0.0" }], [{ purl: LEFT_PAD }]), [
    "evidence/denied-package",
    "evidence/denied-license",
  ]);
  // One whose name cannot be read may be any.
  assert.deepEqual(listed([{ name: "x", licenses: ["MIT"], purl: "pkg:\u0000" }], [{ purl: LEFT_PAD }]), ["evidence/package-unreadable"]);
  assert.deepEqual(listed([], [{ purl: LEFT_PAD }]), ["evidence/sbom-empty"]);
});

const ids = fc.constantFrom("CVE-2026-1", "CVE-2026-2", "GHSA-aaaa-bbbb-cccc", "DSA-1");
const purls = fc.constantFrom(LEFT_PAD, "pkg:npm/left-pad", "pkg:npm/left-pad@2.0.0", "pkg:pypi/x@1", "left-pad");
const exceptions = fc.array(fc.record({ advisory: ids, purl: purls }, { requiredKeys: ["purl"] }), { maxLength: 4 });
const findings = fc.record({ id: ids, aliases: fc.array(ids, { maxLength: 2 }), purl: purls });

test("what several exceptions let pass, finding by finding, is what each lets pass alone", () => {
  const seen = { excused: 0, not: 0 };
  fc.assert(
    fc.property(fc.array(findings, { minLength: 1, maxLength: 5 }), exceptions, (found, named) => {
      const flaws = found.map(flaw);
      const alone = flaws.filter((one) => !named.some((exception) => isExcused(one, exception)));
      assert.equal(scanned(flaws, named).length === 0, alone.length === 0);
      seen[alone.length === 0 ? "excused" : "not"] += 1;
      const packages = found.map(({ purl }): PackageName => ({ name: "left-pad", purl, licenses: ["X11"] }));
      const left = packages.filter((one) => !named.some((exception) => listed([one], [exception]).length === 0));
      assert.equal(listed(packages, named).length === 0, left.length === 0);
    }),
  );
  assert.ok(seen.not > 0);
});

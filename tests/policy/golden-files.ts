/** Golden files: what is told is held against what was told before. `GOLDEN=write` writes them anew, for a person to compare. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderVerdict } from "../../src/cli/render/verdict.ts";
import type { Style } from "../../src/cli/render/style.ts";
import type { EvidenceReport, Verdict } from "../../src/core/verdict.ts";

const PLAIN: Style = { good: String, bad: String, unsure: String, dim: String, bold: String };

/** As text, which is rendered from the JSON alone, and as JSON; both through one naming, so that a digest of the text is that of the document. */
export function renderGolden(verdict: Verdict, explain: boolean): string {
  const json = JSON.stringify(verdict, null, 2);
  const text = renderVerdict(JSON.parse(json) as Verdict, PLAIN, { explain, isAt: false });
  return steady(`${text}\n\n${json}\n`);
}

/** Keys and signatures are new in every run: each digest and fingerprint is told by the order in which it appears. */
function steady(text: string): string {
  const known = new Map<string, string>();
  const told = text
    .replace(/\b[0-9a-f]{64}\b|\b[0-9a-f]{12}(?=…|\.pem)/g, (hex) => {
      const whole = [...known.keys()].find((key) => key.startsWith(hex) || hex.startsWith(key)) ?? hex;
      if (!known.has(whole)) known.set(whole, String(known.size + 1).padStart(64, "0"));
      const name = known.get(whole) ?? "";
      return hex.length === 64 ? name : name.slice(-12);
    })
    .replace(/SHA256:[A-Za-z0-9+/]{43}/g, "SHA256:(fingerprint)");
  return told.replace(/SHA256:[A-Za-z0-9+/]{43}/g, `SHA256:${"K".repeat(43)}`);
}

/** Evidence is looked at in the order of its digests, which are new in every run; here it stands by what it says. */
export function ordered(verdict: Verdict): Verdict {
  if (verdict.evidence === undefined) return verdict;
  const evidence = verdict.evidence.toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)));
  const place = (digest: string | undefined): number => evidence.findIndex((report) => report.digest === digest);
  const requirements = verdict.requirements.map((requirement) => ({
    ...requirement,
    evidence: requirement.evidence.toSorted((a, b) => place(a) - place(b)),
  }));
  return { ...verdict, evidence, requirements };
}

function keyOf({ subject, content, at, findings }: EvidenceReport): string {
  return `${subject} ${content} ${at} ${findings.map(({ code }) => code).join()}`;
}

export function compareGolden(path: string, now: string): void {
  if (process.env["GOLDEN"] === "write") {
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, now);
  }
  assert.ok(existsSync(path), `${path} is not there: GOLDEN=write makes it`);
  assert.equal(now, readFileSync(path, "utf8"));
}

/** None is left of a case that is gone. */
export function checkGoldenNames(folder: string, names: readonly string[]): void {
  const wanted = names.map((name) => `${name}.golden`);
  assert.deepEqual(readdirSync(folder).toSorted(), wanted.toSorted());
}

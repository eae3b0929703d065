/** The remedies of a verdict or an inspection, with what it knows itself filled in: the image, the signature, its store and identity. */
import { showForeign } from "../../core/display.ts";
import type { Finding } from "../../core/finding.ts";
import { quoteWord } from "../../core/shell.ts";
import type { SignatureReport, Verdict } from "../../core/verdict.ts";
import type { InspectReport } from "../../inspect.ts";
import { isBlocking } from "../../policy/gate-view.ts";
import { fillRemedy, type Known } from "./remedy.ts";

export function fillVerdict(verdict: Verdict, called: Known): Verdict {
  const { subject, policy } = verdict;
  const known = withWords(called, { ...imageWords(subject.reference, subject.pinned), POLICY: policy.name });
  const knownOf = (signature: Signature): Known => withWords(known, signatureWords(signature, policy.form));
  return {
    ...verdict,
    requirements: verdict.requirements.map(({ remedy, ...requirement }) => {
      if (remedy === undefined) return requirement;
      const isNamed = ({ digest, findings }: Signature): boolean =>
        requirement.kind === "evidence"
          ? requirement.refused?.[0]?.signature === digest
          : findings.some((entry) => isBlocking(entry) && isPart(entry.remedy, remedy));
      const cause = [...verdict.signatures, ...(verdict.evidence ?? []).flatMap(({ signatures }) => signatures)].find(isNamed);
      const words = cause === undefined ? known : knownOf(cause);
      return { ...requirement, remedy: fill(remedy, aboutManifest(words, subject.pinned, requirement.manifest)) };
    }),
    signatures: verdict.signatures.map((signature) => fillSignature(signature, knownOf(signature))),
    findings: fillFindings(verdict.findings, known),
  };
}

export function fillInspection(report: InspectReport, called: Known): InspectReport {
  const known = withWords(called, imageWords(report.reference, report.pinned));
  const fillOne = <T extends Signature>(signature: T): T => fillSignature(signature, withWords(known, { SIGNATURE: signature.digest }));
  return {
    ...report,
    signatures: report.signatures.map(fillOne),
    statements: report.statements.map((statement) => ({
      ...statement,
      signatures: statement.signatures.map(fillOne),
      findings: fillFindings(statement.findings, known),
    })),
  };
}

type Signature = Pick<SignatureReport, "digest" | "findings">;

function fillSignature<T extends Signature>(signature: T, known: Known): T {
  return { ...signature, findings: fillFindings(signature.findings, known) };
}

function fillFindings(findings: readonly Finding[], known: Known): readonly Finding[] {
  return findings.map((entry) => (entry.remedy === undefined ? entry : { ...entry, remedy: fill(entry.remedy, known) }));
}

function fill(remedy: string, known: Known): string {
  return showForeign(fillRemedy(remedy, known), 4096);
}

function isPart(remedy: string | undefined, whole: string): boolean {
  return remedy !== undefined && whole.includes(remedy);
}

function withWords(known: Known, words: Known["words"]): Known {
  return { ...known, words: { ...known.words, ...words } };
}

function imageWords(reference: string, pinned: string | undefined): Known["words"] {
  return { REF: quoteWord(reference), ...(pinned === undefined ? {} : { "REF@DIGEST": quoteWord(pinned) }) };
}

function signatureWords({ digest, findings }: Signature, form: string): Known["words"] {
  const words: Record<string, string> = { SIGNATURE: digest };
  // A name of its own, so that two roots that are looked at one after the other do not overwrite each other.
  words["ROOTFILE"] = `root-${digest.replace(/^sha\d+:/, "").slice(0, 12)}.pem`;
  for (const { store, identity, product } of findings.filter(isBlocking).map(({ detail }) => detail ?? {})) {
    if (typeof store === "string") words["STORE"] = store;
    if (typeof product === "string") words["PRODUCT"] = product;
    if (typeof identity === "string") words["IDENTITY"] = acceptIdentity(identity, form);
  }
  return words;
}

/** What is asked of one manifest of an index is done with that one. */
function aboutManifest(known: Known, pinned: string | undefined, manifest: string | undefined): Known {
  if (pinned === undefined || manifest === undefined) return known;
  return withWords(known, { "REF@DIGEST": quoteWord(`${pinned.replace(/@sha\d+:[0-9a-f]+$/, "")}@${manifest}`) });
}

/** A document wants JSON, which is YAML too; a command line must not let a stranger's name out of its quotes. */
function acceptIdentity(identity: string, form: string): string {
  if (form === "countersign") return identity;
  return form === "notary" ? `${JSON.stringify(identity)} to the policy's trustedIdentities` : `--trusted-identity ${quoteWord(identity)}`;
}

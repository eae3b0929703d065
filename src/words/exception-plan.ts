/** What an exception would be, before it is signed: by whom, from what, for how long, and whether the policy would count it. */
import { withArticle } from "../core/article.ts";
import type { ExceptionSaid, StatementHead } from "../core/decision.ts";
import { showForeign } from "../core/display.ts";
import { showDuration } from "../core/duration.ts";
import { CountersignError } from "../core/errors.ts";
import { judgedRepository } from "../core/judged-repository.ts";
import type { Gate, PolicyPeople, Selection, Waiver } from "../core/policy.ts";
import { formatReference, type Reference } from "../core/reference.ts";
import { quoteWord } from "../core/shell.ts";
import type { Signer } from "../core/signer.ts";
import type { Verdict } from "../core/verdict.ts";
import { evaluate, type EvaluateOptions } from "../evaluate.ts";
import { isCountersignPolicy } from "../policy/countersign/document.ts";
import type { EvidenceSeen } from "../policy/evidence-seen.ts";
import { nameOne } from "../policy/evidence-words.ts";
import { parsePackageUrl } from "../policy/requirements/package-url.ts";
import { BY_FINDING, kindOf, UNKNOWN_REVOCATION } from "../policy/waivable.ts";
import { whyBrokenBefore } from "../policy/waivers/break-glass.ts";
import { refuseUntrusted, statementHead } from "./policy-for-writing.ts";
import { findSigningPerson } from "./signing-person.ts";

/** What is to be excepted. */
interface ExceptionAsked {
  readonly gate: string;
  /** Kinds of requirements as the policy calls them; of breaking the glass all that it waives, unless told. */
  readonly waives: readonly string[];
  /** Of a scan or SBOM. */
  readonly finding?: ExceptionSaid["finding"];
  readonly isBreakGlass?: boolean;
  /** Seconds; of breaking the glass as long as the policy lets it, unless told. */
  readonly expires?: number;
}

export interface ExceptionPlanOptions extends Omit<EvaluateOptions, "gate" | "explain" | "annotations" | "onEvidence">, ExceptionAsked {
  readonly signer: Pick<Signer, "chain" | "bare">;
}

export interface ExceptionPlan extends Pick<ExceptionSaid, "waives" | "isBreakGlass" | "finding"> {
  /** As it stands without. */
  readonly verdict: Verdict;
  /** By the policy's name. */
  readonly person: string;
  readonly head: StatementHead;
  readonly rule: Waiver;
  /** Who has to approve it afterwards, and how soon, in seconds. */
  readonly afterwards?: { readonly by: readonly string[]; readonly within: number };
  /** Seconds. */
  readonly expires: number;
  /** In words, what of it is met today without it. */
  readonly needless: readonly string[];
}

type GateSelection = Extract<Selection, { kind: "gate" }>;

/** A verdict alone where the image has no business at the gate. Throws `exception/…` where the policy would not count it. */
export async function planException(
  reference: Reference,
  options: ExceptionPlanOptions,
): Promise<ExceptionPlan | { readonly verdict: Verdict }> {
  const { policy, isBreakGlass = false, finding } = options;
  const action = `${isBreakGlass ? "break the glass for" : "except"} "${formatReference(reference)}"`;
  refuseUntrusted(policy, action);
  const repository = judgedRepository(reference, { policy, as: options.as });
  const selection = repository === undefined ? undefined : policy.select(repository, options.gate);
  if (selection?.kind !== "gate") return { verdict: await evaluate(reference, options) };
  const { people = { committers: [] }, gate } = selection;
  const rule = ruleOf(people, { isBreakGlass, action });
  const person = await whoExcepts(options, { rule, action });
  const waives = waivedOf(options, { rule, selection, action });
  refuseFinding({ waives, isBreakGlass, finding }, action);
  const expires = lengthOf(options, rule, action);
  let seen: EvidenceSeen | undefined;
  const verdict = await evaluate(reference, { ...options, enter: true, explain: true, onEvidence: (found) => (seen = found) });
  if (gate.head === undefined) throw notAllowed(action, `gate ${showForeign(gate.name)} is of no product`);
  const head = statementHead(policy, gate.head);
  const breakGlass = isBreakGlass ? people.breakGlass : undefined;
  if (breakGlass !== undefined && seen !== undefined) {
    const known = { ...gate, head: { ...gate.head, policyChain: head.policyChain } };
    const [again] = whyBrokenBefore(person, { gate: known, rule: breakGlass, now: new Date(verdict.judgedAt), seen });
    if (again !== undefined) throw notAllowed(action, again.message);
  }
  return {
    verdict,
    person,
    head,
    rule,
    waives,
    isBreakGlass,
    ...(finding === undefined ? {} : { finding }),
    ...(breakGlass === undefined ? {} : { afterwards: { by: breakGlass.afterwardsBy, within: breakGlass.within } }),
    expires,
    needless: needlessOf(waives, verdict, gate),
  };
}

function notAllowed(action: string, state: string, remedy?: string): CountersignError {
  return new CountersignError("exception/not-allowed", `Cannot ${action}: ${state}`, remedy === undefined ? {} : { remedy });
}

function ruleOf(
  { exceptions, breakGlass }: Pick<PolicyPeople, "exceptions" | "breakGlass">,
  { isBreakGlass, action }: { readonly isBreakGlass: boolean; readonly action: string },
): Waiver {
  const rule = isBreakGlass ? breakGlass : exceptions;
  if (rule !== undefined) return rule;
  const [section, other] = isBreakGlass ? ["breakGlass", exceptions] : ["exceptions", breakGlass];
  const remedy = `whoever owns the policy says who may: ${section} in the policy`;
  const hint =
    other === undefined ? remedy : `${isBreakGlass ? "leave out --break-glass" : "--break-glass, in an emergency"}; or ${remedy}`;
  throw notAllowed(action, `the policy has no ${section}, so that nobody may`, hint);
}

function kindsAt({ requirements }: Gate): readonly string[] {
  return [...new Set(requirements.flatMap((requirement) => kindOf(requirement) ?? []))];
}

function waivedOf(
  { waives: asked, isBreakGlass = false }: ExceptionAsked,
  { rule, selection, action }: { readonly rule: Waiver; readonly selection: GateSelection; readonly action: string },
): readonly string[] {
  const { gate, before } = selection;
  const here = kindsAt(gate);
  const useful = (kind: string): boolean => here.includes(kind) || kind === UNKNOWN_REVOCATION;
  if (asked.length === 0 && isBreakGlass) {
    const all = rule.waives.filter(useful);
    if (all.length > 0) return all.toSorted();
    const others = before.filter((one) => kindsAt(one).some((kind) => rule.waives.includes(kind))).map(({ name }) => name);
    throw notAllowed(
      action,
      `gate ${showForeign(gate.name)} asks for nothing that breaking the glass waives`,
      others.length === 0 ? undefined : others.map((name) => `--gate ${quoteWord(name)}`).join(", or "),
    );
  }
  if (asked.length === 0)
    throw notAllowed(action, "it is not said from what", `--for ${here.find((kind) => rule.waives.includes(kind)) ?? "REQUIREMENT"}`);
  for (const kind of asked) {
    const shown = showForeign(kind, 100);
    if (!rule.waives.includes(kind)) {
      const may = rule.waives.join(", ");
      throw notAllowed(action, `the policy lets nobody except ${shown}`, `what may be excepted: ${may}`);
    }
    if (useful(kind)) continue;
    const others = before.filter((one) => kindsAt(one).includes(kind)).map(({ name }) => name);
    const remedy =
      others.length === 0 ? `what it asks for: ${here.join(", ")}` : others.map((name) => `--gate ${quoteWord(name)}`).join(", or ");
    throw notAllowed(action, `gate ${showForeign(gate.name)} itself asks for no ${shown}`, remedy);
  }
  return asked.toSorted();
}

function refuseFinding(
  {
    waives,
    isBreakGlass,
    finding,
  }: Pick<ExceptionPlan, "waives" | "isBreakGlass"> & { readonly finding: ExceptionPlan["finding"] | undefined },
  action: string,
): void {
  const byFinding = waives.filter((kind) => BY_FINDING.has(kind));
  if (isBreakGlass || byFinding.length === 0) {
    if (finding === undefined) return;
    const why = isBreakGlass ? "breaking the glass waives the whole" : `${waives.join(" and ")} has no findings`;
    throw notAllowed(action, `a finding is named, and ${why}`, "leave out --advisory and --purl");
  }
  const [kind = "", ...others] = byFinding;
  if (others.length > 0 || waives.length > 1) throw notAllowed(action, `an exception from ${kind} is from that alone`, `--for ${kind}`);
  const wanted = kind === "scan" ? "--advisory ID --purl PURL" : "--purl PURL";
  if (finding === undefined)
    throw notAllowed(action, `of ${withArticle(nameOne(kind))} it has to name the one finding that it excuses`, wanted);
  if (parsePackageUrl(finding.purl) === undefined)
    throw notAllowed(action, `"${showForeign(finding.purl, 200)}" is no package URL`, "--purl pkg:npm/NAME@VERSION, as the scan has it");
  if (kind === "scan" && finding.advisory === undefined)
    throw notAllowed(action, "of a scan it has to name the flaw, or it would excuse those that nobody has seen yet", wanted);
  if (kind === "sbom" && finding.advisory !== undefined)
    throw notAllowed(action, "an SBOM lists packages and knows of no flaws", "leave out --advisory");
}

function lengthOf({ expires, isBreakGlass = false }: ExceptionAsked, { max }: Waiver, action: string): number {
  const length = expires ?? (isBreakGlass ? max : undefined);
  const remedy = `--expires ${showDuration(max)}, or less`;
  if (length === undefined) throw notAllowed(action, "it is not said until when", remedy);
  if (length <= max) return length;
  throw notAllowed(action, `it is to hold for ${showDuration(length)}, and the policy lets it hold for ${showDuration(max)}`, remedy);
}

async function whoExcepts(
  { signer, policy, trust }: ExceptionPlanOptions,
  { rule, action }: { readonly rule: Waiver; readonly action: string },
): Promise<string> {
  if (!isCountersignPolicy(policy)) throw new TypeError("only our own policies have exceptions");
  const { key, person } = await findSigningPerson(signer, { policy, trust });
  if (person !== undefined && rule.by.includes(person)) return person;
  const who = person === undefined ? `the policy knows nobody by ${key}` : `${person} may not`;
  throw new CountersignError("exception/not-a-member", `Cannot ${action}: ${showForeign(who, 1000)}; ${showForeign(rule.byText)} may`);
}

/** It may be meant for what is to come; whoever signs it is to know. */
function needlessOf(waives: readonly string[], { requirements }: Verdict, gate: Gate): readonly string[] {
  const here = requirements.filter((one) => one.gate === gate.name);
  return waives.filter((kind) => {
    const asked = here.filter(({ name, kind: of }) => name === kind && of !== "rule");
    return asked.length > 0 && asked.every(({ outcome, waived }) => outcome === "pass" && waived === undefined);
  });
}

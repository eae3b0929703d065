/** Finds the exceptions that hold at a gate, of all that hangs on one manifest, and says why the others do not. */
import type { ContentOf } from "../../core/evidence.ts";
import { showForeign } from "../../core/display.ts";
import type { Waiver } from "../../core/policy.ts";
import { type Because, because, told } from "../approvals/because.ts";
import { type Saying, sayingsOf } from "../approvals/sayings.ts";
import type { EvidenceOf } from "../evidence-seen.ts";
import { approvedAfterwards, brokenBefore } from "./break-glass.ts";
import { endOf, whyNot } from "./terms.ts";
import { BY_FINDING, UNKNOWN_REVOCATION } from "../waivable.ts";
import { type Held, NO_WAIVERS, type OpenWaiver, type RefusedWaiver, type Waivers, type Waiving } from "./waivers.ts";

const UNJUDGED = "1 document that may be an exception could not be judged";

type Judged = { readonly held: Held } | { readonly open: OpenWaiver } | { readonly refused: RefusedWaiver };

export function findWaivers(about: EvidenceOf, at: Waiving): Waivers {
  const { exceptions, breakGlass } = at.rules;
  if (exceptions === undefined && breakGlass === undefined) return NO_WAIVERS;
  const { sayings, unjudged } = readSayings(about, at);
  const judged = [...Map.groupBy(sayings, ({ statement }) => statement).values()].flatMap((theirs) =>
    best(
      theirs
        .filter(isHere(at))
        .map((saying) => judge(saying, { at, about, all: sayings, hidden: [...about.gaps, ...unjudged.map(() => UNJUDGED)] })),
    ),
  );
  const hidden = unjudged.flatMap(({ content }) => openOf(content, at));
  return {
    held: judged.flatMap((one) => ("held" in one ? [one.held] : [])),
    refused: judged.flatMap((one) => ("refused" in one ? [one.refused] : [])),
    open: [...judged.flatMap((one) => ("open" in one ? [one.open] : [])), ...hidden, ...about.gaps.flatMap((gap) => anyOf(at, gap))],
  };
}

/** Whoever breaks the glass because it is not known what is revoked does not know it of his own signature either. */
function readSayings(about: EvidenceOf, at: Waiving): ReturnType<typeof sayingsOf<"exception">> {
  const plain = sayingsOf("exception", about, at.gate);
  if (at.rules.breakGlass?.waives.includes(UNKNOWN_REVOCATION) !== true) return plain;
  const gate: Waiving["gate"] = { ...at.gate, isRevocationWaived: true };
  const waived = sayingsOf("exception", about, gate);
  return {
    sayings: [...plain.sayings.filter((one) => !isWaived(one)), ...waived.sayings.filter(isWaived)],
    unjudged: [...plain.unjudged.filter((one) => !isWaived(one)), ...waived.unjudged.filter(isWaived)],
  };
}

function isWaived({ content }: { readonly content?: ContentOf<"exception"> }): boolean {
  return content?.isBreakGlass === true && content.waives.includes(UNKNOWN_REVOCATION);
}

/** What is said at another gate is told there. */
function isHere({ gate }: Waiving): (saying: { readonly content: ContentOf<"exception"> }) => boolean {
  return ({ content: { head } }) => head.policy === gate.head?.policy && head.gate === gate.head.gate;
}

/** Of several who have signed one statement the word of one is enough. */
function best(judged: readonly Judged[]): readonly Judged[] {
  const found = judged.find((one) => "held" in one) ?? judged.find((one) => "open" in one) ?? judged[0];
  return found === undefined ? [] : [found];
}

function judge(
  saying: Saying<"exception">,
  given: {
    readonly at: Waiving;
    readonly about: EvidenceOf;
    readonly all: readonly Saying<"exception">[];
    /** In words, why there may be more. */
    readonly hidden: readonly string[];
  },
): Judged {
  const { statement, person, content, certainty } = saying;
  const { rules, question } = given.at;
  const refuse = (reasons: readonly Because[]): Judged => ({
    refused: { kinds: content.waives, evidence: { evidence: statement, person, because: reasons.map(told) } },
  });
  const rule = content.isBreakGlass ? rules.breakGlass : rules.exceptions;
  const what = content.isBreakGlass ? "break the glass" : "except anything";
  if (rule === undefined) return refuse([because("exceptions/not-listed", `the policy lets nobody ${what}`)]);
  if (!rule.by.includes(person)) return refuse([because("exceptions/not-asked", `${person} may not ${what} here; ${rule.byText} may`)]);
  const { gate, now } = given.at;
  const against = whyNot(saying, { gate, now, rule });
  if (against.length > 0) return refuse(against);
  if (certainty === "none") return refuse(saying.because);
  const kinds = kindsOf(content, rule);
  const open = (message: string): Judged => ({ open: { kinds, isBreakGlass: content.isBreakGlass, message } });
  if (certainty === "open")
    return open(`whether the exception of ${person} holds could not be judged: ${saying.because[0]?.message ?? "its signature is open"}`);
  const until = endOf(saying, rule).toISOString();
  const waived = { statement, person, until, isBreakGlass: content.isBreakGlass, reason: showForeign(content.reason ?? "", 1000) };
  if (!content.isBreakGlass || rules.breakGlass === undefined) {
    const { finding } = content;
    return { held: { kinds, waived: finding === undefined ? waived : { ...waived, finding } } };
  }
  const glass = { ...given, broken: saying, rule: rules.breakGlass };
  const again = brokenBefore(glass, given.at);
  if (again.length > 0) return refuse(again);
  const [hidden] = given.hidden;
  if (hidden !== undefined) return open(`whether ${person} has broken the glass here before is not known: ${hidden}`);
  const { told: afterwards, isLate, doubts } = approvedAfterwards(glass, given.at);
  // What runs goes on running; nothing new is let in.
  if (question === "enter" && isLate) {
    if (doubts.length > 0) return open(`whether anybody has approved afterwards that ${person} broke the glass is not known: ${doubts[0]}`);
    return refuse([
      because(
        "exceptions/not-approved",
        `nobody of ${rules.breakGlass.afterwardsBy.join(", ")} has approved it afterwards, until ${afterwards.due}`,
      ),
    ]);
  }
  return { held: { kinds, waived: { ...waived, afterwards } } };
}

/** A finding is one of a scan or an SBOM, and only breaking the glass waives the whole of these. */
function kindsOf({ waives, isBreakGlass, finding }: ContentOf<"exception">, rule: Waiver): readonly string[] {
  const listed = waives.filter((kind) => rule.waives.includes(kind));
  return isBreakGlass ? listed : listed.filter((kind) => BY_FINDING.has(kind) === (finding !== undefined));
}

function openOf(content: ContentOf<"exception"> | undefined, at: Waiving): readonly OpenWaiver[] {
  if (content === undefined) return anyOf(at, UNJUDGED);
  const rule = content.isBreakGlass ? at.rules.breakGlass : at.rules.exceptions;
  if (rule === undefined || !isHere(at)({ content })) return [];
  const { gate, now } = at;
  if (whyNot({ content, at: content.signedAt }, { gate, now, rule }).length > 0) return [];
  return [{ kinds: kindsOf(content, rule), isBreakGlass: content.isBreakGlass, message: UNJUDGED }];
}

function anyOf({ rules: { exceptions, breakGlass } }: Waiving, message: string): readonly OpenWaiver[] {
  return [
    ...(exceptions === undefined ? [] : [{ kinds: exceptions.waives, isBreakGlass: false, message }]),
    ...(breakGlass === undefined ? [] : [{ kinds: breakGlass.waives, isBreakGlass: true, message }]),
  ];
}

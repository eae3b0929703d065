/** `approve`: one person's signed word about an image at a gate. */
import { approve, type ApproveOptions, type ApproveResult, disown, type DisownResult } from "../../approve.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { formatReference, parseReference, type Reference } from "../../core/reference.ts";
import type { ReferrersMode, Store } from "../../core/store.ts";
import { withoutAbsent } from "../../core/without-absent.ts";
import { evaluate } from "../../evaluate.ts";
import type { Setup } from "../../setup.ts";
import { type ApprovalPlan, placeOfGate } from "../../words/approval-plan.ts";
import { findLastEntered } from "../../words/last-entered.ts";
import { setAside } from "../../words/set-aside.ts";
import { answerReferences, plainList } from "../answer.ts";
import { confirmWord } from "../confirm-word.ts";
import type { Deadline } from "../deadline.ts";
import type { Call } from "../declaration.ts";
import { withSetup } from "../open-setup.ts";
import { pinForWriting, refuseReferrersMode } from "../pin-for-writing.ts";
import { type Approved, approvedDocument, renderApproved, renderPlan } from "../render/approval.ts";
import type { Style } from "../render/style.ts";
import { fillVerdict } from "../render/verdict-remedies.ts";
import { saveSetAside } from "../save-set-aside.ts";
import type { Values } from "../values.ts";
import { collectImages, judgingOptions, openWord } from "../word-setup.ts";

export async function run(call: Call): Promise<ExitCode> {
  const { values, global } = call;
  if (values.flag("pending")) return (await import("../pending.ts")).runPending(call);
  if (values.text("as-person") !== undefined) throw wanting("--as-person is for --pending: who signs is told by the key", "leave it out");
  const key = values.text("key");
  if (key === undefined) throw wanting("no key was given", "--key NAME from `countersign key list`");
  if (global.at !== undefined) throw wanting("a word is given now, and not as of another time", "leave out --at");
  const decision = decisionOf(values);
  refuseUnreasoned(values);
  const references = await collectImages(call, "approve");
  return withSetup(call, async (opened) => {
    const word = await openWord(call, opened, { key, verb: "approve" });
    const work = async (asked: Reference, signal: AbortSignal, deadline: Deadline): Promise<Approved> => {
      refuseReferrersMode(asked, referrersOf(values));
      const store = await opened.openStore(asked);
      const { reference, annotations } = await pinForWriting(asked, {
        call,
        store,
        signal,
        verb: "approve",
        isUnasked: values.flag("yes"),
      });
      const judging = judgingOptions(reference, { call, word, store, signal });
      const ask = (plan: ApprovalPlan): Promise<void> => confirm(plan, reference, { call, deadline, decision });
      return speak(reference, {
        call,
        opened,
        decision,
        options: { ...judging, ...textsOf(values), annotations, confirm: ask },
      });
    };
    return answerReferences<Approved>(call, opened, {
      references,
      work,
      presenter: {
        document: approvedDocument,
        text: renderApproved,
        exit: ({ outcome, needs }) => (outcome === "signed" ? 0 : needs === "unknown" ? 4 : 1),
        list: plainList("ApprovalList"),
      },
    });
  });
}

type Decision = NonNullable<ApproveOptions["decision"]> | "disowned";

/** At most one of the words that are not "yes". */
function decisionOf(values: Values): Decision {
  const given = [
    ...(values.flag("reject") ? [["--reject", "rejected"] as const] : []),
    ...(values.flag("withdraw") ? [["--withdraw", "withdrawn"] as const] : []),
    ...(values.text("disown") === undefined ? [] : [["--disown", "disowned"] as const]),
  ];
  const [[option, decision] = ["", "approved" as const], ...others] = given;
  if (others.length > 0) throw wanting(`${given.map(([name]) => name).join(" and ")} are words of their own`, "leave out all but one");
  if (decision === "approved") return decision;
  const onlyOfYes = [
    ...(values.texts("overrule").length > 0 ? ["--overrule"] : []),
    ...(values.flag("despite") ? ["--despite"] : []),
    ...(values.number("expires") === undefined ? [] : ["--expires"]),
    ...(values.text("since") === undefined ? [] : ["--since"]),
    ...(values.text("afterwards") === undefined ? [] : ["--afterwards"]),
  ];
  if (onlyOfYes.length > 0) throw wanting(`${onlyOfYes.join(", ")} means nothing with ${option}`, `leave out ${onlyOfYes.join(" and ")}`);
  return decision;
}

/** Whoever is stopped, or passed over, is told why; an approval of what stands as it should speaks for itself. */
function refuseUnreasoned(values: Values): void {
  const [option] = [
    ...(values.flag("reject") ? ["--reject"] : []),
    ...(values.texts("overrule").length > 0 ? ["--overrule"] : []),
    ...(values.flag("despite") ? ["--despite"] : []),
  ];
  if (option === undefined || (values.text("reason") ?? "").trim() !== "") return;
  throw wanting(`${option} without a reason helps nobody`, "--reason TEXT, for whoever finds it later");
}

function wanting(state: string, remedy: string): CountersignError {
  return new CountersignError("usage/invalid", `Cannot approve: ${state}`, { remedy });
}

/** One of its declared choices: the parser lets nothing else through. */
function referrersOf(values: Values): ReferrersMode | undefined {
  return values.text("referrers") as ReferrersMode | undefined;
}

function textsOf(values: Values): Partial<Pick<ApproveOptions, "reason" | "ticket" | "format" | "referrers" | "expires">> {
  const [reason, ticket, format, referrers] = [values.text("reason"), values.text("ticket"), values.text("format"), referrersOf(values)];
  const expires = values.number("expires");
  if (expires !== undefined && expires % 1000 !== 0) throw wanting("--expires is in whole seconds", "--expires 12h");
  return {
    ...withoutAbsent({ reason, ticket, format, referrers }),
    ...(expires === undefined ? {} : { expires: expires / 1000 }),
  };
}

async function speak(
  reference: Reference,
  given: { readonly call: Call; readonly opened: Setup; readonly decision: Decision; readonly options: ApproveOptions },
): Promise<Approved> {
  const { call, opened, decision, options } = given;
  const { values } = call;
  const out = values.text("out");
  const aside = out === undefined ? undefined : setAside(options.store);
  const writing = aside === undefined ? options : { ...options, into: aside.store };
  const done =
    decision === "disowned"
      ? await disown(reference, { ...writing, commit: wholeCommit(values.text("disown") ?? "") })
      : await approve(reference, { ...writing, decision, ...(await ofYes(reference, { values, options, opened, decision })) });
  const about = { reference: formatReference(reference), decision };
  if (done.outcome === "refused") return { ...about, ...done, verdict: fillVerdict(done.verdict, call.known) };
  if (out !== undefined && aside !== undefined) {
    const file = await saveSetAside(out, aside, opened);
    return { ...about, outcome: "signed", ...wordOf(done), file };
  }
  const verdict = await evaluate(reference, { ...options, enter: true });
  return { ...about, outcome: "signed", ...wordOf(done), verdict: fillVerdict(verdict, call.known) };
}

type Signed = Extract<ApproveResult | DisownResult, { outcome: "signed" }>;

function wordOf(done: Signed): Pick<Extract<Approved, { outcome: "signed" }>, "plan" | "attested" | "said"> {
  return { plan: done.plan, attested: done.attested, ...("said" in done ? { said: done.said } : {}) };
}

async function ofYes(
  reference: Reference,
  given: { readonly values: Values; readonly options: ApproveOptions; readonly opened: Setup; readonly decision: Decision },
): Promise<Partial<ApproveOptions>> {
  const { values, options, opened, decision } = given;
  if (decision !== "approved") return {};
  const last = await lastEntered(reference, { values, options, opened });
  const afterwards = values.text("afterwards");
  return {
    overrules: values.texts("overrule"),
    despite: values.flag("despite"),
    ...withoutAbsent({ last, afterwards }),
  };
}

async function lastEntered(
  reference: Reference,
  { values, options, opened }: { readonly values: Values; readonly options: ApproveOptions; readonly opened: Setup },
): Promise<Reference | undefined> {
  const since = values.text("since");
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const openStore = (other: Reference): Promise<Store> => opened.openStore(other);
  if (since === undefined) return findLastEntered(reference, placeOfGate(reference, options), { ...call, openStore });
  const named = parseReference(since);
  const { descriptor } = await (await openStore(named)).resolve(named, call);
  return { ...named, digest: descriptor.digest };
}

function wholeCommit(text: string): string {
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return text;
  throw wanting(`"${text}" is no whole id of a commit`, "--disown with all 40 (or 64) digits, as `git rev-parse` prints them");
}

function confirm(
  plan: ApprovalPlan,
  reference: Reference,
  { call, deadline, decision }: { readonly call: Call; readonly deadline: Deadline; readonly decision: Decision },
): Promise<void> {
  const show = (style: Style): string => renderPlan({ ...plan, verdict: fillVerdict(plan.verdict, call.known) }, { decision, style });
  return confirmWord(reference, { call, deadline, verb: "approve", question: QUESTIONS[decision], show });
}

const QUESTIONS: Readonly<Record<Decision, string>> = {
  approved: "Approve this image?",
  rejected: "Reject this image?",
  withdrawn: "Take back what you said?",
  disowned: "Say that the commit is not yours?",
};

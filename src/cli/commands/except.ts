/** `except`: one person's signed leave to miss a requirement at a gate, or to break the glass. */
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { formatReference, type Reference } from "../../core/reference.ts";
import type { ReferrersMode } from "../../core/store.ts";
import { withoutAbsent } from "../../core/without-absent.ts";
import { evaluate } from "../../evaluate.ts";
import { except, type ExceptOptions } from "../../except.ts";
import type { Setup } from "../../setup.ts";
import type { ExceptionPlan } from "../../words/exception-plan.ts";
import { setAside } from "../../words/set-aside.ts";
import { answerReferences, plainList } from "../answer.ts";
import { confirmWord } from "../confirm-word.ts";
import type { Deadline } from "../deadline.ts";
import type { Call } from "../declaration.ts";
import { withSetup } from "../open-setup.ts";
import { pinForWriting, refuseReferrersMode } from "../pin-for-writing.ts";
import { type Excepted, exceptedDocument, renderExcepted, renderPlan } from "../render/exception.ts";
import type { Style } from "../render/style.ts";
import { fillVerdict } from "../render/verdict-remedies.ts";
import { saveSetAside } from "../save-set-aside.ts";
import type { Values } from "../values.ts";
import { collectImages, judgingOptions, openWord } from "../word-setup.ts";

/** What the command line says, whatever the image. */
type Asked = Pick<ExceptOptions, "waives" | "isBreakGlass" | "reason" | "finding" | "expires" | "ticket" | "format" | "referrers">;

export async function run(call: Call): Promise<ExitCode> {
  const { values, global } = call;
  const key = values.text("key");
  if (key === undefined) throw wanting("no key was given", "--key NAME from `countersign key list`");
  if (global.at !== undefined) throw wanting("an exception is signed now, and not as of another time", "leave out --at");
  const asked = askedOf(values);
  const references = await collectImages(call, "except");
  return withSetup(call, async (opened) => {
    const word = await openWord(call, opened, { key, verb: "except" });
    return answerReferences<Excepted>(call, opened, {
      references,
      work: async (image, signal, deadline) => {
        refuseReferrersMode(image, asked.referrers);
        const store = await opened.openStore(image);
        const { reference, annotations } = await pinForWriting(image, {
          call,
          store,
          signal,
          verb: "except",
          isUnasked: values.flag("yes"),
        });
        return sign(reference, {
          call,
          opened,
          options: {
            ...judgingOptions(reference, { call, word, store, signal }),
            ...asked,
            annotations,
            confirm: (plan) => confirm(plan, reference, { call, deadline, asked }),
          },
        });
      },
      presenter: {
        document: exceptedDocument,
        text: renderExcepted,
        exit: ({ outcome }) => (outcome === "signed" ? 0 : 1),
        list: plainList("ExceptionList"),
      },
    });
  });
}

function askedOf(values: Values): Asked {
  const [reason, ticket] = [values.text("reason"), values.text("ticket")];
  const [advisory, purl, format] = [values.text("advisory"), values.text("purl"), values.text("format")];
  const [waives, isBreakGlass, expires] = [values.texts("for"), values.flag("break-glass"), values.number("expires")];
  if (waives.length === 0 && !isBreakGlass)
    throw wanting("it is not said from what", "--for REQUIREMENT, as the policy calls it: scan, test, approvals");
  if (new Set(waives).size < waives.length) throw wanting("--for names one requirement twice", "write each once");
  if (reason === undefined || reason.trim() === "") throw wanting("no reason was given", "--reason TEXT, for whoever finds it later");
  if (advisory !== undefined && purl === undefined)
    throw wanting("a flaw is excepted in one package alone", "--purl PURL, as the scan names the package");
  if (expires !== undefined && expires % 1000 !== 0) throw wanting("--expires is in whole seconds", "--expires 7d");
  const referrers = values.text("referrers") as ReferrersMode | undefined;
  return {
    waives,
    isBreakGlass,
    reason,
    ...(purl === undefined ? {} : { finding: { ...(advisory === undefined ? {} : { advisory }), purl } }),
    ...(expires === undefined ? {} : { expires: expires / 1000 }),
    ...withoutAbsent({ ticket, format, referrers }),
  };
}

function wanting(state: string, remedy: string): CountersignError {
  return new CountersignError("usage/invalid", `Cannot except: ${state}`, { remedy });
}

async function sign(
  reference: Reference,
  { call, opened, options }: { readonly call: Call; readonly opened: Setup; readonly options: ExceptOptions },
): Promise<Excepted> {
  const out = call.values.text("out");
  const aside = out === undefined ? undefined : setAside(options.store);
  const done = await except(reference, aside === undefined ? options : { ...options, into: aside.store });
  const about = { reference: formatReference(reference) };
  if (done.outcome === "refused") return { ...about, ...done, verdict: fillVerdict(done.verdict, call.known) };
  if (out !== undefined && aside !== undefined) return { ...about, ...done, file: await saveSetAside(out, aside, opened) };
  const verdict = await evaluate(reference, { ...options, enter: true });
  return { ...about, ...done, verdict: fillVerdict(verdict, call.known) };
}

function confirm(
  plan: ExceptionPlan,
  reference: Reference,
  { call, deadline, asked }: { readonly call: Call; readonly deadline: Deadline; readonly asked: Asked },
): Promise<void> {
  const question = plan.isBreakGlass ? "Break the glass?" : "Sign this exception?";
  const show = (style: Style): string => renderPlan(plan, { reason: asked.reason, style });
  return confirmWord(reference, { call, deadline, verb: "except", question, show });
}

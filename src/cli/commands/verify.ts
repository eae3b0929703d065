/** `verify`: judges references by policy. */
import { type ExitCode, CountersignError } from "../../core/errors.ts";
import { type Answer, API_VERSION, type Verdict } from "../../core/verdict.ts";
import { evaluate } from "../../evaluate.ts";
import type { Setup } from "../../setup.ts";
import type { Policy } from "../../core/policy.ts";
import { answerReferences } from "../answer.ts";
import { nameOf } from "../as-option.ts";
import type { Item } from "../batch.ts";
import { withSetup } from "../open-setup.ts";
import { annotationsOf } from "../pairs.ts";
import { remark } from "../io.ts";
import { showForeign } from "../../core/display.ts";
import type { Known } from "../render/remedy.ts";
import { quoteWord } from "../../core/shell.ts";
import { renderVerdict } from "../render/verdict.ts";
import { fillVerdict } from "../render/verdict-remedies.ts";
import { collectReferences } from "../references.ts";
import type { Call } from "../declaration.ts";

const EXITS = { pass: 0, deny: 1, unknown: 4 } as const;

export async function run(call: Call): Promise<ExitCode> {
  const { values, io } = call;
  const gate = values.text("gate");
  const explain = values.flag("explain");
  const annotations = annotationsOf(values);
  const known = annotationKnown(call);
  const references = await collectReferences(call);
  return withSetup(call, async (opened) => {
    const policy = await loadPolicy(call, opened);
    if (!call.global.quiet) for (const warning of policy.warnings) remark(io, `warning: ${showForeign(warning)}`);
    let denied: Promise<Known> | undefined;
    return answerReferences(call, opened, {
      references,
      work: async (reference, signal) => {
        const as = nameOf(reference, values);
        const verdict = await evaluate(reference, {
          store: await opened.openStore(reference),
          policy,
          trust: opened.trust,
          clock: opened.clock,
          concurrency: opened.concurrency,
          signal,
          explain,
          ...(as === undefined ? {} : { as }),
          ...(gate === undefined ? {} : { gate }),
          ...(annotations === undefined ? {} : { annotations }),
        });
        return fillVerdict(verdict, verdict.outcome === "pass" ? known : await (denied ??= withKey(known, opened)));
      },
      presenter: {
        document: (verdict) => verdict,
        text: (verdict, style) => renderVerdict(verdict, style, { explain, isAt: call.global.at !== undefined }),
        exit: ({ outcome }) => EXITS[outcome],
        list: (items, results) => ({ apiVersion: API_VERSION, kind: "VerdictList", outcome: worst(results), items }),
        pinned: ({ outcome, subject }) => (outcome === "pass" ? subject.pinned : undefined),
      },
    });
  });
}

function loadPolicy({ values }: Call, opened: Setup): Promise<Policy> {
  const trustStores = values.texts("trust-store");
  const trustedIdentities = values.texts("trusted-identity");
  const isAdHoc = trustStores.length > 0 || trustedIdentities.length > 0;
  const given = values.text("policy");
  if (given !== undefined && isAdHoc) {
    throw new CountersignError(
      "usage/invalid",
      `Cannot use --policy "${given}" with --trust-store or --trusted-identity: they are two policies`,
      { remedy: "leave out the one or the other" },
    );
  }
  if (isAdHoc) return opened.loadPolicy({ trustStores, trustedIdentities });
  return opened.loadPolicy(given === undefined ? {} : { file: given });
}

/** The annotation that is asked for, if it is one: how to sign with it can then be said. */
function annotationKnown({ known, values }: Call): Known {
  const [only, ...others] = values.texts("annotation");
  return only === undefined || others.length > 0 ? known : { ...known, words: { ...known.words, "NAME=VALUE": quoteWord(only) } };
}

/** The key to sign with, if there is one that can and no other. */
async function withKey(known: Known, opened: Setup): Promise<Known> {
  try {
    const keys = await (await opened.keyRing()).list();
    const [only, ...others] = keys.filter(({ problem, certificateFile }) => problem === undefined && certificateFile !== undefined);
    return only === undefined || others.length > 0 ? known : { ...known, words: { ...known.words, KEY: quoteWord(only.name) } };
  } catch (error) {
    // The question was about an image, and the answer is there.
    if (error instanceof CountersignError) return known;
    throw error;
  }
}

function worst(items: readonly Item<Verdict>[]): Answer {
  const answers = new Set(items.map((item) => ("failure" in item ? "unknown" : item.result.outcome)));
  return (["deny", "unknown"] as const).find((answer) => answers.has(answer)) ?? "pass";
}

/** `verify`: judges references by policy. */
import { type ExitCode, CountersignError } from "../../core/errors.ts";
import { API_VERSION, type Verdict } from "../../core/verdict.ts";
import { evaluate } from "../../evaluate.ts";
import type { Setup } from "../../setup.ts";
import type { Policy } from "../../core/policy.ts";
import { judgedRepository } from "../../core/judged-repository.ts";
import { type Reference, tryParseReference } from "../../core/reference.ts";
import { answerReferences, type Presenter } from "../answer.ts";
import { nameOf } from "../as-option.ts";
import { cosignNote } from "../cosign-note.ts";
import { type Emit, openEmitter, refuseEmitOptions } from "../emit-verdict.ts";
import { withSetup } from "../open-setup.ts";
import { exitOf, worstOf } from "../outcome.ts";
import { annotationsOf } from "../pairs.ts";
import { remark } from "../io.ts";
import { showForeign } from "../../core/display.ts";
import type { Known } from "../render/remedy.ts";
import { quoteWord } from "../../core/shell.ts";
import { withoutAbsent } from "../../core/without-absent.ts";
import { renderVerdict } from "../render/verdict.ts";
import { fillVerdict } from "../render/verdict-remedies.ts";
import { collectReferences, type References } from "../references.ts";
import type { Call } from "../declaration.ts";
import type { Values } from "../values.ts";

export async function run(call: Call): Promise<ExitCode> {
  const { values } = call;
  const manifests = values.text("manifests");
  if (manifests === undefined) refuseManifestOptions(values);
  refuseEmitOptions(call);
  // What is wrong with the words is said before a policy is looked for.
  const references = manifests === undefined ? await collectReferences(call) : undefined;
  return withSetup(call, async (opened) => {
    const policy = await loadPolicy(call, opened);
    if (!call.global.quiet) for (const warning of policy.warnings) remark(call.io, `warning: ${showForeign(warning)}`);
    const emit = await openEmitter(call, opened, { policy });
    const judge = judgeOf(call, opened, { policy, emit });
    if (references !== undefined) {
      refuseOpenGate(references, { values, policy });
      const presenter = presenterOf(call);
      return answerReferences(call, opened, { references, work: (reference, signal) => judge(reference, signal), presenter });
    }
    const [{ verifyManifests }, { deployedGate }] = await Promise.all([import("../verify-manifests.ts"), import("../deployed-gate.ts")]);
    const { deploy } = await opened.verifier();
    return verifyManifests(call, manifests ?? "", {
      gateOf: deployedGate(policy, { ...deployOptions(values), deploy, source: opened.paths.verifier }),
      judge: (reference, { gate, signal }) => judge(reference, signal, gate),
      concurrency: opened.concurrency,
      timeoutMs: opened.timeoutMs,
    });
  });
}

/** Passed over in silence, they would seem to have chosen a gate, or to have let something pass. */
function refuseManifestOptions(values: Values): void {
  const isGiven = {
    "--cluster": values.text("cluster") !== undefined,
    "--namespace": values.text("namespace") !== undefined,
    "--unsafe-allow-unjudged": values.flag("unsafe-allow-unjudged"),
  };
  for (const [option, given] of Object.entries(isGiven)) {
    if (!given) continue;
    throw new CountersignError("usage/invalid", `Cannot use ${option} without --manifests: it is about images that manifests name`, {
      remedy: `leave out ${option}, or add --manifests PATH`,
    });
  }
}

function deployOptions(values: Values): { readonly [K in "gate" | "cluster" | "namespace"]: string | undefined } {
  return { gate: values.text("gate"), cluster: values.text("cluster"), namespace: values.text("namespace") };
}

type Judge = (reference: Reference, signal: AbortSignal, gate?: string) => Promise<Verdict>;

function judgeOf(call: Call, opened: Setup, { policy, emit }: { readonly policy: Policy; readonly emit: Emit | undefined }): Judge {
  const { values } = call;
  const annotations = annotationsOf(values);
  const known = annotationKnown(call);
  let denied: Promise<Known> | undefined;
  return async (reference, signal, gate = values.text("gate")) => {
    const as = nameOf(reference, { values, policy });
    const store = await opened.openStore(reference);
    const verdict = await evaluate(reference, {
      store,
      policy,
      trust: opened.trust,
      clock: opened.clock,
      concurrency: opened.concurrency,
      budgetMs: opened.budgetMs,
      openStore: (base) => opened.openStore(base),
      ...(call.global.offline && reference.kind !== "registry" ? { basesBeside: reference } : {}),
      signal,
      explain: values.flag("explain"),
      enter: values.flag("enter"),
      ...withoutAbsent({ as, gate, annotations }),
    });
    await emit?.(reference, { verdict, policy, store, signal });
    const note = call.global.quiet ? undefined : await cosignNote(verdict, { store, signal });
    if (note !== undefined) remark(call.io, note);
    return fillVerdict(verdict, verdict.outcome === "pass" ? known : await (denied ??= withKey(known, opened)));
  };
}

/** What is printed is about to be used, and the image's own place must not choose what is asked of it. */
function refuseOpenGate({ texts }: References, { values, policy }: { readonly values: Values; readonly policy: Policy }): void {
  if (values.text("output") !== "ref" || policy.form !== "countersign" || values.text("gate") !== undefined) return;
  const repositories = texts.flatMap((text) => {
    const reference = tryParseReference(text);
    return reference === undefined ? [] : [judgedRepository(reference, { policy, as: values.text("as") })];
  });
  const canJudge = (gate: string): boolean =>
    repositories.some((repository) => repository !== undefined && policy.select(repository, gate).kind === "gate");
  const gates = policy.gates.filter(({ name }) => canJudge(name)).map(({ name }) => `--gate ${quoteWord(name)}`);
  throw new CountersignError("deploy/no-gate", "Cannot print references for use: nothing says at which gate they are judged", {
    remedy: gates.length === 0 ? "`countersign policy explain REF` shows whether the policy lists it" : gates.join(", or "),
  });
}

function presenterOf({ values, global }: Call): Presenter<Verdict> {
  const explain = values.flag("explain");
  return {
    document: (verdict) => verdict,
    text: (verdict, style) => renderVerdict(verdict, style, { explain, isAt: global.at !== undefined }),
    exit: exitOf,
    list: (items, results) => ({ apiVersion: API_VERSION, kind: "VerdictList", outcome: worstOf(results), items }),
    pinned: ({ outcome, subject }) => (outcome === "pass" ? subject.pinned : undefined),
  };
}

function loadPolicy({ values }: Call, opened: Setup): Promise<Policy> {
  const trustStores = values.texts("trust-store");
  const trustedIdentities = values.texts("trusted-identity");
  // With --emit it is the key that signs.
  const keys = values.flag("emit") ? [] : values.texts("key");
  const given = values.text("policy");
  const ways = [
    ...(given === undefined ? [] : [`--policy "${given}"`]),
    ...(trustStores.length + trustedIdentities.length === 0 ? [] : ["--trust-store or --trusted-identity"]),
    ...(keys.length === 0 ? [] : ["--key"]),
  ];
  if (ways.length > 1) {
    throw new CountersignError("usage/invalid", `Cannot use ${ways.join(" with ")}: each is a policy of its own`, {
      remedy: "leave out all but one",
    });
  }
  if (keys.length > 0) return opened.loadPolicy({ keys });
  if (trustStores.length + trustedIdentities.length > 0) return opened.loadPolicy({ trustStores, trustedIdentities });
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

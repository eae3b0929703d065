/** What `approve` and `except` have in common: by which policy, at which gate, with which key a person's word is signed. */
import type { ApproveOptions } from "../approve.ts";
import { CountersignError } from "../core/errors.ts";
import type { Policy } from "../core/policy.ts";
import type { Reference } from "../core/reference.ts";
import type { Signer } from "../core/signer.ts";
import type { Store } from "../core/store.ts";
import type { Setup } from "../setup.ts";
import { nameAtGate } from "./as-option.ts";
import type { Call } from "./declaration.ts";
import { gateChoices } from "./gate-choices.ts";
import { collectReferences, type References } from "./references.ts";
import { timestamperOf } from "./timestamp-options.ts";

export interface WordSetup {
  readonly opened: Setup;
  readonly policy: Policy;
  readonly gate: string;
  readonly signer: Signer;
  readonly stamping: Awaited<ReturnType<typeof timestamperOf>>;
}

/** Each image is looked at before its word is signed, unless told. Throws `usage/invalid`. */
export async function collectImages(call: Call, verb: "approve" | "except"): Promise<References> {
  const refuse = (state: string, remedy: string): CountersignError =>
    new CountersignError("usage/invalid", `Cannot ${verb}: ${state}`, { remedy });
  const references = await collectReferences(call);
  if (references.isList && !call.values.flag("yes")) throw refuse("one image is looked at at a time", "name one, or add --yes");
  if (references.isList && call.values.text("out") !== undefined) throw refuse("--out is one file, for one image", "name one image");
  return references;
}

/** Throws `usage/invalid` where no gate is named. */
export async function openWord(
  call: Call,
  opened: Setup,
  { key, verb }: { readonly key: string; readonly verb: "approve" | "except" },
): Promise<WordSetup> {
  const { values } = call;
  const named = values.text("policy");
  const policy = await opened.loadPolicy(named === undefined ? {} : { file: named });
  const gate = values.text("gate");
  if (gate === undefined) throw new CountersignError("usage/invalid", `Cannot ${verb}: no gate was named`, { remedy: gateChoices(policy) });
  if (policy.trust === "signed") await opened.requireFloor();
  const certificate = values.text("cert");
  const signer = await opened.openSigner({ key, ...(certificate === undefined ? {} : { certificate }) });
  return { opened, policy, gate, signer, stamping: await timestamperOf(call, opened) };
}

/** As both commands take it. */
type Judging = Pick<
  ApproveOptions,
  "store" | "policy" | "trust" | "clock" | "concurrency" | "budgetMs" | "signal" | "gate" | "signer" | "openStore" | "as" | "timestamper"
>;

/** How the image stands at the gate is judged with this, before the word is signed and after. */
export function judgingOptions(
  reference: Reference,
  { call, word, store, signal }: { readonly call: Call; readonly word: WordSetup; readonly store: Store; readonly signal: AbortSignal },
): Judging {
  const { opened, policy, gate, signer, stamping } = word;
  const as = nameAtGate(reference, { values: call.values, policy, gate });
  const { trust, clock, concurrency, budgetMs } = opened;
  const openStore = (other: Reference): Promise<Store> => opened.openStore(other);
  return {
    ...stamping,
    store,
    policy,
    trust,
    clock,
    concurrency,
    budgetMs,
    signal,
    gate,
    signer,
    openStore,
    ...(as === undefined ? {} : { as }),
  };
}

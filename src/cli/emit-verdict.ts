/** `verify --emit`: what the verdict says is signed and kept beside the image. */
import { CountersignError } from "../core/errors.ts";
import { judgedRepository } from "../core/judged-repository.ts";
import type { Policy } from "../core/policy.ts";
import type { Reference } from "../core/reference.ts";
import type { Store } from "../core/store.ts";
import type { Verdict } from "../core/verdict.ts";
import type { Setup } from "../setup.ts";
import type { Call } from "./declaration.ts";
import { remark } from "./io.ts";
import { timestamperOf } from "./timestamp-options.ts";
import type { Values } from "./values.ts";

export type Emit = (
  reference: Reference,
  given: { readonly verdict: Verdict; readonly policy: Policy; readonly store: Store; readonly signal: AbortSignal },
) => Promise<void>;

/** What only makes sense with --emit, or not with it. Without --emit a key is one to judge by. */
export function refuseEmitOptions({ values, global }: Pick<Call, "values" | "global">): void {
  if (!values.flag("emit")) {
    const [only] = givenOf(values, { one: ["cert", "timestamp-root"], several: ["timestamp-url"] });
    if (only !== undefined) throw refusal("verify", `--${only} is for what --emit signs`, `leave out --${only}, or add --emit`);
    return;
  }
  const verb = "emit a verdict";
  const [other] = givenOf(values, { one: ["manifests"], several: ["trust-store", "trusted-identity", "annotation"] });
  if (other !== undefined) throw refusal(verb, `it is of a policy's gate, and --${other} asks something else`, `leave out --${other}`);
  if (values.texts("key").length !== 1) throw refusal(verb, "one key is wanted to sign it with", "--key NAME from `countersign key list`");
  if (global.at !== undefined) throw refusal(verb, "it says when it was reached, and --at asks as of another time", "leave out --at");
}

function givenOf(
  values: Values,
  { one, several }: { readonly one: readonly string[]; readonly several: readonly string[] },
): readonly string[] {
  return [...one.filter((name) => values.text(name) !== undefined), ...several.filter((name) => values.texts(name).length > 0)];
}

function refusal(verb: string, why: string, remedy: string): CountersignError {
  return new CountersignError("usage/invalid", `Cannot ${verb}: ${why}`, { remedy });
}

/** `undefined` where nothing is to be emitted. Throws before anything is judged where it could not be. */
export async function openEmitter(call: Call, opened: Setup, { policy }: { readonly policy: Policy }): Promise<Emit | undefined> {
  const { values, io, global } = call;
  if (!values.flag("emit")) return undefined;
  const [{ emitVerdict }, { refuseUntrusted }] = await Promise.all([
    import("../verdict-summary.ts"),
    import("../words/policy-for-writing.ts"),
  ]);
  refuseUntrusted(policy, "emit a verdict");
  if (policy.trust === "signed") await opened.requireFloor();
  const [key = ""] = values.texts("key");
  const certificate = values.text("cert");
  const signer = await opened.openSigner({ key, ...(certificate === undefined ? {} : { certificate }) });
  const timestamper = await timestamperOf(call, opened);
  const tell = (text: string): void => (global.quiet ? undefined : remark(io, text));
  return async (reference, { verdict, store, signal }) => {
    if (verdict.outcome === "unknown" || verdict.subject.descriptor === undefined)
      return tell("note: nothing is emitted: there is no answer that others could take");
    const repository = judgedRepository(reference, { policy, as: values.text("as") }) ?? "";
    const { evidence, summary } = await emitVerdict(reference, {
      verdict,
      policy,
      repository,
      store,
      signer,
      signal,
      clock: opened.clock,
      ...timestamper,
    });
    tell(
      `emitted ${evidence.digest}: ${summary.isPassed ? "PASSED" : "FAILED"} ${summary.verifiedLevels.join(", ")} for ${summary.resourceUri}`,
    );
  };
}

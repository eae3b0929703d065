/** `promote`: an image that passes a gate, to its place there. */
import type { CopyProgress } from "../../copying/copy-blobs.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { parseDestination, parseReference, type Reference, repositoryOf } from "../../core/reference.ts";
import type { ReferrersMode, Store } from "../../core/store.ts";
import type { Verdict } from "../../core/verdict.ts";
import { withoutAbsent } from "../../core/without-absent.ts";
import { promote } from "../../promote.ts";
import type { PromotionReport } from "../../promoting/promotion-report.ts";
import { verify } from "../../verify.ts";
import { nameOf } from "../as-option.ts";
import type { Call } from "../declaration.ts";
import { gateChoices } from "../gate-choices.ts";
import { print, remark } from "../io.ts";
import { explainMissingTag } from "../missing-tag.ts";
import { withSetup } from "../open-setup.ts";
import { exitOf } from "../outcome.ts";
import { pinForWriting, refuseReferrersMode } from "../pin-for-writing.ts";
import { progressLine } from "../render/progress.ts";
import { renderPromotion } from "../render/promotion.ts";
import { styleFor } from "../render/style.ts";
import { formatBytes } from "../render/text.ts";
import { renderVerdict } from "../render/verdict.ts";
import { fillVerdict } from "../render/verdict-remedies.ts";
import { withSourceTag } from "../source-tag.ts";
import { timestamperOf } from "../timestamp-options.ts";

export async function run(call: Call): Promise<ExitCode> {
  const { io, values, global, words } = call;
  const [from = "", to = ""] = words;
  const key = values.text("key");
  if (key === undefined) throw wanting("no key was given", "--key NAME from `countersign key list`");
  if (global.at !== undefined) throw wanting("a record says when it was signed, and that is now", "leave out --at");
  const [asked, place] = [parseReference(from), parseDestination(to)];
  // One of its declared choices: the parser lets nothing else through.
  const referrers = values.text("referrers") as ReferrersMode | undefined;
  refuseReferrersMode(place, referrers);
  return withSetup(call, async (opened) => {
    // Without a time asked for, it may take as long as there is progress: each exchange has its own deadline.
    const signal = AbortSignal.any([io.signal ?? [], global.timeoutMs === undefined ? [] : AbortSignal.timeout(global.timeoutMs)].flat());
    const { policy, document } = await opened.judgingPolicy(values.text("policy"));
    const gate = values.text("gate");
    if (gate === undefined) throw wanting("no gate was named", gateChoices(policy));
    if (policy.trust === "signed") await opened.requireFloor();
    const as = nameOf(place, { values, policy });
    const certificate = values.text("cert");
    const format = values.text("format");
    const signer = await opened.openSigner({ key, ...(certificate === undefined ? {} : { certificate }) });
    const stamping = await timestamperOf(call, opened);
    const line = io.stderr.isTTY === true && !global.quiet ? progressLine(io.stderr) : undefined;
    const openStore = (reference: Reference): Promise<Store> => opened.openStore(reference);
    try {
      const store = await openStore(asked);
      const { trust, clock, concurrency, budgetMs, retry } = opened;
      const shared = { policy, trust, clock, concurrency, budgetMs, openStore, gate, signal };
      const work = async (): Promise<PromotionReport> => {
        const destination = await withSourceTag(place, { source: asked, store });
        const { reference, annotations } = await pinForWriting(asked, { call, store, signal, verb: "promote" });
        const name = as ?? (destination.kind === "registry" ? repositoryOf(destination) : undefined);
        const image = await verify(reference, { ...shared, store, enter: true, ...(name === undefined ? {} : { as: name }) });
        return promote(image, destination, {
          ...shared,
          ...stamping,
          from: store,
          to: await opened.openStore(destination, { create: true }),
          document,
          signer,
          annotations,
          retry,
          allReferrers: values.flag("all-referrers"),
          ...withoutAbsent({ as, format, referrers }),
          ...(line === undefined ? {} : { progress: (progress: CopyProgress) => line.show(renderProgress(progress)) }),
        });
      };
      const report = await explainMissingTag(asked, { opened, signal: io.signal }, work);
      line?.clear();
      const isDocument = values.text("output") === "json";
      print(io, isDocument ? JSON.stringify(report, null, 2) : renderPromotion(report, { as, call, style: styleFor(io, io.stdout) }));
      return 0;
    } catch (error) {
      line?.clear();
      const verdict = verdictOf(error);
      if (verdict === undefined) throw error;
      return showVerdict(fillVerdict(verdict, call.known), call);
    } finally {
      line?.clear();
    }
  });
}

function wanting(state: string, remedy: string): CountersignError {
  return new CountersignError("usage/invalid", `Cannot promote: ${state}`, { remedy });
}

function renderProgress({ doneBytes, totalBytes }: CopyProgress): string {
  return `copying ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`;
}

function verdictOf(error: unknown): Verdict | undefined {
  if (!(error instanceof CountersignError)) return undefined;
  return error.code === "verdict/deny" || error.code === "verdict/unknown" ? (error.detail["verdict"] as Verdict) : undefined;
}

/** The answer is why it was not promoted, at the source or at the destination. */
function showVerdict(verdict: Verdict, { io, values, global }: Call): ExitCode {
  if (!global.quiet) remark(io, "not promoted: the tag of the destination was not moved");
  const text = renderVerdict(verdict, styleFor(io, io.stdout), { explain: false, isAt: false });
  print(io, values.text("output") === "json" ? JSON.stringify(verdict, null, 2) : text);
  return exitOf(verdict);
}

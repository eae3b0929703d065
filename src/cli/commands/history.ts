/** `history`: who did what to an image, when, and by which proof; or all of it as a file. */
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import type { Policy } from "../../core/policy.ts";
import { formatReference, type Reference } from "../../core/reference.ts";
import { formatStore, type TrustAnchor } from "../../core/trust-source.ts";
import { withoutAbsent } from "../../core/without-absent.ts";
import { isPresent } from "../../files/present.ts";
import { history, type HistoryReport } from "../../history.ts";
import type { Setup } from "../../setup.ts";
import { type BundleReport, bundleHistory } from "../../showing/history-bundle.ts";
import { answerReferences, plainList } from "../answer.ts";
import { nameOf } from "../as-option.ts";
import type { Call } from "../declaration.ts";
import { withSetup } from "../open-setup.ts";
import { collectReferences } from "../references.ts";
import { renderHistory } from "../render/history.ts";
import type { Style } from "../render/style.ts";
import { counted } from "../render/text.ts";

interface Told {
  readonly report: HistoryReport;
  readonly bundle?: BundleReport & { readonly path: string };
}

export async function run(call: Call): Promise<ExitCode> {
  const { values } = call;
  const references = await collectReferences(call);
  const path = values.text("bundle");
  if (path !== undefined && references.isList) throw refuse("one file is for one image", "name one image");
  if (path !== undefined && isPresent(path)) throw new CountersignError("file/exists", `Cannot write "${path}": it is there already`);
  return withSetup(call, async (opened) => {
    const file = await opened.policyFile(values.text("policy"));
    const policy = await opened.loadPolicy(policyOption(values.text("policy")));
    const gate = values.text("gate");
    return answerReferences<Told>(call, opened, {
      references,
      work: async (reference, signal) => {
        const store = await opened.openStore(reference);
        const as = nameOf(reference, { values, policy });
        const isBeside = call.global.offline && reference.kind !== "registry";
        const bases = new Map<string, Reference>();
        const report = await history(reference, {
          store,
          policy,
          trust: opened.trust,
          clock: opened.clock,
          concurrency: opened.concurrency,
          budgetMs: opened.budgetMs,
          openStore: (base) => opened.openStore(base),
          onBase: (base) => void bases.set(formatReference(base), base),
          ...(isBeside ? { basesBeside: reference } : {}),
          signal,
          ...withoutAbsent({ as, gate }),
        });
        if (path === undefined) return { report };
        const to = await opened.openStore({ kind: "archive", path }, { create: true });
        const anchors = await anchorsOf(policy, opened);
        const from = await Promise.all(
          [...bases.values()].map(async (base) => ({ reference: base, from: isBeside ? store : await opened.openStore(base) })),
        );
        return {
          report,
          bundle: {
            path,
            ...(await bundleHistory(reference, { from: store, to, policy: file.bytes, anchors, bases: from, signal })),
          },
        };
      },
      presenter: {
        document: toDocument,
        text: renderTold,
        exit: ({ report, bundle }) => (report.complete && (bundle?.notes.length ?? 0) === 0 ? 0 : 4),
        list: plainList("HistoryList"),
      },
    });
  });
}

function policyOption(file: string | undefined): { readonly file?: string } {
  return file === undefined ? {} : { file };
}

function refuse(state: string, remedy: string): CountersignError {
  return new CountersignError("usage/invalid", `Cannot tell the history: ${state}`, { remedy });
}

/** Of every store that the policy names, as far as they are here. */
async function anchorsOf({ gates }: Policy, { trust }: Setup): Promise<readonly TrustAnchor[]> {
  const stores = new Map(gates.flatMap(({ trustStores }) => trustStores).map((store) => [formatStore(store), store]));
  const found = await Promise.all([...stores.values()].map((store) => trust.anchors(store).catch(orNone)));
  return found.flat();
}

function orNone(error: unknown): readonly TrustAnchor[] {
  if (error instanceof CountersignError && error.code.startsWith("trust/")) return [];
  throw error;
}

function toDocument({ report, bundle }: Told): object {
  return bundle === undefined ? report : { ...report, bundle };
}

function renderTold({ report, bundle }: Told, style: Style): string {
  const lines = [renderHistory(report, style)];
  if (bundle !== undefined) {
    lines.push(
      `  ${style.good("✓")} ${bundle.path} holds ${counted(bundle.manifests, "manifest")} and no layers, with the policy and anchors that were used:`,
    );
    lines.push("    whoever verifies it anew uses his own; these are kept to be looked at");
    lines.push(...bundle.notes.map((note) => `    ${style.unsure("note:")} ${note}`));
  }
  return lines.join("\n");
}

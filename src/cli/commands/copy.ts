/** `copy`: an image and all that hangs on it, from one place to another. */
import { copy, type CopyReport } from "../../copy.ts";
import type { CopyProgress } from "../../copying/copy-blobs.ts";
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { formatReference, parseDestination, parseReference, type Reference, repositoryOf } from "../../core/reference.ts";
import { quoteWord } from "../../core/shell.ts";
import type { Call } from "../declaration.ts";
import { print } from "../io.ts";
import { explainMissingTag } from "../missing-tag.ts";
import { withSetup } from "../open-setup.ts";
import { progressLine } from "../render/progress.ts";
import { repeatConfig } from "../render/remedy.ts";
import { mark, type Style, styleFor } from "../render/style.ts";
import { counted, formatBytes } from "../render/text.ts";
import { withSourceTag } from "../source-tag.ts";

export async function run(call: Call): Promise<ExitCode> {
  const { io, values, global, words } = call;
  const [from = "", to = ""] = words;
  const source = parseReference(from);
  const asked = parseDestination(to);
  const as = values.text("as");
  if (as !== undefined) checkName(as, asked);
  return withSetup(call, async (opened) => {
    // Without a time asked for, it may take as long as there is progress: each exchange has its own deadline.
    const signals = [io.signal ?? [], global.timeoutMs === undefined ? [] : AbortSignal.timeout(global.timeoutMs)].flat();
    const line = io.stderr.isTTY === true && !global.quiet ? progressLine(io.stderr) : undefined;
    let report: CopyReport;
    try {
      const store = await opened.openStore(source);
      const destination = await withSourceTag(asked, { source, store });
      const work = async (): Promise<CopyReport> =>
        copy(source, destination, {
          from: store,
          to: await opened.openStore(destination, { create: true }),
          concurrency: opened.concurrency,
          retry: opened.retry,
          ...(as === undefined ? {} : { as }),
          ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
          ...(line === undefined ? {} : { progress: (progress: CopyProgress) => line.show(renderProgress(progress)) }),
        });
      report = await explainMissingTag(source, { opened, signal: io.signal }, work);
    } finally {
      line?.clear();
    }
    const isDocument = values.text("output") === "json";
    const name = as ?? (source.kind === "registry" ? repositoryOf(source) : undefined);
    print(io, isDocument ? JSON.stringify(report, null, 2) : renderReport(report, { name, call, style: styleFor(io, io.stdout) }));
    return report.complete ? 0 : 4;
  });
}

function checkName(as: string, destination: Reference): void {
  if (destination.kind === "registry") {
    throw new CountersignError(
      "usage/invalid",
      `Cannot use --as "${as}": it names what a layout or archive holds, and a registry has its own names`,
      {
        remedy: "leave out --as",
      },
    );
  }
  const name = parseDestination(as);
  if (name.kind !== "registry" || name.tag !== undefined || name.digest !== undefined || formatReference(name) !== as) {
    throw new CountersignError("usage/invalid", `Cannot use --as "${as}": it is not a registry and repository`, {
      remedy: name.kind === "registry" ? `--as ${name.registry}/${name.repository}` : "--as registry.example/app",
    });
  }
}

function renderProgress({ doneBytes, totalBytes }: CopyProgress): string {
  return `copying ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`;
}

/** `name` is what a policy may know the image by. */
function renderReport(
  report: CopyReport,
  { name, call, style }: { readonly name: string | undefined; readonly call: Call; readonly style: Style },
): string {
  const { blobs, manifests, referrers, tags, complete, notes } = report;
  const tag = report.tag === undefined ? "" : style.dim(`  tag ${report.tag}`);
  const lines = [`${mark(complete ? "pass" : "unknown", style)} copied  ${style.bold(showForeign(report.destination, 4096))}${tag}`];
  const sent = blobs.copied.bytes + manifests.copied.bytes;
  const parts = [`${counted(blobs.copied.count + manifests.copied.count, "part")} sent (${formatBytes(sent)})`];
  if (blobs.mounted.count > 0) parts.push(`${blobs.mounted.count} mounted (${formatBytes(blobs.mounted.bytes)})`);
  const held = blobs.held.count + manifests.held.count;
  if (held > 0) parts.push(`${held} held already (${formatBytes(blobs.held.bytes + manifests.held.bytes)})`);
  lines.push(`  ${parts.join(", ")}`);
  lines.push(`  with ${counted(referrers, "referrer")}${tags.length === 0 ? "" : ` and ${counted(tags.length, "tag")} of cosign's`}`);
  if (blobs.foreign.count > 0)
    lines.push(
      `  ${counted(blobs.foreign.count, "layer")} that may not be distributed ${blobs.foreign.count === 1 ? "is" : "are"} left where the URLs say`,
    );
  for (const note of notes) lines.push(`  ${style.unsure("note:")} ${note}`);
  if (report.tag === undefined) lines.push("  without a tag: it is found by its digest alone");
  const isRegistry = parseReference(report.destination).kind === "registry";
  const as = isRegistry || name === undefined ? "" : ` --as ${quoteWord(name)}`;
  const verify = repeatConfig(`countersign verify ${quoteWord(report.destination)}${as}`, call.known);
  lines.push(style.dim(`  no trust decision was made: ${verify}`));
  return lines.join("\n");
}

/** `download`: the envelopes of an image's signatures, byte for byte. */
import { join } from "node:path";
import { digestAlgorithm, digestHex } from "../../core/digest.ts";
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { formatReference, parseReference } from "../../core/reference.ts";
import { quoteWord } from "../../core/shell.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { type DownloadedEnvelope, downloadSignatures, type DownloadReport } from "../../download.ts";
import { saveNamedFile } from "../../files/named.ts";
import type { Call } from "../declaration.ts";
import { print, remark } from "../io.ts";
import { explainMissingTag } from "../missing-tag.ts";
import { withSetup } from "../open-setup.ts";
import { mark, type Style, styleFor } from "../render/style.ts";

interface SavedFile {
  readonly file: string;
  readonly signature: string;
  readonly format: string;
  readonly mediaType: string;
  readonly size: number;
}

export async function run(call: Call): Promise<ExitCode> {
  const { values, io, words } = call;
  const [text = "", what = ""] = words;
  if (text === "signature" && what !== "signature") {
    throw new CountersignError("usage/invalid", "Cannot download: the reference comes first, and then what is wanted of it", {
      remedy: `countersign download ${quoteWord(what)} signature`,
    });
  }
  const reference = parseReference(text);
  if (what !== "signature") {
    throw new CountersignError("usage/invalid", `Cannot download "${what}": this version reads signatures alone`, {
      remedy: `countersign download ${quoteWord(text)} signature`,
    });
  }
  const folder = values.text("out");
  const isDocument = values.text("output") === "json";
  if (isDocument && folder === undefined)
    throw new CountersignError("usage/invalid", "Cannot use --output json: stdout holds the envelope itself", { remedy: "--out DIR" });
  return withSetup(call, async (opened) => {
    const signal = AbortSignal.any([AbortSignal.timeout(opened.timeoutMs), ...(io.signal === undefined ? [] : [io.signal])]);
    const files: SavedFile[] = [];
    let only: DownloadedEnvelope | undefined;
    const report = await explainMissingTag(reference, { opened, signal }, async () =>
      downloadSignatures(reference, {
        store: await opened.openStore(reference),
        signal,
        keep: async (envelope) => {
          only ??= envelope;
          files.push(await save(envelope, folder));
        },
      }),
    );
    if (only === undefined && report.complete)
      throw new CountersignError(
        "store/not-found",
        `Cannot download the signatures of "${formatReference(reference)}": all that hangs on it was listed, and no signature is among it`,
        {
          remedy: `countersign tree ${quoteWord(text)}`,
        },
      );
    if (folder === undefined) writeOnly(only, { call, text, report, count: files.length });
    else if (isDocument)
      print(
        io,
        JSON.stringify(
          { apiVersion: API_VERSION, kind: "Download", reference: formatReference(reference), ...report, files, trust: "not-judged" },
          null,
          2,
        ),
      );
    else print(io, renderFiles(files, report, styleFor(io, io.stdout)));
    return report.complete ? 0 : 4;
  });
}

async function save({ signature, format, envelope, bytes }: DownloadedEnvelope, folder: string | undefined): Promise<SavedFile> {
  const name = `${digestAlgorithm(signature)}-${digestHex(signature)}.${format}`;
  const file = folder === undefined ? name : join(folder, name);
  // The name says what it holds, so that what is replaced is the same, or was spoilt.
  if (folder !== undefined) await saveNamedFile(file, bytes, { mode: 0o644, replace: true, failed: "store/write-failed" });
  return { file, signature, format, mediaType: envelope.mediaType, size: envelope.size };
}

/** stdout holds one envelope and nothing else. */
function writeOnly(
  only: DownloadedEnvelope | undefined,
  { call, text, report, count }: { readonly call: Call; readonly text: string; readonly report: DownloadReport; readonly count: number },
): void {
  const { io, global } = call;
  if (count > 1)
    throw new CountersignError("usage/invalid", `Cannot write the signatures of "${text}" to stdout: there are ${count} of them`, {
      remedy: `countersign download ${quoteWord(text)} signature --out DIR`,
    });
  for (const note of report.notes) remark(io, `note: ${note}`);
  if (only === undefined) return;
  io.stdout.write(only.bytes);
  if (!global.quiet) remark(io, `${only.format} ${only.signature}; no trust decision was made`);
}

function renderFiles(files: readonly SavedFile[], { pinned, complete, notes }: DownloadReport, style: Style): string {
  return [
    `${mark(complete ? "pass" : "unknown", style)} downloaded  ${style.bold(showForeign(pinned, 4096))}`,
    ...files.map(({ file }) => `  ${showForeign(file, 4096)}`),
    ...notes.map((note) => `  ${style.unsure("note:")} ${note}`),
    style.dim("  no trust decision was made"),
  ].join("\n");
}

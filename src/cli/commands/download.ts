/** `download`: the signatures of an image, or what is stated about it, byte for byte. */
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { formatReference, parseReference, type Reference } from "../../core/reference.ts";
import { quoteWord } from "../../core/shell.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { type Downloaded, type DownloadOptions, type DownloadReport, downloadSignatures, downloadStatements } from "../../download.ts";
import { contentKindOf } from "../../statements/content.ts";
import type { Call } from "../declaration.ts";
import { print, remark } from "../io.ts";
import { explainMissingTag } from "../missing-tag.ts";
import { withSetup } from "../open-setup.ts";
import { mark, type Style, styleFor } from "../render/style.ts";
import { isFolderName, nameInFolder, saveOnce } from "../save-download.ts";

/** What can be asked for, in the words of messages. */
const WHAT = { signature: "signature", attestation: "statement", sbom: "bill of materials" } as const;

type What = keyof typeof WHAT;

interface SavedFile {
  readonly file: string;
  readonly digest: string;
  readonly format: string;
  readonly mediaType: string;
  readonly size: number;
}

export async function run(call: Call): Promise<ExitCode> {
  const { values, io, words } = call;
  const [text = "", asked = ""] = words;
  const what = whatOf(text, asked);
  const download = downloaderOf(what, call);
  const reference = parseReference(text);
  const out = values.text("out");
  const isDocument = values.text("output") === "json";
  if (isDocument && out === undefined)
    throw new CountersignError("usage/invalid", `Cannot use --output json: stdout holds the ${WHAT[what]} itself`, { remedy: "--out DIR" });
  return withSetup(call, async (opened) => {
    const signal = AbortSignal.any([AbortSignal.timeout(opened.timeoutMs), ...(io.signal === undefined ? [] : [io.signal])]);
    const isFolder = out !== undefined && (await isFolderName(out));
    const files: SavedFile[] = [];
    let first: Downloaded | undefined;
    const report = await explainMissingTag(reference, { opened, signal }, async () =>
      download(reference, {
        store: await opened.openStore(reference),
        signal,
        keep: async (found) => {
          first ??= found;
          const file = isFolder ? nameInFolder(out, found) : (out ?? "");
          if (isFolder) await saveOnce(file, found.bytes);
          files.push({ file, digest: found.digest, format: found.format, mediaType: found.stored.mediaType, size: found.stored.size });
        },
      }),
    );
    const about = { what, text, call };
    if (first === undefined && report.complete) throw nothingFound(reference, { ...about, notes: report.notes });
    if (!isFolder && files.length > 1) throw tooMany(files.length, { ...about, out });
    if (out === undefined) writeOnly(first, report, call);
    else {
      if (!isFolder && first !== undefined) await saveOnce(out, first.bytes);
      const document = {
        apiVersion: API_VERSION,
        kind: "Download",
        reference: formatReference(reference),
        ...report,
        files,
        trust: "not-judged",
      };
      print(io, isDocument ? JSON.stringify(document, null, 2) : renderFiles(files, report, styleFor(io, io.stdout)));
    }
    return report.complete ? 0 : 4;
  });
}

function whatOf(text: string, asked: string): What {
  if (isWhat(text) && !isWhat(asked)) {
    throw new CountersignError("usage/invalid", "Cannot download: the reference comes first, and then what is wanted of it", {
      remedy: `countersign download ${quoteWord(asked)} ${text}`,
    });
  }
  if (isWhat(asked)) return asked;
  throw new CountersignError("usage/invalid", `Cannot download "${asked}": it is none of ${Object.keys(WHAT).join(", ")}`, {
    remedy: `countersign download ${quoteWord(text)} signature`,
  });
}

function isWhat(word: string): word is What {
  return Object.hasOwn(WHAT, word);
}

type Download = (reference: Reference, options: DownloadOptions) => Promise<DownloadReport>;

function downloaderOf(what: What, { values, words }: Call): Download {
  const kind = what === "sbom" ? "sbom" : values.text("type");
  const predicateType = values.text("predicate-type");
  if (what !== "attestation" && (values.text("type") ?? predicateType) !== undefined) {
    throw new CountersignError("usage/invalid", `Cannot choose of the ${what === "sbom" ? "SBOMs" : "signatures"} of an image by type`, {
      remedy: `countersign download ${quoteWord(words[0] ?? "REF")} attestation --type TYPE`,
    });
  }
  if (kind !== undefined && predicateType !== undefined) {
    throw new CountersignError("usage/invalid", "Cannot use --type and --predicate-type together: each says which statements are wanted", {
      remedy: "leave out one of them",
    });
  }
  const asDsse = values.flag("dsse");
  if (asDsse && what !== "attestation") {
    throw new CountersignError("usage/invalid", `Cannot use --dsse: it is for statements, and not for a ${WHAT[what]}`, {
      remedy: `countersign download ${quoteWord(words[0] ?? "REF")} attestation --dsse`,
    });
  }
  if (what === "signature") return downloadSignatures;
  if (kind === undefined && predicateType === undefined)
    return (reference, options) => downloadStatements(reference, { ...options, asDsse });
  const wants = (type: string): boolean => (kind === undefined ? type === predicateType : contentKindOf(type) === kind);
  return (reference, options) => downloadStatements(reference, { ...options, wants, asDsse });
}

interface Asked {
  readonly what: What;
  readonly text: string;
  readonly call: Call;
}

function nothingFound(
  reference: Reference,
  { what, text, notes, call: { values } }: Asked & Pick<DownloadReport, "notes">,
): CountersignError {
  const type = values.text("type") ?? values.text("predicate-type");
  const wanted = `${WHAT[what]}${type === undefined ? "" : ` of type ${showForeign(type, 200)}`}`;
  return new CountersignError(
    "store/not-found",
    `Cannot download from "${formatReference(reference)}": all that hangs on it was listed, and no ${wanted} is among it${notes.map((note) => `; ${note}`).join("")}`,
    { remedy: `countersign tree ${quoteWord(text)}` },
  );
}

function tooMany(count: number, { what, text, out, call: { values } }: Asked & { readonly out: string | undefined }): CountersignError {
  const chosen = ["type", "predicate-type"].flatMap((name) => {
    const value = values.text(name);
    return value === undefined ? [] : [[`--${name}`, value] as const];
  });
  return new CountersignError(
    "usage/invalid",
    `Cannot write what "${showForeign(text, 4096)}" has to ${out === undefined ? "stdout" : `"${out}"`}: there are ${count} of them`,
    {
      remedy: [
        "countersign download",
        quoteWord(text),
        what,
        ...chosen.flatMap(([flag, value]) => [flag, quoteWord(value)]),
        "--out DIR",
      ].join(" "),
    },
  );
}

/** stdout holds the one that there is and nothing else. */
function writeOnly(only: Downloaded | undefined, { notes }: DownloadReport, { io, global }: Call): void {
  for (const note of notes) remark(io, `note: ${note}`);
  if (only === undefined) return;
  io.stdout.write(only.bytes);
  if (!global.quiet) remark(io, `${only.format} ${only.digest}; no trust decision was made`);
}

function renderFiles(files: readonly SavedFile[], { pinned, complete, notes }: DownloadReport, style: Style): string {
  return [
    `${mark(complete ? "pass" : "unknown", style)} downloaded  ${style.bold(showForeign(pinned, 4096))}`,
    ...files.map(({ file }) => `  ${showForeign(file, 4096)}`),
    ...notes.map((note) => `  ${style.unsure("note:")} ${note}`),
    style.dim("  no trust decision was made"),
  ].join("\n");
}

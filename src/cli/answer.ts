/** Runs a verb for every reference asked and prints the answers in the form asked. */
import { showForeign } from "../core/display.ts";
import type { ExitCode } from "../core/errors.ts";
import { API_VERSION } from "../core/verdict.ts";
import type { Setup } from "../setup.ts";
import { exitOfBatch, forEachReference, type Item, type Work } from "./batch.ts";
import type { Call } from "./declaration.ts";
import { explainMissingTag } from "./missing-tag.ts";
import { print, remark } from "./io.ts";
import type { Failure } from "./failure.ts";
import type { References } from "./references.ts";
import { failureDocument, renderFailure } from "./render/error.ts";
import { mark, type Style, styleFor } from "./render/style.ts";

/** How one verb's results are shown. */
export interface Presenter<T> {
  readonly document: (result: T) => object;
  readonly text: (result: T, style: Style) => string;
  readonly exit: (result: T) => ExitCode;
  /** The document for several references. */
  readonly list: (items: readonly object[], results: readonly Item<T>[]) => object;
  /** The one line for `--output ref`; `undefined` where there is nothing to use. */
  readonly pinned?: (result: T) => string | undefined;
}

export function plainList(kind: string): (items: readonly object[]) => object {
  return (items) => ({ apiVersion: API_VERSION, kind, items });
}

export async function answerReferences<T>(
  call: Call,
  opened: Setup,
  given: {
    readonly references: References;
    readonly work: Work<T>;
    readonly presenter: Presenter<T>;
  },
): Promise<ExitCode> {
  const { io, values } = call;
  const { presenter } = given;
  const output = values.text("output") ?? "text";
  const { texts, isList } = given.references;
  const documentOf = (item: Item<T>): object =>
    "failure" in item ? failureDocument(item.failure, item.reference) : presenter.document(item.result);

  const items = await forEachReference(
    texts,
    (reference, signal, deadline) => explainMissingTag(reference, { opened, signal }, () => given.work(reference, signal, deadline)),
    {
      concurrency: opened.concurrency,
      timeoutMs: opened.timeoutMs,
      signal: io.signal,
      known: call.known,
      done: (item) => {
        if (output === "jsonl") print(io, JSON.stringify(documentOf(item)));
      },
      next: (item) => {
        // The failure of a single reference is the command's own.
        if ("failure" in item && !isList) return;
        if (output === "text") printText(call, item, presenter);
        if (output === "ref") printPinned(call, item, presenter);
      },
    },
  );
  const [only] = items;
  if (!isList && output !== "jsonl" && only !== undefined && "failure" in only) throw only.error;

  if (output === "json") {
    const documents = items.map(documentOf);
    print(io, JSON.stringify(isList ? presenter.list(documents, items) : documents[0], null, 2));
  }
  return exitOfBatch(items, presenter.exit);
}

/** What could not be found out may be so tomorrow; what was asked or set up wrongly stays wrong. */
function renderMark({ exit }: Failure, style: Style): string {
  return exit === 4 ? `${mark("unknown", style)} ${style.unsure("cannot tell")}` : `${mark("fail", style)} ${style.bad("error")}`;
}

function printText<T>({ io }: Call, item: Item<T>, presenter: Presenter<T>): void {
  const style = styleFor(io, io.stdout);
  print(
    io,
    "failure" in item
      ? `${renderMark(item.failure, style)}  ${showForeign(item.reference, 4096)}\n  ${renderFailure(item.failure, style)}`
      : presenter.text(item.result, style),
  );
}

/** Only what may be used goes to stdout, so that `docker pull $(…)` gets nothing where the answer is not yes. */
function printPinned<T>({ io }: Call, item: Item<T>, presenter: Presenter<T>): void {
  const style = styleFor(io, io.stderr);
  const pinned = "failure" in item ? undefined : presenter.pinned?.(item.result);
  if (pinned !== undefined) print(io, pinned);
  else remark(io, "failure" in item ? renderFailure(item.failure, style) : presenter.text(item.result, style));
}

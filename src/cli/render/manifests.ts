/** The images of manifests and their verdicts, as text and as documents. */
import { showForeign } from "../../core/display.ts";
import { formatReference } from "../../core/reference.ts";
import { type Answer, API_VERSION, type Verdict } from "../../core/verdict.ts";
import { withoutAbsent } from "../../core/without-absent.ts";
import type { ManifestPlace, NotJudged } from "../../workloads/found.ts";
import { answerOf, worstOf } from "../outcome.ts";
import type { JudgedImage } from "../verify-manifests.ts";
import { type ErrorDocument, failureDocument, renderFailure } from "./error.ts";
import { mark, type Style } from "./style.ts";
import { counted } from "./text.ts";
import { renderVerdict, type VerdictOptions } from "./verdict.ts";

/** Of many places that name an image, this many are shown without --explain. */
const SHOWN = 5;

interface PlaceDocument extends ManifestPlace {
  /** What stands there. */
  readonly text?: string;
}

interface ImageDocument {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "ManifestVerdict";
  /** In full form. */
  readonly image: string;
  /** Empty under a policy that has no gates, and where nothing says the gate. */
  readonly gate: string;
  readonly where: readonly PlaceDocument[];
  readonly verdict: Verdict | ErrorDocument;
}

interface NotJudgedDocument {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "NotJudged";
  readonly where: PlaceDocument;
  readonly reason: NotJudged["reason"];
  readonly message: string;
  readonly remedy: string;
}

export function manifestsDocument(judged: readonly JudgedImage[], notJudged: readonly NotJudged[]): object {
  return {
    apiVersion: API_VERSION,
    kind: "ManifestVerdicts",
    outcome: outcomeOf(judged, notJudged),
    items: judged.map(imageDocument),
    notJudged: notJudged.map(notJudgedDocument),
  };
}

export function imageDocument({ image, item }: JudgedImage): ImageDocument {
  return {
    apiVersion: API_VERSION,
    kind: "ManifestVerdict",
    image: formatReference(image.reference),
    gate: image.gate ?? "",
    where: image.where.map(({ where, text }) => placeDocument(where, text)),
    verdict: "failure" in item ? failureDocument(item.failure, item.reference) : item.result,
  };
}

export function notJudgedDocument({ where, text, reason, message, remedy }: NotJudged): NotJudgedDocument {
  return {
    apiVersion: API_VERSION,
    kind: "NotJudged",
    where: placeDocument(where, text),
    reason,
    message: showForeign(message),
    remedy: showForeign(remedy),
  };
}

function placeDocument(place: ManifestPlace, text: string | undefined): PlaceDocument {
  const { line, document, ...names } = place;
  const shown = Object.entries({ ...names, text }).flatMap(([name, value]) => (value === undefined ? [] : [[name, showForeign(value)]]));
  return {
    file: showForeign(place.file),
    ...withoutAbsent({ line, document }),
    ...Object.fromEntries(shown),
  };
}

/** What was not judged is unknown, also where the command was told not to mind it. */
function outcomeOf(judged: readonly JudgedImage[], notJudged: readonly NotJudged[]): Answer {
  const worst = worstOf(judged.map(({ item }) => item));
  return worst === "pass" && notJudged.length > 0 ? "unknown" : worst;
}

export function renderImage({ image, item }: JudgedImage, style: Style, options: VerdictOptions): string {
  const head =
    "failure" in item
      ? `${mark("unknown", style)} ${style.unsure("cannot tell")}  ${showForeign(item.reference, 4096)}\n  ${renderFailure(item.failure, style)}`
      : renderVerdict(item.result, style, options);
  const shown = options.explain ? image.where : image.where.slice(0, SHOWN);
  const left = image.where.length - shown.length;
  const places = shown.map(({ where, text }) =>
    style.dim(`  in ${describe(where)}${text === item.reference ? "" : `   as ${showForeign(text)}`}`),
  );
  return [head, ...places, ...(left > 0 ? [style.dim(`  and ${counted(left, "more place")}: --explain shows them`)] : [])].join("\n");
}

export function renderNotJudged({ where, text, message, remedy }: NotJudged, style: Style): string {
  return [
    `${mark("unknown", style)} ${style.unsure("not judged")}  ${style.bold(showForeign(text ?? where.file))}`,
    `  ${showForeign(message)}`,
    style.dim(`  in ${describe(where)}`),
    `  try: ${showForeign(remedy, 4096)}`,
  ].join("\n");
}

/** `shop.yaml:28   Deployment shop/api   spec.template.spec.containers[0].image` */
function describe({ file, line, kind, namespace, name, path }: ManifestPlace): string {
  const object = [kind, namespace === undefined ? name : `${namespace}/${name ?? ""}`].filter((part) => part !== undefined);
  const parts = [`${file === "-" ? "stdin" : file}${line === undefined ? "" : `:${line}`}`, object.join(" "), path ?? ""];
  return parts
    .filter((part) => part !== "")
    .map((part) => showForeign(part))
    .join("   ");
}

export function renderTotal(judged: readonly JudgedImage[], notJudged: readonly NotJudged[], style: Style): string {
  const outcomes = judged.map(({ item }) => answerOf(item));
  const count = (outcome: Answer): number => outcomes.filter((one) => one === outcome).length;
  const parts = [`${count("pass")} pass`, `${count("deny")} deny`, `${count("unknown")} cannot tell`];
  const rest = notJudged.length === 0 ? "" : `; ${counted(notJudged.length, "place")} not judged`;
  return style.bold(`${counted(judged.length, "image")}: ${parts.join(", ")}${rest}`);
}

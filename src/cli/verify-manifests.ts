/** `verify --manifests`: every image that manifests name is judged once, and told with every place that names it. */
import { CountersignError, type ExitCode } from "../core/errors.ts";
import { formatReference, type Reference } from "../core/reference.ts";
import type { Verdict } from "../core/verdict.ts";
import { readManifest } from "../workloads/find-images.ts";
import type { Found, NamedImage, NotJudged } from "../workloads/found.ts";
import { exitOfBatch, forEachReference, type Item } from "./batch.ts";
import type { Call } from "./declaration.ts";
import { type GateOf, NoGate, refuseNoGate } from "./deployed-gate.ts";
import { print, remark } from "./io.ts";
import { loadManifests } from "./manifest-files.ts";
import { exitOf } from "./outcome.ts";
import { imageDocument, manifestsDocument, notJudgedDocument, renderImage, renderNotJudged, renderTotal } from "./render/manifests.ts";
import { repeatConfig } from "./render/remedy.ts";
import { styleFor } from "./render/style.ts";

/** An image at one gate, with every place that asks for it there. */
interface ImageAtGate {
  readonly reference: Reference;
  /** `undefined` under a policy that has no gates. */
  readonly gate: string | undefined;
  readonly where: readonly NamedImage[];
}

export interface JudgedImage {
  readonly image: ImageAtGate;
  readonly item: Item<Verdict>;
}

export interface ManifestJudge {
  readonly gateOf: GateOf;
  readonly judge: (reference: Reference, options: { readonly gate: string | undefined; readonly signal: AbortSignal }) => Promise<Verdict>;
  readonly concurrency: number;
  /** For one image. */
  readonly timeoutMs: number;
}

/** `place` is what `--manifests` names. */
export async function verifyManifests(call: Call, place: string, judge: ManifestJudge): Promise<ExitCode> {
  refuseReferences(call, place);
  const found = await findAll(call, place);
  const notJudged = found.notJudged.map((one) => ({ ...one, remedy: repeatConfig(one.remedy, call.known) }));
  const groups = groupByGate(found.images, judge.gateOf);
  const judged: JudgedImage[] = [];
  const printed = new Set<string>();
  for (const [gate, images] of groups) judged.push(...(await judgeAll(call, images, { ...judge, gate, printed })));
  answer(call, judged, notJudged);
  const exit = exitOfBatch(
    judged.map(({ item }) => item),
    exitOf,
  );
  // Something that may run was seen and not judged, so the answer is not yes; nor is it where nothing at all was judged.
  const isAllowed = judged.length > 0 && call.values.flag("unsafe-allow-unjudged");
  return exit !== 1 && notJudged.length > 0 && !isAllowed ? 4 : exit;
}

function refuseReferences({ words, values, global }: Call, place: string): void {
  if (words.length > 0 || values.text("from") !== undefined || values.text("as") !== undefined) {
    throw new CountersignError("usage/invalid", `Cannot use --manifests "${place}" with a reference, --from or --as`, {
      remedy: "two commands: one for the manifests, one for the references",
    });
  }
  if (place === "-" && global.passwordStdin) {
    throw new CountersignError("usage/invalid", "Cannot read both manifests and the password from stdin", { remedy: "--manifests FILE" });
  }
}

async function findAll({ io }: Call, place: string): Promise<Found> {
  const images: NamedImage[] = [];
  const notJudged: NotJudged[] = [];
  for await (const given of loadManifests(place, io)) {
    if (!("bytes" in given)) notJudged.push(given);
    else {
      const found = await readManifest(given.bytes, given.file);
      images.push(...found.images);
      notJudged.push(...found.notJudged);
    }
  }
  if (images.length === 0 && notJudged.length === 0) {
    throw new CountersignError("file/unreadable", `Cannot verify "${place}": no manifest in it names an image`, {
      remedy: "name the folder of the manifests, or pipe what is deployed into --manifests -",
    });
  }
  return { images, notJudged };
}

/** Gate -> its images, in the order of the manifests. Nothing is judged if any place has no gate. */
function groupByGate(images: readonly NamedImage[], gateOf: GateOf): ReadonlyMap<string | undefined, readonly ImageAtGate[]> {
  const gates = new Map<string | undefined, Map<string, ImageAtGate & { readonly where: NamedImage[] }>>();
  for (const { image, gate } of gatesOf(images, gateOf)) {
    const atGate = gates.get(gate) ?? new Map();
    gates.set(gate, atGate);
    const name = formatReference(image.reference);
    const known = atGate.get(name) ?? { reference: image.reference, gate, where: [] };
    known.where.push(image);
    atGate.set(name, known);
  }
  return new Map([...gates].map(([gate, atGate]) => [gate, [...atGate.values()]]));
}

/** All that have none are told of together: one of them is not to be found after the other. */
function gatesOf(
  images: readonly NamedImage[],
  gateOf: GateOf,
): readonly { readonly image: NamedImage; readonly gate: string | undefined }[] {
  const without: NoGate[] = [];
  const found = images.map((image) => {
    const gate = gateOf(image);
    if (gate instanceof NoGate) without.push(gate);
    return { image, gate: gate instanceof NoGate ? undefined : gate };
  });
  if (without.length > 0) throw refuseNoGate(without);
  return found;
}

async function judgeAll(
  call: Call,
  images: readonly ImageAtGate[],
  given: ManifestJudge & { readonly gate: string | undefined; readonly printed: Set<string> },
): Promise<readonly JudgedImage[]> {
  const { judge, gate, printed, concurrency, timeoutMs } = given;
  const judged: JudgedImage[] = [];
  const byName = new Map(images.map((image) => [formatReference(image.reference), image]));
  const output = call.values.text("output") ?? "text";
  await forEachReference([...byName.keys()], (reference, signal) => judge(reference, { gate, signal }), {
    concurrency,
    timeoutMs,
    signal: call.io.signal,
    known: call.known,
    done: (item) => {
      const image = byName.get(item.reference);
      if (output === "jsonl" && image !== undefined) print(call.io, JSON.stringify(imageDocument({ image, item })));
    },
    next: (item) => {
      const image = byName.get(item.reference);
      if (image === undefined) return;
      judged.push({ image, item });
      if (output === "text") print(call.io, renderImage({ image, item }, styleFor(call.io, call.io.stdout), shownAs(call)));
      if (output === "ref") printPinned(call, { image, item }, printed);
    },
  });
  return judged;
}

/** What was told while it was judged is not told again. */
function answer(call: Call, judged: readonly JudgedImage[], notJudged: readonly NotJudged[]): void {
  const { io, values } = call;
  const output = values.text("output") ?? "text";
  if (output === "json") print(io, JSON.stringify(manifestsDocument(judged, notJudged), null, 2));
  if (output === "jsonl") for (const place of notJudged) print(io, JSON.stringify(notJudgedDocument(place)));
  if (output === "text") {
    const style = styleFor(io, io.stdout);
    for (const place of notJudged) print(io, renderNotJudged(place, style));
    print(io, renderTotal(judged, notJudged, style));
  }
  if (output === "ref") for (const place of notJudged) remark(io, renderNotJudged(place, styleFor(io, io.stderr)));
}

/** A tag and its digest are one image, and so is one that passed at two gates: `printed` has what is on stdout. */
function printPinned(call: Call, judged: JudgedImage, printed: Set<string>): void {
  const { item } = judged;
  const pinned = "failure" in item || item.result.outcome !== "pass" ? undefined : item.result.subject.pinned;
  if (pinned === undefined) remark(call.io, renderImage(judged, styleFor(call.io, call.io.stderr), shownAs(call)));
  else if (!printed.has(pinned)) print(call.io, pinned);
  if (pinned !== undefined) printed.add(pinned);
}

function shownAs({ values, global }: Call): { readonly explain: boolean; readonly isAt: boolean } {
  return { explain: values.flag("explain"), isAt: global.at !== undefined };
}

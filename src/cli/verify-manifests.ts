/** `verify --manifests`: every image that manifests name is judged once, and told with every place that names it. */
import { CountersignError, type ExitCode } from "../core/errors.ts";
import { formatReference, type Reference } from "../core/reference.ts";
import { quoteWord } from "../core/shell.ts";
import type { Verdict } from "../core/verdict.ts";
import { readManifest } from "../workloads/find-images.ts";
import type { Found, NamedImage, NotJudged } from "../workloads/found.ts";
import { exitOfBatch, forEachReference, type Item } from "./batch.ts";
import type { Call } from "./declaration.ts";
import { type GateOf, NoGate, refuseNoGate } from "./deployed-gate.ts";
import { toFailure } from "./failure.ts";
import { print, remark } from "./io.ts";
import { loadManifests } from "./manifest-files.ts";
import { exitOf } from "./outcome.ts";
import { imageDocument, manifestsDocument, notJudgedDocument, renderImage, renderNotJudged, renderTotal } from "./render/manifests.ts";
import { type Known, repeatConfig } from "./render/remedy.ts";
import { styleFor } from "./render/style.ts";

/** An image at one gate, with every place that asks for it there. */
interface ImageAtGate {
  readonly reference: Reference;
  /** `undefined` under a policy that has no gates, and where nothing says the gate. */
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
  const { groups, without } = groupByGate(found.images, judge.gateOf);
  // Where none has a gate, what is missing is most likely an option.
  if (groups.size === 0 && without.length > 0) throw refuseNoGate(without);
  const printed = new Set<string>();
  const judged: JudgedImage[] = [];
  for (const [gate, images] of groups) {
    for (const one of await judgeAll(call, images, { ...judge, gate, printed })) judged.push(one);
  }
  for (const one of failuresOf(without, call.known)) {
    judged.push(one);
    tellDone(call, one);
    tellNext(call, one, printed);
  }
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
  const files: Found[] = [];
  for await (const given of loadManifests(place, io)) {
    files.push("bytes" in given ? await readManifest(given.bytes, given.file) : { images: [], notJudged: [given] });
  }
  const images = files.flatMap((file) => file.images);
  const notJudged = files.flatMap((file) => file.notJudged);
  if (images.length === 0 && notJudged.length === 0) {
    throw new CountersignError("file/unreadable", `Cannot verify "${place}": no manifest in it names an image`, {
      remedy: "name the folder of the manifests, or pipe what is deployed into --manifests -",
    });
  }
  return { images, notJudged };
}

/** Gate -> its images, in the order of the manifests; and those for which nothing says the gate. */
function groupByGate(
  images: readonly NamedImage[],
  gateOf: GateOf,
): { readonly groups: ReadonlyMap<string | undefined, readonly ImageAtGate[]>; readonly without: readonly NoGate[] } {
  const gates = new Map<string | undefined, Map<string, ImageAtGate & { readonly where: NamedImage[] }>>();
  const without: NoGate[] = [];
  for (const image of images) {
    const gate = gateOf(image);
    if (gate instanceof NoGate) {
      without.push(gate);
      continue;
    }
    const atGate = gates.get(gate) ?? new Map();
    gates.set(gate, atGate);
    const name = formatReference(image.reference);
    const known = atGate.get(name) ?? { reference: image.reference, gate, where: [] };
    known.where.push(image);
    atGate.set(name, known);
  }
  return { groups: new Map([...gates].map(([gate, atGate]) => [gate, [...atGate.values()]])), without };
}

/** Each image once for each reason. They are no places that could not be judged: how to judge them was not said. */
function failuresOf(without: readonly NoGate[], known: Known): readonly JudgedImage[] {
  const groups = Map.groupBy(without, ({ image, state }) => `${formatReference(image.reference)} ${state}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { reference } = first.image;
    const name = formatReference(reference);
    const error = refuseNoGate([first]);
    const failure = toFailure(error, { known: { ...known, words: { ...known.words, REF: quoteWord(name) } } });
    return [{ image: { reference, gate: undefined, where: group.map(({ image }) => image) }, item: { reference: name, failure, error } }];
  });
}

async function judgeAll(
  call: Call,
  images: readonly ImageAtGate[],
  given: ManifestJudge & { readonly gate: string | undefined; readonly printed: Set<string> },
): Promise<readonly JudgedImage[]> {
  const { judge, gate, printed, concurrency, timeoutMs } = given;
  const judged: JudgedImage[] = [];
  const byName = new Map(images.map((image) => [formatReference(image.reference), image]));
  await forEachReference([...byName.keys()], (reference, signal) => judge(reference, { gate, signal }), {
    concurrency,
    timeoutMs,
    signal: call.io.signal,
    known: call.known,
    done: (item) => {
      const image = byName.get(item.reference);
      if (image !== undefined) tellDone(call, { image, item });
    },
    next: (item) => {
      const image = byName.get(item.reference);
      if (image === undefined) return;
      judged.push({ image, item });
      tellNext(call, { image, item }, printed);
    },
  });
  return judged;
}

/** As soon as it is judged. */
function tellDone({ io, values }: Call, judged: JudgedImage): void {
  if (values.text("output") === "jsonl") print(io, JSON.stringify(imageDocument(judged)));
}

/** In the order of the manifests. */
function tellNext(call: Call, judged: JudgedImage, printed: Set<string>): void {
  const output = call.values.text("output") ?? "text";
  if (output === "text") print(call.io, renderImage(judged, styleFor(call.io, call.io.stdout), shownAs(call)));
  if (output === "ref") printPinned(call, judged, printed);
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

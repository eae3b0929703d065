/** Gives the tag to an image whose entry is recorded, and tells of whoever else wanted it meanwhile that it has another image. */
import type { Digest } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import { formatReference, type Reference } from "../core/reference.ts";
import type { CallOptions, Store } from "../core/store.ts";
import { tryResolve } from "../copying/resolve-tag.ts";
import { findPlaceRecords, type PlaceOptions } from "../records/place-records.ts";
import type { RecordWriter } from "../records/write-record.ts";
import type { VerifiedImage } from "../verify.ts";
import type { Held } from "./promotion-report.ts";

interface Taking {
  readonly tag: string;
  readonly image: VerifiedImage;
  /** Of its entry. */
  readonly record: Digest;
  /** What had the tag before anything was done. */
  readonly held: Held | undefined;
  /** The destination by its tag. */
  readonly tagged: Reference;
  readonly to: Store;
  readonly as: string | undefined;
  readonly call: CallOptions;
  readonly records: RecordWriter;
  /** How records are read there, as of this moment. */
  readonly reading: () => PlaceOptions;
  /** Whether what has the tag may stay there. */
  readonly stays: () => Promise<boolean>;
}

/** The image that had the tag is told to be replaced before it is, so that none which was is ever without that. Throws `promotion/overtaken`. */
export async function takeTag(taking: Taking): Promise<void> {
  const { tag, image, record, held, to, as, call, records } = taking;
  const { digest, mediaType, size } = image.descriptor;
  const isOurs = held?.image === digest;
  if (held !== undefined && !isOurs) await records.replaced(held.image, { image: digest, record });
  const now = await tryResolve(to, { tag }, call);
  if (now?.descriptor.digest !== held?.image) throw await overtaken(taking, now?.descriptor.digest);
  if (isOurs) return;
  const { bytes } = await to.resolve({ digest }, call);
  const named = as === undefined ? {} : { imageName: `${as}:${tag}` };
  await to.pushManifest({ mediaType, digest, size }, bytes, { ...call, ...named, tag });
  await to.commit(call);
  const after = await tryResolve(to, { tag }, call);
  if (after?.descriptor.digest !== digest) throw await overtaken(taking, after?.descriptor.digest);
  if (held !== undefined) await tellRivals(taking, held);
  if (!(await taking.stays())) throw failed(taking, "it has the tag, and does not stay there: another image was promoted meanwhile");
}

/** Others who replaced the same image may have had the tag between the last look at it and its move: theirs is not there any more. */
async function tellRivals({ tag, image, to, call, records, reading }: Taking, { descriptor }: Held): Promise<void> {
  const { digest } = image.descriptor;
  const { replaced } = await findPlaceRecords(descriptor, reading());
  const rivals = replaced.flatMap(({ said: { other, tags } }) =>
    other?.record !== undefined && other.image !== digest && tags.includes(tag) ? [other.image] : [],
  );
  for (const rival of new Set(rivals)) {
    const there = await tryResolve(to, { digest: rival }, call);
    const told = there === undefined ? undefined : await findPlaceRecords(there.descriptor, reading());
    if (told?.replaced.length === 0) await records.replaced(rival, { image: digest });
  }
}

/** What has entered and has not got its tag must not pass for what has: the record of its entry stands already. */
async function overtaken(taking: Taking, winner: Digest | undefined): Promise<CountersignError> {
  const { digest } = taking.image.descriptor;
  if (winner !== undefined && winner !== digest) await taking.records.replaced(digest, { image: winner });
  return failed(taking, `somebody else moved the tag meanwhile: ${winner === undefined ? "it is gone" : `it is now ${winner}`}`);
}

function failed({ image, tagged }: Taking, state: string): CountersignError {
  const [source, place] = [formatReference(image.reference), formatReference(tagged)];
  return new CountersignError("promotion/overtaken", `Cannot promote "${source}" to "${place}": ${state}`);
}

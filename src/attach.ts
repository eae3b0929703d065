/** Attaches what somebody else has signed: checks that it is whole and about this image, and brings it to its place. No trust decision. */
import type { Clock } from "./core/clock.ts";
import type { Descriptor } from "./core/descriptor.ts";
import type { Digest } from "./core/digest.ts";
import { showForeign } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import type { Finding } from "./core/finding.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { AttachResult, CallOptions, ReadonlyStore, ReferrersMode, Store } from "./core/store.ts";
import { inspect, type InspectReport } from "./inspect.ts";
import { resolveSubject } from "./sign.ts";
import { openSignedFile, type Parcel, type SignedFile } from "./words/signed-file.ts";

export type { SignedFile } from "./words/signed-file.ts";

export interface AttachOptions extends CallOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly referrers?: ReferrersMode;
}

/** One thing that hangs on the image now. */
export interface Attached {
  readonly path: string;
  /** Of the statement, or of a signature of the image. */
  readonly digest: Digest;
  /** Absent for a signature. */
  readonly predicateType?: string;
  /** It hung there before, with all of its signatures. */
  readonly isHeld: boolean;
  /** Which index lists it; absent where it was listed before. */
  readonly via?: AttachResult["via"];
}

export interface AttachFilesResult {
  readonly pinned: string;
  readonly subject: Descriptor;
  readonly attached: readonly Attached[];
}

/** Nothing is pushed unless every file is good. Throws `document/…` for one that is not. */
export async function attach(reference: Reference, files: readonly SignedFile[], options: AttachOptions): Promise<AttachFilesResult> {
  const { store } = options;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const subject = await resolveSubject(reference, store, call);
  const pinned = pinReference(reference, subject.digest);
  const opened = [];
  for (const file of files) {
    const parcels = await openSignedFile(file, subject, call);
    const report = await inspect(pinned, { ...call, clock: options.clock, store: overlay(store, subject, parcels) });
    opened.push({ file, parcels: parcels.map((parcel) => ({ parcel, ...checked(parcel, report, { file, pinned }) })) });
    if (parcels.length === 0) throw otherSubject(file, pinned, "nothing in it hangs on this image");
  }
  const attached: Attached[] = [];
  for (const { file, parcels } of opened) {
    for (const { parcel, predicateType } of parcels) {
      const pushed = await push(parcel, { ...options, subject });
      const about = {
        path: file.path,
        digest: parcel.manifest.descriptor.digest,
        ...(predicateType === undefined ? {} : { predicateType }),
      };
      attached.push({ ...about, isHeld: pushed === undefined, ...(pushed === undefined ? {} : { via: pushed }) });
    }
  }
  await store.commit(call);
  return { pinned: formatReference(pinned), subject, attached };
}

/** The image as it would be with the parcels alone hanging on it. */
function overlay(store: ReadonlyStore, subject: Descriptor, parcels: readonly Parcel[]): ReadonlyStore {
  const bytes = new Map<string, Uint8Array>();
  const referrers = new Map<string, readonly Descriptor[]>();
  const add = (digest: Digest, hanging: readonly Parcel[]): void => {
    referrers.set(
      digest,
      hanging.map(({ manifest }) => manifest.descriptor),
    );
    for (const parcel of hanging) {
      bytes.set(parcel.manifest.descriptor.digest, parcel.manifest.bytes);
      for (const blob of parcel.blobs) bytes.set(blob.descriptor.digest, blob.bytes);
      add(parcel.manifest.descriptor.digest, parcel.referrers);
    }
  };
  add(subject.digest, parcels);
  return {
    name: store.name,
    // cosign's tags of the image are not what is looked at.
    resolve: async (target, call) => {
      if (target.digest !== subject.digest)
        throw new CountersignError("store/not-found", `Cannot read "${target.tag ?? target.digest}": it is not in the file`);
      return store.resolve({ digest: subject.digest }, call);
    },
    fetch: async (descriptor, call) => bytes.get(descriptor.digest) ?? store.fetch(descriptor, call),
    referrers: async (digest) => ({ referrers: referrers.get(digest) ?? [], complete: true, notes: [], sources: ["index"] }),
  };
}

/** Whether it is whole, signed, and about the image, and nothing else comes along; who has signed it is a question for whoever verifies. */
function checked(
  { manifest, referrers }: Parcel,
  { signatures, statements }: InspectReport,
  { file, pinned }: { readonly file: SignedFile; readonly pinned: Reference },
): { readonly predicateType?: string } {
  const { digest } = manifest.descriptor;
  const statement = statements.find((one) => one.digest === digest);
  const own = statement?.signatures ?? signatures.filter((one) => one.digest === digest);
  const wrong = [...(statement?.findings ?? []), ...own.flatMap(({ findings }) => findings)].find(isFailed);
  if (wrong?.check === "subject") throw otherSubject(file, pinned, wrong.message);
  if (wrong !== undefined) throw invalid(file, `${wrong.code}: ${wrong.message}`);
  if (own.length === 0)
    throw invalid(
      file,
      statement === undefined ? `what is in it is neither a statement nor a signature (${digest})` : "nobody has signed it",
    );
  const signing = new Set(statement?.signatures.map((one) => one.digest) ?? []);
  const stray = referrers.find((one) => !signing.has(one.manifest.descriptor.digest) || one.referrers.length > 0);
  if (stray !== undefined) throw invalid(file, `${stray.manifest.descriptor.digest} in it is no signature, or something hangs on it`);
  return statement?.claimed === undefined ? {} : { predicateType: statement.claimed.predicateType };
}

function isFailed({ outcome }: Finding): boolean {
  return outcome === "fail";
}

function otherSubject({ path }: SignedFile, pinned: Reference, state: string): CountersignError {
  return new CountersignError(
    "document/other-subject",
    `Cannot attach "${path}" to "${formatReference(pinned)}": ${showForeign(state, 1000)}`,
    {
      remedy: "attach it to the image that it was signed for, by digest",
    },
  );
}

function invalid({ path }: SignedFile, state: string): CountersignError {
  return new CountersignError("document/invalid", `Cannot attach "${path}": ${showForeign(state, 1000)}`, {
    remedy: "let whoever has signed it write the file again: --out FILE",
  });
}

/** The signatures first, so that whoever sees the statement sees who vouches for it. `undefined` where all of it was there. */
async function push(parcel: Parcel, options: AttachOptions & { readonly subject: Descriptor }): Promise<AttachResult["via"] | undefined> {
  const { store, subject, referrers: mode = "auto" } = options;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const { manifest, blobs, referrers } = parcel;
  const { mediaType, digest, size } = manifest.descriptor;
  let via: AttachResult["via"] | undefined;
  for (const one of referrers) via = (await push(one, { ...options, subject: { mediaType, digest, size } })) ?? via;
  const listed = await store.referrers(subject.digest, call);
  if (listed.referrers.some((one) => one.digest === digest)) return via;
  for (const { descriptor, bytes } of blobs)
    await store.pushBlob({ mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size }, bytes, call);
  return (await store.attach([manifest], { ...call, subject, mode })).via;
}

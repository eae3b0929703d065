/** What was signed and not pushed, as a file: a bundle where it is one, else an OCI archive. */
import type { Descriptor } from "../core/descriptor.ts";
import { CountersignError } from "../core/errors.ts";
import { saveNamedFile } from "../files/named.ts";
import { isPresent } from "../files/present.ts";
import { BUNDLE_TYPES } from "../formats/sigstore-bundle/media-types.ts";
import type { Setup } from "../setup.ts";
import type { SetAside } from "../words/set-aside.ts";

export interface SavedFile {
  readonly path: string;
  readonly form: "bundle" | "oci-archive";
}

/** What is there already is left alone. Throws `file/exists`. */
export async function saveSetAside(path: string, { blobs, attached }: SetAside, opened: Pick<Setup, "openStore">): Promise<SavedFile> {
  const bundle = blobs.find(({ descriptor }) => BUNDLE_TYPES.includes(descriptor.mediaType));
  if (bundle !== undefined && attached.length === 1) {
    await saveNamedFile(path, bundle.bytes, { mode: 0o644, failed: "store/write-failed" });
    return { path, form: "bundle" };
  }
  if (isPresent(path)) throw new CountersignError("file/exists", `Cannot write "${path}": it is there already`);
  const archive = await opened.openStore({ kind: "archive", path }, { create: true });
  const small = new Map(blobs.map(({ descriptor, bytes }) => [descriptor.digest, { descriptor, bytes }]));
  for (const { descriptor, bytes } of small.values()) await archive.pushBlob(plain(descriptor), bytes);
  for (const { subject, manifest } of attached) await archive.attach([manifest], { subject });
  await archive.commit();
  return { path, form: "oci-archive" };
}

function plain({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

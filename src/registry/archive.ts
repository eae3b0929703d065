/** An OCI layout in one tar file as a store. */
import { CountersignError } from "../core/errors.ts";
import type { Store } from "../core/store.ts";

export function openArchive(path: string, _options: { readonly create?: boolean } = {}): Store {
  throw new CountersignError("reference/invalid", `Cannot open archive "${path}": not yet`);
}

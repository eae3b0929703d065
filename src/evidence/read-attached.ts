/** Reads what an artifact carries that hangs on an image: a statement, or a document as the statement that `attest` would have made of it. */
import type { ByteBudget, SubjectBudget } from "../core/budget.ts";
import type { Descriptor } from "../core/descriptor.ts";
import { digestAlgorithm, digestHex, digestMatches, type Digest } from "../core/digest.ts";
import type { Statement, StatementSubject } from "../core/evidence.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import type { CallOptions, ReadonlyStore } from "../core/store.ts";
import { decodeBase64 } from "../encoding/base64.ts";
import type { AttachedStatement } from "../formats/attached/manifest.ts";
import { readDocument } from "../statements/document.ts";
import { isNamed } from "../statements/named.ts";
import { decodeStatement } from "../statements/statement.ts";

export interface ReadAttachedOptions extends CallOptions {
  readonly store: ReadonlyStore;
  /** What the artifact refers to. */
  readonly subject: Descriptor;
  readonly memory: ByteBudget;
  readonly budget: SubjectBudget;
}

/** Throws `Malformed` for what is broken and `CountersignError` for what could not be had. */
export async function readAttachedStatement(attached: AttachedStatement, options: ReadAttachedOptions): Promise<Statement | "over-budget"> {
  const { document } = attached;
  if (document === undefined) return useAttachedBytes(attached, options, decodeStatement);
  const read = await useAttachedBytes(attached, options, (bytes) => readDocument(bytes, document));
  if (read === "over-budget") return read;
  const { predicateType, predicate, namedDigests } = read;
  const { store, subject, signal } = options;
  const image = { digest: subject.digest, fetchManifest: () => store.fetch(subject, signal === undefined ? {} : { signal }) };
  const isOurs = namedDigests.length === 0 || (await isNamed(namedDigests, image));
  const digests = isOurs ? [options.subject.digest] : [...new Set(namedDigests.map(({ digest }) => digest))];
  return { subjects: digests.map(subjectOf), predicateType, predicate };
}

/** Hands on the bytes as they are stored, while they are set aside in memory. */
export async function useAttachedBytes<T>(
  { layer }: AttachedStatement,
  { store, memory, budget, signal }: ReadAttachedOptions,
  work: (bytes: Uint8Array) => T,
): Promise<T | "over-budget"> {
  if (layer.size > LIMITS.statementBytes) throw new Malformed("integrity/too-large", `a statement claims ${layer.size} bytes`);
  if (layer.data !== undefined) {
    const bytes = decodeBase64(layer.data);
    if (bytes.length !== layer.size || !digestMatches(bytes, layer.digest))
      throw new Malformed("integrity/embedded-data", "the embedded statement does not have the digest of its descriptor");
    return work(bytes);
  }
  if (!budget.spend(layer.size)) return "over-budget";
  return memory.use(layer.size, async () => work(await store.fetch(layer, signal === undefined ? {} : { signal })));
}

function subjectOf(digest: Digest): StatementSubject {
  return { digest: { [digestAlgorithm(digest)]: digestHex(digest) } };
}

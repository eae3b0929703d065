/** The document of `attest`: what it is, whether it is about the image, and what is signed along about that. */
import { withArticle } from "../core/article.ts";
import { isObject } from "../core/descriptor.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { type ContentKind, NAMED_KINDS } from "../core/evidence.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { ASSERTED_ANNOTATION } from "../core/policy.ts";
import { formatReference, type Reference } from "../core/reference.ts";
import type { CallOptions, ReadonlyStore } from "../core/store.ts";
import { decodeJson } from "../encoding/json.ts";
import type { KnownTimes, RecognisedDocument } from "../statements/recognised.ts";

export interface AttestedDocument {
  /** As people call it: `Trivy report`. */
  readonly form: string;
  readonly predicateType: string;
  readonly predicate: unknown;
  readonly content: ContentKind;
  /** What it says it is about; empty where it names nothing. */
  readonly named: RecognisedDocument["namedDigests"];
}

const KINDS: readonly string[] = NAMED_KINDS;

export interface ReadOptions {
  /** As messages name it. */
  readonly source: string;
  /** What it must be: a kind, or the URI of a predicate of the signer's own. */
  readonly type: string | undefined;
  readonly times?: KnownTimes;
}

/** Throws `document/…`, and `usage/invalid` for a type that there is not. */
export async function readDocument(bytes: Uint8Array, { source, type, times }: ReadOptions): Promise<AttestedDocument> {
  const isKind = type === undefined || KINDS.includes(type);
  if (!isKind) return ownDocument(bytes, { source, type: checkUri(type) });
  const { recogniseDocument } = await import("../statements/recognise.ts");
  const { form, predicateType, predicate, content, namedDigests } = recogniseDocument(bytes, {
    source,
    ...(times === undefined ? {} : { times }),
  });
  if (type !== undefined && content.kind !== type) {
    throw new CountersignError("document/unknown", `Cannot attest "${source}" as ${type}: it is ${withArticle(form)}`, {
      // A source that is asked for by name is a repository's.
      remedy: KINDS.includes(content.kind) && content.kind !== "source" ? `--type ${content.kind}, or leave it out` : "leave out --type",
    });
  }
  return { form, predicateType, predicate, content: content.kind, named: namedDigests };
}

/** What tools write about something that they were shown; anything else is the signer's own word, and need not name the image itself. */
function isOfTool(kind: ContentKind): boolean {
  return kind === "sbom" || kind === "scan" || kind === "test";
}

function checkUri(type: string): string {
  if (/^[a-z][a-z0-9+.-]*:\S+$/i.test(type)) return type;
  throw new CountersignError("usage/invalid", `Cannot use --type "${type}": it is neither ${KINDS.join(", ")} nor a URI`, {
    remedy: "--type https://example.com/review/v1 for a predicate of your own",
  });
}

function ownDocument(bytes: Uint8Array, { source, type }: { readonly source: string; readonly type: string }): AttestedDocument {
  try {
    const predicate = decodeJson(bytes, { maxBytes: LIMITS.statementBytes, maxContainers: LIMITS.statementContainers });
    if (!isObject(predicate)) throw new Malformed("json/syntax", "it is JSON and not an object");
    return { form: "predicate of your own", predicateType: type, predicate, content: "other", named: [] };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new CountersignError("document/invalid", `Cannot read "${source}" as a predicate: ${error.message.trim()}`, { cause: error });
  }
}

/**
 * What is signed along: nothing if the document names the image, and that it is only asserted if it names none. One that
 * names another is refused. `wasRun`: the tool was run on this very image, so that it need not name it.
 */
export async function bindDocument(
  { form, content, named }: AttestedDocument,
  given: CallOptions & { readonly reference: Reference; readonly store: ReadonlyStore; readonly wasRun: boolean; readonly source: string },
): Promise<Readonly<Record<string, string>>> {
  const { reference, store, wasRun, source, ...call } = given;
  if (named.length === 0) return wasRun || !isOfTool(content) ? {} : { [ASSERTED_ANNOTATION]: "true" };
  const { descriptor, bytes } = await store.resolve(reference, call);
  const { isNamed } = await import("../statements/named.ts");
  if (await isNamed(named, { digest: descriptor.digest, fetchManifest: () => Promise.resolve(bytes) })) return {};
  const others = [...new Set(named.map(({ digest }) => digest))];
  throw new CountersignError(
    "document/other-subject",
    `Cannot attest "${showForeign(source)}" for "${formatReference(reference)}": the ${form} is about ${others.slice(0, 3).join(", ")}${others.length > 3 ? " …" : ""}`,
  );
}

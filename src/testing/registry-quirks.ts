/** What registries do that the specification does not say, or that old tools left in them: one table, for tests and for docs/quirks.md. */
import type { Answer, RecordedRequest } from "./registry-server.ts";

interface QuirkRow {
  /** What the registry does. */
  readonly does: string;
  /** Where it was seen, or why it must be expected. */
  readonly seen: string;
  /** What Countersign does about it. */
  readonly ours: string;
  /** Asked for each request; `undefined` where the quirk does not show. Without it the server shows the quirk at the place of its code. */
  readonly change?: (request: RecordedRequest, answer: Answer) => Partial<Answer> | undefined;
}

export type Quirk =
  | "one-shot-202"
  | "push-202"
  | "filter-ignored"
  | "oci-subject-absent"
  | "oci-subject-lying"
  | "head-without-digest"
  | "head-405"
  | "no-digest-header"
  | "link-unquoted"
  | "paging-ignored"
  | "accept-binding"
  | "html-404"
  | "empty-404"
  | "referrers-404-with-index"
  | "referrers-html"
  | "artifact-type-missing"
  | "artifact-type-of-config"
  | "manifests-null"
  | "read-only-405"
  | "delete-by-tag-400"
  | "content-type-charset"
  | "blob-redirect-308"
  | "upper-case-headers"
  | "relative-location"
  | "location-with-query";

const INDEX = "application/vnd.oci.image.index.v1+json";
const EMPTY = "application/vnd.oci.empty.v1+json";
const SPECIFICATION = "allowed by distribution-spec 1.1";

export const QUIRKS: Readonly<Record<Quirk, QuirkRow>> = {
  "one-shot-202": {
    does: "answers an upload in one POST with 202, and has not taken it",
    seen: `docker-registry 2.8; ${SPECIFICATION}`,
    ours: "always POST, then PUT",
  },
  "push-202": {
    does: "answers a finished push with 202 instead of 201",
    seen: "to be expected of registries that store behind the answer",
    ours: "200, 201, 202 and 204 are a success; a digest that comes with it must be the right one",
    change: ({ method }, { status }) => (method === "PUT" && status === 201 ? { status: 202 } : undefined),
  },
  "filter-ignored": {
    does: "ignores `artifactType` of the referrers API, and sends no `OCI-Filters-Applied`",
    seen: SPECIFICATION,
    ours: "every listing is filtered again, whatever the header says",
  },
  "oci-subject-absent": {
    does: "has the referrers API, and does not say so with `OCI-Subject` when it takes a manifest",
    seen: "to be expected of proxies that drop headers which they do not know",
    ours: "the fallback index is written too; both are read, and an entry in both counts once",
    change: ({ method }, { headers }) =>
      method === "PUT" && "oci-subject" in headers ? { headers: without(headers, "oci-subject") } : undefined,
  },
  "oci-subject-lying": {
    does: "sends `OCI-Subject`, and has no referrers API",
    seen: "Amazon ECR in 2024 (sigstore-js#1183)",
    ours: "what was pushed must be seen in the API's listing; else the fallback index is written",
  },
  "head-without-digest": {
    does: "sends no `Docker-Content-Digest` to HEAD",
    seen: SPECIFICATION,
    ours: "HEAD is asked only whether something is there; digests are made of the bytes",
    change: ({ method }, { headers }) => (method === "HEAD" && DIGEST in headers ? { headers: without(headers, DIGEST) } : undefined),
  },
  "head-405": {
    does: "does not know HEAD",
    seen: "to be expected of proxies that let only GET, POST and PUT through",
    ours: "a blob that may be there is pushed again; an index entry that may lead somewhere is kept",
    change: ({ method }) => (method === "HEAD" ? { status: 405 } : undefined),
  },
  "no-digest-header": {
    does: "never sends `Docker-Content-Digest`",
    seen: `file servers that stand in for a registry; ${SPECIFICATION}`,
    ours: "the digest is that of the bytes received; a header that is there must agree",
    change: (_, { headers }) => (DIGEST in headers ? { headers: without(headers, DIGEST) } : undefined),
  },
  "link-unquoted": {
    does: "writes `rel=next` in `Link` without quotes",
    seen: "olareg 0.1",
    ours: "read either way",
    change: (_, { headers }) =>
      headers["link"] === undefined ? undefined : { headers: { ...headers, link: headers["link"].replaceAll('"', "") } },
  },
  "paging-ignored": {
    does: "ignores `n`, and lists everything on one page, in no order",
    seen: "docker-registry 2.8",
    ours: "one page may be as long as all of them together (32 MiB)",
  },
  "accept-binding": {
    does: "answers 404 for a manifest of a kind that `Accept` does not name",
    seen: "docker-registry 2.8",
    ours: "every kind that may be there is asked for",
    change: ({ method, url, headers }, answer) =>
      method === "GET" &&
      url.includes("/manifests/") &&
      answer.status === 200 &&
      !String(headers["accept"]).includes(answer.headers["content-type"] ?? "")
        ? { status: 404, headers: {}, body: new Uint8Array() }
        : undefined,
  },
  "html-404": {
    does: "says in HTML that something is not there",
    seen: "to be expected of proxies",
    ours: "the status says enough; a body is read for its error codes only",
    change: (_, { status }) =>
      status === 404 ? { headers: { "content-type": "text/html" }, body: Buffer.from("<html><h1>404 Not Found</h1></html>") } : undefined,
  },
  "empty-404": {
    does: "says with no body that something is not there",
    seen: "to be expected of proxies",
    ours: "as above",
    change: (_, { status }) => (status === 404 ? { headers: {}, body: new Uint8Array() } : undefined),
  },
  "referrers-404-with-index": {
    does: "answers the referrers API with 404 and an empty index",
    seen: "to be expected of half-finished support",
    ours: "404 means that there is no API, whatever comes with it: the fallback tag is read and written",
    change: ({ url }, { headers }) =>
      isListing(url)
        ? {
            status: 404,
            headers: { ...headers, "content-type": INDEX },
            body: encode({ schemaVersion: 2, mediaType: INDEX, manifests: [] }),
          }
        : undefined,
  },
  "referrers-html": {
    does: "answers the referrers API with 200 and a page for people",
    seen: "registries that answer 200 without the API (sigstore-js#1187)",
    ours: "what is no index means that there is no API; where there is no fallback tag either, a note says so, and a copy is not complete",
    change: ({ url }) =>
      isListing(url) ? { status: 200, headers: { "content-type": "text/html" }, body: Buffer.from("<html>") } : undefined,
  },
  "artifact-type-missing": {
    does: "lists entries without `artifactType` and annotations",
    seen: "Quay before 3.12; annotations only: indexes written by cosign up to go-containerregistry 0.22.0 (cosign#4641)",
    ours: "such an entry is kept, and its manifest tells what it is",
    change: relabel((entry) => without(without(entry, "artifactType"), "annotations")),
  },
  "artifact-type-of-config": {
    does: "lists the type of the empty config as `artifactType`",
    seen: "fallback indexes of cosign on ghcr.io (NVIDIA/aicr#1957)",
    ours: "that label tells nothing, so it counts as none",
    change: relabel((entry) => ({ ...entry, artifactType: EMPTY })),
  },
  "manifests-null": {
    does: "lists `null` instead of an empty list",
    seen: "indexes that oras emptied",
    ours: "read as an empty list",
    change: (request, answer) => changeIndex(request, answer, (entries) => (entries.length === 0 ? null : undefined)),
  },
  "read-only-405": {
    does: "answers every push with 405",
    seen: "docker-registry 2.8 in its read-only mode",
    ours: "`store/read-only`, exit code 4; reading goes on",
  },
  "delete-by-tag-400": {
    does: "deletes nothing by tag, and answers 400",
    seen: "docker-registry 2.8",
    ours: "nothing is ever deleted: an index is written anew",
  },
  "content-type-charset": {
    does: "adds a parameter to every `Content-Type`",
    seen: "to be expected of web frameworks",
    ours: "parameters are passed over",
    change: (_, { headers }) =>
      headers["content-type"] === undefined
        ? undefined
        : { headers: { ...headers, "content-type": `${headers["content-type"]}; charset=utf-8` } },
  },
  "blob-redirect-308": {
    does: "keeps blobs elsewhere, and sends clients there with 308",
    seen: "registries on object stores (301, 302, 303, 307 and 308 are in use)",
    ours: "followed for blobs, without credentials where it leads to another origin, never from HTTPS to HTTP",
    change: ({ method, url }, { status, headers }) =>
      (method === "GET" || method === "HEAD") && status === 200 && url.includes("/blobs/") && !url.includes("?elsewhere")
        ? { status: 308, headers: { ...headers, location: `${url}?elsewhere=1` }, body: new Uint8Array() }
        : undefined,
  },
  "upper-case-headers": {
    does: "writes names of headers in capital letters",
    seen: "allowed by RFC 9110",
    ours: "names are read in any case",
    change: (_, { headers }) => ({
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value])),
    }),
  },
  "relative-location": {
    does: "names the place to upload to by a path that is relative to the request",
    seen: "allowed by RFC 9110",
    ours: "resolved against the URL of the request, and refused on another origin",
    change: ({ method }, { status, headers }) =>
      method === "POST" && status === 202 ? { headers: { ...headers, location: headers["location"]?.split("/").at(-1) ?? "" } } : undefined,
  },
  "location-with-query": {
    does: "names the place to upload to by a whole URL with a query that must come back",
    seen: "docker-registry 2.8",
    ours: "the digest is added to the query that is there",
  },
};

/** The answer as a registry with these quirks gives it; those that change it are added to `shown`. */
export function changeByQuirks(
  quirks: ReadonlySet<Quirk>,
  { request, answer, shown }: { readonly request: RecordedRequest; readonly answer: Answer; readonly shown: Set<Quirk> },
): Answer {
  let changed = answer;
  for (const quirk of quirks) {
    const change = QUIRKS[quirk].change?.(request, changed);
    if (change !== undefined) shown.add(quirk);
    changed = { ...changed, ...change };
  }
  return changed;
}

const DIGEST = "docker-content-digest";

function without<Value>(members: Readonly<Record<string, Value>>, name: string): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(members).filter(([held]) => held !== name));
}

function isListing(url: string): boolean {
  return url.includes("/referrers/");
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

type Entry = Readonly<Record<string, unknown>>;

function relabel(change: (entry: Entry) => Entry): NonNullable<QuirkRow["change"]> {
  return (request, answer) => changeIndex(request, answer, (entries) => (entries.length === 0 ? undefined : entries.map(change)));
}

/** Changes what an index lists: that of the referrers API, or that under a fallback tag, whose digest is then another. */
function changeIndex(
  { method, url }: RecordedRequest,
  { status, headers, body }: Answer,
  change: (entries: readonly Entry[]) => readonly Entry[] | null | undefined,
): Partial<Answer> | undefined {
  const isIndex = method === "GET" && status === 200 && (isListing(url) || /\/manifests\/sha256-[0-9a-f]{64}$/.test(url));
  if (!isIndex) return undefined;
  const index = JSON.parse(Buffer.from(body).toString("utf8")) as { readonly manifests: readonly Entry[] };
  const manifests = change(index.manifests);
  if (manifests === undefined) return undefined;
  return { headers: without(headers, DIGEST), body: encode({ ...index, manifests }) };
}

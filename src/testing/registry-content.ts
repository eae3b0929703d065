/** What the registry server keeps of one repository. */

export interface Repository {
  readonly blobs: Map<string, Uint8Array>;
  readonly manifests: Map<string, { readonly mediaType: string; readonly bytes: Uint8Array }>;
  readonly tags: Map<string, string>;
}

export function createRepository(): Repository {
  return { blobs: new Map(), manifests: new Map(), tags: new Map() };
}

interface StoredDocument {
  readonly artifactType?: string;
  readonly config?: { readonly mediaType?: string };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly subject?: { readonly digest?: string };
}

export interface ReferrerEntry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Source: distribution-spec 1.1, "Listing Referrers". */
export function referrersOf(repository: Repository, subject: string): readonly ReferrerEntry[] {
  const found: ReferrerEntry[] = [];
  for (const [digest, { mediaType, bytes }] of repository.manifests) {
    const document = readDocument(bytes);
    if (document?.subject?.digest !== subject) continue;
    const artifactType = document.artifactType ?? document.config?.mediaType;
    found.push({
      mediaType,
      digest,
      size: bytes.length,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(document.annotations === undefined ? {} : { annotations: document.annotations }),
    });
  }
  return found;
}

/** `undefined` for what a client pushed that is no JSON: this registry keeps everything. */
export function readDocument(bytes: Uint8Array): StoredDocument | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8")) as StoredDocument;
  } catch {
    return undefined;
  }
}

/** Reads one trust store from its folder, `<folder>/x509/<type>/<name>`, where notation keeps it. */
// Synchronous: a few small files on this machine, read once; node:fs/promises alone costs more at start-up than reading them.
import { type Dirent, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { formatStore, type TrustStoreName } from "../core/trust-source.ts";
import { fileFailureOf } from "../files/failure.ts";
import { loadFileSync } from "../files/load.ts";
import type { Certificate } from "../pki/x509/certificate.ts";
import { formatName } from "../pki/x509/name.ts";
import { isTrustStoreName } from "../policy/trust-store-name.ts";
import { findCertificates, whyNoAnchor } from "./certificate-file.ts";

export interface StoredCertificate {
  /** Name of the file in the store's folder. */
  readonly file: string;
  readonly certificate: Certificate;
}

export interface TrustStoreContent {
  readonly store: TrustStoreName;
  readonly folder: string;
  readonly certificates: readonly StoredCertificate[];
  /** What was passed over, in words, safe to show. */
  readonly notes: readonly string[];
  /** What must not be there: with any of these, the store gives no anchors. */
  readonly faults: readonly string[];
}

/** What was found in one file. */
type Found = Pick<TrustStoreContent, "notes" | "faults"> & { readonly certificates: readonly Certificate[] };

/** The store's folder; the name is checked here again, because it becomes part of a path. */
export function folderOf(root: string, store: TrustStoreName): string {
  if (!isTrustStoreName(store.name)) throw refuse(store, `"${showForeign(store.name, 100)}" is no name of a trust store`);
  return join(root, "x509", store.type, store.name);
}

/**
 * The store, or `undefined` if there is none. Links are faults, because whoever may write their target would choose the
 * anchors; a link among the folders above is refused at once, as `trust/store-invalid`.
 */
export function loadStoreFolder(root: string, store: TrustStoreName): TrustStoreContent | undefined {
  const folder = folderOf(root, store);
  for (const path of [join(root, "x509"), join(root, "x509", store.type), folder]) {
    if (!isRealFolder(path, store)) return undefined;
  }
  const entries = reading(store, folder, () => readdirSync(folder, { withFileTypes: true }));
  if (entries.length > LIMITS.trustStoreFiles) throw refuse(store, `it has ${entries.length} files, more than ${LIMITS.trustStoreFiles}`);
  const certificates: StoredCertificate[] = [];
  const notes: string[] = [];
  const faults: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const found = loadEntry(entry, folder, store);
    const file = showForeign(entry.name, 255);
    certificates.push(...found.certificates.map((certificate) => ({ file: entry.name, certificate })));
    notes.push(...found.notes.map((note) => `${file} ${note}`));
    faults.push(...found.faults.map((fault) => `${file} ${fault}`));
  }
  return { store, folder, certificates, notes, faults };
}

/** As `loadStoreFolder`; throws `trust/store-missing` if there is none. */
export function showStoreFolder(root: string, store: TrustStoreName): TrustStoreContent {
  const content = loadStoreFolder(root, store);
  if (content !== undefined) return content;
  const name = formatStore(store);
  throw new CountersignError("trust/store-missing", `Cannot use trust store "${name}": there is no folder ${folderOf(root, store)}`, {
    remedy: `countersign trust add ${name} ROOTFILE`,
  });
}

/** False if there is nothing at `path`. */
export function isRealFolder(path: string, store: TrustStoreName): boolean {
  const found = reading(store, path, () => lstatSync(path, { throwIfNoEntry: false }));
  if (found === undefined) return false;
  if (found.isSymbolicLink()) throw refuse(store, `${path} is a symbolic link, and a link could be turned to other roots`);
  if (!found.isDirectory()) throw refuse(store, `${path} is not a folder`);
  return true;
}

function loadEntry(entry: Dirent, folder: string, store: TrustStoreName): Found {
  if (entry.isSymbolicLink()) return { ...NOTHING, faults: ["is a symbolic link, and could be turned to another root"] };
  if (entry.isDirectory()) return { ...NOTHING, notes: ["is a folder, and is ignored"] };
  if (!entry.isFile()) return { ...NOTHING, notes: ["is not a regular file, and is ignored"] };
  const path = join(folder, entry.name);
  const bytes = reading(store, path, () => loadBounded(path));
  if (bytes === undefined) return { ...NOTHING, notes: ["is larger than any file of certificates, and is ignored"] };
  const { certificates, notes } = findCertificates(bytes);
  if (certificates.length === 0) return { ...NOTHING, notes: notes.map((note) => `${note}, and is ignored`) };
  const faults = certificates.flatMap((certificate) => {
    const problem = whyNoAnchor(certificate, store.type);
    return problem === undefined ? [] : [`holds ${showForeign(formatName(certificate.subject))}, which ${problem}`];
  });
  return { certificates, notes, faults };
}

const NOTHING: Found = { certificates: [], notes: [], faults: [] };

/** `undefined` for a file that is too large. A link or a pipe put there in the meantime is refused. */
function loadBounded(path: string): Uint8Array | undefined {
  try {
    return loadFileSync(path, { maxBytes: LIMITS.keyFileBytes, links: "refuse" });
  } catch (error) {
    const failure = fileFailureOf(error);
    if (failure.state === "too-large") return undefined;
    throw failure;
  }
}

function reading<T>(store: TrustStoreName, path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { message, cause } = fileFailureOf(error);
    throw refuse(store, `${path} could not be read: ${message}`, cause);
  }
}

export function refuse(store: TrustStoreName, state: string, cause?: unknown): CountersignError {
  const name = showForeign(formatStore(store), 300);
  return new CountersignError("trust/store-invalid", `Cannot use trust store "${name}": ${state}`, {
    remedy: `countersign trust show ${name}`,
    ...(cause === undefined ? {} : { cause }),
  });
}

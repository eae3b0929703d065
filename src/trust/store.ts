/** Trust stores on disk as notation lays them out: the anchors that verification asks for, and how they are kept. */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { TrustAnchor, TrustSource, TrustStoreName } from "../core/trust-source.ts";
import { encodePem } from "../encoding/pem.ts";
import type { Certificate } from "../pki/x509/certificate.ts";
import { formatName } from "../pki/x509/name.ts";
import { isTrustStoreName, TRUST_STORE_TYPES } from "../policy/trust-store-name.ts";
import { decodeCertificateFile, whyNoAnchor } from "./certificate-file.ts";
import {
  folderOf,
  formatStore,
  isRealFolder,
  isSystemError,
  loadStoreFolder,
  refuse,
  type StoredCertificate,
  type TrustStoreContent,
} from "./store-folder.ts";

export type { StoredCertificate, TrustStoreContent } from "./store-folder.ts";

export interface TrustStores extends TrustSource {
  /** Every store there is, by type and name. */
  list(): Promise<readonly TrustStoreName[]>;
  /** What a store holds, what in it was passed over, and what must not be there. Throws `trust/store-missing`. */
  show(store: TrustStoreName): Promise<TrustStoreContent>;
  /** Adds every certificate of `bytes` (PEM or DER), all or none; `source` names them in errors. Makes the store if need be. */
  add(store: TrustStoreName, bytes: Uint8Array, options: { readonly source: string }): Promise<AddedCertificates>;
  /** Removes the certificate with this SHA-256 fingerprint, or all, and the store with the last one. */
  remove(store: TrustStoreName, fingerprint?: string): Promise<readonly StoredCertificate[]>;
}

export interface AddedCertificates {
  readonly added: readonly Certificate[];
  /** Those that the store held already; left as they are. */
  readonly present: readonly Certificate[];
}

/** The stores below `folder` (notation's `truststore`). Nothing is read before it is asked for, and then only once. */
export function openTrustStores(folder: string): TrustStores {
  const loaded = new Map<string, Promise<readonly TrustAnchor[]>>();
  return {
    anchors(store) {
      const key = formatStore(store);
      const known = loaded.get(key);
      if (known !== undefined) return known;
      const anchors = loadAnchors(folder, store);
      loaded.set(key, anchors);
      // What is mended is seen at the next question; the one who asked gets the error.
      anchors.catch(() => loaded.delete(key));
      return anchors;
    },
    list: () => listStores(folder),
    show: (store) => showStore(folder, store),
    add(store, bytes, { source }) {
      loaded.delete(formatStore(store));
      return addCertificates(folder, store, { bytes, source });
    },
    remove(store, fingerprint) {
      loaded.delete(formatStore(store));
      return removeCertificates(folder, store, fingerprint);
    },
  };
}

async function loadAnchors(root: string, store: TrustStoreName): Promise<readonly TrustAnchor[]> {
  const { certificates, notes, faults } = await showStore(root, store);
  const name = formatStore(store);
  if (faults.length > 0) throw refuse(store, faults.join("; "));
  if (certificates.length === 0) {
    const passedOver = notes.length === 0 ? "" : ` (${notes.slice(0, 3).join("; ")})`;
    throw new CountersignError("trust/store-empty", `Cannot use trust store "${name}": it holds no certificate${passedOver}`, {
      remedy: `countersign trust add ${name} root.pem`,
    });
  }
  return certificates.map(({ certificate }) => ({ certificate: certificate.der, store: name }));
}

async function showStore(root: string, store: TrustStoreName): Promise<TrustStoreContent> {
  const content = await loadStoreFolder(root, store);
  if (content !== undefined) return content;
  const name = formatStore(store);
  throw new CountersignError("trust/store-missing", `Cannot use trust store "${name}": there is no folder ${folderOf(root, store)}`, {
    remedy: `countersign trust add ${name} root.pem`,
  });
}

async function listStores(root: string): Promise<readonly TrustStoreName[]> {
  const stores: TrustStoreName[] = [];
  for (const type of TRUST_STORE_TYPES) {
    const folder = join(root, "x509", type);
    // The name stands for the type's folder in an error: no store has been chosen yet.
    const any = { type, name: "*" };
    if (!(await isRealFolder(join(root, "x509"), any)) || !(await isRealFolder(folder, any))) continue;
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory() && isTrustStoreName(entry.name)).map((entry) => entry.name);
    stores.push(...names.sort().map((name) => ({ type, name })));
  }
  return stores;
}

async function addCertificates(
  root: string,
  store: TrustStoreName,
  file: { readonly bytes: Uint8Array; readonly source: string },
): Promise<AddedCertificates> {
  const certificates = decodeAdded(store, file);
  const held = (await loadStoreFolder(root, store))?.certificates.map(({ certificate }) => certificate.fingerprint) ?? [];
  const distinct = certificates.filter((entry, at) => certificates.findIndex((other) => other.fingerprint === entry.fingerprint) === at);
  const added = distinct.filter(({ fingerprint }) => !held.includes(fingerprint));
  await writing(store, async () => {
    await mkdir(folderOf(root, store), { recursive: true });
    for (const certificate of added) {
      await placeFile(join(folderOf(root, store), `${certificate.fingerprint}.crt`), { root, certificates: [certificate] });
    }
  });
  return { added, present: distinct.filter((certificate) => !added.includes(certificate)) };
}

function decodeAdded(
  store: TrustStoreName,
  { bytes, source }: { readonly bytes: Uint8Array; readonly source: string },
): readonly Certificate[] {
  const name = formatStore(store);
  const fail = (state: string): CountersignError =>
    new CountersignError("file/unreadable", `Cannot add "${source}" to trust store "${name}": ${state}`, {
      remedy: `countersign cert show ${source}`,
    });
  if (bytes.length > LIMITS.keyFileBytes) throw fail("it is larger than any file of certificates");
  const { certificates, notes } = decodeCertificateFile(bytes);
  if (certificates.length === 0) throw fail(`it ${notes.join(" and ")}`);
  for (const certificate of certificates) {
    const problem = whyNoAnchor(certificate, store.type);
    if (problem !== undefined) throw fail(`${showForeign(formatName(certificate.subject))} ${problem}`);
  }
  return certificates;
}

async function removeCertificates(root: string, store: TrustStoreName, fingerprint?: string): Promise<readonly StoredCertificate[]> {
  const { certificates, folder } = await showStore(root, store);
  const wanted = fingerprint === undefined ? undefined : plainFingerprint(fingerprint);
  const removed = certificates.filter(({ certificate }) => wanted === undefined || certificate.fingerprint === wanted);
  if (wanted !== undefined && removed.length === 0) {
    const state = `trust store ${formatStore(store)} does not hold it`;
    throw new CountersignError("file/not-found", `Cannot remove certificate "${showForeign(wanted, 100)}": ${state}`, {
      remedy: `countersign trust show ${formatStore(store)}`,
    });
  }
  await writing(store, async () => {
    for (const file of new Set(removed.map((entry) => entry.file))) {
      const kept = certificates.filter((entry) => entry.file === file && !removed.includes(entry));
      if (kept.length === 0) await rm(join(folder, file));
      else await placeFile(join(folder, file), { root, certificates: kept.map((entry) => entry.certificate) });
    }
    await removeEmptyFolder(folder);
  });
  return removed;
}

/** As `openssl x509 -fingerprint -sha256` prints it, or as we do. */
function plainFingerprint(text: string): string {
  return text
    .replace(/^sha256:/i, "")
    .replaceAll(":", "")
    .toLowerCase();
}

/** What somebody else put there stays, and so does its folder. */
async function removeEmptyFolder(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!isSystemError(error) || (error.code !== "ENOTEMPTY" && error.code !== "EEXIST")) throw error;
  }
}

/**
 * Puts a file in its place whole. It is written beside the stores, because notation refuses a store with a file in it
 * that is not a certificate yet.
 */
async function placeFile(path: string, content: { readonly root: string; readonly certificates: readonly Certificate[] }): Promise<void> {
  const temporary = join(content.root, "x509", `.${randomBytes(8).toString("hex")}`);
  const text = content.certificates.map(({ der }) => encodePem("CERTIFICATE", der)).join("");
  try {
    await writeFile(temporary, text, { flag: "wx", mode: 0o644, flush: true });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writing(store: TrustStoreName, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw refuse(store, "it could not be written", error);
  }
}

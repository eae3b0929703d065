/** Adds certificates to trust stores and takes them out, each file whole or not at all. */
import { rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { quoteWord } from "../core/shell.ts";
import { formatStore, type TrustStoreName } from "../core/trust-source.ts";
import { encodePem } from "../encoding/pem.ts";
import { fileFailureOf, systemCode } from "../files/failure.ts";
import { placeFile } from "../files/place.ts";
import type { Certificate } from "../pki/x509/certificate.ts";
import { formatName } from "../pki/x509/name.ts";
import { findCertificates, whyNoAnchor } from "./certificate-file.ts";
import { folderOf, loadStoreFolder, refuse, showStoreFolder, type StoredCertificate } from "./store-folder.ts";

export interface AddedCertificates {
  readonly added: readonly Certificate[];
  /** Those that the store held already; left as they are. */
  readonly present: readonly Certificate[];
}

export async function addCertificates(
  root: string,
  store: TrustStoreName,
  file: { readonly bytes: Uint8Array; readonly source: string },
): Promise<AddedCertificates> {
  const certificates = decodeAdded(store, file);
  const held = loadStoreFolder(root, store)?.certificates.map(({ certificate }) => certificate.fingerprint) ?? [];
  const distinct = certificates.filter((entry, at) => certificates.findIndex((other) => other.fingerprint === entry.fingerprint) === at);
  const added = distinct.filter(({ fingerprint }) => !held.includes(fingerprint));
  await writing(store, async () => {
    for (const certificate of added) {
      await placeCertificates(join(folderOf(root, store), `${certificate.fingerprint}.crt`), { root, certificates: [certificate] });
    }
  });
  return { added, present: distinct.filter((certificate) => !added.includes(certificate)) };
}

function decodeAdded(
  store: TrustStoreName,
  { bytes, source }: { readonly bytes: Uint8Array; readonly source: string },
): readonly Certificate[] {
  const name = formatStore(store);
  const fail = (state: string, remedy: string): CountersignError =>
    new CountersignError("file/unreadable", `Cannot add "${source}" to trust store "${name}": ${state}`, { remedy });
  const { certificates, notes } = findCertificates(bytes);
  if (certificates.length === 0)
    throw fail(`it ${notes.join(" and ")}`, "name a file with the root's certificate in it: BEGIN CERTIFICATE, or DER");
  for (const certificate of certificates) {
    const problem = whyNoAnchor(certificate, store.type);
    if (problem !== undefined)
      throw fail(`${showForeign(formatName(certificate.subject))} ${problem}`, `countersign cert show ${quoteWord(source)}`);
  }
  return certificates;
}

export async function removeCertificates(root: string, store: TrustStoreName, fingerprint?: string): Promise<readonly StoredCertificate[]> {
  const { certificates, folder } = showStoreFolder(root, store);
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
      else await placeCertificates(join(folder, file), { root, certificates: kept.map((entry) => entry.certificate) });
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
    const code = systemCode(error);
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}

/** Staged beside the stores, because notation refuses a store with a file in it that is not a certificate yet. */
async function placeCertificates(
  path: string,
  { root, certificates }: { readonly root: string; readonly certificates: readonly Certificate[] },
): Promise<void> {
  const text = certificates.map(({ der }) => encodePem("CERTIFICATE", der)).join("");
  await placeFile(path, text, { mode: 0o644, replace: true, folderMode: 0o755, stagingFolder: join(root, "x509") });
}

async function writing(store: TrustStoreName, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const { message, cause } = fileFailureOf(error);
    throw refuse(store, `it could not be written: ${message}`, cause);
  }
}

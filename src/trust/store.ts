/** Trust stores on disk as notation lays them out: the anchors that verification asks for, and how they are kept. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CountersignError } from "../core/errors.ts";
import { formatStore, type TrustAnchor, type TrustSource, type TrustStoreName } from "../core/trust-source.ts";
import { isTrustStoreName, TRUST_STORE_TYPES } from "../policy/trust-store-name.ts";
import { isRealFolder, refuse, showStoreFolder, type StoredCertificate, type TrustStoreContent } from "./store-folder.ts";
import type { AddedCertificates } from "./store-writer.ts";

export type { StoredCertificate, TrustStoreContent } from "./store-folder.ts";

export interface TrustStores extends TrustSource {
  /** Where they are. */
  readonly folder: string;
  /** Every store there is, by type and name. */
  list(): Promise<readonly TrustStoreName[]>;
  /** What a store holds, what in it was passed over, and what must not be there. Throws `trust/store-missing`. */
  show(store: TrustStoreName): Promise<TrustStoreContent>;
  /** Adds every certificate of `bytes` (PEM or DER), all or none; `source` names them in errors. Makes the store if need be. */
  add(store: TrustStoreName, bytes: Uint8Array, options: { readonly source: string }): Promise<AddedCertificates>;
  /** Removes the certificate with this SHA-256 fingerprint, or all, and the store with the last one. */
  remove(store: TrustStoreName, fingerprint?: string): Promise<readonly StoredCertificate[]>;
}

/** The stores below `folder` (notation's `truststore`). Nothing is read before it is asked for, and then only once. */
export function openTrustStores(folder: string): TrustStores {
  const loaded = new Map<string, Promise<readonly TrustAnchor[]>>();
  return {
    folder,
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
    show: async (store) => showStoreFolder(folder, store),
    async add(store, bytes, { source }) {
      loaded.delete(formatStore(store));
      return (await import("./store-writer.ts")).addCertificates(folder, store, { bytes, source });
    },
    async remove(store, fingerprint) {
      loaded.delete(formatStore(store));
      return (await import("./store-writer.ts")).removeCertificates(folder, store, fingerprint);
    },
  };
}

async function loadAnchors(root: string, store: TrustStoreName): Promise<readonly TrustAnchor[]> {
  const { certificates, notes, faults } = showStoreFolder(root, store);
  const name = formatStore(store);
  if (faults.length > 0) throw refuse(store, faults.join("; "));
  if (certificates.length === 0) {
    const passedOver = notes.length === 0 ? "" : ` (${notes.slice(0, 3).join("; ")})`;
    throw new CountersignError("trust/store-empty", `Cannot use trust store "${name}": it holds no certificate${passedOver}`, {
      remedy: `countersign trust add ${name} ROOTFILE`,
    });
  }
  return certificates.map(({ certificate }) => ({ certificate: certificate.der, store }));
}

async function listStores(root: string): Promise<readonly TrustStoreName[]> {
  const stores: TrustStoreName[] = [];
  for (const type of TRUST_STORE_TYPES) {
    const folder = join(root, "x509", type);
    // The name stands for the type's folder in an error: no store has been chosen yet.
    const any = { type, name: "*" };
    if (!isRealFolder(join(root, "x509"), any) || !isRealFolder(folder, any)) continue;
    const entries = readdirSync(folder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory() && isTrustStoreName(entry.name)).map((entry) => entry.name);
    stores.push(...names.sort().map((name) => ({ type, name })));
  }
  return stores;
}

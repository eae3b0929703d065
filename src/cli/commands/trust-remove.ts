/** `trust remove`: one certificate, or a whole store. */
import { existsSync } from "node:fs";
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { formatStore, type TrustStoreName } from "../../core/trust-source.ts";
import { loadNamedFile } from "../../files/named.ts";
import { formatName } from "../../pki/x509/name.ts";
import { findCertificates } from "../../trust/certificate-file.ts";
import type { TrustStores } from "../../trust/store.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { parseStoreArgument } from "../trust-store-argument.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const [text = "", wanted] = call.words;
  const store = parseStoreArgument(text);
  if ((wanted === undefined) !== call.values.flag("all")) {
    throw new CountersignError("usage/invalid", `Cannot remove from trust store "${text}": name one certificate, or say --all`, {
      remedy: `countersign trust show ${text}`,
    });
  }
  return withSetup(call, async (opened) => {
    const stores = await opened.trustStores();
    const fingerprints = wanted === undefined ? [undefined] : await fingerprintsOf(stores, store, wanted);
    for (const fingerprint of fingerprints) {
      for (const { certificate } of await stores.remove(store, fingerprint)) {
        print(call.io, `removed from ${text}: ${showForeign(formatName(certificate.subject))}  sha256 ${certificate.fingerprint}`);
      }
    }
    return 0;
  });
}

const FINGERPRINT = /^(sha256:)?([0-9a-f]{2}:?){32}$/i;

/** A name in the store stands for every certificate in that file; else it is a fingerprint, or a file of the user's. */
async function fingerprintsOf(stores: TrustStores, store: TrustStoreName, wanted: string): Promise<readonly string[]> {
  const held = (await stores.show(store)).certificates;
  const named = held.filter(({ file }) => file === wanted);
  if (named.length > 0) return named.map(({ certificate }) => certificate.fingerprint);
  if (FINGERPRINT.test(wanted)) return [wanted];
  const name = formatStore(store);
  const refuse = (code: "file/not-found" | "file/unreadable", state: string): CountersignError =>
    new CountersignError(code, `Cannot remove "${wanted}" from trust store "${name}": ${state}`, {
      remedy: `countersign trust show ${name}`,
    });
  if (!existsSync(wanted)) throw refuse("file/not-found", "it is neither a file there or here nor a SHA-256 fingerprint");
  const { certificates, notes } = findCertificates(await loadNamedFile(wanted, { maxBytes: LIMITS.keyFileBytes }));
  if (certificates.length === 0) throw refuse("file/unreadable", `it ${notes.join(" and ")}`);
  const fingerprints = new Set(certificates.map(({ fingerprint }) => fingerprint));
  const both = held.map(({ certificate }) => certificate.fingerprint).filter((fingerprint) => fingerprints.has(fingerprint));
  if (both.length === 0) throw refuse("file/not-found", "none of its certificates is in it");
  return [...new Set(both)];
}

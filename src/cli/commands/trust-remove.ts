/** `trust remove`: one certificate, or a whole store. */
import { existsSync } from "node:fs";
import { findByPrefix } from "../../core/digest-prefix.ts";
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { loadNamedFile } from "../../files/named.ts";
import { formatName } from "../../pki/x509/name.ts";
import { findCertificates } from "../../trust/certificate-file.ts";
import type { StoredCertificate } from "../../trust/store.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { parseStoreArgument, showStore } from "../trust-store-argument.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const [text = "", wanted] = call.words;
  const store = parseStoreArgument(text);
  return withSetup(call, async (opened) => {
    const stores = await opened.trustStores();
    const held = (await showStore(stores, store)).certificates;
    if ((wanted === undefined) !== call.values.flag("all")) {
      throw new CountersignError("usage/invalid", `Cannot remove from trust store "${text}": name one certificate, or say --all`, {
        remedy: `countersign trust show ${text}`,
      });
    }
    const fingerprints = wanted === undefined ? [undefined] : await fingerprintsOf(wanted, { name: text, held });
    for (const fingerprint of fingerprints) {
      for (const { certificate } of await stores.remove(store, fingerprint)) {
        print(call.io, `removed from ${text}: ${showForeign(formatName(certificate.subject))}  sha256 ${certificate.fingerprint}`);
      }
    }
    return 0;
  });
}

/** A name in the store stands for every certificate in that file; else it is a fingerprint or its start, or a file of the user's. */
async function fingerprintsOf(
  wanted: string,
  { name, held }: { readonly name: string; readonly held: readonly StoredCertificate[] },
): Promise<readonly string[]> {
  const named = held.filter(({ file }) => file === wanted);
  if (named.length > 0) return named.map(({ certificate }) => certificate.fingerprint);
  const refuse = (code: "usage/invalid" | "file/not-found" | "file/unreadable", state: string): CountersignError =>
    new CountersignError(code, `Cannot remove "${wanted}" from trust store "${name}": ${state}`, {
      remedy: `countersign trust show ${name}`,
    });
  const started = findByPrefix(
    wanted,
    held.map(({ certificate }) => certificate.fingerprint),
  );
  if (started.length === 1) return started;
  if (started.length > 1) throw refuse("usage/invalid", `${started.length} of its certificates have a SHA-256 fingerprint that starts so`);
  if (!existsSync(wanted)) throw refuse("file/not-found", "it is neither a file there or here nor the fingerprint of a certificate in it");
  const { certificates, notes } = findCertificates(await loadNamedFile(wanted, { maxBytes: LIMITS.keyFileBytes }));
  if (certificates.length === 0) throw refuse("file/unreadable", `it ${notes.join(" and ")}`);
  const fingerprints = new Set(certificates.map(({ fingerprint }) => fingerprint));
  const both = held.map(({ certificate }) => certificate.fingerprint).filter((fingerprint) => fingerprints.has(fingerprint));
  if (both.length === 0) throw refuse("file/not-found", "none of its certificates is in it");
  return [...new Set(both)];
}

/** `trust remove`: one certificate, or a whole store. */
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import type { TrustStoreName } from "../../core/trust-source.ts";
import { formatName } from "../../pki/x509/name.ts";
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

/** A file's name stands for every certificate in it; anything else is taken for a fingerprint. */
async function fingerprintsOf(stores: TrustStores, store: TrustStoreName, wanted: string): Promise<readonly string[]> {
  const { certificates } = await stores.show(store);
  const inFile = certificates.filter(({ file }) => file === wanted).map(({ certificate }) => certificate.fingerprint);
  return inFile.length > 0 ? inFile : [wanted];
}

/** `trust add`: certificates into a trust store. */
import { showForeign } from "../../core/display.ts";
import type { ExitCode } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { loadNamedFile } from "../../files/named.ts";
import { formatName } from "../../pki/x509/name.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { parseStoreArgument } from "../trust-store-argument.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const [text = "", ...files] = call.words;
  const store = parseStoreArgument(text);
  return withSetup(call, async (opened) => {
    const stores = await opened.trustStores();
    for (const file of files) {
      const { added, present } = await stores.add(store, await loadNamedFile(file, { maxBytes: LIMITS.keyFileBytes }), { source: file });
      for (const certificate of added)
        print(call.io, `added to ${text}: ${showForeign(formatName(certificate.subject))}  sha256 ${certificate.fingerprint}`);
      for (const certificate of present) print(call.io, `already in ${text}: ${showForeign(formatName(certificate.subject))}`);
    }
    return 0;
  });
}

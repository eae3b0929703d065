/** `trust add`: certificates into a trust store. */
import { showForeign } from "../../core/display.ts";
import type { ExitCode } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { quoteWord } from "../../core/shell.ts";
import { loadNamedFile } from "../../files/named.ts";
import { formatName } from "../../pki/x509/name.ts";
import { print, remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { repeatConfig } from "../render/remedy.ts";
import { parseStoreArgument } from "../trust-store-argument.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const [text = "", ...files] = call.words;
  const store = parseStoreArgument(text);
  return withSetup(call, async (opened) => {
    const stores = await opened.trustStores();
    for (const source of files) {
      const { added, present } = await stores.add(store, await loadNamedFile(source, { maxBytes: LIMITS.keyFileBytes }), { source });
      for (const { subject, fingerprint } of added)
        print(call.io, `added to ${text}: ${showForeign(formatName(subject))}  sha256 ${fingerprint}`);
      for (const { subject, fingerprint } of present)
        print(call.io, `already in ${text}: ${showForeign(formatName(subject))}  sha256 ${fingerprint}`);
    }
    const removal = repeatConfig(`countersign trust remove ${text} ${files.length === 1 ? quoteWord(files[0] ?? "") : "FILE"}`, call.known);
    if (!call.global.quiet) remark(call.io, `kept in ${(await stores.show(store)).folder}; taken out again with: ${removal}`);
    return 0;
  });
}

/** `trust list` and `trust show`: what the trust stores hold. */
import { showForeign } from "../../core/display.ts";
import type { ExitCode } from "../../core/errors.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { formatStore } from "../../core/trust-source.ts";
import type { TrustStoreContent } from "../../trust/store.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { certificateDocument, renderCertificate } from "../render/certificate.ts";
import { repeatConfig } from "../render/remedy.ts";
import { type Style, styleFor } from "../render/style.ts";
import { parseStoreArgument, showStore } from "../trust-store-argument.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values } = call;
  return withSetup(call, async (opened) => {
    const stores = await opened.trustStores();
    const asked = words.length === 0 ? await stores.list() : words.map(parseStoreArgument);
    const contents: TrustStoreContent[] = [];
    for (const store of asked) contents.push(await showStore(stores, store));
    const output = values.text("output");
    if (output === "name") {
      for (const { store } of contents) print(io, formatStore(store));
    } else if (output === "json") {
      print(io, JSON.stringify({ apiVersion: API_VERSION, kind: "TrustStoreList", items: contents.map(toDocument) }, null, 2));
    } else if (contents.length === 0) {
      print(io, `no trust stores in ${stores.folder}\n  try: ${repeatConfig("countersign trust add ca:NAME ROOTFILE", call.known)}`);
    } else {
      const style = styleFor(io, io.stdout);
      print(io, contents.map((content) => renderStore(content, style)).join("\n"));
    }
    // A store with a fault gives no anchors, so whoever asked must not take it for usable.
    return contents.some(({ faults }) => faults.length > 0) ? 3 : 0;
  });
}

function toDocument({ store, certificates, notes, faults }: TrustStoreContent): object {
  return {
    store: formatStore(store),
    certificates: certificates.map(({ file, certificate }) => ({ file: showForeign(file), ...certificateDocument(certificate) })),
    notes,
    faults,
  };
}

function renderStore({ store, certificates, notes, faults }: TrustStoreContent, style: Style): string {
  const lines = [style.bold(formatStore(store))];
  for (const { file, certificate } of certificates)
    lines.push(...renderCertificate(certificate, "  "), style.dim(`    in ${showForeign(file)}`));
  if (certificates.length === 0) lines.push("  no certificates");
  for (const fault of faults) lines.push(`  ${style.bad("✗")} ${fault}`);
  for (const note of notes) lines.push(`  ${style.unsure("note:")} ${note}`);
  return lines.join("\n");
}

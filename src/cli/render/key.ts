/** Keys of the ring as text and as data. */
import { showForeign } from "../../core/display.ts";
import { API_VERSION } from "../../core/verdict.ts";
import type { KeyEntry } from "../../keys/key-ring.ts";
import { renderTable } from "./text.ts";

function keyDocument({
  name,
  source,
  isDefault,
  keyFile,
  certificateFile,
  rootFile,
  kind,
  isEncrypted,
  isForTime,
  problem,
}: KeyEntry): object {
  return {
    name: showForeign(name),
    source,
    default: isDefault,
    ...(kind === undefined ? {} : { kind }),
    ...(isEncrypted === undefined ? {} : { encrypted: isEncrypted }),
    ...(isForTime === true && { timestampsOnly: true }),
    ...(keyFile === undefined ? {} : { keyFile: showForeign(keyFile) }),
    ...(certificateFile === undefined ? {} : { certificateFile: showForeign(certificateFile) }),
    ...(rootFile === undefined ? {} : { rootFile: showForeign(rootFile) }),
    ...(problem === undefined ? {} : { problem }),
  };
}

export function keyListDocument(keys: readonly KeyEntry[]): object {
  return { apiVersion: API_VERSION, kind: "KeyList", items: keys.map(keyDocument) };
}

export function renderKeys(keys: readonly KeyEntry[]): string {
  return renderTable(keys.map((key) => [key.name, key.kind ?? "-", key.isEncrypted === true ? "encrypted" : "", stateOf(key), key.source]));
}

function stateOf({ problem, certificateFile, isForTime, isDefault }: KeyEntry): string {
  if (problem !== undefined) return problem;
  const use = isForTime === true ? "stamps time (serve), signs no image" : "can sign";
  return `${certificateFile === undefined ? "no certificate: signs bundles" : use}${isDefault ? ", default" : ""}`;
}

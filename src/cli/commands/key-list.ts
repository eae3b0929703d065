/** `key list`: the keys that can sign. */
import type { ExitCode } from "../../core/errors.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { keyListDocument, renderKeys } from "../render/key.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  return withSetup(call, async (opened) => {
    const keys = await (await opened.keyRing()).list();
    if (call.values.text("output") === "json") print(call.io, JSON.stringify(keyListDocument(keys), null, 2));
    else if (keys.length > 0) print(call.io, renderKeys(keys));
    else print(call.io, `no keys in ${opened.paths.keys}\n  try: countersign cert test`);
    return 0;
  });
}

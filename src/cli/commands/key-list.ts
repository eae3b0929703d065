/** `key list`: the keys that can sign. */
import { showForeign } from "../../core/display.ts";
import type { ExitCode } from "../../core/errors.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { keyListDocument, renderKeys } from "../render/key.ts";
import { repeatConfig } from "../render/remedy.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  return withSetup(call, async (opened) => {
    const keys = await (await opened.keyRing()).list();
    const output = call.values.text("output");
    if (output === "name") {
      for (const { name } of keys) print(call.io, showForeign(name));
      return 0;
    }
    if (output === "json") print(call.io, JSON.stringify(keyListDocument(keys), null, 2));
    else if (keys.length > 0) print(call.io, renderKeys(keys));
    else print(call.io, `no keys in ${opened.paths.keys}\n  try: ${repeatConfig("countersign cert test", call.known)}`);
    return 0;
  });
}

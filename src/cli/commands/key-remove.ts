/** `key remove`: deletes a key of the key ring. */
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { quoteWord } from "../../core/shell.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const [name = ""] = call.words;
  return withSetup(call, async (opened) => {
    const ring = await opened.keyRing();
    if (!call.values.flag("yes")) {
      await ring.findOwn(name, "remove");
      throw new CountersignError("usage/invalid", `Cannot remove key "${name}": there is no way back, and --yes was not given`, {
        remedy: `countersign key remove ${quoteWord(name)} --yes`,
      });
    }
    await ring.remove(name);
    print(call.io, `removed ${name}`);
    return 0;
  });
}

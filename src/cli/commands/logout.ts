/** `logout`: what is kept for a registry is removed. */
import { showForeign } from "../../core/display.ts";
import type { ExitCode } from "../../core/errors.ts";
import { API_VERSION } from "../../core/verdict.ts";
import type { Call } from "../declaration.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { parseRegistryArgument } from "../registry-argument.ts";
import { styleFor } from "../render/style.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values } = call;
  const registry = parseRegistryArgument(words[0] ?? "");
  return withSetup(call, async (opened) => {
    const places = await opened.logout(registry);
    if (values.text("output") === "json") {
      print(io, JSON.stringify({ apiVersion: API_VERSION, kind: "Logout", registry, removedFrom: places }, null, 2));
      return 0;
    }
    const style = styleFor(io, io.stdout);
    if (places.length === 0) print(io, `not logged in to ${registry}`);
    else print(io, `${style.good("✓")} logged out  ${style.bold(registry)}`);
    for (const place of places) print(io, `  removed from ${showForeign(place, 4096)}`);
    return 0;
  });
}

/** Loaded before a test, in its process alone: hands out sources with a rule taken out. The files stay as they are. */
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { Change } from "./rules/rule.ts";

const ROOT = process.cwd();
const changes = JSON.parse(process.env["WITHOUT_RULE"] ?? "[]") as readonly Change[];

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const mine = changes.filter(({ file }) => url.startsWith("file:") && fileURLToPath(url) === join(ROOT, file));
    if (mine.length === 0 || loaded.source === undefined || loaded.source === null) return loaded;
    const text = typeof loaded.source === "string" ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString("utf8");
    return { ...loaded, source: mine.reduce((source, { from, to }) => source.replace(from, () => to), text) };
  },
});

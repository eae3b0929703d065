/** Builds dist/: the library as a tree with declarations, and the command line as bundles behind a launcher. */
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  legalComments: "linked",
  logLevel: "warning",
};

rmSync(dist, { recursive: true, force: true });

// First the bundles: they take a blink, and a type error then still leaves a program to try things with.
await build({
  ...shared,
  entryPoints: { countersign: "src/cli/program.ts" },
  outdir: dist,
  splitting: true,
  chunkNames: "parts/[name]-[hash]",
});
await build({
  ...shared,
  entryPoints: ["src/cli/launcher.ts"],
  outfile: join(dist, "launcher.js"),
  plugins: [
    {
      name: "the program is the other bundle",
      setup({ onResolve }) {
        onResolve({ filter: /\/program\.ts$/ }, () => ({ path: "./countersign.js", external: true }));
      },
    },
  ],
});

const tsc = spawnSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

// Last, because tools/run.mjs takes it for the sign that all of it is there.
writeFileSync(join(dist, ".built"), "");

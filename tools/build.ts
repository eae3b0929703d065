/** Builds dist/: the library as a tree with declarations, and the command line as one file behind a launcher. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");

/** One file each: finding and reading a module costs more than reading past what is not needed. `import()` still runs late. */
const BUNDLES: readonly BuildOptions[] = [
  { entryPoints: ["src/cli/program.ts"], outfile: join(dist, "countersign.js") },
  {
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
  },
];

/**
 * `import { a as b } from "node:util"` becomes `const { a: b } = process.getBuiltinModule("node:util")`. Importing a
 * built-in module reads every one of its exports, which loads what lies behind the lazy ones: node:util alone brings
 * worker threads, node:http all of undici. A line that this does not match stays an import, and works.
 */
function fetchBuiltins(code: string): string {
  return code.replace(/^import (?:\* as )?(.+) from "(node:[a-z/_]+)";$/gm, (_, names: string, name: string) => {
    return `const ${names.replaceAll(/\b(\w+) as (\w+)\b/g, "$1: $2")} = process.getBuiltinModule("${name}");`;
  });
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

// First the bundles: they take a blink, and a type error then still leaves a program to try things with.
for (const bundle of BUNDLES) {
  const { outputFiles } = await build({
    ...bundle,
    absWorkingDir: root,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    legalComments: "eof",
    logLevel: "warning",
    write: false,
  });
  for (const { path, text } of outputFiles ?? []) writeFileSync(path, fetchBuiltins(text));
}

const tsc = spawnSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

// Last, because tools/run.mjs takes it for the sign that all of it is there.
writeFileSync(join(dist, ".built"), "");

/** Builds dist/: the library as a tree with declarations, and the command line as one file behind a launcher. */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type Plugin } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");

/** One file each: finding and reading a module costs more than reading past what is not needed. `import()` still runs late. */
const BUNDLES: readonly BuildOptions[] = [
  // A script and no module, because only of a script the compiled code can be kept after it has run.
  {
    entryPoints: ["src/cli/program.ts"],
    outfile: join(dist, "countersign.js"),
    format: "iife",
    // A script can import nothing; whoever runs it hands in what fetches the other bundle.
    banner: { js: "(function (require) {" },
    footer: { js: "})" },
    plugins: [
      {
        name: "the expression language is another bundle, and openpgp is there or not",
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /.*/, namespace: "required" }, ({ path }) => ({ path, external: true }));
          onResolve({ filter: /\/cel\/language\.ts$/ }, () => ({ path: "./expressions.cjs", namespace: "required" }));
          onResolve({ filter: /^openpgp$/ }, ({ path }) => ({ path, namespace: "required" }));
          onLoad({ filter: /.*/, namespace: "required" }, ({ path }) => ({
            contents: `module.exports = require(${JSON.stringify(path)})`,
          }));
        },
      },
    ],
  },
  // A third of the program's size, which few policies need.
  { entryPoints: ["src/policy/cel/language.ts"], outfile: join(dist, "expressions.cjs"), format: "cjs" },
  {
    entryPoints: ["src/cli/launcher.ts"],
    outfile: join(dist, "launcher.js"),
    plugins: [
      {
        name: "the program is the other bundle",
        setup({ onResolve }) {
          onResolve({ filter: /\/program\.ts$/ }, () => ({ path: join(root, "src", "cli", "compiled-program.ts") }));
        },
      },
    ],
  },
];

/**
 * Importing a built-in module reads every one of its exports, which loads what lies behind the lazy ones: node:util alone
 * brings worker threads, node:http all of undici. In the bundles each is fetched when the first module that wants it
 * runs, and only the exports that are used are read.
 */
const lateBuiltins: Plugin = {
  name: "built-in modules come late",
  setup({ onResolve, onLoad }) {
    // Older packages leave out the prefix.
    onResolve({ filter: /^(node:.*|process|buffer)$/ }, ({ path, importer }) => ({
      // For commands that are programs of their own. There are none, and it would be loaded at every start.
      path: path === "node:child_process" && importer.includes("/commander/") ? "nothing" : path,
      namespace: "builtin",
    }));
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: path === "nothing" ? "export default undefined" : lateModule(path),
    }));
  },
};

function lateModule(name: string): string {
  const builtin = process.getBuiltinModule(name) ?? {};
  const names = Object.keys(builtin).filter((key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== "default");
  return [
    `const builtin = process.getBuiltinModule("${name}");`,
    "export default builtin;",
    ...names.map((key) => `const the_${key} = /* @__PURE__ */ (() => builtin.${key})(); export { the_${key} as ${key} };`),
  ].join("\n");
}

rmSync(dist, { recursive: true, force: true });

// First the bundles: they take a blink, and a type error then still leaves a program to try things with.
for (const bundle of BUNDLES) {
  const { plugins = [], ...own } = bundle;
  await build({
    absWorkingDir: root,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    legalComments: "eof",
    // Each start reads it and takes its checksum; names stay, for whoever reports a stack.
    minifyWhitespace: true,
    logLevel: "warning",
    ...own,
    plugins: [...plugins, lateBuiltins],
  });
}

// One letter beyond ASCII, in a regular expression for one, and Node decodes the file and keeps it twice as wide: 3 ms at every start.
for (const { outfile = "" } of BUNDLES.filter(({ entryPoints }) => !String(entryPoints).includes("/cel/"))) {
  const beyond = readFileSync(outfile).findIndex((byte) => byte > 0x7f);
  if (beyond >= 0)
    throw new Error(
      `${outfile} is not ASCII: ${readFileSync(outfile)
        .subarray(beyond - 40, beyond + 20)
        .toString()}`,
    );
}

const tsc = spawnSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

// Last, because tools/run.mjs takes it for the sign that all of it is there.
writeFileSync(join(dist, ".built"), "");

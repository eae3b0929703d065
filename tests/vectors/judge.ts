/** Judges a world twice: through the library, and through the command line in this process. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseReference } from "../../src/core/reference.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { evaluate } from "../../src/evaluate.ts";
import { setup } from "../../src/setup.ts";
import { type CommandResult, runCommandLine } from "./command-line.ts";
import type { Plan } from "./plan.ts";
import type { World } from "./world.ts";

export interface Judgement {
  readonly library: Verdict;
  readonly cli: CommandResult;
}

export interface JudgeOptions {
  readonly folder: string;
  readonly now: Date;
  readonly annotations: Plan["annotations"];
}

/** Writes the verifier's files and asks both. */
export async function judge(world: World, options: JudgeOptions): Promise<Judgement> {
  await writeVerifierFiles(world, options.folder);
  return { library: await askLibrary(world, options), cli: await askCommandLine(world, options) };
}

export async function writeVerifierFiles(world: World, folder: string): Promise<void> {
  const files: Record<string, Uint8Array> = { [world.policy.file]: world.policy.bytes };
  for (const [path, bytes] of Object.entries(world.files)) files[join("truststore", "x509", path)] = bytes;
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

export async function askLibrary(world: World, options: JudgeOptions): Promise<Verdict> {
  const opened = await setup({ env: {}, config: options.folder, at: options.now });
  try {
    const reference = parseReference(world.reference);
    const [store, policy] = await Promise.all([opened.openStore(reference), opened.loadPolicy()]);
    const { annotations } = options;
    return await evaluate(reference, {
      store,
      policy,
      trust: opened.trust,
      clock: opened.clock,
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    });
  } finally {
    opened.close();
  }
}

export function askCommandLine(world: World, options: JudgeOptions): Promise<CommandResult> {
  const argv = ["verify", world.reference, "--output", "json", "--config", options.folder, "--at", options.now.toISOString()];
  for (const [name, value] of Object.entries(options.annotations)) argv.push("--annotation", `${name}=${value}`);
  return runCommandLine(argv);
}

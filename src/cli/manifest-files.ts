/** The manifests of a folder, one after the other, and what in it was not read and must be told. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { quoteWord } from "../core/shell.ts";
import { FileFailure } from "../files/failure.ts";
import { loadFile } from "../files/load.ts";
import type { NotJudged } from "../workloads/found.ts";
import { readInput } from "./input.ts";
import type { Io } from "./io.ts";

export interface ManifestFile {
  /** As it is told: the path from where the command began, or `-`. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Those that `kubectl` reads of a folder. */
const MANIFEST = /\.(?:ya?ml|json)$/;

/** What says that the files of a folder are filled in or changed before they are deployed. */
const RENDERED: readonly { readonly names: readonly string[]; readonly what: string; readonly command: string }[] = [
  { names: ["Chart.yaml"], what: "it is a Helm chart, whose templates are not filled in", command: "helm template" },
  {
    names: ["kustomization.yaml", "kustomization.yml", "Kustomization"],
    what: "kustomize makes the manifests of it",
    command: "kubectl kustomize",
  },
];

/** `place`: a folder, looked through to its end but along no link; a file; or `-` for stdin. */
export async function* loadManifests(place: string, io: Io): AsyncGenerator<ManifestFile | NotJudged, void> {
  if (place === "-" || !(await isFolder(place))) {
    yield { file: place, bytes: await readInput(place, { io, maxBytes: LIMITS.deploymentFileBytes }) };
    return;
  }
  const budget = { files: 0, bytes: 0 };
  for await (const found of walk(place)) {
    if ("bytes" in found) {
      budget.files += 1;
      budget.bytes += found.bytes.length;
      if (budget.files > LIMITS.deploymentFiles || budget.bytes > LIMITS.deploymentBytes) {
        const state = `it holds over ${LIMITS.deploymentFiles} manifests, or ${LIMITS.deploymentBytes} bytes of them`;
        throw new CountersignError("file/unreadable", `Cannot read "${place}": ${state}`, { remedy: "name a folder within it" });
      }
    }
    yield found;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // Reading it as a file says why.
    return false;
  }
}

async function* walk(folder: string): AsyncGenerator<ManifestFile | NotJudged, void> {
  const entries = await listFolder(folder);
  if (entries === undefined) {
    yield unread(folder, "the folder cannot be read");
    return;
  }
  const rendered = RENDERED.find(({ names }) => entries.some(({ name }) => names.includes(name)));
  if (rendered !== undefined) {
    const remedy = `${rendered.command} ${quoteWord(folder)} | countersign verify --manifests -`;
    yield { where: { file: folder }, reason: "elsewhere", message: rendered.what, remedy };
    return;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== ".git") yield* walk(path);
    else if (MANIFEST.test(entry.name)) yield await load(path);
  }
}

async function listFolder(folder: string) {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return undefined;
  }
}

async function load(path: string): Promise<ManifestFile | NotJudged> {
  try {
    return { file: path, bytes: await loadFile(path, { maxBytes: LIMITS.deploymentFileBytes, links: "refuse" }) };
  } catch (error) {
    if (!(error instanceof FileFailure)) throw error;
    return unread(path, error.message);
  }
}

function unread(file: string, why: string): NotJudged {
  return { where: { file }, reason: "unreadable", message: `it was not read: ${why}`, remedy: "name it by itself, or leave it out" };
}

/** Whether what was named is a repository with a commit: what is not is told before git's own words are. */
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ErrorCode } from "../../core/errors.ts";
import { quoteWord } from "../../core/shell.ts";
import { type GitFolder, runGit } from "./run-git.ts";

/** Throws `file/not-found`, `file/unreadable`. */
export async function checkRepository(at: GitFolder): Promise<void> {
  const { folder } = at;
  const kind = await stat(folder).then(
    (found) => (found.isDirectory() ? "folder" : "file"),
    () => "absent",
  );
  if (kind === "absent") throw noRepository(folder, "file/not-found", "there is no such folder, or it may not be read", ANOTHER);
  if (kind === "file")
    throw noRepository(
      folder,
      "file/unreadable",
      "it is a file, and no folder",
      `--git ${quoteWord(dirname(folder))}, if that is the clone`,
    );
  const { code, told } = await runGit(at, { args: ["rev-parse", "--git-dir"], maxBytes: 65_536 });
  if (code === 0) return;
  const remedy = /dubious ownership/.test(told) ? `git config --global --add safe.directory ${quoteWord(folder)}` : ANOTHER;
  const last = told.trim().split("\n")[0] ?? "";
  throw noRepository(folder, "file/unreadable", `it is no git repository (${showForeign(last, 300)})`, remedy);
}

const ANOTHER = "--git FOLDER, the clone that the image was built from";

function noRepository(folder: string, code: ErrorCode, state: string, remedy: string): CountersignError {
  return new CountersignError(code, `Cannot read the repository "${showForeign(folder, 500)}": ${state}`, { remedy });
}

/** `name` names no commit: of the repository itself (HEAD), or what the caller asked for. */
export function noCommit({ folder }: GitFolder, name: string): CountersignError {
  const shown = showForeign(folder, 500);
  if (name === "HEAD") {
    const remedy = `git -C ${quoteWord(folder)} commit, or --git FOLDER of the clone that the image was built from`;
    return new CountersignError("document/invalid", `Cannot read the repository "${shown}": it has no commit yet`, { remedy });
  }
  return new CountersignError(
    "usage/invalid",
    `Cannot use --git-since "${showForeign(name, 100)}": the repository "${shown}" has no such commit`,
    {
      remedy: `git -C ${quoteWord(folder)} log --oneline shows its commits; of a shallow clone, give all digits of one that it leaves out`,
    },
  );
}

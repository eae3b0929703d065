/** Why a file of this machine could not be read or written; whoever wanted it puts an error code to it. */

export type FileState = "absent" | "exists" | "link" | "not-a-file" | "too-large" | "denied" | "held" | "failed";

/** `message` ends a sentence: `Cannot read "PATH": ` and then this. The system's own error is the cause where it says more. */
export class FileFailure extends Error {
  readonly state: FileState;

  constructor(state: FileState, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = "FileFailure";
    this.state = state;
  }
}

const STATES: Readonly<Record<string, readonly [FileState, string]>> = {
  ENOENT: ["absent", "it is not there"],
  ENOTDIR: ["absent", "a part of its path is not a folder"],
  EEXIST: ["exists", "it is already there and was left alone"],
  ELOOP: ["link", "it is a symbolic link, which is not followed"],
  EISDIR: ["not-a-file", "it is a folder"],
  EACCES: ["denied", "permission is denied"],
  EPERM: ["denied", "permission is denied"],
  EROFS: ["denied", "the file system is read-only"],
  ENOSPC: ["failed", "the disk is full"],
  EDQUOT: ["failed", "the disk quota is used up"],
};

/** Any failure of the file system as one of ours. What is no failure of the file system is thrown again. */
export function fileFailureOf(error: unknown): FileFailure {
  if (error instanceof FileFailure) return error;
  const code = systemCode(error);
  if (code === undefined) throw error;
  const known = STATES[code];
  return known === undefined
    ? new FileFailure("failed", `the file system refused it (${code})`, { cause: error })
    : new FileFailure(...known);
}

/** `ENOENT`, `EACCES` …; `undefined` for an error that the system did not give. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

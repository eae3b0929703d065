/** The outside as commands see it: handed in, so that tests run the whole command line in one process. */

export interface Output {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean | undefined;
}

export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True if a person sits at both ends: questions may be asked, tags may be shown and signed. */
  readonly isTerminal: boolean;
  /** Asks for a line; only where `isTerminal`. `undefined` if the person gave up. */
  readonly ask?: (question: string) => Promise<string | undefined>;
  /** The same, not echoed; only where `isTerminal`. */
  readonly askHidden?: (question: string) => Promise<string | undefined>;
  /** Ends the job: the user's interrupt. */
  readonly signal?: AbortSignal;
  readonly now?: () => Date;
}

export function print(io: Io, text: string): void {
  io.stdout.write(`${text}\n`);
}

/** A remark beside the answer; scripts that read stdout never see it. */
export function remark(io: Io, text: string): void {
  io.stderr.write(`${text}\n`);
}

/** All of stdin, at most `maxBytes` of it. */
export async function readStdin(io: Io, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of io.stdin) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk;
    size += bytes.length;
    if (size > maxBytes) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

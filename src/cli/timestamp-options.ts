/** When a signature was made: `--timestamp-url` and `--timestamp-root`, the same for every command that signs, and no `--at`. */
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import type { Stamp, Timestamper } from "../core/timestamper.ts";
import type { Setup } from "../setup.ts";
import type { Call, OptionDeclaration } from "./declaration.ts";

export const TIMESTAMP_OPTIONS: readonly OptionDeclaration[] = [
  {
    flags: "--timestamp-url <url>",
    summary: "have the signature stamped by this timestamp authority (RFC 3161); of several the first that answers",
    repeatable: true,
  },
  {
    flags: "--timestamp-root <file>",
    summary: "the authority's root certificate (default: the witnesses of verifier.yaml)",
    kind: "file",
  },
];

export async function timestamperOf({ values }: Call, opened: Setup): Promise<{ readonly timestamper?: Timestamper }> {
  const urls = values.texts("timestamp-url");
  const rootFile = values.text("timestamp-root");
  if (urls.length > 0) return { timestamper: await opened.openTimestamper({ urls, ...(rootFile === undefined ? {} : { rootFile }) }) };
  if (rootFile === undefined) return {};
  throw new CountersignError("usage/invalid", "Cannot use --timestamp-root: it says whom to believe, and nothing says whom to ask", {
    remedy: "add --timestamp-url URL",
  });
}

/** As people read it. */
export function renderStamp({ to, authority }: Stamp): string {
  return `timestamped ${to.toISOString()} by ${showForeign(authority)}`;
}

/** As documents tell it. */
export function describeStamp({ from, to, authority }: Stamp): { readonly from: string; readonly to: string; readonly authority: string } {
  return { from: from.toISOString(), to: to.toISOString(), authority };
}

export function refuseSigningAt({ global }: Call): void {
  if (global.at === undefined) return;
  throw new CountersignError(
    "usage/invalid",
    "Cannot sign as of another time: --at is for judging, and a signature says when it was made",
    {
      remedy: "leave out --at",
    },
  );
}

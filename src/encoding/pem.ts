/** PEM: base64 between BEGIN and END lines. Source: RFC 7468; RFC 1421 4.6 for the headers of old encrypted keys. */
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";

export interface PemBlock {
  /** What stands after BEGIN, such as `CERTIFICATE`. */
  readonly label: string;
  /** Such as `Proc-Type` and `DEK-Info`; empty for all but old encrypted keys. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

const BOUNDARY = /^-----(BEGIN|END) ([A-Z0-9][A-Z0-9 .#]{0,63})-----$/;
const HEADER = /^([A-Za-z0-9-]{1,64}):[ \t]*(.*)$/;

/**
 * Every block of `text`, in order. Text before, between and after blocks is skipped, as openssl writes its own there;
 * a boundary that is not one, or anything but base64 within, is refused: half a certificate file must not pass for a whole.
 */
export function decodePem(text: string): readonly PemBlock[] {
  if (text.length > LIMITS.keyFileBytes) throw refuse("a PEM file is larger than any real one");
  const blocks: PemBlock[] = [];
  let open: { readonly label: string; readonly lines: string[] } | undefined;
  for (const line of text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/)) {
    const trimmed = line.trimEnd();
    if (!trimmed.startsWith("-----")) {
      open?.lines.push(trimmed);
      continue;
    }
    const [, kind, label = ""] = BOUNDARY.exec(trimmed) ?? [];
    if (kind === undefined && open === undefined && !/^-----(BEGIN|END)/.test(trimmed)) continue;
    if (kind === "BEGIN" && open === undefined) open = { label, lines: [] };
    else if (kind === "END" && open?.label === label) {
      blocks.push(decodeBlock(open.label, open.lines));
      open = undefined;
    } else throw refuse("a PEM file has a BEGIN or END line that is broken or has no partner");
  }
  if (open !== undefined) throw refuse("a PEM block has no END line");
  return blocks;
}

function decodeBlock(label: string, lines: readonly string[]): PemBlock {
  const headers: Record<string, string> = Object.create(null);
  const blank = lines.indexOf("");
  const hasHeaders = lines[0]?.includes(":") === true;
  if (hasHeaders && blank < 0) throw refuse("the headers of a PEM block do not end");
  for (const line of hasHeaders ? lines.slice(0, blank) : []) {
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined || name in headers) throw refuse("a header of a PEM block is broken or there twice");
    headers[name] = value;
  }
  const base64 = (hasHeaders ? lines.slice(blank + 1) : lines).map((line) => line.trim()).join("");
  if (base64 === "") throw refuse("a PEM block is empty");
  return { label, headers, bytes: decodeBase64(base64) };
}

export function encodePem(label: string, bytes: Uint8Array, headers: Readonly<Record<string, string>> = {}): string {
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
  const lines = encodeBase64(bytes).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${head.join("")}${head.length > 0 ? "\n" : ""}${lines.join("\n")}\n-----END ${label}-----\n`;
}

function refuse(message: string): Malformed {
  return new Malformed("base64/invalid", message);
}

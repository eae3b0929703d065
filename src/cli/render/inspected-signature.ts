/** One signature that `inspect` has decoded, for people. */
import { showForeign } from "../../core/display.ts";
import type { Finding } from "../../core/finding.ts";
import type { InspectedCertificate, InspectedSignature } from "../../showing/inspect-signature.ts";
import { mark, type Style } from "./style.ts";

/** What is not known is left out. */
export type Row = readonly [name: string, value: string | undefined];

export interface SignatureOptions {
  readonly style: Style;
  readonly indent: string;
  /** Digest of the image. */
  readonly image: string;
  /** Digest of the statement that it is on, if it is on one; then its certificates are told in brief. */
  readonly statement?: string;
}

export function renderSignature(signature: InspectedSignature, options: SignatureOptions): readonly string[] {
  const { digest, format, envelope, claimed, keyHint, proven, certificates, timestamps, findings } = signature;
  const { style, indent, statement } = options;
  const deeper = `${indent}    `;
  const lines = [
    `${indent}${style.bold(`signature, ${format}`)}`,
    ...renderRows(`${indent}  `, [
      // A bundle is statement and signature in one, and its annotations are the statement's.
      ["digest", digest === statement ? undefined : digest],
      ["envelope", envelope && `${envelope.mediaType}, ${envelope.size} bytes${envelope.embedded ? ", embedded" : ""}`],
    ]),
  ];
  if (claimed !== undefined) {
    lines.push(
      `${indent}  claimed: what the signature says of itself`,
      ...renderRows(deeper, [
        ["subject", nameSubject(claimed.subject, options)],
        ["scheme", claimed.scheme],
        ["key", keyHint],
        ["signed", claimed.signingTime],
        ["expires", claimed.expiry],
        ["agent", claimed.signingAgent],
        ...(digest === statement ? [] : Object.entries(claimed.annotations)).map(([name, value]): Row => [
          "annotation",
          `${name}=${value}`,
        ]),
      ]),
    );
  }
  if (proven !== undefined) {
    lines.push(
      `${indent}  proven: by the signature's own bytes; whether to trust it is for verify`,
      ...renderRows(deeper, [
        ["signer", proven.signer],
        ["issuer", proven.issuer],
        ["algorithm", proven.algorithm],
        ...(statement === undefined ? certificates.flatMap(certificateRows) : certificates.slice(0, 1).flatMap(briefRows)),
      ]),
    );
  }
  const stamps = timestamps.flatMap((stamp): readonly Row[] =>
    "fault" in stamp
      ? [["timestamp", stamp.fault]]
      : [
          ["timestamp", `${stamp.to}, says ${stamp.authority}`],
          ["", "whether to trust it is for verify"],
        ],
  );
  lines.push(...renderRows(deeper, stamps), ...findings.map((finding) => `${indent}  ${renderFinding(finding, style)}`));
  // This command takes no key, and nothing else could say whose it is. Of a statement's signer `verify --key` would not ask.
  const keyless = statement === undefined ? findings.find(({ code }) => code === "identity/key-not-given") : undefined;
  return keyless?.remedy === undefined ? lines : [...lines, `${indent}  try: ${showForeign(keyless.remedy, 4096)}`];
}

function nameSubject(subject: string, { image, statement }: SignatureOptions): string {
  if (subject === image) return "this image";
  return subject === statement ? "this statement" : subject;
}

function certificateRows({ subject, notBefore, notAfter, fingerprint }: InspectedCertificate): readonly Row[] {
  return [
    ["certificate", subject],
    ["", `${notBefore} to ${notAfter}`],
    ["", `sha256 ${fingerprint}`],
  ];
}

function briefRows({ notBefore, notAfter, fingerprint }: InspectedCertificate): readonly Row[] {
  return [
    ["certificate", `sha256 ${fingerprint}`],
    ["", `${notBefore} to ${notAfter}`],
  ];
}

export function renderRows(indent: string, rows: readonly Row[]): readonly string[] {
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [`${indent}${name.padEnd(12)} ${showForeign(value)}`]));
}

/** Whole digests and keys stand in the rows, and in the JSON. */
export function renderFinding({ outcome, code, message }: Finding, style: Style): string {
  const short = showForeign(message).replace(/([0-9a-f]{12})[0-9a-f]{52,}|(SHA256:[\w+/]{12})[\w+/]{31}/g, "$1$2…");
  return `${mark(outcome, style)} ${code}: ${short}`;
}

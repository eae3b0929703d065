/** `inspect`: every signature's content, claimed kept apart from proven. */
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { parseReference } from "../../core/reference.ts";
import { inspect, type InspectedSignature, type InspectReport } from "../../inspect.ts";
import { answerReferences, plainList } from "../answer.ts";
import { remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { mark, type Style } from "../render/style.ts";
import { collectReferences, type References } from "../references.ts";
import type { Call } from "../declaration.ts";

export async function run(call: Call): Promise<ExitCode> {
  const references = await collectReferences(call);
  const root = call.values.text("root");
  if (root !== undefined) return printRoot(root, references, call);
  return withSetup(call, (opened) =>
    answerReferences(call, opened, {
      references,
      work: async (reference, signal) => inspect(reference, { store: await opened.openStore(reference), clock: opened.clock, signal }),
      presenter: {
        document: (report) => report,
        text: renderReport,
        exit: ({ complete }) => (complete ? 0 : 4),
        list: plainList("InspectionList"),
      },
    }),
  );
}

/** stdout holds the certificate alone, so that it can be kept in a file; whose it is stands beside it. */
async function printRoot(wanted: string, { texts, isList }: References, call: Call): Promise<ExitCode> {
  const { io, global } = call;
  const [text] = texts;
  if (text === undefined || isList)
    throw new CountersignError("usage/invalid", `Cannot use --root "${wanted}": it is for one reference`, {
      remedy: "name the one image that the signature belongs to",
    });
  return withSetup(call, async (opened) => {
    const reference = parseReference(text);
    const signal = AbortSignal.any([AbortSignal.timeout(opened.timeoutMs), ...(io.signal === undefined ? [] : [io.signal])]);
    const report = await inspect(reference, { store: await opened.openStore(reference), clock: opened.clock, signal });
    const root = report.signatures.find(({ digest }) => digest === wanted)?.certificates.at(-1);
    if (root === undefined) {
      throw new CountersignError("usage/invalid", `Cannot show the root of "${wanted}": no sound signature of the image has that digest`, {
        remedy: "countersign inspect REF",
      });
    }
    io.stdout.write(root.pem);
    if (!global.quiet) remark(io, `${root.subject}  sha256 ${root.fingerprint}\ncompare it with what the signer says before you trust it`);
    return 0;
  });
}

function renderReport(report: InspectReport, style: Style): string {
  const lines = [style.bold(showForeign(report.pinned, 4096))];
  if (report.signatures.length === 0) lines.push(style.dim("  no signatures"));
  for (const signature of report.signatures) lines.push(...renderSignature(signature, style));
  for (const note of report.notes) lines.push(`  ${style.unsure("note:")} ${note}`);
  return lines.join("\n");
}

function renderSignature(
  { digest, format, envelope, claimed, proven, certificates, timestamps, findings }: InspectedSignature,
  style: Style,
): string[] {
  const lines = [`  ${style.bold(format)}  ${digest}`];
  const row = (name: string, value: string): void => void lines.push(`      ${name.padEnd(12)} ${showForeign(value)}`);
  if (envelope !== undefined) row("envelope", `${envelope.mediaType}, ${envelope.size} bytes${envelope.embedded ? ", embedded" : ""}`);
  if (claimed !== undefined) {
    lines.push("    claimed: what the signature says of itself");
    row("subject", claimed.subject);
    row("scheme", claimed.scheme);
    if (claimed.signingTime !== undefined) row("signed", claimed.signingTime);
    if (claimed.expiry !== undefined) row("expires", claimed.expiry);
    if (claimed.signingAgent !== undefined) row("agent", claimed.signingAgent);
    for (const [name, value] of Object.entries(claimed.annotations)) row("annotation", `${name}=${value}`);
  }
  if (proven !== undefined) {
    lines.push("    proven: by the signature's own bytes; whether to trust it is for verify");
    row("signer", proven.signer);
    row("issuer", proven.issuer);
    row("algorithm", proven.algorithm);
    for (const certificate of certificates) {
      row("certificate", `${certificate.subject}`);
      row("", `${certificate.notBefore} to ${certificate.notAfter}`);
      row("", `sha256 ${certificate.fingerprint}`);
    }
  }
  if (timestamps > 0) row("timestamps", `${timestamps}, not verified by this version`);
  for (const finding of findings) lines.push(`    ${mark(finding.outcome, style)} ${finding.code}: ${showForeign(finding.message)}`);
  return lines;
}

/** `inspect`: every signature's content, claimed kept apart from proven. */
import { showForeign } from "../../core/display.ts";
import type { ExitCode } from "../../core/errors.ts";
import { inspect, type InspectedSignature, type InspectReport } from "../../inspect.ts";
import { answerReferences, plainList } from "../answer.ts";
import { withSetup } from "../open-setup.ts";
import { mark, type Style } from "../render/style.ts";
import { collectReferences } from "../references.ts";
import type { Call } from "../declaration.ts";

export async function run(call: Call): Promise<ExitCode> {
  const references = await collectReferences(call);
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

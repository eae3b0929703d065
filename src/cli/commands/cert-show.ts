/** `cert show`: what certificates say, and whether they can sign images. */
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import type { FindingCode } from "../../core/finding.ts";
import { LIMITS } from "../../core/limits.ts";
import { quoteWord } from "../../core/shell.ts";
import { Malformed } from "../../core/malformed.ts";
import { API_VERSION } from "../../core/verdict.ts";
import type { Certificate } from "../../pki/x509/certificate.ts";
import { checkSigningChain } from "../../pki/x509/chain.ts";
import { formatName } from "../../pki/x509/name.ts";
import { whyInvalid } from "../../pki/x509/validity.ts";
import { findCertificates, whyNoAnchor } from "../../trust/certificate-file.ts";
import { readInput } from "../input.ts";
import { print } from "../io.ts";
import { certificateDocument, renderCertificate } from "../render/certificate.ts";
import { repeatConfig } from "../render/remedy.ts";
import { styleFor } from "../render/style.ts";
import type { Call } from "../declaration.ts";

export async function run({ io, words, values, known, global }: Call): Promise<ExitCode> {
  const [path = ""] = words;
  const { certificates, notes } = findCertificates(await readInput(path, { io, maxBytes: LIMITS.keyFileBytes }));
  if (certificates.length === 0) {
    throw new CountersignError("file/unreadable", `Cannot show "${path}": it ${notes.join(" and ")}`, {
      remedy: "name a file with BEGIN CERTIFICATE in it, or DER",
    });
  }
  const problem = whyCannotSign(certificates, global.at ?? new Date());
  if (values.text("output") === "json") {
    const signing = problem === undefined ? { ok: true } : { ok: false, code: problem.code, message: showForeign(problem.message) };
    print(
      io,
      JSON.stringify(
        { apiVersion: API_VERSION, kind: "CertificateList", items: certificates.map(certificateDocument), signing, notes },
        null,
        2,
      ),
    );
    return 0;
  }
  const style = styleFor(io, io.stdout);
  const no = style.dim("–");
  for (const certificate of certificates) print(io, renderCertificate(certificate, "").join("\n"));
  if (problem === undefined) print(io, `${style.good("✓")} can sign images: the chain fits the Notary Project's profile`);
  else print(io, `${no} cannot sign images as it stands: ${showForeign(problem.message)} (${problem.code})`);
  const stranger = whyNotTrusted(certificates);
  const adding = repeatConfig(`countersign trust add ca:NAME ${path === "-" ? "FILE" : quoteWord(path)}`, known);
  if (stranger === undefined) print(io, `${style.good("✓")} can be trusted, by whoever means to: ${showForeign(adding, 4096)}`);
  else print(io, `${no} is not for a trust store, which holds roots: ${stranger}`);
  for (const note of notes) print(io, `  ${style.unsure("note:")} ${showForeign(note)}`);
  return 0;
}

function whyNotTrusted(certificates: readonly Certificate[]): string | undefined {
  for (const certificate of certificates) {
    const problem = whyNoAnchor(certificate, "ca");
    if (problem !== undefined) return `${showForeign(formatName(certificate.subject))} ${problem}`;
  }
  return undefined;
}

/** The code is that of the finding that a signature with this chain would get. */
function whyCannotSign(chain: readonly Certificate[], now: Date): { readonly code: FindingCode; readonly message: string } | undefined {
  try {
    checkSigningChain(chain);
  } catch (error) {
    if (error instanceof Malformed) return error;
    throw error;
  }
  const invalid = chain.find((certificate) => whyInvalid(certificate, now) !== undefined);
  if (invalid === undefined) return undefined;
  return {
    code: now > invalid.notAfter ? "time/certificate-expired" : "time/certificate-not-yet-valid",
    message: `the certificate "${formatName(invalid.subject)}" ${whyInvalid(invalid, now)}`,
  };
}

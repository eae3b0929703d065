/** `inspect`: every signature and statement decoded, claimed kept apart from proven. */
import { findByPrefix } from "../../core/digest-prefix.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { parseReference, type Reference } from "../../core/reference.ts";
import { quoteWord } from "../../core/shell.ts";
import { saveNamedFile } from "../../files/named.ts";
import { inspect, type InspectReport } from "../../inspect.ts";
import type { Setup } from "../../setup.ts";
import type { InspectedCertificate } from "../../showing/inspect-signature.ts";
import { answerReferences, plainList } from "../answer.ts";
import type { Call } from "../declaration.ts";
import { remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { collectReferences, type References } from "../references.ts";
import { renderInspection } from "../render/inspection.ts";
import { fillInspection } from "../render/verdict-remedies.ts";

export async function run(call: Call): Promise<ExitCode> {
  const references = await collectReferences(call);
  const root = call.values.text("root");
  const out = call.values.text("out");
  if (root !== undefined) return keepRoot(root, references, call);
  if (out !== undefined) {
    throw new CountersignError("usage/invalid", `Cannot write "${out}": --out is for the certificate that --root names`, {
      remedy: "add --root SIGNATURE, or leave out --out",
    });
  }
  return withSetup(call, (opened) =>
    answerReferences(call, opened, {
      references,
      work: async (reference, signal) => fillInspection(await look(reference, opened, signal), call.known),
      presenter: {
        document: (report) => report,
        text: renderInspection,
        exit: ({ complete }) => (complete ? 0 : 4),
        list: plainList("InspectionList"),
      },
    }),
  );
}

async function look(reference: Reference, { openStore, clock, budgetMs }: Setup, signal: AbortSignal): Promise<InspectReport> {
  return inspect(reference, { store: await openStore(reference), clock, budgetMs, signal });
}

/** stdout, or the file, holds the certificate alone; whose it is stands beside it. */
async function keepRoot(wanted: string, { texts, isList }: References, call: Call): Promise<ExitCode> {
  const { io, global } = call;
  const [text] = texts;
  if (text === undefined || isList)
    throw new CountersignError("usage/invalid", `Cannot use --root "${wanted}": it is for one reference`, {
      remedy: "name the one image that the signature belongs to",
    });
  return withSetup(call, async (opened) => {
    const reference = parseReference(text);
    const signal = AbortSignal.any([AbortSignal.timeout(opened.timeoutMs), ...(io.signal === undefined ? [] : [io.signal])]);
    const report = await look(reference, opened, signal);
    const root = rootOf(wanted, report);
    const out = call.values.text("out");
    if (out === undefined) io.stdout.write(root.pem);
    else await saveNamedFile(out, root.pem, { mode: 0o644, remedy: `look at it: countersign cert show ${quoteWord(out)}` });
    if (!global.quiet) {
      const wrote = out === undefined ? "" : `wrote ${out}\n`;
      remark(io, `${wrote}${root.subject}  sha256 ${root.fingerprint}\ncompare it with what the signer says before you trust it`);
    }
    return 0;
  });
}

function rootOf(wanted: string, report: InspectReport): InspectedCertificate {
  const signatures = [...report.signatures, ...report.statements.flatMap((statement) => statement.signatures)];
  const refuse = (state: string): CountersignError =>
    new CountersignError("usage/invalid", `Cannot show the root of "${wanted}": ${state}`, { remedy: "countersign inspect REF" });
  const [digest, ...others] = findByPrefix(
    wanted,
    signatures.map((signature) => signature.digest),
  );
  if (others.length > 0) throw refuse(`${others.length + 1} signatures of the image have a digest that starts so`);
  const root = signatures.find((signature) => signature.digest === digest)?.certificates.at(-1);
  if (root === undefined)
    throw refuse("no sound signature of the image has that digest, or one that starts with those eight digits or more");
  return root;
}

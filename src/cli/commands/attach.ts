/** `attach`: brings to its place what somebody else has signed. */
import { attach, type AttachFilesResult, type SignedFile } from "../../attach.ts";
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { formatReference, parseReference, type Reference } from "../../core/reference.ts";
import type { ReferrersMode } from "../../core/store.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { loadNamedFile } from "../../files/named.ts";
import type { Setup } from "../../setup.ts";
import { answerReferences, plainList } from "../answer.ts";
import type { Call } from "../declaration.ts";
import { withSetup } from "../open-setup.ts";
import { refuseReferrersMode } from "../pin-for-writing.ts";
import { nameStatement } from "../render/statement.ts";
import type { Style } from "../render/style.ts";

interface Answer extends AttachFilesResult {
  readonly reference: string;
}

export function run(call: Call): Promise<ExitCode> {
  const [reference = "", ...paths] = call.words;
  // One of its declared choices: the parser lets nothing else through.
  const mode = call.values.text("referrers") as ReferrersMode | undefined;
  parseReference(reference);
  return withSetup(call, async (opened) => {
    const files = await Promise.all(paths.map((path) => openFile(path, opened)));
    return answerReferences<Answer>(call, opened, {
      references: { texts: [reference], isList: false },
      work: async (asked, signal) => {
        refuseReferrersMode(asked, mode);
        const store = await opened.openStore(asked);
        const referrers = mode === undefined ? {} : { referrers: mode };
        return { reference: formatReference(asked), ...(await attach(asked, files, { store, clock: opened.clock, signal, ...referrers })) };
      },
      presenter: { document: toDocument, text: renderAttached, exit: () => 0, list: plainList("AttachedList") },
    });
  });
}

/** Told by what it holds: a bundle is JSON, and an archive a tar file, which begins with the name of a file. */
async function openFile(path: string, opened: Pick<Setup, "openStore">): Promise<SignedFile> {
  const place: Reference | undefined = /^oci(-archive)?:/.test(path) ? parseReference(path) : undefined;
  if (place !== undefined) return { kind: "store", path, store: await opened.openStore(place) };
  const bytes = await loadNamedFile(path, { maxBytes: LIMITS.wholeBlobBytes });
  if (bytes[0] !== OPENING_BRACE) return { kind: "store", path, store: await opened.openStore({ kind: "archive", path }) };
  if (bytes.length <= LIMITS.bundleBytes) return { kind: "bundle", path, bytes };
  throw new CountersignError("document/invalid", `Cannot attach "${path}": a bundle has at most ${LIMITS.bundleBytes} bytes`);
}

const OPENING_BRACE = "{".charCodeAt(0);

function toDocument({ reference, pinned, subject, attached }: Answer): object {
  return { apiVersion: API_VERSION, kind: "Attached", reference, pinned, subject, attached };
}

function renderAttached({ pinned, attached }: Answer, style: Style): string {
  return [
    `${style.good("✓")} attached  ${style.bold(showForeign(pinned, 4096))}`,
    ...attached.map(({ digest, predicateType, isHeld }) => {
      const what = predicateType === undefined ? "signature" : nameStatement(predicateType);
      return `  ${what}  ${digest}${isHeld ? style.dim("  was there") : ""}`;
    }),
  ].join("\n");
}

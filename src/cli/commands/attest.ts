/** `attest`: signs what a document says about an image, and keeps both beside it. */
import { attest, type AttestOptions, type AttestResult } from "../../attest.ts";
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { formatReference, type Reference } from "../../core/reference.ts";
import type { ReferrersMode } from "../../core/store.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { withoutAbsent } from "../../core/without-absent.ts";
import { answerReferences, plainList } from "../answer.ts";
import { type AttestedDocument, bindDocument, readDocument } from "../attested-document.ts";
import { type Deadline, TOOL_TIMEOUT_MS } from "../deadline.ts";
import type { Call } from "../declaration.ts";
import { readInput } from "../input.ts";
import { remark } from "../io.ts";
import { renderStamp, timestamperOf } from "../timestamp-options.ts";
import { describeSignature } from "../render/attested.ts";
import { withSetup } from "../open-setup.ts";
import { annotationsOf } from "../pairs.ts";
import { pinForWriting, refuseOtherProduct, refuseReferrersMode } from "../pin-for-writing.ts";
import { productsOf } from "../product.ts";
import { collectReferences } from "../references.ts";
import type { Style } from "../render/style.ts";

interface Attested {
  readonly reference: string;
  readonly results: readonly AttestResult[];
}

/** Where the document comes from. */
type Source =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "run"; readonly command: string }
  | { readonly kind: "git"; readonly folder: string }
  | { readonly kind: "buildkit" };

type Shared = Omit<AttestOptions, "predicateType" | "predicate">;

export async function run(call: Call): Promise<ExitCode> {
  const { values, global } = call;
  const key = values.text("key");
  const source = sourceOf(call);
  if (key === undefined) {
    throw new CountersignError("usage/invalid", "Cannot attest: no key was given", {
      remedy: "--key NAME from `countersign key list`, or `countersign cert test --trust` to try things with",
    });
  }
  if (global.at !== undefined) {
    throw new CountersignError("usage/invalid", "Cannot attest as of another time: a signature says when it was made", {
      remedy: "leave out --at",
    });
  }
  const certificate = values.text("cert");
  const format = values.text("format");
  // One of its declared choices: the parser lets nothing else through.
  const referrers = values.text("referrers") as ReferrersMode | undefined;
  const given = annotationsOf(values) ?? {};
  const references = await collectReferences(call);
  const document = source.kind === "file" ? await readFile(source.path, call) : undefined;
  return withSetup(call, async (opened) => {
    const productOf = await productsOf(call, opened);
    const timestamper = await timestamperOf(call, opened);
    const signer = await opened.openSigner({ key, ...(certificate === undefined ? {} : { certificate }) });
    return answerReferences<Attested>(call, opened, {
      references,
      work: async (asked, signal, deadline) => {
        refuseReferrersMode(asked, referrers);
        const store = await opened.openStore(asked);
        const { reference, annotations } = await pinForWriting(asked, { call, store, signal, verb: "attest" });
        const product = productOf(reference);
        refuseOtherProduct(given, product);
        const shared: Shared = {
          store,
          signer,
          signal,
          clock: opened.clock,
          ...timestamper,
          annotations: { ...given, ...annotations, ...product },
          ...withoutAbsent({ format, referrers }),
        };
        return {
          reference: formatReference(asked),
          results: await attestAs(source, reference, { call, document, shared, signal, deadline }),
        };
      },
      presenter: { document: toDocument, text: renderAttested, exit: () => 0, list: plainList("AttestationList") },
    });
  });
}

function sourceOf({ values }: Call): Source {
  const path = values.text("predicate");
  const command = values.text("run");
  const folder = values.text("git");
  const sources: readonly Source[] = [
    ...(path === undefined ? [] : [{ kind: "file", path } as const]),
    ...(command === undefined ? [] : [{ kind: "run", command } as const]),
    ...(folder === undefined ? [] : [{ kind: "git", folder } as const]),
    ...(values.flag("from-buildkit") ? [{ kind: "buildkit" } as const] : []),
  ];
  const [source, ...others] = sources;
  if (source?.kind !== "git" && (values.text("type") === "source" || values.texts("git-since").length > 0)) {
    throw new CountersignError("usage/invalid", "Cannot attest a source: no repository was given", {
      remedy: "--git FOLDER, the repository that the image was built from",
    });
  }
  if (source !== undefined && others.length === 0) return source;
  throw new CountersignError("usage/invalid", `Cannot attest: ${source === undefined ? "no" : "more than one"} document was given`, {
    remedy: "--predicate FILE (or - for stdin), --run TOOL, --git FOLDER, or --from-buildkit",
  });
}

async function readFile(path: string, call: Call): Promise<AttestedDocument> {
  const bytes = await readInput(path, { io: call.io, maxBytes: LIMITS.statementBytes });
  return announce(await readDocument(bytes, { source: path === "-" ? "standard input" : path, type: call.values.text("type") }), call);
}

/** What was recognised is said, because it decides what the signature will mean. */
function announce(document: AttestedDocument, { io, global }: Call): AttestedDocument {
  if (!global.quiet) remark(io, `recognised: ${document.form}; to be attested as ${showForeign(document.predicateType, 200)}`);
  return document;
}

async function attestAs(
  source: Source,
  reference: Reference,
  given: {
    readonly call: Call;
    readonly document: AttestedDocument | undefined;
    readonly shared: Shared;
    readonly signal: AbortSignal;
    readonly deadline: Deadline;
  },
): Promise<readonly AttestResult[]> {
  const { call, shared, signal, deadline } = given;
  if (source.kind === "buildkit") return (await import("../../attest-buildkit.ts")).attestFromBuildKit(reference, shared);
  if (source.kind === "git") {
    const { readRepository } = await import("../git/source-document.ts");
    const { predicateType, predicate } = announce(await readRepository(source.folder, { values: call.values, signal }), call);
    return [await attest(reference, { ...shared, predicateType, predicate })];
  }
  const document =
    given.document ?? (source.kind === "run" ? await runSource(source.command, reference, { call, signal, deadline }) : undefined);
  if (document === undefined) throw new TypeError("a document that is a file was read before");
  const bound = await bindDocument(document, {
    reference,
    store: shared.store,
    wasRun: source.kind === "run",
    source: source.kind === "run" ? source.command : source.path,
    signal,
  });
  const isAsserted = Object.keys(bound).length > 0;
  if (isAsserted && !call.global.quiet) remark(call.io, assertedNote(document));
  const { predicateType, predicate } = document;
  return [await attest(reference, { ...shared, predicateType, predicate, annotations: { ...shared.annotations, ...bound } })];
}

function assertedNote({ form, content }: AttestedDocument): string {
  const what = `note: the ${form} names no image; that it is about this one is only asserted`;
  return content === "scan" ? `${what}, and no policy counts such a scan; --run runs the tool on the image` : what;
}

async function runSource(
  command: string,
  reference: Reference,
  { call, signal, deadline }: { readonly call: Call; readonly signal: AbortSignal; readonly deadline: Deadline },
): Promise<AttestedDocument> {
  const { runTool } = await import("../run-tool.ts");
  const keys = ["key", "cert"].map((option) => call.values.text(option) ?? "");
  const limit = AbortSignal.timeout(TOOL_TIMEOUT_MS);
  const tool = { image: formatReference(reference), env: call.io.env, keys, signal: AbortSignal.any([signal, limit]) };
  // A limit that was asked for is one for all; the other is meant for the network, and a scanner may take its time.
  const ran = call.global.timeoutMs === undefined ? deadline.pausedFor(() => runTool(command, tool)) : runTool(command, tool);
  const { output, startedAt, finishedAt } = await ran.catch((error: unknown) => {
    throw limit.aborted && !signal.aborted ? toolTookTooLong(command) : error;
  });
  const times = { startedAt, finishedAt };
  return announce(await readDocument(output, { source: `what "${command}" writes`, type: call.values.text("type"), times }), call);
}

function toolTookTooLong(command: string): CountersignError {
  const time = `${TOOL_TIMEOUT_MS / 60_000} minutes`;
  return new CountersignError("document/tool-failed", `Cannot run "${showForeign(command, 200)}": it took longer than ${time}`, {
    remedy: "--timeout 3h gives it more time",
  });
}

function toDocument({ reference, results }: Attested): object {
  return {
    apiVersion: API_VERSION,
    kind: "Attestations",
    reference,
    attestations: results.map((result) => {
      const { pinned, subject, predicateType, evidence, via } = result;
      return {
        pinned,
        subject,
        predicateType,
        evidence: { digest: evidence.digest, size: evidence.size, via },
        signature: describeSignature(result),
      };
    }),
  };
}

function renderAttested({ results }: Attested, style: Style): string {
  return results
    .flatMap(({ pinned, predicateType, evidence, signature, format, stamp }) => [
      `${style.good("✓")} attested  ${style.bold(showForeign(pinned, 4096))}`,
      `  ${showForeign(predicateType)}  ${evidence.digest}`,
      `  ${format}  ${signature.digest}`,
      ...(stamp === undefined ? [] : [`    ${renderStamp(stamp)}`]),
    ])
    .join("\n");
}

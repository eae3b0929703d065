/**
 * One command against a hostile registry, in a process of its own, which tells what came of it and what it took.
 * Arguments: verb, `host:port/repository`, and `hasty` where the attack is that nothing comes, or too slowly.
 */
import { CountersignError } from "../../src/core/errors.ts";
import { parseDestination } from "../../src/core/reference.ts";
import { downloadSignatures } from "../../src/download.ts";
import { copy, evaluate, parseReference, setup, sign, type Verdict } from "../../src/index.ts";
import { createHttpClient } from "../../src/net/http-client.ts";
import { openMemoryStore } from "../../src/registry/memory.ts";
import { openRegistry } from "../../src/registry/remote/store.ts";

const PATIENCE = { tries: 2, firstPauseMs: 10, withinMs: 600_000 };
/** Longer than a busy machine takes. */
const PATIENT = { silenceMs: 120_000, deadlineMs: 300_000, patience: PATIENCE };
/** Shorter than in earnest, so that slow attacks end soon. */
const HASTY = { silenceMs: 1_000, deadlineMs: 1_500, patience: PATIENCE };
/** Of a clock that goes on by one with each question, so that looks are counted and no machine is too slow. */
const BUDGET_MS = 2_000;
/** Far more than the bounds allow; only what has none gets here. */
const JOB_MS = 900_000;

export interface Report {
  readonly answer: "pass" | "deny" | "unknown";
  /** Of the error, or of every finding; where there are none, the notes. */
  readonly codes: readonly string[];
  readonly ms: number;
  /** The most memory that the process has had at once. */
  readonly peakMiB: number;
}

const [verb = "", text = "", pace] = process.argv.slice(2);
const reference = parseReference(`${text}:v1`);
if (reference.kind !== "registry") throw new TypeError(`${text} is in no registry`);
const opened = await setup();
const client = createHttpClient(pace === "hasty" ? HASTY : PATIENT);
const store = openRegistry({ registry: reference.registry, client }).repository(reference.repository);
const signal = AbortSignal.timeout(JOB_MS);
const started = performance.now();
const { answer, codes } = await work();
const report: Report = {
  answer,
  codes,
  ms: Math.round(performance.now() - started),
  peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
};
process.stdout.write(JSON.stringify(report));
client.close();
opened.close();

async function work(): Promise<Pick<Report, "answer" | "codes">> {
  try {
    if (verb === "sign") {
      await sign(reference, { store, signer: await opened.openSigner({ key: "test" }), signal });
      return { answer: "pass", codes: [] };
    }
    if (verb === "copy") {
      const { complete, notes } = await copy(reference, parseDestination("oci:copied:v1"), {
        from: store,
        to: openMemoryStore(),
        retry: client.retry,
        signal,
      });
      return { answer: complete ? "pass" : "unknown", codes: notes };
    }
    if (verb === "download") {
      const { complete, notes } = await downloadSignatures(reference, { store, signal, keep: () => Promise.resolve() });
      return { answer: complete ? "pass" : "unknown", codes: notes };
    }
    const { trust } = opened;
    let looks = 0;
    const clock = { ...opened.clock, monotonicMs: () => ++looks };
    const verdict = await evaluate(reference, { store, policy: await opened.loadPolicy(), trust, clock, signal, budgetMs: BUDGET_MS });
    return { answer: verdict.outcome, codes: codesOf(verdict) };
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    return { answer: "unknown", codes: [error.code] };
  }
}

function codesOf(verdict: Verdict): readonly string[] {
  const findings = [...verdict.findings, ...verdict.signatures.flatMap((signature) => signature.findings)];
  return [...new Set(findings.map(({ code }) => code))];
}

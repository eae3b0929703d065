/** A gate that asks for evidence: 50 statements on one image far away, and what deciding over 100 of them costs. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExaminedEvidence } from "../src/policy/evidence-seen.ts";
import { attest, type Policy, parseReference, setup } from "../src/index.ts";
import { decodePolicy } from "../src/policy/countersign/document.ts";
import { decideGates } from "../src/policy/decide.ts";
import { pushImage } from "../src/testing/image.ts";
import { type DelayProxy, startDelayProxy } from "../tests/fixtures/delay-proxy.ts";
import { type Command, measureInTurn, runOnce } from "./measure.ts";
import { COUNTERSIGN, type World } from "./world.ts";

const STATEMENTS = 50;
const SCAN = "https://in-toto.io/attestation/vulns/v0.2";

export interface EvidenceTimes {
  readonly medianMs: number;
  /** One after the other, with 64 in flight. */
  readonly roundTrips: number;
  readonly decideMs: number;
}

export async function measureEvidence(
  world: World,
  { rounds, roundTripMs }: { readonly rounds: number; readonly roundTripMs: number },
): Promise<EvidenceTimes> {
  const opened = await setup({ env: world.env });
  try {
    const reference = parseReference(`127.0.0.1:${world.registryPort}/evidence:1`);
    const store = await opened.openStore(reference);
    const { digest } = await pushImage(store, { tag: "1", files: [{ path: "app", bytes: Buffer.from("evidence") }] });
    const signer = await opened.openSigner({ key: "trusted" });
    for (let number = 0; number < STATEMENTS; number++)
      await attest(parseReference(`127.0.0.1:${world.registryPort}/evidence@${digest}`), {
        store,
        signer,
        predicateType: SCAN,
        predicate: scan(number),
      });
    const far = await startDelayProxy(world.registryPort, { roundTripMs });
    try {
      const { medianMs, roundTrips } = await measureFar(far, { world, digest, rounds });
      return { medianMs, roundTrips, decideMs: await timeDeciding() };
    } finally {
      await far.close();
    }
  } finally {
    opened.close();
  }
}

async function measureFar(
  far: DelayProxy,
  { world, digest, rounds }: { readonly world: World; readonly digest: string; readonly rounds: number },
): Promise<{ medianMs: number; roundTrips: number }> {
  const policy = join(world.folder, "evidence.yaml");
  writeFileSync(policy, policyFor(`127.0.0.1:${far.port}/evidence`));
  const argv = [...COUNTERSIGN, "verify", `127.0.0.1:${far.port}/evidence@${digest}`, "--policy", policy, "--concurrency", "64"];
  const command: Command = { name: "countersign", argv, env: world.env };
  // The first run fills caches, as in every other row.
  await runOnce(command);
  far.counter.reset();
  await runOnce(command);
  const roundTrips = far.counter.longest;
  const [measured] = await measureInTurn([command], rounds);
  return { medianMs: measured?.medianMs ?? NaN, roundTrips };
}

function policyFor(repository: string): string {
  return JSON.stringify({
    apiVersion: "countersign.dev/v1",
    kind: "Policy",
    name: "bench",
    version: 1,
    products: { evidence: { prod: repository } },
    parties: {
      scanner: {
        certificate: { anchor: "ca:trusted", subject: { C: "US", ST: "WA", L: "Seattle", O: "Countersign Test", CN: "trusted" } },
      },
    },
    gates: { prod: { needs: [{ scan: { by: "scanner", maxAge: "24h", deny: "critical" } }] } },
  });
}

function scan(number: number): object {
  const at = new Date(Date.now() - number * 1000).toISOString();
  return {
    scanner: {
      uri: "pkg:github/acme/scanner@1",
      version: "1",
      db: { uri: "https://acme.io/db", version: "7", lastUpdate: at },
      result: [],
    },
    metadata: { scanStartedOn: at, scanFinishedOn: at },
  };
}

/** Over 100 statements whose signatures have been verified, each with 200 findings. Milliseconds, warm. */
async function timeDeciding(): Promise<number> {
  const policy: Policy = await decodePolicy(Buffer.from(policyFor("registry.acme.io/evidence")), { source: "bench" });
  const selection = policy.select("registry.acme.io/evidence");
  if (selection.kind !== "gate") throw new TypeError("the policy has one gate");
  const subject = parseReference(`registry.acme.io/evidence@sha256:${"1".repeat(64)}`).digest;
  if (subject === undefined) throw new TypeError("the reference has a digest");
  const evidence = Array.from({ length: 100 }, (_, number) => statement(number, subject));
  const about = { subject, isChild: false, evidence, gaps: [] };
  const seen = {
    signatures: [],
    coverage: { complete: true, unexamined: 0 },
    evidence: { now: new Date(), image: about, runnable: [about], gaps: [] },
  };
  const times: number[] = [];
  for (let round = 0; round < 30; round++) {
    const start = performance.now();
    const [report] = decideGates([selection.gate], seen);
    times.push(performance.now() - start);
    if (report?.outcome !== "pass") throw new TypeError(`the gate says ${report?.missing.join()}`);
  }
  return times.toSorted((a, b) => a - b)[15] ?? NaN;
}

function statement(number: number, subject: string): ExaminedEvidence {
  const at = new Date(Date.now() - number * 1000);
  const digest = `sha256:${number.toString(16).padStart(64, "0")}`;
  const findings = Array.from({ length: 200 }, (_, index) => ({ id: `CVE-2026-${index}`, aliases: [], severity: "low" as const }));
  return {
    report: {
      digest,
      subject,
      carrier: "attached",
      content: "scan",
      at: at.toISOString(),
      signatures: [{ format: "notary-jws", digest, outcome: "counts", party: "scanner", findings: [passed()] }],
      findings: [],
    },
    statement: { subjects: [{ digest: { sha256: subject.slice(7) } }], predicateType: SCAN, predicate: {} },
    content: { kind: "scan", scanner: "scanner", at, findings },
    at,
  };
}

function passed(): ExaminedEvidence["report"]["signatures"][number]["findings"][number] {
  return { check: "integrity", outcome: "pass", code: "integrity/verified", message: "bench", action: "enforce" };
}

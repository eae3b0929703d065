/** A thousand junk signatures beside the good one: the right answer, and what it costs, which is shown and not asserted. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createHash } from "node:crypto";
import type { FindingCode } from "../../src/core/finding.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { createEnvelope } from "./envelope.ts";
import { writeVerifierFiles } from "./judge.ts";
import { AGENT, ENVELOPE_TYPES, goodPlan, type Json, MANIFEST_TYPE, type Places, type Plan, SIGNATURE_TYPE, THUMBPRINT } from "./plan.ts";
import { answer, type Registry, type Site, startSite } from "./site.ts";
import { buildWorld, createCertificates, digestOf as computeDigest } from "./world.ts";

const JUNK = 1000;
/** So that a busy machine is late and not wrong: only the bytes are counted. */
const PATIENT = ["--timeout", "1h"];
const program = fileURLToPath(new URL("../../src/cli/program.ts", import.meta.url));

const digests = new WeakMap<Uint8Array, string>();

/** Kept, because the same four megabytes are named a thousand times. */
function digestOf(bytes: Uint8Array): string {
  const digest = digests.get(bytes) ?? computeDigest(bytes);
  digests.set(bytes, digest);
  return digest;
}

/** What a stranger may hang on the image. */
interface JunkKind {
  /** The envelope's bytes; real ones are signed by a stranger's chain. */
  readonly envelope: (number: number) => Uint8Array;
  /** Annotations of the manifest and the listing. */
  readonly annotations?: Json;
  /** Said in the listing in place of the true size. */
  readonly claimedSize?: number;
  /** The registry answers for the manifest without end. */
  readonly endless?: true;
}

interface Scenario {
  readonly name: string;
  readonly junk: (trusted: string) => JunkKind;
  readonly good: "first" | "last" | "absent";
  /** Changes the good signature. */
  readonly plan?: (plan: Plan) => void;
  readonly outcome: Verdict["outcome"];
  /** That must be among the verdict's findings. */
  readonly code?: FindingCode;
}

/** Real signatures by somebody nobody trusts, each of other bytes. */
function strangers(): JunkKind {
  const plan = goodPlan("jws");
  for (const certificate of [plan.root, plan.intermediate, plan.leaf]) {
    certificate.key = certificate.key === "leaf" ? "leaf" : "stranger";
    certificate.issuerKey = "stranger";
  }
  plan.payload["targetArtifact"] = { mediaType: MANIFEST_TYPE, digest: digestOf(plan.image.bytes), size: plan.image.bytes.length };
  const chain = plan.chain(createCertificates(plan));
  return {
    envelope: (number) => {
      plan.unprotected.set(AGENT, `stranger/${number}`);
      return createEnvelope(plan, chain);
    },
  };
}

const small: JunkKind = { envelope: (number) => Buffer.from(`{"payload":${number}}`) };
const LARGE = Array.from({ length: 8 }, (_, number) => Buffer.from(`{"payload":"${String(number).padEnd(4_000_000, ".")}"}`));
/** Valid JSON of nearly the largest size that is read. A few distinct ones do: each is listed under many manifests. */
const large: JunkKind = { envelope: (number) => LARGE[number % LARGE.length] ?? Buffer.alloc(0) };

/** Claims that its chain is the trusted one. */
function claiming(kind: JunkKind): (trusted: string) => JunkKind {
  return (trusted) => ({ ...kind, annotations: { [THUMBPRINT]: JSON.stringify([trusted]) } });
}

/** The good signature without the claim that would bring it forward, and larger than any junk. */
function unannounced(plan: Plan): void {
  plan.unprotected.set(AGENT, "x".repeat(2_000));
  plan.editManifest = (manifest) => void (manifest["annotations"] = { padding: "x".repeat(2_000) });
}

const SCENARIOS: readonly Scenario[] = [
  { name: "strangers' signatures, the good one first", junk: strangers, good: "first", outcome: "pass" },
  { name: "strangers' signatures, the good one last", junk: strangers, good: "last", outcome: "pass" },
  {
    name: "strangers' signatures, the good one not announced and last in any order",
    junk: strangers,
    good: "last",
    plan: unannounced,
    outcome: "pass",
  },
  { name: "strangers' signatures alone", junk: strangers, good: "absent", outcome: "deny" },
  { name: "small junk that claims the trusted certificate", junk: claiming(small), good: "last", outcome: "pass" },
  { name: "small junk that claims the trusted certificate, alone", junk: claiming(small), good: "absent", outcome: "deny" },
  { name: "manifests that claim four megabytes", junk: () => ({ ...small, claimedSize: 4_194_304 }), good: "last", outcome: "pass" },
  {
    name: "manifests that claim four megabytes, alone",
    junk: () => ({ ...small, claimedSize: 4_194_304 }),
    good: "absent",
    outcome: "unknown",
    code: "signature/unexamined",
  },
  { name: "manifests that claim more than any has", junk: () => ({ ...small, claimedSize: 5_000_000 }), good: "last", outcome: "pass" },
  { name: "manifests without end", junk: () => ({ ...small, endless: true }), good: "last", outcome: "pass" },
  { name: "manifests without end, alone", junk: () => ({ ...small, endless: true }), good: "absent", outcome: "deny" },
  { name: "envelopes of four megabytes", junk: () => large, good: "last", outcome: "pass" },
  // Large envelopes wait until everything small has been looked at, whatever they claim.
  { name: "envelopes of four megabytes that claim the trusted certificate", junk: claiming(large), good: "last", outcome: "pass" },
  // Whoever may push may spend the budget: never a yes, never a false no, and the verdict says what was not looked at.
  {
    name: "envelopes of four megabytes, alone",
    junk: () => large,
    good: "absent",
    outcome: "unknown",
    code: "signature/unexamined",
  },
];

/** Hangs junk on the image before the registry opens, and puts the good one where the scenario wants it. */
function hangJunk(plan: Plan, { junk, good }: Scenario): void {
  let kind: JunkKind = small;
  const { chain } = plan;
  plan.chain = (made) => {
    kind = junk(createHash("sha256").update(made.root).digest("hex"));
    return chain(made);
  };
  const subject = { mediaType: MANIFEST_TYPE, digest: digestOf(plan.image.bytes), size: plan.image.bytes.length };
  const contents: { readonly place: "manifests" | "blobs"; readonly bytes: Uint8Array }[] = [];
  plan.editListing = (entries) => {
    const goodOnes = entries.splice(0);
    const junkOnes = Array.from({ length: JUNK }, (_, number) => {
      const envelope = kind.envelope(number);
      const manifest = Buffer.from(JSON.stringify({ ...junkManifest(envelope, subject, kind.annotations), padding: number }));
      contents.push({ place: "manifests", bytes: manifest }, { place: "blobs", bytes: envelope });
      return {
        mediaType: MANIFEST_TYPE,
        digest: digestOf(manifest),
        size: kind.claimedSize ?? manifest.length,
        artifactType: SIGNATURE_TYPE,
        ...(kind.annotations === undefined ? {} : { annotations: kind.annotations }),
      };
    });
    entries.push(...(good === "first" ? [...goodOnes, ...junkOnes] : good === "last" ? [...junkOnes, ...goodOnes] : junkOnes));
  };
  plan.editSite = (site: Site, { image }: Places) => {
    const root = image.slice(0, image.indexOf("/manifests/"));
    for (const { place, bytes } of contents) {
      const found = answer(bytes, place === "manifests" ? MANIFEST_TYPE : "application/octet-stream");
      site.set(`${root}/${place}/${digestOf(bytes)}`, kind.endless === true && place === "manifests" ? { ...found, endless: true } : found);
    }
  };
}

function junkManifest(envelope: Uint8Array, subject: Json, annotations: Json | undefined): Json {
  return {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: SIGNATURE_TYPE, digest: digestOf(Buffer.from("{}")), size: 2 },
    layers: [{ mediaType: ENVELOPE_TYPES.jws, digest: digestOf(envelope), size: envelope.length }],
    subject,
    ...(annotations === undefined ? {} : { annotations }),
  };
}

let registry: Registry;
let folder: string;

before(async () => {
  registry = await startSite();
  folder = await mkdtemp(join(tmpdir(), "countersign-junk-"));
});

after(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly verdict: Verdict;
  readonly exit: number | null;
  readonly peakMegabytes: number;
  readonly milliseconds: number;
}

/** The real program in a process of its own, so that the peak is its own too. */
async function verify(reference: string, config: string): Promise<Run> {
  // Not `resourceUsage().maxRSS`: Linux starts that at the size of the process that made this one.
  const tell = `process.on("exit", () => {
    const status = process.getBuiltinModule("node:fs").readFileSync("/proc/self/status", "utf8");
    process.stderr.write("\\npeak " + /VmHWM:\\s*(\\d+)/.exec(status)[1]);
  })`;
  const argv = process.platform === "linux" ? ["--import", `data:text/javascript,${encodeURIComponent(tell)}`, program] : [program];
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [...argv, "verify", reference, "--config", config, "--at", "2025-06-01T12:00:00Z", "--output", "json", ...PATIENT],
    { stdio: ["ignore", "pipe", "pipe"], env: {} },
  );
  const [stdout, stderr, exit] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number | null>((ended) => child.on("close", ended)),
  ]);
  assert.notEqual(stdout, "", stderr);
  return {
    verdict: JSON.parse(stdout) as Verdict,
    exit,
    peakMegabytes: Number(/peak (\d+)$/.exec(stderr)?.[1]) / 1024,
    milliseconds: performance.now() - started,
  };
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const EXITS = { pass: 0, deny: 1, unknown: 4 } as const;

suite(`${JUNK} junk signatures`, () => {
  for (const [index, scenario] of SCENARIOS.entries()) {
    test(`${scenario.name}: ${scenario.outcome}`, async (t) => {
      const plan = goodPlan("jws");
      scenario.plan?.(plan);
      hangJunk(plan, scenario);
      const world = buildWorld(plan, { host: registry.host, repository: `junk-${index}`, site: registry.site });
      const config = join(folder, String(index));
      await writeVerifierFiles(world, config);

      const { verdict, exit, peakMegabytes, milliseconds } = await verify(world.reference, config);
      registry.site.clear();
      t.diagnostic(
        `${Math.round(milliseconds)} ms, ${Number.isNaN(peakMegabytes) ? "?" : Math.round(peakMegabytes)} MB at the peak, ${verdict.signatures.length} looked at`,
      );
      assert.equal(verdict.outcome, scenario.outcome, JSON.stringify(verdict.requirements));
      assert.equal(exit, EXITS[scenario.outcome]);
      const counted = verdict.requirements.flatMap((requirement) => requirement.counted);
      assert.deepEqual(counted, scenario.outcome === "pass" ? [{ signature: world.signature }] : []);
      if (scenario.outcome === "deny") assert.equal(verdict.signatures.length, JUNK, "a denial rests on every signature");
      if (scenario.code !== undefined) assert.ok(verdict.findings.some(({ code }) => code === scenario.code));
    });
  }
});

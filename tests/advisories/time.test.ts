/** Every way in which windows of certificates, a timestamp and the present can lie to each other: one answer, found a second time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { fixedClock } from "../../src/core/clock.ts";
import { digestOf } from "../../src/core/digest.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { TrustAnchor } from "../../src/core/trust-source.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { evaluate } from "../../src/evaluate.ts";
import { decodeNotaryPolicy } from "../../src/policy/notary/document.ts";
import { createEnvelope } from "../vectors/envelope.ts";
import { storeOf } from "../vectors/one-signature-store.ts";
import { ENVELOPE_TYPES, goodPlan, type Plan, statement } from "../vectors/plan.ts";
import { clockRoot, goodToken } from "../vectors/timestamp.ts";
import { createCertificates } from "../vectors/world.ts";

/** In order: what begins or ends, the stamp, what begins or ends, the present, what ends. */
const MOMENTS = {
  begin: new Date("2024-06-01T00:00:00Z"),
  beforeStamp: new Date("2025-04-01T00:00:00Z"),
  stamp: new Date("2025-05-01T08:00:05Z"),
  between: new Date("2025-06-01T00:00:00Z"),
  now: new Date("2025-08-01T00:00:00Z"),
  end: new Date("2030-01-01T00:00:00Z"),
};

type Moment = keyof typeof MOMENTS;
type Window = readonly [from: Moment, to: Moment];

const WINDOWS: Readonly<Record<string, Window>> = {
  "valid throughout": ["begin", "end"],
  "ended before the stamp": ["begin", "beforeStamp"],
  "ended since the stamp": ["begin", "between"],
  "begun since the stamp": ["between", "end"],
  "ended at the stamp itself": ["begin", "stamp"],
};
const NAMES = Object.keys(WINDOWS);
const WAYS = ["no timestamps", "always", "afterCertExpiry"] as const;

interface Row {
  readonly leaf: string;
  readonly intermediate: string;
  readonly root: string;
  /** Of the clock's certificate, and its root's; absent where there is no token. */
  readonly clock?: { readonly authority: string; readonly root: string };
  readonly way: (typeof WAYS)[number];
}

function windowOf(name: string): { readonly notBefore: Date; readonly notAfter: Date } {
  const [from, to] = WINDOWS[name] ?? assert.fail(name);
  return { notBefore: MOMENTS[from], notAfter: MOMENTS[to] };
}

function covers(name: string, moment: Moment): boolean {
  const { notBefore, notAfter } = windowOf(name);
  return notBefore <= MOMENTS[moment] && MOMENTS[moment] <= notAfter;
}

/** By the rules as they are written down: the whole chain at the time that counts, and the clock's own chain when it stamped. */
function expected({ leaf, intermediate, root, clock, way }: Row): boolean {
  const chain = [leaf, intermediate, root];
  const today = chain.every((window) => covers(window, "now"));
  const stamped = clock !== undefined && [...chain, clock.authority, clock.root].every((window) => covers(window, "stamp"));
  return way === "no timestamps" ? today : way === "always" ? stamped : today || stamped;
}

async function judge(row: Row): Promise<Verdict> {
  const plan: Plan = goodPlan("jws");
  for (const name of ["leaf", "intermediate", "root"] as const) Object.assign(plan[name], windowOf(row[name]));
  const token = goodToken();
  if (row.clock !== undefined) {
    Object.assign(token.authority, windowOf(row.clock.authority));
    Object.assign(token.root, windowOf(row.clock.root));
    plan.token = token;
  }
  const asked = statement(plan);
  if (row.way !== "no timestamps") {
    asked["trustStores"] = ["ca:acme", "tsa:clock"];
    asked.signatureVerification["verifyTimestamp"] = row.way;
  }
  const { mediaType, bytes } = plan.image;
  const subject: Descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  plan.payload["targetArtifact"] = subject;
  const made = createCertificates(plan);
  const anchors: readonly TrustAnchor[] = [
    { certificate: made.root, store: { type: "ca", name: "acme" } },
    { certificate: clockRoot(token), store: { type: "tsa", name: "clock" } },
  ];
  return evaluate(parseReference("registry.example/app:v1"), {
    store: storeOf(subject, { mediaType: ENVELOPE_TYPES.jws, bytes: createEnvelope(plan, plan.chain(made)) }),
    policy: decodeNotaryPolicy(Buffer.from(JSON.stringify(plan.policy)), { source: "trustpolicy.json" }),
    trust: { anchors: ({ type }) => Promise.resolve(anchors.filter(({ store }) => store.type === type)) },
    clock: fixedClock(MOMENTS.now),
  });
}

function timeCodes({ signatures }: Verdict): readonly string[] {
  return signatures.flatMap(({ findings }) => findings.filter(({ check }) => check === "time").map(({ code }) => code));
}

async function assertRow(row: Row): Promise<void> {
  const verdict = await judge(row);
  const codes = timeCodes(verdict);
  assert.equal(verdict.outcome === "pass", expected(row), `${JSON.stringify(row)}: ${verdict.outcome}, ${codes.join(", ")}`);
  if (verdict.outcome === "pass") return;
  assert.equal(verdict.outcome, "deny");
  assert.ok(
    codes.some((code) => code.startsWith("time/certificate-") || code.startsWith("time/timestamp-")),
    codes.join(", "),
  );
}

for (const way of WAYS) {
  test(`windows of the whole chain, with a good timestamp and without: ${way} (CVE-2026-24122)`, async () => {
    const good = { authority: "valid throughout", root: "valid throughout" };
    for (const leaf of NAMES)
      for (const intermediate of NAMES)
        for (const root of NAMES) for (const clock of [{}, { clock: good }]) await assertRow({ leaf, intermediate, root, way, ...clock });
  });

  test(`windows of the clock's own certificates: ${way} (CVE-2026-54787)`, async () => {
    for (const authority of NAMES)
      for (const root of NAMES)
        for (const leaf of ["valid throughout", "ended since the stamp"])
          await assertRow({ leaf, intermediate: "valid throughout", root: "valid throughout", clock: { authority, root }, way });
  });
}

test("the chain that outlives its intermediate is refused, and one that a timestamp proves is not (CVE-2026-24122)", async () => {
  const row: Row = {
    leaf: "valid throughout",
    intermediate: "ended since the stamp",
    root: "valid throughout",
    clock: { authority: "valid throughout", root: "valid throughout" },
    way: "no timestamps",
  };
  assert.deepEqual(timeCodes(await judge(row)), ["time/certificate-expired"]);
  assert.deepEqual(timeCodes(await judge({ ...row, way: "always" })), ["time/timestamped"]);
});

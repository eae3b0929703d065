/** Measures the table of docs/performance.md, as ratios in one run; `npm run bench -- --write` records it there. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { type CopyTimes, measureCopies } from "./copy.ts";
import { timeVerdict } from "./crypto.ts";
import { startDelayProxy } from "../tests/fixtures/delay-proxy.ts";
import { measureEvidence } from "./evidence.ts";
import { createFleet, FLEET_SIZE, type FleetTimes, measureFleet } from "./fleet.ts";
import { type Command, measureInTurn } from "./measure.ts";
import { measurePromotions } from "./promote.ts";
import { timePolicy } from "./policy.ts";
import { timeWhoCan } from "./who-can.ts";
import { COUNTERSIGN, createWorld } from "./world.ts";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 15);
const ROUND_TRIP_MS = 50;

interface Row {
  readonly work: string;
  readonly ours: string;
  readonly against: string;
  readonly ratio: string;
  readonly reach: string;
}

const world = await createWorld();
const far = await startDelayProxy(world.registryPort, { roundTripMs: ROUND_TRIP_MS });
try {
  const at = (port: number, repository: string): string => `127.0.0.1:${port}/${repository}@${world.digests[repository]}`;
  const ours = (port: number, repository: string): Command => ({
    name: "countersign",
    argv: [...COUNTERSIGN, "verify", at(port, repository)],
    env: world.env,
  });
  const notation = (port: number, repository: string): Command => ({
    name: "notation 1.3.2",
    argv: ["notation", "verify", "--insecure-registry", at(port, repository)],
    env: world.env,
  });

  const rows: Row[] = [
    await compare(
      `verify by digest, RTT ${ROUND_TRIP_MS} ms, signed by notation`,
      [ours(far.port, "by-notation"), notation(far.port, "by-notation")],
      "≤ 0.85 ×",
    ),
    await compare(`the same, signed by us`, [ours(far.port, "by-us"), notation(far.port, "by-us")], "≤ 0.7 ×"),
    await compare(`the same with 21 signatures, the trusted one last`, [ours(far.port, "many"), notation(far.port, "many")], "≤ 0.15 ×"),
    await compare(
      `verify, loopback`,
      [ours(world.registryPort, "by-us"), { name: "node -e 0", argv: [process.execPath, "-e", "0"] }],
      "≤ 3.0 ×",
    ),
    await compare(`verify, loopback`, [ours(world.registryPort, "by-us"), notation(world.registryPort, "by-us")], "–"),
  ];
  const fleet = await createFleet(world);
  const images = FLEET_SIZE.toLocaleString("en");
  rows.push(
    ...fleetRows(await measureFleet(world, fleet, far.port), {
      work: `${images} images, one process, RTT ${ROUND_TRIP_MS} ms`,
      reach: "≤ 0.05 ×",
    }),
    ...fleetRows(await measureFleet(world, fleet, world.registryPort), {
      work: `${images} images, one process, loopback`,
      reach: "≤ 0.5 ×",
    }),
  );
  rows.push(...copyRows(await measureCopies(world)));
  const verdictMs = await timeVerdict();
  rows.push({
    work: "parsing and cryptography of one JWS verdict, warm",
    ours: `${verdictMs.toFixed(2)} ms`,
    against: "–",
    ratio: "–",
    reach: "≤ 1 ms",
  });

  rows.push({
    work: "load a policy of 1,000 lines, cold",
    ours: `${(await timePolicy(world, ROUNDS)).toFixed(0)} ms`,
    against: "–",
    ratio: "–",
    reach: "≤ 50 ms",
  });

  rows.push({
    work: "who-can of a policy with 50 people and 10 gates, the whole process",
    ours: `${(await timeWhoCan(world, ROUNDS)).toFixed(0)} ms`,
    against: "–",
    ratio: "–",
    reach: "≤ 1,000 ms",
  });

  const evidence = await measureEvidence(world, { rounds: ROUNDS, roundTripMs: ROUND_TRIP_MS });
  rows.push(
    {
      work: `a gate that asks for a scan, 50 on the image, RTT ${ROUND_TRIP_MS} ms, 64 in flight`,
      ours: `${evidence.medianMs.toFixed(0)} ms, ${evidence.roundTrips} round trips`,
      against: "–",
      ratio: "–",
      reach: "≤ 8 round trips",
    },
    {
      work: "deciding over 100 statements, cryptography apart, warm",
      ours: `${evidence.decideMs.toFixed(2)} ms`,
      against: "–",
      ratio: "–",
      reach: "≤ 20 ms",
    },
  );

  const promotions = await measurePromotions({ rounds: ROUNDS, roundTripMs: ROUND_TRIP_MS });
  rows.push(
    {
      work: `promote what is there already, RTT ${ROUND_TRIP_MS} ms`,
      ours: `${promotions.heldMs.toFixed(0)} ms`,
      against: "–",
      ratio: "–",
      reach: "≤ 1,000 ms",
    },
    {
      work: "promote 1 GB in 20 layers with 30 signatures, registry to registry",
      ours: seconds(promotions.promoteMs),
      against: `copy ${seconds(promotions.copyMs)}`,
      ratio: `${(promotions.promoteMs / promotions.copyMs).toFixed(2)} ×`,
      reach: "≤ 1.15 ×",
    },
  );

  const table = [
    "| work | countersign | against | ratio | reach |",
    "|---|---|---|---|---|",
    ...rows.map((row) => `| ${row.work} | ${row.ours} | ${row.against} | ${row.ratio} | ${row.reach} |`),
  ].join("\n");
  process.stdout.write(`${table}\n`);
  if (process.argv.includes("--write")) record(table);
} finally {
  await far.close();
  await world.close();
}

async function compare(work: string, [a, b]: readonly [Command, Command], reach: string): Promise<Row> {
  const [mine, theirs] = await measureInTurn([a, b], ROUNDS);
  if (mine === undefined || theirs === undefined) throw new Error("nothing was measured");
  const show = (measured: typeof mine): string =>
    `${measured.medianMs.toFixed(0)} ms (${measured.minMs.toFixed(0)}–${measured.maxMs.toFixed(0)})`;
  return {
    work,
    ours: show(mine),
    against: `${theirs.name} ${show(theirs)}`,
    ratio: `${(mine.medianMs / theirs.medianMs).toFixed(2)} ×`,
    reach,
  };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function fleetRows(
  { oursMs, peakBytes, loopMs }: FleetTimes,
  { work, reach }: { readonly work: string; readonly reach: string },
): readonly Row[] {
  return [
    { work, ours: seconds(oursMs), against: `notation in a loop ${seconds(loopMs)}`, ratio: `${(oursMs / loopMs).toFixed(3)} ×`, reach },
    { work: `${work}: peak memory`, ours: `${(peakBytes / 1e6).toFixed(0)} MB`, against: "–", ratio: "–", reach: "≤ 200 MB" },
  ];
}

/** Against the faster of the two, and against the other. */
function copyRows([ours, ...others]: readonly CopyTimes[]): readonly Row[] {
  if (ours === undefined) throw new Error("nothing was copied");
  const work = "copy 1 GB in 20 layers with 30 signatures, registry to registry";
  const [faster, ...rest] = others.toSorted((a, b) => a.medianMs - b.medianMs);
  const against = (other: CopyTimes | undefined, reach: string): Row => ({
    work,
    ours: seconds(ours.medianMs),
    against: `${other?.name} ${seconds(other?.medianMs ?? NaN)}`,
    ratio: `${(ours.medianMs / (other?.medianMs ?? NaN)).toFixed(2)} ×`,
    reach,
  });
  const memory = {
    work: `${work}: peak memory`,
    ours: `${(ours.peakBytes / 1e6).toFixed(0)} MB`,
    against: "–",
    ratio: "–",
    reach: "≤ 150 MB",
  };
  return [against(faster, "≤ 1.0 ×"), ...rest.map((other) => against(other, "–")), memory];
}

/** Replaces the table between the two marks of docs/performance.md. */
function record(table: string): void {
  const file = join(import.meta.dirname, "..", "docs", "performance.md");
  const day = new Date().toISOString().slice(0, 10);
  const where = `Measured ${day}, Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} cores; medians of ${ROUNDS} runs in turn (least–most).`;
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/<!-- table -->[^]*<!-- end -->/, `<!-- table -->\n${where}\n\n${table}\n<!-- end -->`));
}

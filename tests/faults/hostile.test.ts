/** Each attack of the table on a process of its own: the right answer, by bounds of our own, in bounded memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inParallel } from "../../src/core/in-parallel.ts";
import { runProgram } from "../fixtures/programs.ts";
import { type Attack, ATTACKS, type Target } from "./attacks.ts";
import { KINDS, Scene, SIGNED } from "./scene.ts";
import type { Report } from "./victim.ts";

/** An honest verification takes about 100; a listing of 32 MiB that is read and refused is the dearest. */
const MOST_MIB = 400;
const PARALLEL = 2;
const VICTIM = new URL("victim.ts", import.meta.url).pathname;

test("a hostile registry gets no wrong answer, and no more memory than the bounds allow", async (context) => {
  const [kind] = KINDS;
  assert.ok(kind !== undefined);
  const scene = await Scene.open(context, kind);
  if (scene === undefined) return;
  const target = await readTarget(scene);
  const honest: Attack = { name: "none", repository: SIGNED, onRequest: () => () => undefined, answer: "pass" };
  const rows = await inParallel([honest, ...ATTACKS], PARALLEL, async (attack) => {
    const report = await suffer(scene, attack, target);
    const what = `${attack.name}: ${JSON.stringify(report)}`;
    assert.equal(report.answer, attack.answer, what);
    const { code } = attack;
    assert.ok(code === undefined || report.codes.some((said) => said.includes(code)), `${what}, wanted ${code}`);
    assert.ok(!report.codes.includes("job/aborted"), `${what}: only the end of the job stopped it`);
    assert.ok(report.peakMiB < MOST_MIB, `${what}: more than ${MOST_MIB} MiB`);
    return `| ${attack.name} | ${report.answer} | ${report.peakMiB} | ${report.ms} |`;
  });
  context.diagnostic(["", "| attack | answer | peak MiB | ms |", "|---|---|---|---|", ...rows].join("\n"));
});

async function suffer(scene: Scene, { repository, verb = "verify", isSlow = false, onRequest }: Attack, target: Target): Promise<Report> {
  const { result, requests } = await scene.through(onRequest(target), (port) =>
    runProgram(process.execPath, [VICTIM, verb, `127.0.0.1:${port}/${repository}`, ...(isSlow ? ["hasty"] : [])], { env: scene.home.env }),
  );
  assert.equal(result.code, 0, result.stderr);
  for (const { url } of requests) assert.doesNotMatch(url, /\.\.|%2e|passwd|secret/i, "nothing outside the repository was asked for");
  return JSON.parse(result.stdout) as Report;
}

async function readTarget(scene: Scene): Promise<Target> {
  const store = scene.direct(SIGNED);
  const { descriptor } = await store.resolve({ tag: "v1" });
  const [signature] = (await store.referrers(descriptor.digest)).referrers;
  assert.ok(signature !== undefined);
  return { signature, manifest: JSON.parse(Buffer.from(await store.fetch(signature)).toString("utf8")) as Target["manifest"] };
}

test("a question is asked once, so that a registry cannot give it two answers", async (context) => {
  const [kind] = KINDS;
  assert.ok(kind !== undefined);
  const scene = await Scene.open(context, kind);
  if (scene === undefined) return;
  const verified = await scene.through(
    () => undefined,
    (port) => scene.verify(SIGNED, port),
  );
  const asked = verified.requests.map(({ method, url }) => `${method} ${url}`);
  assert.deepEqual(asked, [...new Set(asked)]);
  const signed = await scene.through(
    () => undefined,
    (port) => scene.sign(SIGNED, port),
  );
  assert.equal(
    signed.requests.filter(({ url }) => url.endsWith("/manifests/v1")).length,
    1,
    "what is signed is what the tag answered first",
  );
});

/** How long it takes to tell who can open the gates of a large policy: 50 people, 10 gates, whoever approved before kept out, three authorities. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureInTurn } from "./measure.ts";
import { COUNTERSIGN, type World } from "./world.ts";

const PEOPLE = 50;
const GATES = 10;

/** Milliseconds of the whole process, its start included. */
export async function timeWhoCan(world: World, rounds: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-bench-who-can-"));
  try {
    const policy = join(folder, "policy.json");
    writeFileSync(policy, JSON.stringify(largePolicy()));
    const argv = [...COUNTERSIGN, "policy", "who-can", policy, "--config", join(folder, "config")];
    const [measured] = await measureInTurn([{ name: "who-can", argv, env: world.env }], rounds);
    return measured?.medianMs ?? NaN;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function largePolicy(): object {
  const people = named(PEOPLE, "p");
  const machines = named(GATES, "ci");
  const gates = named(GATES, "g");
  // Each gate asks people of whom half are asked at the next one too.
  const asked = (at: number): readonly string[] => Array.from({ length: 10 }, (_, index) => people[(at * 5 + index) % PEOPLE] ?? "");
  return {
    apiVersion: "countersign.dev/v1",
    kind: "Policy",
    name: "large",
    version: 1,
    products: { app: Object.fromEntries(gates.map((gate) => [gate, `${gate}.acme.io/app`])) },
    people: known(people),
    parties: known(machines),
    gates: Object.fromEntries(
      gates.map((gate, at) => [
        gate,
        {
          ...(at === 0 ? {} : { after: gates[at - 1] }),
          needs: [
            { signature: { by: machines[at] } },
            { signature: { by: asked(at), atLeast: 2 } },
            ...(at === 0
              ? [
                  {
                    provenance: {
                      by: [machines[0], people[0]],
                      builder: "https://ci.acme.io",
                      source: "git+https://git.acme.io/app",
                      ref: "refs/heads/main",
                    },
                  },
                ]
              : []),
          ],
          approve: {
            by: asked(at + 1),
            atLeast: 3,
            valid: "72h",
            not: ["builder", ...gates.slice(Math.max(0, at - 2), at).map((before) => ({ "approver-of": before }))],
          },
        },
      ]),
    ),
    exceptions: { by: people.slice(0, 3), for: ["provenance"], max: "30d" },
    breakGlass: { by: people.slice(3, 6), waive: ["approvals"], max: "4h", afterwards: { by: people, within: "24h" }, stayMax: "7d" },
  };
}

function named(length: number, prefix: string): readonly string[] {
  return Array.from({ length }, (_, at) => `${prefix}${at}`);
}

function known(names: readonly string[]): object {
  return Object.fromEntries(
    names.map((name, at) => [name, { certificate: { anchor: `ca:acme${at % 3}`, subject: { CN: name, O: "Acme", C: "US" } } }]),
  );
}

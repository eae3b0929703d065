/** How long a process takes longer for a Countersign policy of 1,000 lines than for a Notary policy of one statement. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, measureInTurn } from "./measure.ts";
import { COUNTERSIGN, type World } from "./world.ts";

const LINES = 1_000;

/** Milliseconds between the medians of a `verify` that ends where the image is looked for: the policy is read, and its parts are held against each other. */
export async function timePolicy(world: World, rounds: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-bench-policy-"));
  try {
    const judge = (name: string, text: string): Command => {
      const policy = join(folder, name);
      writeFileSync(policy, text);
      const image = [`oci:${join(folder, "nowhere")}:1`, "--as", "registry.acme.io/team1/app"];
      return { name, argv: [...COUNTERSIGN, "verify", ...image, "--policy", policy], env: world.env, exit: 4 };
    };
    const [large, small] = await measureInTurn([judge("large.yaml", largePolicy()), judge("small.json", smallPolicy())], rounds);
    return (large?.medianMs ?? NaN) - (small?.medianMs ?? NaN);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function smallPolicy(): string {
  const statement = { name: "bench", registryScopes: ["*"], signatureVerification: { level: "strict" } };
  return JSON.stringify({ version: "1.0", trustPolicies: [{ ...statement, trustStores: ["ca:trusted"], trustedIdentities: ["*"] }] });
}

/** One value a line, as people write: 100 products, 20 people, 40 machines, and gates for the rest. */
function largePolicy(): string {
  const lines = [
    "apiVersion: countersign.dev/v1",
    "kind: Policy",
    "name: large",
    "version: 1",
    "products:",
    ...count(100, (index) => [
      `  team${index}/{app}:`,
      `    build: ghcr.io/acme/team${index}/{app}`,
      `    prod: registry.acme.io/team${index}/{app}`,
    ]),
    "people:",
    ...count(20, (index) => certificate(`p${index}`, `Person ${index}`)),
    "parties:",
    ...count(40, (index) => certificate(`ci${index}`, `ci${index}-{app}`)),
    "gates:",
    "  build:",
    "    needs:",
    "      - signature:",
    "          by: ci0",
    "  prod:",
    "    after: build",
  ];
  const gates = count(50, (index) => [
    `  g${index}:`,
    "    after: build",
    "    needs:",
    "      - signature:",
    `          by: ci${index % 40}`,
  ]);
  return `${[...lines, ...gates].slice(0, LINES).join("\n")}\n`;
}

function count(length: number, make: (index: number) => readonly string[]): string[] {
  return Array.from({ length }, (_, index) => make(index)).flat();
}

function certificate(name: string, commonName: string): readonly string[] {
  const subject = [`        CN: ${commonName}`, "        O: Acme", "        C: US"];
  return [`  ${name}:`, "    certificate:", "      anchor: ca:acme", "      subject:", ...subject];
}

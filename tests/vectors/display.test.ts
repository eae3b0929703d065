/** Every foreign string that is shown has its control and bidirectional characters escaped, in text and in JSON. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { main } from "../../src/cli/main.ts";
import { oid, sequence, text } from "./der-tree.ts";
import { AGENT, EXPIRY, goodPlan, type Json, PLUGIN, type Plan, SCHEME } from "./plan.ts";
import { writeVerifierFiles } from "./judge.ts";
import { type Registry, startSite } from "./site.ts";
import { buildWorld } from "./world.ts";

/** Clears the screen, rings, turns the direction of text, hides, ends the line. */
const EVIL = "a\u001b[2J\u0007\u009b31m\u202e\u2066\u200b\u2028\r\nb";
// Whatever is not the line ends and spaces of the program's own layout.
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

/** Where a stranger may put a string that is shown. */
const PLACES: readonly { readonly name: string; readonly put: (plan: Plan) => void }[] = [
  { name: "signing agent", put: (plan) => void plan.unprotected.set(AGENT, EVIL) },
  { name: "signed metadata", put: (plan) => void (plan.payload["targetArtifact"] = { annotations: { [`k${EVIL}`]: EVIL } }) },
  { name: "subject of the certificate", put: (plan) => void plan.leaf.subject.push(["L", EVIL]) },
  {
    name: "subject of every certificate",
    put: (plan) => [plan.root, plan.intermediate, plan.leaf].forEach(({ subject }) => subject.push(["L", EVIL])),
  },
  { name: "unknown type in the subject", put: (plan) => void plan.leaf.subject.push(["1.2.840.113549.1.9.1", EVIL]) },
  { name: "signing scheme", put: (plan) => void plan.protected.set(SCHEME, EVIL) },
  { name: "critical header", put: (plan) => void plan.protected.set("crit", [SCHEME, EVIL]) },
  { name: "expiry", put: (plan) => void plan.protected.set(EXPIRY, EVIL) },
  {
    name: "plugin",
    put: (plan) => {
      plan.protected.set(PLUGIN, EVIL);
      plan.protected.set("crit", [SCHEME, PLUGIN]);
    },
  },
  { name: "type of the envelope", put: (plan) => void (plan.envelopeType = EVIL) },
  { name: "media type that was signed", put: (plan) => void (plan.payload["targetArtifact"] = { mediaType: EVIL }) },
  { name: "type and annotations in the listing", put: (plan) => void (plan.editListing = (entries) => void entries.push(evilEntry())) },
  {
    name: "address for revocation",
    put: (plan) => {
      // IA5String holds control characters too.
      const address = sequence(sequence(oid("1.3.6.1.5.5.7.48.1"), text("http://ca.example/\u001b[2J\u0007\r\n", 0x86)));
      plan.leaf.extensions.push({ oid: "1.3.6.1.5.5.7.1.1", critical: false, value: address });
    },
  },
  {
    name: "error of the registry",
    put: (plan) => {
      plan.editSite = (site, { manifest }) => {
        const body = Buffer.from(JSON.stringify({ errors: [{ code: EVIL, message: EVIL, detail: EVIL }] }));
        site.set(manifest, { status: 403, headers: { "content-type": "application/json" }, body });
      };
    },
  },
];

function evilEntry(): Json {
  return { mediaType: EVIL, digest: `sha256:${"0".repeat(64)}`, size: 1, artifactType: EVIL, annotations: { [EVIL]: EVIL } };
}

let registry: Registry;
let folder: string;

before(async () => {
  registry = await startSite();
  folder = await mkdtemp(join(tmpdir(), "countersign-display-"));
});

after(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

async function output(argv: readonly string[]): Promise<string> {
  let written = "";
  const stream = { write: (chunk: string) => void (written += chunk) };
  await main(argv, { stdout: stream, stderr: stream, stdin: nothing(), env: {}, isTerminal: false });
  return written;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

suite("escaped where it is shown", () => {
  for (const [index, { name, put }] of PLACES.entries()) {
    for (const format of ["jws", "cose"] as const) {
      test(`${name}, ${format}`, async () => {
        const plan = goodPlan(format);
        put(plan);
        const repository = `display-${index}-${format}`;
        const world = buildWorld(plan, { host: registry.host, repository, site: registry.site });
        const config = join(folder, repository);
        await writeVerifierFiles(world, config);
        for (const command of ["verify", "inspect", "tree"]) {
          for (const options of [[], ["--output", "json"], ["--output", "jsonl"], ...(command === "verify" ? [["--explain"]] : [])]) {
            const written = await output([command, world.reference, ...options, "--config", config, "--at", "2025-06-01T12:00:00Z"]);
            assert.notEqual(written, "");
            assert.doesNotMatch(written, UNSAFE, `${command} ${options.join(" ")}: ${JSON.stringify(written)}`);
          }
        }
      });
    }
  }
});

/** What lies beside the sources belongs to whoever may write them: it judges for a person who stands there, and for no machine. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { countersign, type TerminalOptions } from "../e2e/terminal.ts";

const home = realpathSync(mkdtempSync(join(tmpdir(), "countersign-tree-")));
const project = join(home, "project");
const POLICY = JSON.stringify({
  apiVersion: "countersign.dev/v1",
  kind: "Policy",
  name: "anyone",
  version: 1,
  products: { app: { build: "registry.example/app" } },
  parties: { ci: { key: `SHA256:${"A".repeat(43)}` } },
  gates: { build: { needs: [{ signature: { by: "ci" } }] } },
});
mkdirSync(join(project, ".git"), { recursive: true });
writeFileSync(join(project, "countersign.yaml"), POLICY);
const cwd = process.cwd();
process.chdir(project);
after(() => {
  process.chdir(cwd);
  rmSync(home, { recursive: true, force: true });
});

/** Of a repository that the policy does not list, so that no registry is asked. */
async function judge(options: TerminalOptions, ...args: readonly string[]): Promise<string> {
  const image = `registry.example/other@sha256:${"ab".repeat(32)}`;
  const said = await countersign(["verify", image, "--output", "json", ...args], { env: { HOME: home }, ...options });
  const answer = said.json() as { readonly code?: string; readonly policy?: { readonly name: string; readonly trust: string } };
  return answer.code ?? `${answer.policy?.name} ${answer.policy?.trust}`;
}

test("a policy that lies in the working tree judges only at a terminal, and counts as nobody's", async () => {
  assert.equal(await judge({}), "policy/none");
  assert.equal(await judge({ isTerminal: true }), "policy/none");
  assert.equal(await judge({ isTTY: true }), "policy/none");
  assert.equal(await judge({ isTerminal: true, isTTY: true }), "anyone unpinned");
  assert.equal(await judge({}, "--policy", "countersign.yaml"), "anyone unpinned");
});

test("a policy that is named with its digest judges only as it was then", async () => {
  assert.equal(await judge({}, "--policy", `countersign.yaml@sha256:${"00".repeat(32)}`), "policy/changed");
});

/** A folder, a registry and what opens its stores, for the tests of one file; they are gone after them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { type Setup, setup } from "../../src/setup.ts";
import { type RunningRegistry, startRegistry } from "../../src/testing/registry-server.ts";

interface Scene {
  readonly folder: string;
  readonly registry: RunningRegistry;
  readonly opened: Setup;
}

export async function startScene(): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-scene-"));
  const registry = await startRegistry();
  const opened = await setup({ env: { HOME: folder } });
  after(async () => {
    opened.close();
    await registry.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, registry, opened };
}

/** What `history --bundle` writes holds the base that a gate asks for, in whichever registry it lies: a second process judges it without one. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { digestHex } from "../../src/core/digest.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { pushImage } from "../../src/testing/image.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { createApprovalWorld } from "../fixtures/approval-world.ts";
import { LAUNCHER } from "../fixtures/programs.ts";

test("the base is found in the archive by its digest, judged by its name in the policy, and without it nothing is known", async () => {
  const [near, far] = [await startRegistry(), await startRegistry()];
  const world = await createApprovalWorld({ host: near.host });
  try {
    const node = `${far.host}/base/node`;
    const text = readFileSync(world.policy, "utf8")
      .replace("products: {", `products: { node: { base: "${node}" },`)
      .replace("gates:\n", "sharedSigner: true\ngates:\n  base: { needs: [ { signature: { by: ci } } ] }\n")
      .replace("build: { needs: [ { signature: { by: ci } } ] }", "build: { needs: [ { provenance: { by: ci, base: base } } ] }")
      .replace(/, approve: \{[^}]*\}/, "");
    await world.trust(text.replace("version: 1", "version: 2"));
    const bases = await world.opened.openStore(parseReference(node));
    const base = await pushImage(bases, { files: [{ path: "node", bytes: Buffer.from("20") }] });
    await world.expect(0, "sign", `${node}@${base.digest}`, ...world.keyOf("ci"), "--annotation", "dev.countersign.product=node");
    const apps = await world.opened.openStore(parseReference(world.prod));
    const app = await pushImage(apps, {
      files: [{ path: "app", bytes: Buffer.from("app") }],
      on: { store: bases, digest: base.digest },
      tag: "1.0",
    });
    const predicate = join(world.folder, "provenance.json");
    writeFileSync(
      predicate,
      JSON.stringify({
        buildDefinition: {
          buildType: "https://acme.io/build/v1",
          externalParameters: {},
          resolvedDependencies: [{ uri: `pkg:docker/${node}@20`, digest: { sha256: digestHex(base.digest) } }],
        },
        runDetails: { builder: { id: "https://acme.io/runner" } },
      }),
    );
    const image = `${world.prod}@${app.digest}`;
    const type = ["--type", "provenance", "--annotation", "dev.countersign.product=shop/api"];
    await world.expect(0, "attest", image, "--predicate", predicate, ...type, ...world.keyOf("ci"));
    await world.expect(0, "verify", image, "--gate", "prod");
    const whole = join(world.folder, "whole.tar");
    await world.expect(0, "history", `${world.prod}:1.0`, "--bundle", whole);
    const again = join(world.folder, "again.tar");
    const without = join(world.folder, "without.tar");
    await world.expect(0, "copy", `${world.prod}@${app.digest}`, `oci-archive:${without}:1.0`);
    await near.close();
    await far.close();

    const home = join(world.folder, "other");
    mkdirSync(home);
    cpSync(world.config, join(home, "config"), { recursive: true });
    const offline = (...words: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
      spawnSync(process.execPath, [LAUNCHER, ...words, "--offline", "--config", join(home, "config")], {
        encoding: "utf8",
        env: { HOME: home, PATH: process.env["PATH"] ?? "" },
      });
    const verify = (archive: string): ReturnType<typeof offline> =>
      offline("verify", `oci-archive:${archive}`, "--as", world.prod, "--gate", "prod", "--output", "json");
    const judged = verify(whole);
    assert.equal(judged.status, 0, `${judged.stdout}${judged.stderr}`);
    // Whoever has been given one can hand it on.
    const handed = offline("history", `oci-archive:${whole}:1.0`, "--as", world.prod, "--bundle", again);
    assert.equal(handed.status, 0, `${handed.stdout}${handed.stderr}`);
    assert.equal(verify(again).status, 0);

    const missing = verify(without);
    const verdict = JSON.parse(missing.stdout) as Verdict;
    assert.equal(verdict.outcome, "unknown", missing.stdout);
    assert.match(missing.stdout, /its base \S+ could not be read: .*is not there/);
  } finally {
    await Promise.allSettled([near.close(), far.close()]);
    world.close();
  }
});

/** Whoever has written an image is told so before he approves it; what he disowns, and what was there before, is not held against him. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { parseReference } from "../../src/core/reference.ts";
import { pushImage } from "../../src/testing/image.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { type ApprovalWorld, createApprovalWorld } from "../fixtures/approval-world.ts";
import { type GitRepository, makePerson, makeRepository, type Person } from "../fixtures/git-repository.ts";
import { findProgram } from "../real/programs.ts";
import type { Said } from "./terminal.ts";

const missing = ["git", "ssh-keygen"].filter((name) => findProgram(name) === undefined);
if (missing.length > 0 && process.env["CI"] === "true") throw new Error(`not installed: ${missing.join(", ")}`);
const skip = missing.length === 0 ? false : `not installed: ${missing.join(", ")}`;

const SOURCE = "git+https://git.acme.io/api";

interface Scene {
  readonly world: ApprovalWorld;
  readonly ana: Person;
  readonly eva: Person;
  build(repository: GitRepository, commit: string, tag: string): Promise<string>;
  approve(code: number, name: string, image: string, ...words: readonly string[]): Promise<Said>;
}

let close: () => Promise<void> = () => Promise.resolve();
after(() => close());

let made: Promise<Scene> | undefined;
function scene(): Promise<Scene> {
  return (made ??= makeScene());
}

async function makeScene(): Promise<Scene> {
  const registry = await startRegistry();
  const world = await createApprovalWorld({ host: registry.host });
  close = async () => {
    world.close();
    await registry.close();
  };
  const [ana, eva] = await Promise.all(["ana", "eva"].map((name) => makePerson(world.folder, `git-${name}`)));
  assert.ok(ana !== undefined && eva !== undefined);
  let text = readFileSync(world.policy, "utf8")
    .replace(
      "build: { needs: [ { signature: { by: ci } } ] }",
      `build: { needs: [ { provenance: { by: ci, builder: "https://ci.acme.io", source: "${SOURCE}", ref: refs/heads/main } } ] }`,
    )
    .replace(/ {2}prod: \{ after: build.*\n/, "  prod: { after: build, approve: { by: release, atLeast: 1, not: [author], valid: 72h } }\n")
    .replace("[ana, bo, finn]", "[ana, bo, eva, finn]");
  for (const [name, person] of [
    ["ana", ana],
    ["eva", eva],
  ] as const)
    text = text.replace(
      new RegExp(`^( {2}${name}: \\{ certificate: .*) \\}$`, "m"),
      `$1, git: [ { ssh: "${person.fingerprint}" } ], authors: [ "${person.mail}" ] }`,
    );
  await world.trust(text);

  let count = 0;
  /** Built from this commit, which is attested with its history. */
  const build = async (repository: GitRepository, commit: string, tag: string): Promise<string> => {
    const store = await world.opened.openStore(parseReference(world.prod));
    const { digest } = await pushImage(store, { tag, files: [{ path: "app", bytes: Buffer.from(`built ${(count += 1)}`) }] });
    const image = `${world.prod}@${digest}`;
    const predicate = {
      buildDefinition: {
        buildType: "https://ci.acme.io/v1",
        externalParameters: {},
        resolvedDependencies: [{ uri: `${SOURCE}@refs/heads/main`, digest: { gitCommit: commit } }],
      },
      runDetails: { builder: { id: "https://ci.acme.io" } },
    };
    const file = join(world.folder, `provenance-${count}.json`);
    const subject = [{ name: "api", digest: { sha256: digest.slice("sha256:".length) } }];
    writeFileSync(
      file,
      JSON.stringify({ _type: "https://in-toto.io/Statement/v1", subject, predicateType: "https://slsa.dev/provenance/v1", predicate }),
    );
    await world.expect(0, "attest", image, "--type", "provenance", "--predicate", file, ...world.keyOf("ci"));
    await world.expect(0, "attest", image, "--git", repository.folder, ...world.keyOf("ci"));
    return image;
  };
  const approve = (code: number, name: string, image: string, ...words: readonly string[]): Promise<Said> =>
    world.expect(code, "approve", image, "--gate", "prod", ...world.keyOf(name), "--yes", ...words);
  return { world, ana, eva, build, approve };
}

test("whoever has signed a commit of it is refused, and may still reject it", { skip }, async () => {
  const { world, eva, build, approve } = await scene();
  const repository = await makeRepository(join(world.folder, "signed"));
  const image = await build(repository, await repository.commit({ author: eva, signer: eva }), "1.0");
  const refused = await approve(3, "eva", image);
  assert.match(
    refused.stderr,
    /it would not count, as far as is known: .*eva.*\(approvals\/author\).*\(approval\/barred\)\n {2}try: let ana or bo or finn approve/,
  );
  await approve(0, "bo", image);
  await world.expect(0, "verify", image, "--gate", "prod");
  await approve(0, "eva", image, "--reject", "--reason", "not tested");
  await world.expect(1, "verify", image, "--gate", "prod");
});

test("whom only its text names may disown it, and then one person more has to approve", { skip }, async () => {
  const { world, ana, eva, build, approve } = await scene();
  const repository = await makeRepository(join(world.folder, "named"));
  const commit = await repository.commit({ author: eva, signer: ana });
  const image = await build(repository, commit, "2.0");
  await approve(3, "eva", image);
  assert.match((await approve(2, "eva", image, "--disown", commit.slice(0, 12))).stderr, /no whole id of a commit/);
  const said = await approve(0, "eva", image, "--disown", commit, "--output", "json");
  assert.equal((said.json() as { decision: string }).decision, "disowned");
  await approve(0, "eva", image);
  await world.expect(1, "verify", image, "--gate", "prod");
  await approve(0, "bo", image);
  await world.expect(0, "verify", image, "--gate", "prod");
});

test("what the image that entered last was built from is not new to whoever names it, who sees what is", { skip }, async () => {
  const { world, ana, eva, build, approve } = await scene();
  const repository = await makeRepository(join(world.folder, "since"));
  const earlier = await build(repository, await repository.commit({ author: eva, signer: eva }), "3.0");
  const image = await build(repository, await repository.commit({ author: ana, signer: ana }), "3.1");
  await approve(3, "eva", image);
  const args = ["approve", image, "--gate", "prod", ...world.keyOf("eva"), "--since", earlier];
  const asked = await world.run(args, { isTerminal: true, answers: ["no"] });
  assert.equal(asked.code, 4, asked.stderr);
  assert.match(
    asked.stderr,
    /since sha256:[0-9a-f]+…, of which no record says that it has entered:\n {4}1 commit\n {6}[0-9a-f]{12} git-ana <git-ana@acme\.io>\n/,
  );
  const said = await approve(0, "eva", image, "--since", earlier, "--output", "json");
  assert.equal((said.json() as { since: string }).since, earlier.split("@")[1]);
  // That it has entered is only said so far: without a record the gate does not believe it.
  assert.match((await world.expect(1, "verify", image, "--gate", "prod")).stdout, /eva {3}does not count: approvals\/author/);
});

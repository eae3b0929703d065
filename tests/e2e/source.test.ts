/** From an image by its provenance to commits that known people have signed: attested beside the repository, judged without it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openLayout } from "../../src/registry/layout.ts";
import { pushImage } from "../../src/testing/image.ts";
import { findFaults } from "../json-schema.ts";
import { type GitRepository, makePerson, makeRepository, type Person } from "../fixtures/git-repository.ts";
import { type Gpg, startGpg } from "../fixtures/gpg.ts";
import { LAUNCHER as BUILT, type Ran, runProgram } from "../fixtures/programs.ts";
import { findProgram } from "../real/programs.ts";
import { countersign, type Said } from "./terminal.ts";

const missing = ["git", "ssh-keygen"].filter((name) => findProgram(name) === undefined);
if (missing.length > 0 && process.env["CI"] === "true") throw new Error(`not installed: ${missing.join(", ")}`);
const skip = missing.length === 0 ? false : `not installed: ${missing.join(", ")}`;

const LAUNCHER = join(import.meta.dirname, "..", "..", "src", "cli", "launcher.ts");
const SOURCE = "git+https://git.acme.io/shop";

let folder = "";
let count = 0;
let eva: Person;
let finn: Person;
let mallory: Person;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-source-"));
  if (skip !== false) return;
  [eva, finn, mallory] = await Promise.all([makePerson(folder, "eva"), makePerson(folder, "finn"), makePerson(folder, "mallory")]);
  for (const name of ["ci", "other"]) await run("cert", "test", name, "--subject", `C=US, ST=WA, O=Acme, CN=${name}`, "--trust");
});
after(() => rm(folder, { recursive: true, force: true }));

async function run(...args: readonly string[]): Promise<Said> {
  const said = await countersign([...args, "--config", join(folder, "config")]);
  assert.equal(said.code, 0, said.stderr);
  return said;
}

interface Scene {
  readonly image: string;
  readonly repository: GitRepository;
}

async function makeScene(): Promise<Scene> {
  const at = join(folder, `scene-${count++}`);
  const store = await openLayout(join(at, "shop"), { create: true });
  const { digest } = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }], tag: "1.0" });
  return { image: `oci:${join(at, "shop")}@${digest}`, repository: await makeRepository(join(at, "git")) };
}

async function attestProvenance({ image }: Scene, commit: string, key = "ci"): Promise<void> {
  const predicate = {
    buildDefinition: {
      buildType: "https://ci.acme.io/v1",
      externalParameters: {},
      resolvedDependencies: [{ uri: `${SOURCE}@refs/heads/main`, digest: { gitCommit: commit } }],
    },
    runDetails: { builder: { id: "https://ci.acme.io/runner" } },
  };
  const file = join(folder, `provenance-${count++}.json`);
  const [, hex = ""] = image.split("@sha256:");
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "shop", digest: { sha256: hex } }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate,
  };
  await writeFile(file, JSON.stringify(statement));
  await run("attest", image, "--type", "provenance", "--predicate", file, "--key", key);
}

async function attestSource({ image, repository }: Scene, ...more: readonly string[]): Promise<Said> {
  return run("attest", image, "--git", repository.folder, "--key", "ci", ...more);
}

async function policyAsking(commit: string): Promise<string> {
  const file = join(folder, `policy-${count++}.yaml`);
  await writeFile(
    file,
    `apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
products: { shop: { prod: "registry.acme.io/shop" } }
people:
  eva: { git: [ { ssh: "${eva.fingerprint}" } ], authors: [ "${eva.mail}" ] }
  finn: { git: [ { ssh: "${finn.fingerprint}" } ] }
parties:
  ci: { certificate: { anchor: "ca:ci", subject: { C: US, ST: WA, O: Acme, CN: ci } } }
gates:
  prod: { needs: [ { provenance: { by: ci, source: "${SOURCE}", commit: ${commit} } } ] }
`,
  );
  return file;
}

/** In a process of its own, that finds no git. */
async function verify({ image }: Scene, policy: string): Promise<Ran> {
  const args = ["verify", image, "--policy", policy, "--as", "registry.acme.io/shop", "--explain", "--config", join(folder, "config")];
  return runProgram(process.execPath, [LAUNCHER, ...args], { env: { PATH: "/nonexistent" } });
}

function says({ stdout, stderr }: Ran, code: string): void {
  assert.ok(`${stdout}${stderr}`.includes(code), `${code}: ${stdout}${stderr}`);
}

describe("whose commits an image was built from", { skip }, () => {
  test("is judged without the repository: signed by known people or not", async () => {
    const scene = await makeScene();
    const { repository } = scene;
    await repository.commit({ author: eva, signer: eva });
    const head = await repository.commit({ author: mallory, signer: finn });
    await attestProvenance(scene, head);
    const policy = await policyAsking("{ signedBy: people }");
    const early = await verify(scene, policy);
    assert.equal(early.code, 4, early.stdout);
    says(early, "not there");

    const attested = await attestSource(scene, "--type", "source");
    assert.match(attested.stderr, new RegExp(`git commit ${head}, with 1 before it`));
    await rm(repository.folder, { recursive: true });
    const good = await verify(scene, policy);
    assert.equal(good.code, 0, good.stdout + good.stderr);
    const told = await run("verify", scene.image, "--policy", policy, "--as", "registry.acme.io/shop", "--output", "json", "--explain");
    assert.deepEqual(findFaults(told.json()), []);
    assert.match(told.stdout, /"content": ?"source"/);
    const evaAlone = await verify(scene, await policyAsking("{ signedBy: eva }"));
    assert.equal(evaAlone.code, 1, evaAlone.stdout);
    says(evaAlone, "author/unknown-signer");
    says(evaAlone, `${head.slice(0, 12)} (mallory <mallory@acme.io>) by finn`);
  });

  test("is a no for a stranger's key, and not known for a commit without a signature, until a baseline excuses it", async () => {
    const scene = await makeScene();
    const { repository } = scene;
    const unsigned = await repository.commit({ author: eva });
    const head = await repository.commit({ author: eva, signer: eva });
    await attestProvenance(scene, head);
    await attestSource(scene);
    const unknown = await verify(scene, await policyAsking("{ signedBy: people }"));
    assert.equal(unknown.code, 4, unknown.stdout);
    says(unknown, `not signed: ${unsigned.slice(0, 12)} (eva <eva@acme.io>)`);
    const excused = await verify(scene, await policyAsking(`{ signedBy: people, since: "${unsigned}" }`));
    assert.equal(excused.code, 0, excused.stdout);

    const other = await makeScene();
    const stranger = await other.repository.commit({ author: eva, signer: mallory });
    await attestProvenance(other, stranger);
    await attestSource(other);
    const denied = await verify(other, await policyAsking("{ signedBy: people }"));
    assert.equal(denied.code, 1, denied.stdout);
    says(denied, mallory.fingerprint);
  });

  test("is not shown by the commits of another build, nor by a source that a stranger brings", async () => {
    const scene = await makeScene();
    const { repository } = scene;
    await repository.commit({ author: eva, signer: eva });
    await attestSource(scene);
    const later = await repository.commit({ author: mallory });
    await attestProvenance(scene, later);
    const policy = await policyAsking("{ signedBy: people }");
    const other = await verify(scene, policy);
    assert.equal(other.code, 4);
    says(other, `not there: ${later}`);

    const strange = await makeScene();
    const head = await strange.repository.commit({ author: eva, signer: eva });
    await attestProvenance(strange, head);
    await run("attest", strange.image, "--git", strange.repository.folder, "--key", "other");
    const unasked = await verify(strange, policy);
    assert.equal(unasked.code, 4);
    says(unasked, `not there: ${head}`);
  });

  test("is no for a commit whose bytes were changed under its signature", async () => {
    const scene = await makeScene();
    const { repository } = scene;
    const signed = await repository.commit({ author: eva, signer: eva, message: "Good" });
    const raw = `${await repository.git("cat-file", "commit", signed)}\n`;
    const { stdout } = await repository.run(["hash-object", "-t", "commit", "-w", "--stdin"], { stdin: raw.replace("Good", "Evil") });
    await repository.git("update-ref", "refs/heads/main", stdout.trim());
    await attestProvenance(scene, stdout.trim());
    await attestSource(scene);
    const denied = await verify(scene, await policyAsking("{ signedBy: people }"));
    assert.equal(denied.code, 1, denied.stdout);
    says(denied, "not that of its key over these bytes");
  });

  test("is asked about a repository with SHA-256 in the same way, and tells a mistaken command what to write", async () => {
    const scene = await makeScene();
    await rename(scene.repository.folder, `${scene.repository.folder}-old`);
    const repository = await makeRepository(scene.repository.folder, { objectFormat: "sha256" });
    await attestProvenance(scene, await repository.commit({ author: eva, signer: eva }));
    await attestSource(scene);
    const good = await verify(scene, await policyAsking("{ signedBy: [eva, finn] }"));
    assert.equal(good.code, 0, good.stdout);

    const wrong = (...args: readonly string[]): Promise<Said> =>
      countersign(["attest", scene.image, "--key", "ci", ...args, "--config", join(folder, "config")]);
    for (const [args, said] of [
      [["--type", "source"], /no repository was given/],
      [["--git-since", "HEAD", "--predicate", "x"], /no repository was given/],
      [["--git", scene.repository.folder, "--type", "sbom"], /as "sbom"/],
      [["--git", scene.repository.folder, "--predicate", "x"], /more than one document/],
    ] as const) {
      const answer = await wrong(...args);
      assert.equal(answer.code, 2, answer.stderr);
      assert.match(answer.stderr, said);
    }
  });
});

const noGpg = ["git", "gpg", "gpgconf"].filter((name) => findProgram(name) === undefined);
if (noGpg.length > 0 && process.env["CI"] === "true") throw new Error(`not installed: ${noGpg.join(", ")}`);

describe("commits signed with OpenPGP", { skip: noGpg.length === 0 ? skip : `not installed: ${noGpg.join(", ")}` }, () => {
  let gpg: Gpg;
  let evasKey = "";
  let other = "";
  before(async () => {
    gpg = await startGpg();
    evasKey = await gpg.makeKey("eva", {});
    other = await gpg.makeKey("other", {});
  });
  after(() => gpg.end());

  async function commitAs(repository: GitRepository, key: string, message = "A change"): Promise<string> {
    const args = ["-c", "user.name=eva", "-c", "user.email=eva@acme.io", "-c", `user.signingkey=${key}`];
    const commit = [...args, "commit", "-q", "--allow-empty", "-m", message, "-S"];
    const { code, stderr } = await repository.run(commit, { env: { GNUPGHOME: gpg.home } });
    assert.equal(code, 0, stderr);
    return repository.git("rev-parse", "HEAD");
  }

  /** Eva by her key's file, Finn by an SSH key. */
  async function policyOf(git: string): Promise<string> {
    const file = await policyAsking("{ signedBy: people }");
    const key = await gpg.exportKey(evasKey);
    await mkdir(join(folder, "keys"), { recursive: true });
    await writeFile(join(folder, "keys", "eva.asc"), key);
    const sha256 = createHash("sha256").update(key).digest("hex");
    const text = await readFile(file, "utf8");
    await writeFile(
      file,
      text.replace(
        `{ ssh: "${eva.fingerprint}" }`,
        git.replace("FILE", `{ file: keys/eva.asc, sha256: "${sha256}" }`).replace("TEXT", JSON.stringify(key)),
      ),
    );
    return file;
  }

  test("count by the key that the policy has, beside those signed with SSH", async () => {
    const scene = await makeScene();
    const { repository } = scene;
    await commitAs(repository, evasKey);
    const head = await repository.commit({ author: finn, signer: finn });
    await attestProvenance(scene, head);
    await attestSource(scene);
    for (const git of ["{ openpgp: FILE }", "{ openpgp: TEXT }"]) {
      const good = await verify(scene, await policyOf(git));
      assert.equal(good.code, 0, good.stdout + good.stderr);
    }
    const without = await verify(scene, await policyAsking("{ signedBy: people }"));
    assert.equal(without.code, 4, without.stdout);
    says(without, "the policy has no key of that kind");
    const checked = await run("policy", "explain", "registry.acme.io/shop", "--policy", await policyOf("{ openpgp: FILE }"));
    assert.match(checked.stdout, /each commit signed by people \(eva, finn\)/);
  });

  test("are a no where another key or other bytes were signed", async () => {
    const scene = await makeScene();
    const { repository } = scene;
    await attestProvenance(scene, await commitAs(repository, other));
    await attestSource(scene);
    const policy = await policyOf("{ openpgp: FILE }");
    const denied = await verify(scene, policy);
    assert.equal(denied.code, 1, denied.stdout);
    says(denied, "author/unknown-signer");
    says(denied, `the OpenPGP key ${other}`);

    const changed = await makeScene();
    const signed = await commitAs(changed.repository, evasKey, "Good");
    const raw = `${await changed.repository.git("cat-file", "commit", signed)}\n`;
    const { stdout } = await changed.repository.run(["hash-object", "-t", "commit", "-w", "--stdin"], {
      stdin: raw.replace("Good", "Evil"),
    });
    await changed.repository.git("update-ref", "refs/heads/main", stdout.trim());
    await attestProvenance(changed, stdout.trim());
    await attestSource(changed);
    const evil = await verify(changed, policy);
    assert.equal(evil.code, 1, evil.stdout);
    says(evil, "author/signature-invalid");
  });

  test("are not known where the package that checks them is not installed, which is said", async () => {
    const scene = await makeScene();
    await attestProvenance(scene, await commitAs(scene.repository, evasKey));
    await attestSource(scene);
    const policy = await policyOf("{ openpgp: FILE }");
    // As somebody has it who has installed nothing but Countersign.
    const alone = join(folder, "alone");
    await mkdir(alone);
    for (const name of ["launcher.js", "countersign.js"]) await copyFile(join(dirname(BUILT), name), join(alone, name));
    await writeFile(join(alone, "package.json"), '{ "type": "module" }');
    for (const [launcher, code] of [
      [BUILT, 0],
      [join(alone, "launcher.js"), 4],
    ] as const) {
      const args = ["verify", scene.image, "--policy", policy, "--as", "registry.acme.io/shop", "--config", join(folder, "config")];
      const said = await runProgram(process.execPath, [launcher, ...args], { env: { HOME: folder } });
      assert.equal(said.code, code, said.stdout + said.stderr);
      if (code !== 0) {
        says(said, "npm install openpgp");
      }
    }
  });
});

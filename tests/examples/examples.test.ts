/** The examples are what they say: their policies load, their pipelines are what the systems accept, and every command in them is run. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync, cpSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { countersign } from "../e2e/terminal.ts";
import { runProgram } from "../fixtures/programs.ts";
import { needsPrograms } from "../real/programs.ts";
import { EXAMPLES, githubJob, gitlabJob, jenkinsStage, type Step } from "./pipelines.ts";
import { expectDone, makeWorld, type Ran, type World } from "./world.ts";

for (const name of ["small-team", "large-organisation"]) {
  test(`the policy ${name} loads, and warns of nothing`, async () => {
    const { code, stdout, stderr } = await countersign(["policy", "check", join(EXAMPLES, "policies", `${name}.yaml`)]);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout, /warning/);
  });
}

test("actionlint has nothing against the workflow", async (context) => {
  if (!needsPrograms(context, "actionlint")) return;
  const { code, stdout } = await runProgram("actionlint", [join(EXAMPLES, "ci", "github-actions", "release.yml")]);
  assert.equal(code, 0, stdout);
});

test("GitLab's schema has nothing against the pipeline", async (context) => {
  if (!needsPrograms(context, "gitlab-ci-local", "git")) return;
  const folder = mkdtempSync(join(tmpdir(), "countersign-gitlab-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(EXAMPLES, "ci", "gitlab", ".gitlab-ci.yml"), join(folder, ".gitlab-ci.yml"));
  const env = { HOME: folder };
  for (const args of [
    ["init", "-q"],
    ["remote", "add", "origin", "git@gitlab.example:acme/api.git"],
    ["add", "."],
    ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"],
  ]) {
    const { code, stderr } = await runProgram("git", args, { cwd: folder, env });
    assert.equal(code, 0, stderr);
  }
  const { code, stdout, stderr } = await runProgram("gitlab-ci-local", ["--list"], { cwd: folder, env });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^build +.*^promote +/ms);
});

test("groovy's linter finds no error in the Jenkinsfile", async (context) => {
  if (!needsPrograms(context, "npm-groovy-lint", "java")) return;
  const folder = mkdtempSync(join(tmpdir(), "countersign-jenkins-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const args = ["--noserver", "--failon", "error", "--path", join(EXAMPLES, "ci", "jenkins"), "--files", "Jenkinsfile"];
  const { code, stdout, stderr } = await runProgram("npm-groovy-lint", args, { env: { HOME: folder } });
  assert.equal(code, 0, `${stdout}${stderr}`);
});

/** Built, denied at production, approved, promoted: the same story for each system. */
async function follow(
  world: World,
  {
    build,
    promote,
    repository,
    tag,
  }: { readonly build: () => Promise<void>; readonly promote: () => Promise<Ran>; readonly repository: string; readonly tag: string },
): Promise<void> {
  await build();
  const { digest } = readDigest(world);
  const early = await promote();
  assert.equal(early.code, 1, early.said);
  assert.match(early.said, /still able to approve: ana, bo/);
  await expectDone(world.person("Ana", "approve", `${repository}@${digest}`, "--gate", "prod", "--key", "Ana", "--yes"));
  await expectDone(promote());
  const seen = await expectDone(world.person("Bo", "verify", `${world.prod}/api:${tag}`, "--gate", "prod"));
  assert.match(seen, /✓ pass/);
  const written = await expectDone(world.person("Bo", "inspect", `${world.prod}/api:${tag}`));
  assert.match(written, /timestamp/);
}

function readDigest({ folder }: World): { readonly digest: string } {
  const { "containerimage.digest": digest } = JSON.parse(readFileSync(join(folder, "work", "build.json"), "utf8"));
  return { digest };
}

async function runAll(world: World, steps: readonly Step[]): Promise<void> {
  for (const step of steps) await expectDone(world.run(step));
}

test("GitHub Actions: every command is run", async (context) => {
  if (!needsPrograms(context, "docker-registry", "olareg", "jq")) return;
  const world = await makeWorld(context);
  const tag = "v1.4.0";
  const system = {
    RUNNER_TEMP: world.folder,
    GITHUB_OUTPUT: join(world.folder, "output"),
    GITHUB_REF_NAME: tag,
    GITHUB_ACTOR: "ana",
  };
  const fill = (expression: string): string => {
    const known: Readonly<Record<string, () => string>> = {
      "github.workspace": () => join(world.folder, "work"),
      "vars.COUNTERSIGN_VERIFIER": () => world.verifier,
      "vars.TIMESTAMP_URL": () => world.timestampUrl,
      "vars.CLOCK_ROOT": () => readFileSync(world.clockRoot, "utf8"),
      "vars.ACME_ROOT": () => readFileSync(world.acmeRoot, "utf8"),
      "vars.PROMOTER_CERT": () => world.keys.promoterCert,
      "secrets.GITHUB_TOKEN": () => "token",
      "secrets.SIGNING_KEY": () => world.keys.signing,
      "secrets.PROMOTER_KEY": () => world.keys.promoter,
      "steps.push.outputs.digest": () => outputOf(world),
      "needs.build.outputs.digest": () => outputOf(world),
    };
    const value = known[expression];
    assert.ok(value !== undefined, `nothing fills in ${expression}`);
    return value();
  };
  const withSystem = ({ script, env }: Step): Step => ({ script, env: { ...system, ...env } });
  await follow(world, {
    repository: `${world.build}/acme/api`,
    tag,
    build: async () => {
      const count = githubJob("build", () => "").length;
      // Each step is read when its turn has come: it takes what the one before it has put out.
      for (let at = 0; at < count; at += 1)
        await runAll(world, [githubJob("build", fill)[at]].filter((step) => step !== undefined).map(withSystem));
    },
    promote: async () => {
      const steps = githubJob("promote", fill).map(withSystem);
      await runAll(world, steps.slice(0, -1));
      return world.run(steps.at(-1) ?? { script: "false", env: {} });
    },
  });
});

function outputOf({ folder }: World): string {
  try {
    return /^digest=(.*)$/m.exec(readFileSync(join(folder, "output"), "utf8"))?.[1] ?? "";
  } catch {
    return "";
  }
}

test("GitLab CI: every command is run", async (context) => {
  if (!needsPrograms(context, "docker-registry", "olareg", "jq")) return;
  const world = await makeWorld(context);
  const tag = "v1-4-0";
  const verifier = join(world.folder, "verifier-variable");
  writeFileSync(verifier, world.verifier);
  const system = (step: Step): Step => ({
    script: step.script,
    env: {
      ...step.env,
      IMAGE: `${world.build}/acme/api`,
      CI_COMMIT_REF_SLUG: tag,
      COUNTERSIGN_CONFIG: join(world.folder, "config"),
      COUNTERSIGN_VERIFIER: verifier,
      ACME_ROOT: world.acmeRoot,
      CLOCK_ROOT: world.clockRoot,
      TIMESTAMP_URL: world.timestampUrl,
      SIGNING_KEY: world.keys.signing,
      PROMOTER_KEY: world.keys.promoter,
      PROMOTER_CERT: world.keys.promoterCert,
    },
  });
  await follow(world, {
    repository: `${world.build}/acme/api`,
    tag,
    build: () => runAll(world, [system(gitlabJob("build"))]),
    promote: async () => {
      const step = system(gitlabJob("promote"));
      return world.run({ ...step, env: { ...step.env, DIGEST: readDigest(world).digest } });
    },
  });
});

test("Jenkins: every command is run", async (context) => {
  if (!needsPrograms(context, "docker-registry", "olareg", "jq")) return;
  const world = await makeWorld(context);
  const tag = "17";
  const verifier = join(world.folder, "verifier-credential");
  writeFileSync(verifier, world.verifier);
  mkdirSync(join(world.folder, "tmp"));
  const env = {
    IMAGE: "build.acme.io/api",
    COUNTERSIGN_CONFIG: join(world.folder, "tmp", "countersign"),
    BUILD_NUMBER: tag,
    VERIFIER: verifier,
    ROOT: world.acmeRoot,
    CLOCK: world.clockRoot,
    TIMESTAMP_URL: world.timestampUrl,
    SIGNING_KEY: world.keys.signing,
    PROMOTER_KEY: world.keys.promoter,
    PROMOTER_CERT: world.keys.promoterCert,
  };
  const steps = (stage: string): readonly Step[] => jenkinsStage(stage).map((script) => ({ script, env }));
  await follow(world, {
    repository: `${world.build}/acme/api`,
    tag,
    build: () => runAll(world, [...steps("Prepare"), ...steps("Build")]),
    promote: async () => {
      const [step, ...others] = steps("Promote");
      assert.ok(step !== undefined && others.length === 0);
      return world.run(step);
    },
  });
});

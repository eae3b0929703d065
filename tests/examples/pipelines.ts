/** Reads the example pipelines: what each job runs, as the system that it is written for would run it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { isObject } from "../../src/core/descriptor.ts";

export const EXAMPLES: string = join(import.meta.dirname, "..", "..", "examples");

/** A script that a shell of its own runs, and what stands in its environment. */
export interface Step {
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
}

/** `fill`: what the system puts in place of `secrets.SIGNING_KEY`, `steps.push.outputs.digest`. */
export function githubJob(job: string, fill: (expression: string) => string): readonly Step[] {
  const document: unknown = parse(read("ci/github-actions/release.yml"));
  const filled = (value: unknown): string => String(value).replaceAll(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => fill(expression));
  const variables = (holder: unknown): Record<string, string> =>
    Object.fromEntries(Object.entries(member(holder, "env") ?? {}).map(([name, value]) => [name, filled(value)]));
  const steps = member(member(member(document, "jobs"), job), "steps");
  const run = (Array.isArray(steps) ? steps : []).filter((step) => member(step, "run") !== undefined);
  return run.map((step) => ({ script: filled(member(step, "run")), env: { ...variables(document), ...variables(step) } }));
}

/** One shell runs all of a job. */
export function gitlabJob(job: string): Step {
  const document: unknown = parse(read("ci/gitlab/.gitlab-ci.yml"));
  const before = member(member(document, "default"), "before_script");
  const lines = [before, member(member(document, job), "script")].flatMap((part) => (Array.isArray(part) ? part.map(String) : []));
  const variables = Object.entries(member(document, "variables") ?? {}).map(([name, value]) => [name, String(value)]);
  return { script: lines.join("\n"), env: Object.fromEntries(variables) };
}

/** Each `sh` step of a stage. Source: Jenkins, "Pipeline: Nodes and Processes", sh; the strings are Groovy's with single quotes. */
export function jenkinsStage(stage: string): readonly string[] {
  const text = read("ci/jenkins/Jenkinsfile");
  const start = text.indexOf(`stage('${stage}')`);
  const next = text.indexOf("stage('", start + 1);
  const body = text.slice(start, next === -1 ? undefined : next);
  return [...body.matchAll(/^ *sh '((?:[^'\\]|\\.)*)'$/gm)].map(([, script = ""]) => script.replaceAll(/\\(.)/g, "$1"));
}

function read(path: string): string {
  return readFileSync(join(EXAMPLES, path), "utf8");
}

function member(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

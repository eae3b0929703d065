/** Writes the pages that are made from tables in the source; with --check says which ones differ, and changes nothing. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CommandDeclaration, OptionDeclaration } from "../src/cli/declaration.ts";
import { COMMANDS } from "../src/cli/commands/table.ts";
import { GLOBAL_OPTIONS } from "../src/cli/options.ts";
import { ERRORS, type ErrorCode, errorRow } from "../src/core/errors.ts";
import { OBJECTS } from "../src/policy/countersign/fields.ts";
import { TEST_OBJECTS } from "../src/policy/policy-test/fields.ts";
import { VERIFIER_OBJECTS } from "../src/policy/verifier/fields.ts";
import { SERVER_OBJECTS } from "../src/server/configuration/fields.ts";
import { QUIRKS } from "../src/testing/registry-quirks.ts";
import { FINDINGS, type FindingCode, findingRow } from "../src/core/finding.ts";
import { EXAMPLE_POLICY, referenceOf, schemaOf } from "./document-pages.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const HEAD = "<!-- Made by tools/generate.ts: change the table in the source, then `npm run generate`. -->";

const EXIT_CODES = `| exit code | meaning |
|---|---|
| 0 | yes |
| 1 | no: a verdict was reached and it is negative |
| 2 | asked wrongly |
| 3 | set up wrongly |
| 4 | could not find out: registry, network, inconclusive |

Several references: 1 if any answer is no, else 4 if any could not be found out, else 3 or 2 if one was set up or asked wrongly, else 0.`;

function errorsPage(): string {
  const errors = (Object.keys(ERRORS) as ErrorCode[]).map((code) => {
    const { summary, remedy, exit, http } = errorRow(code);
    return row([`\`${code}\``, String(exit), String(http), summary, remedy]);
  });
  const findings = (Object.keys(FINDINGS) as FindingCode[]).map((code) => {
    const { outcome, summary, remedy } = findingRow(code);
    return row([`\`${code}\``, outcome, summary, remedy]);
  });
  return `${HEAD}

# Errors and findings

An *error* means that the job could not be done. A *finding* means that it was done, and this is what was seen.

${EXIT_CODES}

## Errors

| code | exit | HTTP | what happened | what to do |
|---|---|---|---|---|
${errors.join("\n")}

## Findings

A finding that fails keeps a signature from counting where the policy enforces its check. \`unknown\` is never yes.

| code | outcome | what was seen | what to do |
|---|---|---|---|
${findings.join("\n")}
`;
}

function quirksPage(): string {
  const rows = Object.entries(QUIRKS).map(([name, { does, seen, ours }]) => row([`\`${name}\``, does, seen, ours]));
  return `${HEAD}

# Registries as they are

What registries, or what stands before them, do that a client of the specification would not expect. Each row is a switch of
the registry server in \`countersign/testing\` (\`quirks: ["head-405"]\`), and each has a test with it.

Where a registry has no referrers API, tags appear beside the image that name none: \`sha256-HEX\` is the list of what hangs on it
(the specification's fallback tag), and each \`sha256-HEX.cs-…\` announces one entry of that list, so that two writers at once
lose nothing of each other ([decisions/fallback-index.md](decisions/fallback-index.md)). They are small and are left where they are.
Removing one does not remove what it names, but may hide it.

| quirk | what the registry does | seen | what Countersign does |
|---|---|---|---|
${rows.join("\n")}

## When a registry fails

| what happens | what Countersign does |
|---|---|
| 429, 500, 502, 503, 504; a connection that is cut or silent for 20 s | GET, HEAD and pushes by digest are tried up to four times, after 0.1, 0.2 and 0.4 s, each a random half longer or shorter; an upload begins anew. No try begins later than 30 s after the first, or after the job's \`--timeout\`. \`-v\` tells each try |
| a blob that the registry does not know yet when a manifest that refers to another is pushed: somebody else is just uploading the same one | that push is tried up to six times |
| \`Retry-After\` | is waited for; who asks for more than is left of the 30 s is not asked again |
| any other 4xx, 501, a refused connection, an unknown host, TLS | is final |
| bytes that do not have their digest | are asked for once more; then they are evidence, and the answer is no |
| a listing that cannot be had, or a signature that cannot be fetched | the answer is *unknown*, exit code 4, unless another signature counts |
| a fallback index that would be larger than 4 MiB | is not written (\`store/index-full\`); one that is larger, up to 32 MiB, is read |
`;
}

function cliPage(): string {
  return `${HEAD}

# The command line

\`countersign <command> [arguments] [options]\`. A reference is \`registry/repository[:tag][@digest]\` or \`oci:DIR[:tag|@digest]\`, an OCI
image layout folder. Several references, or \`--from FILE\` (one a line), run in one process. stdout is the answer, stderr everything else.
A name without a host is one of Docker Hub's, as for Docker: \`alpine:3\` is \`docker.io/library/alpine:3\`; at a terminal that is said.
Which policy judges, and what its words mean: [policies.md](policies.md). What \`--output json\` and \`jsonl\` write: [json.md](json.md).

${EXIT_CODES}

## Options of every command

${optionTable(GLOBAL_OPTIONS)}

## Environment

| variable | meaning |
|---|---|
| \`COUNTERSIGN_CONFIG\` | as \`--config\` |
| \`COUNTERSIGN_STATE\` | where it is remembered which signed policies were seen; \`$XDG_STATE_HOME/countersign\` unless set, or \`state\` in \`COUNTERSIGN_CONFIG\` |
| \`COUNTERSIGN_POLICY\` | the policy that judges where \`--policy\` names none |
| \`COUNTERSIGN_PASSPHRASE\` | the passphrase of an encrypted key |
| \`COUNTERSIGN_REGISTRY_USERNAME\`, \`COUNTERSIGN_REGISTRY_PASSWORD\` | credentials for the one registry of the command |
| \`REGISTRY_AUTH_FILE\`, \`DOCKER_CONFIG\` | where stored credentials are, alone: see [credentials.md](credentials.md) |
| \`HTTPS_PROXY\`, \`HTTP_PROXY\`, \`NO_PROXY\` | the proxy for HTTPS, for plain HTTP, and what is asked without; also in lower case |
| \`NOTATION_CONFIG\` | notation's folder: trust stores, trust policy and signing keys are shared with it |
| \`NO_COLOR\` | no colour, if not empty |

${COMMANDS.map(commandSection).join("\n\n")}
`;
}

function commandSection(command: CommandDeclaration): string {
  const usage = [
    "countersign",
    command.name,
    ...command.arguments.map(({ name }) => name),
    ...(command.options.length > 0 ? ["[options]"] : []),
  ];
  const parts = [`## ${command.name}`, command.description, `\`${usage.join(" ")}\``];
  if (command.arguments.length > 0) {
    parts.push(command.arguments.map(({ name, summary }) => `- \`${name}\` ${summary}`).join("\n"));
  }
  if (command.options.length > 0) parts.push(optionTable(command.options));
  parts.push(`\`\`\`sh\n${command.examples.join("\n")}\n\`\`\``);
  return parts.join("\n\n");
}

function optionTable(options: readonly OptionDeclaration[]): string {
  const rows = options.map(({ flags, summary, choices, repeatable }) => {
    const more = [...(choices === undefined ? [] : [`one of ${choices.join(", ")}`]), ...(repeatable === true ? ["repeatable"] : [])];
    return row([`\`${flags}\``, more.length === 0 ? summary : `${summary} (${more.join("; ")})`]);
  });
  return `| option | meaning |\n|---|---|\n${rows.join("\n")}`;
}

function policyPage(): string {
  return `${HEAD}

# The Countersign policy, field by field

A policy is one YAML 1.2 document (or JSON), with the schema [policy.schema.json](schema/policy.schema.json). It is read strictly:
a field that is not here, a name that leads nowhere, a value of another kind refuses the whole document, with line and column
(\`policy/invalid\`, exit 3). Anchors, aliases, tags and merge keys are not read. Texts that look like numbers, \`true\` or \`null\` need quotes.

The sections in the examples stand in place of those of this policy:

\`\`\`yaml
${EXAMPLE_POLICY}
\`\`\`

${referenceOf(OBJECTS)}
`;
}

/** What the verifier's configuration says of identities is what a policy says. */
const { certificate, san, keyFile } = OBJECTS;
const VERIFIER = { ...VERIFIER_OBJECTS, certificate, san, keyFile };

const { policyTest, testCase, recordedImage } = TEST_OBJECTS;

function testPage(): string {
  return `${HEAD}

# Tests of a policy, field by field

A policy's tests are one YAML document (or JSON) with the schema [policy-test.schema.json](schema/policy-test.schema.json), read as strictly
as a policy; so is each recorded image ([recorded-image.schema.json](schema/recorded-image.schema.json)). What they are for: [policies.md](policies.md).

${referenceOf(TEST_OBJECTS)}
`;
}

function verifierPage(): string {
  return `${HEAD}

# The verifier's configuration, field by field

\`verifier.yaml\` stands in the configuration's folder ([policies.md](policies.md)), and has the schema [verifier.schema.json](schema/verifier.schema.json).
It is read as strictly as a policy: a field that is not here refuses the whole document, with line and column (\`config/invalid\`, exit 3).
Certificates, alternative names and key files are those of a policy ([policy-reference.md](policy-reference.md)).

The sections in the examples stand beside these two:

\`\`\`yaml
apiVersion: countersign.dev/v1
kind: Verifier
\`\`\`

${referenceOf(VERIFIER_OBJECTS)}
`;
}

function serverPage(): string {
  return `${HEAD}

# The server's configuration, field by field

\`countersign serve [FILE]\` reads it ([server.md](server.md)); without a file, \`serve.yaml\` in the configuration's folder. It has the schema
[server.schema.json](schema/server.schema.json), and is read as strictly as a policy: a field that is not here refuses the whole document,
with line and column (\`config/invalid\`, exit 3).

The sections in the examples stand beside these two:

\`\`\`yaml
apiVersion: countersign.dev/v1
kind: Server
\`\`\`

${referenceOf(SERVER_OBJECTS)}
`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

const PAGES: readonly (readonly [path: string, text: string])[] = [
  ["docs/errors.md", errorsPage()],
  ["docs/cli.md", cliPage()],
  ["docs/quirks.md", quirksPage()],
  ["docs/policy-reference.md", policyPage()],
  ["docs/verifier-reference.md", verifierPage()],
  ["docs/server-reference.md", serverPage()],
  ["docs/schema/server.schema.json", schemaOf(SERVER_OBJECTS, { root: "server", file: "server.schema.json" })],
  ["docs/schema/verifier.schema.json", schemaOf(VERIFIER, { root: "verifier", file: "verifier.schema.json" })],
  ["docs/policy-test-reference.md", testPage()],
  ["docs/schema/policy-test.schema.json", schemaOf({ policyTest, testCase }, { root: "policyTest", file: "policy-test.schema.json" })],
  ["docs/schema/recorded-image.schema.json", schemaOf({ recordedImage }, { root: "recordedImage", file: "recorded-image.schema.json" })],
  ["docs/schema/policy.schema.json", schemaOf(OBJECTS, { root: "policy", file: "policy.schema.json" })],
];

function isCurrent([path, text]: readonly [string, string]): boolean {
  try {
    return readFileSync(join(root, path), "utf8") === text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

const stale = PAGES.filter((page) => !isCurrent(page));
if (process.argv.includes("--check")) {
  for (const [path] of stale) console.error(`Cannot pass "${path}": it differs from its source\n  try: npm run generate`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    console.log(`wrote ${path}`);
  }
}

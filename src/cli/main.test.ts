/** The command line's manners: exit codes, help, mistakes, and what never leaves by which stream. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CountersignError } from "../core/errors.ts";
import { Malformed } from "../core/malformed.ts";
import { FORMATS } from "../formats/table.ts";
import { COMMANDS } from "./commands/table.ts";
import { toFailure } from "./failure.ts";
import { main } from "./main.ts";
import { failureDocument, renderFailure } from "./render/error.ts";
import { styleFor } from "./render/style.ts";
import type { Io } from "./io.ts";

const nothing: Io["stdin"] = (async function* () {})();

async function run(...argv: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = "";
  let stderr = "";
  const code = await main(argv, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    stdin: nothing,
    env: {},
    isTerminal: false,
  });
  return { code, stdout, stderr };
}

function io(options: { readonly env?: Io["env"]; readonly isTTY?: boolean }): Io {
  const output = { write: () => true, isTTY: options.isTTY };
  return { stdout: output, stderr: output, stdin: nothing, env: options.env ?? {}, isTerminal: false };
}

test("no command is exit 2 with the help on stderr; --help is exit 0 on stdout", async () => {
  const none = await run();
  assert.deepEqual([none.code, none.stdout], [2, ""]);
  assert.match(none.stderr, /Usage: countersign/);
  const asked = await run("--help");
  assert.deepEqual([asked.code, asked.stderr], [0, ""]);
  for (const { name } of COMMANDS) assert.ok(asked.stdout.includes(`  ${name.split(" ")[0]}`), name);
});

test("the help of every command shows its options, the global ones, and an example", async () => {
  for (const { name, examples, options } of COMMANDS) {
    const { code, stdout } = await run(...name.split(" "), "--help");
    assert.equal(code, 0, name);
    assert.ok(stdout.replace(/ \\\n +/g, " ").includes(examples[0]), name);
    for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
    assert.ok(stdout.includes("--offline"), name);
    for (const { flags } of options) assert.ok(stdout.includes(flags), `${name} ${flags}`);
  }
});

test("a mistake is exit 2, says what was meant, and does not repeat what was typed", async () => {
  const verb = await run("verfy", "x");
  assert.equal(verb.code, 2);
  assert.match(verb.stderr, /^Cannot read the command line "countersign …": unknown command "verfy"/);
  assert.match(verb.stderr, /try: did you mean `countersign verify`\?/);
  const option = await run("verify", "x", "--polcy", "hunter2");
  assert.equal(option.code, 2);
  assert.match(option.stderr, /did you mean --policy\?/);
  assert.ok(!option.stderr.includes("hunter2"));
  assert.equal((await run("key", "genrate", "x")).code, 2);
  assert.equal((await run("verify", "x", "--timeout", "soon")).code, 2);
  assert.equal((await run("verify", "x", "--output", "yaml")).code, 2);
  assert.equal((await run("version", "extra")).code, 2);
  assert.equal((await run("key", "generate")).code, 2);
});

test("an example of the help is broken between options, and not within quotes", async () => {
  const { stdout } = await run("help", "attest");
  assert.match(stdout, / \\\n {6}--run 'trivy image --format json' \\\n/);
});

test("help for a command is its own, however it is asked for, and for what is none it says what was meant", async () => {
  for (const argv of [
    ["help", "policy", "import"],
    ["policy", "import", "--help"],
    ["help", "policy", "import", "-q"],
  ]) {
    const { code, stdout } = await run(...argv);
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: countersign policy import /, argv.join(" "));
  }
  assert.match((await run("help", "policy")).stdout, /^Usage: countersign policy /);
  assert.match((await run("help")).stdout, /^Usage: countersign \[/);
  for (const argv of [
    ["help", "verfy"],
    ["verfy", "--help"],
    ["help", "policy", "chek"],
    ["policy", "chek", "-h"],
  ]) {
    const { code, stderr } = await run(...argv);
    assert.equal(code, 2, argv.join(" "));
    assert.match(stderr, /did you mean `countersign (verify|policy check)`\?/, argv.join(" "));
  }
});

test("a value that is none of the choices is answered with the choices, and the help has them", async () => {
  assert.match(
    (await run("sign", "x", "--format", "pgp")).stderr,
    new RegExp(`"pgp" cannot be --format <format>: the choices are ${FORMATS.map(({ name }) => name).join(", ")} \\(`),
  );
  assert.match((await run("cert", "test", "--chain", "7")).stderr, /the choices are 1, 2, 3/);
  assert.match((await run("verify", "x", "--timeout", "soon")).stderr, /"soon" cannot be --timeout <duration>: a duration is written 30s/);
  assert.match((await run("help", "sign")).stdout, /choices: "notary-jws",\s+"notary-cose"/);
});

test("with --output json an error is a document on stdout, whatever was wrong", async () => {
  for (const argv of [
    ["verify", "--output", "json"],
    ["verify", "registry.example/UPPER", "--output=json", "--trust-store", "ca:x", "--trusted-identity", "*"],
    ["verify", "--nonsense", "--output", "jsonl"],
  ]) {
    const { code, stdout } = await run(...argv);
    assert.equal(code, 2, argv.join(" "));
    const document = JSON.parse(stdout) as Record<string, unknown>;
    assert.equal(document["kind"], "Error");
    assert.equal(document["apiVersion"], "countersign.dev/v1");
  }
});

test("the version is told however it is asked for", async () => {
  const { stdout } = await run("version");
  for (const asked of ["--version", "-V"]) assert.deepEqual(await run(asked), { code: 0, stdout, stderr: "" });
});

test("too many or too few words are answered with the form and an example, and are not repeated", async () => {
  const many = await run("key", "import", "copy", "hunter2");
  assert.equal(many.code, 2);
  assert.match(many.stderr, /Expected 1 argument and got 2/);
  assert.match(many.stderr, /try: countersign key import <name> \[options\], such as `countersign key import \S+ --key key\.pem/);
  assert.ok(!many.stderr.includes("hunter2"));
  assert.match((await run("key", "generate")).stderr, /try: countersign key generate <name> \[options\], such as/);
});

test("global options stand before or after the command", async () => {
  assert.equal((await run("-q", "version")).code, 0);
  assert.equal((await run("version", "-q")).code, 0);
});

test("whatever is thrown is an exit code that is not 0", () => {
  assert.equal(toFailure(new CountersignError("store/unreachable", "m")).exit, 4);
  assert.equal(toFailure(new Malformed("der/tag", "m")).exit, 4);
  assert.equal(toFailure(new DOMException("m", "AbortError")).code, "job/aborted");
  for (const thrown of [new Error("m"), "text", undefined, null, 0]) assert.equal(toFailure(thrown).code, "job/internal");
});

test("an error names its causes and its way out, and foreign text in it is safe to show", () => {
  const error = new CountersignError("file/unreadable", 'Cannot read "\u202Egpj.exe": \u001b[31mred', {
    cause: new Error("inner", { cause: new Error("innermost") }),
    remedy: "ls",
  });
  const text = renderFailure(toFailure(error), styleFor(io({}), { write: () => true }));
  assert.ok(!/[\u001b\u202e]/.test(text));
  assert.match(text, /\n {2}because: inner\n {2}because: innermost\n {2}try: ls$/);
  assert.ok(!JSON.stringify(failureDocument(toFailure(error))).includes("\u202e"));
});

test("an error about a document has every mistake with its place and way out, thirty in words after the first", () => {
  const problems = Array.from({ length: 35 }, (_, index) => ({
    line: index + 1,
    column: 3,
    member: `gates.g${index}\u202e`,
    state: "is wrong",
    remedy: index === 1 ? "countersign policy check p.yaml" : `write ${index}`,
  }));
  const error = new CountersignError("policy/invalid", "m (and 34 more)", { remedy: "write 0", detail: { problems: [...problems, "?"] } });
  const failure = toFailure(error, { known: { words: {}, config: "C" } });
  const text = renderFailure(failure, styleFor(io({}), { write: () => true }));
  assert.match(
    text,
    /\n {2}try: write 0\n {2}also: line 2, column 3: gates\.g1\S* is wrong\n {4}try: countersign --config C policy check p\.yaml\n/,
  );
  assert.match(text, /line 31, column 3: \S+ is wrong\n {4}try: write 30\n {2}and 4 more$/);
  const document = failureDocument(failure);
  assert.equal(document.problems?.length, 35);
  assert.ok(!JSON.stringify(document).includes("\u202e"));
  assert.ok(!("problems" in failureDocument(toFailure(new Error("none")))));
});

function red(env: Io["env"], isTTY: boolean): string {
  const target = io({ env, isTTY });
  return styleFor(target, target.stdout).bad("x");
}

test("colour only on a terminal, and never with NO_COLOR", () => {
  assert.equal(red({}, true), "\u001b[31mx\u001b[39m");
  assert.equal(red({}, false), "x");
  assert.equal(red({ NO_COLOR: "1" }, true), "x");
  assert.equal(red({ TERM: "dumb" }, true), "x");
});

/** What a person is told, and which exit code a script gets, when the registry fails: never 1, which is a no. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isObject } from "../../src/core/descriptor.ts";
import type { Fault } from "../fixtures/fault-proxy.ts";
import { BARE, KINDS, Scene, SIGNED } from "./scene.ts";

const [OWN] = KINDS;
assert.ok(OWN !== undefined);
const COMMANDS = [["verify"], ["sign", "--key", "test", "--unsafe-tag"], ["tree"], ["inspect"]];
const busy: Fault = { kind: "answer", status: 503 };

test("a registry that is busy for a moment is waited for, and -v tells each try", async (context) => {
  const scene = await Scene.open(context, OWN);
  if (scene === undefined) return;
  for (const words of COMMANDS) {
    const said = await scene.command(({ number }) => (number <= 2 ? busy : undefined), SIGNED, [...words, "-v"]);
    assert.equal(said.code, 0, said.stderr);
    assert.match(said.stderr, /GET "127\.0\.0\.1:\d+\/v2\/.*": it answered 503; try 2 of 4 in \d+ ms/);
  }
});

for (const { name, fault, code, words = /./ } of [
  { name: "is busy for ever", fault: busy, code: "store/unreachable", words: /status 503/ },
  {
    name: "asks to be left alone for an hour",
    fault: { kind: "answer", status: 429, headers: { "retry-after": "3600" } } as const,
    code: "store/unreachable",
    words: /try: wait 3600 s/,
  },
  { name: "cuts every connection", fault: { kind: "reset", when: "before" } as const, code: "store/unreachable", words: /cut/ },
  { name: "never answers", fault: { kind: "black-hole" } as const, code: "job/aborted", words: /--timeout/ },
]) {
  test(`a registry that ${name}: exit 4, ${code}`, async (context) => {
    const scene = await Scene.open(context, OWN);
    if (scene === undefined) return;
    await Promise.all(
      COMMANDS.map(async (command) => {
        const isSilent = fault.kind === "black-hole";
        const said = await scene.command(() => fault, SIGNED, [...command, "--output", "json", ...(isSilent ? ["--timeout", "1s"] : [])]);
        assert.equal(said.code, 4, `${command.join(" ")}: ${said.stdout}${said.stderr}`);
        const document = said.json();
        assert.ok(isObject(document));
        assert.equal(document["code"], code, said.stdout);
        assert.match(said.stderr, words);
      }),
    );
  });
}

test("an unsigned image whose listing cannot be had is no no", async (context) => {
  const scene = await Scene.open(context, OWN);
  if (scene === undefined) return;
  assert.equal((await scene.command(() => undefined, BARE, ["verify"])).code, 1);
  const said = await scene.command(({ url }) => (url.includes("/referrers/") ? busy : undefined), BARE, ["verify"]);
  assert.equal(said.code, 4, said.stdout);
  assert.match(said.stdout, /listing\/unreachable/);
});

/** What somebody meets who pastes what he was told, or types what is nearly right. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { countersign, type Said, type TerminalOptions } from "./terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-newcomer-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string): string => join(folder, name);

function run(args: readonly string[], options: TerminalOptions = {}): Promise<Said> {
  return countersign([...args, "--config", file("config")], options);
}

async function ok(args: readonly string[], options: TerminalOptions = {}): Promise<Said> {
  const said = await run(args, options);
  assert.equal(said.code, 0, `${args.join(" ")}\n${said.stdout}${said.stderr}`);
  return said;
}

test("a subject is refused that no certificate can hold, or that is still to be filled in", async () => {
  await ok(["key", "generate", "subject"]);
  for (const [subject, why] of [
    ["C=ŕœ, ST=WA, O=Acme, CN=x", /C is a country's code of two letters/],
    ["C=us, ST=WA, O=Acme, CN=x", /two letters/],
    ["C=USA, ST=WA, O=Acme, CN=x", /two letters/],
    ["C=…, ST=…, O=…, CN=…", /C is still to be filled in/],
    ["C=US, ST=WA, O=..., CN=x", /O is still to be filled in/],
    ["C=US, ST=WA, O=, CN=x", /O has no value/],
  ] as const) {
    for (const args of [
      ["cert", "request", "subject"],
      ["cert", "test", "never"],
    ]) {
      const said = await run([...args, "--subject", subject]);
      assert.deepEqual([said.code, said.stdout], [2, ""], subject);
      assert.match(said.stderr, why);
    }
  }
  assert.match((await ok(["cert", "test", "unicode", "--subject", "C=DE, ST=WA, O=Ünïcode… 💡, CN=x"])).stdout, /O=Ünïcode… 💡/);
});

test("a request asks for what the profile needs, and says what the authority must set", async () => {
  const { stdout, stderr } = await ok(["cert", "request", "subject", "--subject", "C=US, ST=WA, O=Acme, CN=x"]);
  assert.match(stdout, /^-----BEGIN CERTIFICATE REQUEST-----[^]*-----END CERTIFICATE REQUEST-----\n$/);
  assert.match(stderr, /^next:[^]*codeSigning[^]*countersign --config \S+ key import subject --cert chain\.pem\n$/);
});

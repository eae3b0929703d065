/** Remedies: what is known goes in, quoted for the shell, and only where a placeholder stands. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCommandLine } from "../parse.ts";
import type { Values } from "../values.ts";
import { fillRemedy, knownOf } from "./remedy.ts";

function parseValues(options: readonly string[]): { readonly values: Values } {
  const parsed = parseCommandLine(["verify", "oci:dir", ...options]);
  assert.ok(parsed.kind === "call");
  return parsed;
}

const declared = (...names: readonly string[]) => ({ name: "tree", arguments: names.map((name) => ({ name, summary: "" })) });

test("a placeholder is filled with the argument of its name", () => {
  const known = knownOf(declared("<type:name>", "<file...>"), { words: ["ca:acme", "my root.pem"], config: undefined });
  assert.equal(fillRemedy("countersign trust add TYPE:NAME FILE", known), "countersign trust add ca:acme 'my root.pem'");
  const reference = knownOf(declared("[ref...]"), { words: ["r.example/a:1"], config: undefined });
  assert.equal(fillRemedy("`countersign doctor REF --repair`", reference), "`countersign doctor r.example/a:1 --repair`");
  assert.equal(fillRemedy("countersign sign REF@DIGEST", reference), "countersign sign REF@DIGEST", "a tag is no digest");
  assert.equal(fillRemedy("set X_REF or PREFIX", reference), "set X_REF or PREFIX");
});

test("nothing is guessed: several references, stdin, or none leave the placeholder", () => {
  for (const words of [["a", "b"], ["-"], []]) {
    assert.equal(
      fillRemedy("countersign doctor REF", knownOf(declared("[ref...]"), { words, config: undefined })),
      "countersign doctor REF",
    );
  }
});

test("a word that a command may do without is filled in or left out", () => {
  const remedy = "countersign policy init [REPOSITORY] (or --as REGISTRY/REPOSITORY)";
  const fill = (words: readonly string[], as?: string): string => {
    const { values } = parseValues(as === undefined ? [] : ["--as", as]);
    return fillRemedy(remedy, knownOf({ ...declared("[ref...]"), name: "verify" }, { words, config: undefined, values })).replace(
      " (or --as REGISTRY/REPOSITORY)",
      "",
    );
  };
  assert.equal(fill(["r.example/a:1"]), "countersign policy init r.example/a");
  assert.equal(fill(["r.example/a:1", "r.example/b", "r.example/a:2"]), "countersign policy init r.example/a r.example/b");
  for (const words of [[], ["oci:dir:1"], ["r.example/a", "oci:dir:1"], ["-"]]) assert.equal(fill(words), "countersign policy init");
  assert.equal(fill(["oci:dir:1"], "r.example/c"), "countersign policy init r.example/c");
});

test("what was filled in is not searched again, and cannot leave its quotes", () => {
  const known = knownOf(declared("<ref>", "<file>"), { words: ["FILE'; $& rm", "x"], config: undefined });
  assert.equal(fillRemedy("countersign tree REF", known), "countersign tree 'FILE'\\''; $& rm'");
});

test("--config is repeated in every command, and nowhere else", () => {
  const known = { words: {}, config: "my $1 dir" };
  assert.equal(fillRemedy("countersign key list", known), "countersign --config 'my $1 dir' key list");
  assert.equal(
    fillRemedy("see countersign docs, or `countersign trust list`", known),
    "see countersign docs, or `countersign --config 'my $1 dir' trust list`",
  );
  assert.equal(
    fillRemedy("countersign cert test, or countersign key import NAME", known),
    "countersign --config 'my $1 dir' cert test, or countersign --config 'my $1 dir' key import NAME",
  );
  // What was filled in is somebody else's text.
  const foreign = { words: { IDENTITY: "'O=a, countersign b'" }, config: "c" };
  assert.equal(fillRemedy("add IDENTITY", foreign), "add 'O=a, countersign b'");
});

test("the policy and what chooses its question are repeated in the commands that take them, and not twice", () => {
  const options = [
    { name: "gate", value: "prod" },
    { name: "cluster", value: "live" },
    { name: "as", value: "r.example/a" },
    { name: "policy", value: "my shop.yaml" },
  ];
  const known = { words: { REF: "'oci:it'\\''s here, again:1'", KEY: "ci" }, config: "dir", options };
  const start = "countersign --config dir";
  assert.equal(
    fillRemedy("If so: `countersign sign REF --key KEY` (`countersign key list` shows keys)", known),
    `If so: \`${start} sign 'oci:it'\\''s here, again:1' --as r.example/a --policy 'my shop.yaml' --key ci\` (\`${start} key list\` shows keys)`,
  );
  const quoted = { words: {}, options };
  assert.equal(
    fillRemedy("countersign sign 'a'\\''b; c' --key k", quoted),
    "countersign sign 'a'\\''b; c' --as r.example/a --policy 'my shop.yaml' --key k",
  );
  assert.equal(
    fillRemedy("x | countersign verify --manifests -, or y", quoted),
    "x | countersign verify --gate prod --cluster live --as r.example/a --policy 'my shop.yaml' --manifests -, or y",
  );
  assert.equal(
    fillRemedy("countersign verify r/a --gate test --policy p", quoted),
    "countersign verify r/a --as r.example/a --gate test --policy p",
  );
  assert.equal(fillRemedy("countersign verify-all, countersign policy check", quoted), "countersign verify-all, countersign policy check");
});

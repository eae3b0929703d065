import assert from "node:assert/strict";
import { test } from "node:test";
import { CountersignError } from "../core/errors.ts";
import { policyFromKeys, policyFromOptions } from "./command-line.ts";

test("options make a strict policy for every repository", () => {
  const policy = policyFromOptions({ trustStores: ["ca:acme", "tsa:acme"], trustedIdentities: ["x509.subject: C=US, ST=WA, O=Acme"] });
  const selected = policy.select("anything/at-all");
  assert.deepEqual(selected, policy.select("./layout", "command-line"));
  assert.ok(selected.kind === "gate" && selected.rules !== undefined);
  assert.deepEqual(selected.before, []);
  assert.deepEqual(selected.gate, {
    name: "command-line",
    actions: selected.rules.actions,
    requirements: [{ kind: "signature", name: "signature", by: undefined, byText: "", atLeast: 1 }],
  });
  assert.deepEqual(new Set(Object.values(selected.rules.actions)), new Set(["enforce"]));
  assert.deepEqual(selected.rules.trustStores, [
    { type: "ca", name: "acme" },
    { type: "tsa", name: "acme" },
  ]);
  const anyone = policyFromOptions({ trustStores: ["ca:acme"], trustedIdentities: ["*"] }).select("a/b");
  assert.deepEqual(anyone.kind === "gate" && anyone.rules?.signers, { kind: "identities", identities: [{ kind: "any" }] });
  assert.equal(policy.select("a/b", "prod").kind, "gate-wanted");
});

test("the digest tells one set of options from another", () => {
  const digests = [
    policyFromOptions({ trustStores: ["ca:a"], trustedIdentities: ["*"] }),
    policyFromOptions({ trustStores: ["ca:b"], trustedIdentities: ["*"] }),
    policyFromOptions({ trustStores: ["ca:a", "ca:b"], trustedIdentities: ["*"] }),
  ].map(({ digest }) => digest);
  assert.equal(new Set(digests).size, 3);
});

test("options that say too little or the wrong thing are refused as usage, by name", () => {
  const faults: readonly (readonly [trustStores: string[], trustedIdentities: string[], message: RegExp])[] = [
    [[], ["*"], /which roots to trust/],
    [["ca:acme"], [], /which signers to trust/],
    [["acme"], ["*"], /^Cannot use --trust-store "acme": "acme" is not TYPE:NAME/],
    [["ca:acme"], ["CN=x"], /^Cannot use --trusted-identity "CN=x"/],
    [["ca:acme"], ["x509.subject: CN=x"], /C, ST, O are missing/],
    [["ca:acme"], ["*", "x509.subject: C=US,ST=WA,O=A"], /stands alone/],
  ];
  for (const [trustStores, trustedIdentities, message] of faults) {
    assert.throws(
      () => policyFromOptions({ trustStores, trustedIdentities }),
      (error) => error instanceof CountersignError && error.code === "usage/invalid" && message.test(error.message),
      String(message),
    );
  }
});

test("keys make a policy of their own, in which any of them will do and each counts once", () => {
  const [a, b] = [Uint8Array.of(1), Uint8Array.of(2)];
  const policy = policyFromKeys([
    { name: "a.pub", publicKey: a },
    { name: "b.pub", publicKey: b },
    { name: "the-same.pub", publicKey: Uint8Array.of(1) },
  ]);
  const selected = policy.select("anything/at-all");
  assert.ok(selected.kind === "gate" && selected.rules?.signers.kind === "members");
  const { members } = selected.rules.signers;
  assert.deepEqual(
    members.map(({ name, kind, isOfProduct }) => [name, kind, isOfProduct]),
    [
      ["the-same.pub", "machine", true],
      ["b.pub", "machine", true],
    ],
  );
  assert.deepEqual(selected.gate.requirements, [
    { kind: "signature", name: "signature", by: ["the-same.pub", "b.pub"], byText: "the-same.pub, b.pub", atLeast: 1 },
  ]);
  assert.deepEqual(new Set(Object.values(selected.gate.actions)), new Set(["enforce"]));
  assert.equal(policy.select("a/b", "prod").kind, "gate-wanted");
  const swapped = policyFromKeys([
    { name: "x", publicKey: b },
    { name: "y", publicKey: a },
  ]);
  assert.equal(policy.digest, swapped.digest);
  assert.notEqual(policy.digest, policyFromKeys([{ name: "a.pub", publicKey: a }]).digest);
});

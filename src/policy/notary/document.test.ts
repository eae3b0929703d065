import assert from "node:assert/strict";
import { test } from "node:test";
import { IDENTITY, type Json, statement } from "../../../tests/fixtures/policy-statement.ts";
import { digestOf } from "../../core/digest.ts";
import type { Policy, SignatureRules } from "../../core/policy.ts";
import { parseReference, repositoryOf } from "../../core/reference.ts";
import { decodeNotaryPolicy } from "./document.ts";

function encode(document: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(document));
}

function decode(document: unknown): Policy {
  return decodeNotaryPolicy(encode(document), { source: "trustpolicy.json" });
}

function decodeOne(changes: Json): Policy {
  return decode({ version: "1.0", trustPolicies: [statement(changes)] });
}

function rulesFor(policy: Policy, repository = "registry.example/team/app"): SignatureRules {
  const selected = policy.select(repository);
  assert.ok(selected.kind === "gate" && selected.rules !== undefined);
  return selected.rules;
}

/** The name of the statement that judges the repository. */
function statementFor(policy: Policy, repository: string): string | undefined {
  const selected = policy.select(repository);
  return selected.kind === "gate" ? selected.gate.name : undefined;
}

test("a statement becomes a gate of its name, with one requirement", () => {
  const bytes = encode({ version: "1.0", trustPolicies: [statement()] });
  const policy = decodeNotaryPolicy(bytes, { source: "trustpolicy.json" });
  assert.deepEqual(
    {
      form: policy.form,
      name: policy.name,
      version: policy.version,
      digest: policy.digest,
      trust: policy.trust,
      warnings: policy.warnings,
    },
    { form: "notary", name: "trustpolicy.json", version: "1.0", digest: digestOf(bytes), trust: "unpinned", warnings: [] },
  );
  const enforce = "enforce";
  const actions = {
    subject: enforce,
    integrity: enforce,
    authenticity: enforce,
    identity: enforce,
    product: enforce,
    annotations: enforce,
    time: enforce,
    expiry: enforce,
    revocation: enforce,
  } as const;
  const trustStores = [{ type: "ca", name: "acme" }];
  const pairs = [
    { type: "CN", value: "ci" },
    { type: "O", value: "Acme" },
    { type: "L", value: "Seattle" },
    { type: "ST", value: "WA" },
    { type: "C", value: "US" },
  ];
  assert.deepEqual(policy.gates, [{ name: "acme", actions, trustStores, places: ["registry.example/team/app"] }]);
  assert.deepEqual(policy.select("registry.example/team/app"), {
    kind: "gate",
    gate: { name: "acme", actions, requirements: [{ kind: "signature", name: "signature", by: undefined, byText: "", atLeast: 1 }] },
    before: [],
    rules: {
      actions,
      trustStores,
      signers: { kind: "identities", identities: [{ kind: "subset", text: IDENTITY, pairs }] },
      verifyTimestamp: "always",
    },
  });
  assert.deepEqual(policy.select("registry.example/team/app", "acme"), policy.select("registry.example/team/app"));
  const other = policy.select("registry.example/team/app", "prod");
  assert.deepEqual(other.kind === "gate-wanted" && other.choices, ["acme"]);
});

/** Actions in notation's order: integrity, authenticity, authenticTimestamp, expiry, revocation. */
const LEVELS: readonly (readonly [level: string, override: Json | undefined, actions: string])[] = [
  ["strict", undefined, "enforce enforce enforce enforce enforce"],
  ["permissive", undefined, "enforce enforce log log log"],
  ["audit", undefined, "enforce log log log log"],
  ["strict", {}, "enforce enforce enforce enforce enforce"],
  ["strict", { authenticity: "log" }, "enforce log enforce enforce enforce"],
  ["permissive", { authenticity: "log" }, "enforce log log log log"],
  ["audit", { authenticity: "log" }, "enforce log log log log"],
  ["strict", { expiry: "log" }, "enforce enforce enforce log enforce"],
  ["permissive", { expiry: "log" }, "enforce enforce log log log"],
  ["audit", { expiry: "log" }, "enforce log log log log"],
  ["strict", { revocation: "log" }, "enforce enforce enforce enforce log"],
  ["permissive", { revocation: "log" }, "enforce enforce log log log"],
  ["strict", { revocation: "skip" }, "enforce enforce enforce enforce skip"],
  ["permissive", { revocation: "skip" }, "enforce enforce log log skip"],
  ["audit", { revocation: "skip" }, "enforce log log log skip"],
  ["strict", { authenticTimestamp: "log" }, "enforce enforce log enforce enforce"],
  ["permissive", { authenticTimestamp: "enforce" }, "enforce enforce enforce log log"],
  [
    "audit",
    { revocation: "enforce", expiry: "enforce", authenticTimestamp: "enforce", authenticity: "enforce" },
    "enforce enforce enforce enforce enforce",
  ],
];

test("levels and overrides give the specification's actions", () => {
  for (const [level, override, expected] of LEVELS) {
    const policy = decodeOne({ signatureVerification: { level, ...(override === undefined ? {} : { override }) } });
    const { actions } = rulesFor(policy);
    const notary = [actions.integrity, actions.authenticity, actions.time, actions.expiry, actions.revocation].join(" ");
    assert.equal(notary, expected, `${level} ${JSON.stringify(override)}`);
    assert.equal(actions.subject, actions.integrity);
    assert.equal(actions.identity, actions.authenticity);
  }
});

test("skip is a gate that asks nothing, and its stores may be left out, empty or null", () => {
  for (const changes of [
    { trustStores: [], trustedIdentities: [] },
    { trustStores: null, trustedIdentities: null },
  ]) {
    const policy = decodeOne({ signatureVerification: { level: "skip" }, ...changes });
    const selected = policy.select("registry.example/team/app");
    assert.ok(selected.kind === "gate");
    assert.equal(selected.rules, undefined);
    assert.equal(policy.gates[0]?.actions, undefined);
    assert.deepEqual(policy.warnings, []);
  }
});

test("a scope is for its repository under every spelling of the host", () => {
  const policy = decodeOne({ registryScopes: ["127.0.0.1:5000/team/app", "registry.example:443/team/app", "[0::1]:5000/team/app"] });
  for (const text of ["127.1:5000/team/app", "0x7f.0.0.1:05000/team/app", "Registry.Example/team/app", "[::1]:5000/team/app"]) {
    assert.equal(statementFor(policy, repositoryOf(parseReference(text))), "acme", text);
  }
});

test("an exact scope wins over *, and no scope matches a prefix of another repository", () => {
  const policy = decode({
    version: "1.0",
    trustPolicies: [
      statement({ name: "all", registryScopes: ["*"] }),
      statement({ registryScopes: ["Registry.Example:5000/team/app", "local/layout"] }),
    ],
  });
  assert.equal(statementFor(policy, "registry.example:5000/team/app"), "acme");
  assert.equal(statementFor(policy, "local/layout"), "acme");
  for (const other of ["registry.example:5000/team", "registry.example:5000/team/app2", "registry.example/team/app", "__proto__"]) {
    assert.equal(statementFor(policy, other), "all", other);
  }
  assert.equal(statementFor(decodeOne({}), "registry.example/team/app2"), undefined);
});

const skip = { level: "skip" };

function warned(changes: Json): string {
  return decodeOne(changes).warnings.join("\n");
}

test("what notation accepts and should not be is accepted, and said", () => {
  assert.match(
    warned({ registryScopes: ["*"], signatureVerification: skip, trustStores: [], trustedIdentities: [] }),
    /^trustPolicies\[0\] \("acme"\) LETS EVERY IMAGE PASS/,
  );
  assert.match(warned({ signatureVerification: { level: "audit" } }), /signatureVerification only logs authenticity/);
  assert.match(warned({ overide: {} }), /^trustPolicies\[0\]\.overide is not a member that is known here/);
  assert.match(
    warned({ trustedIdentities: ["x509.subject:C=US,ST=WA,O=A,CustomRDN=x"] }),
    /trustedIdentities\[0\] can never match: no certificate's CustomRDN/,
  );
  assert.match(warned({ trustedIdentities: ["arn:aws:signer:us-east-1:1:/signing-profiles/p"] }), /needs a plugin/);
  assert.match(warned({ trustStores: ["tsa:acme"] }), /names only timestamp authorities/);
  assert.match(
    warned({ registryScopes: ["docker.io/alpine"] }),
    /never applies: references to it are expanded to docker\.io\/library\/alpine/,
  );
  assert.equal(warned({ registryScopes: ["docker.io/library/alpine"] }), "");
});

test("a store that is named twice is one store", () => {
  const { trustStores } = rulesFor(decodeOne({ trustStores: ["ca:e2e", "ca:e2e", "tsa:e2e"] }));
  assert.deepEqual(trustStores, [
    { type: "ca", name: "e2e" },
    { type: "tsa", name: "e2e" },
  ]);
});

test("identities of several kinds stand side by side", () => {
  const { signers } = rulesFor(decodeOne({ trustedIdentities: [IDENTITY, "x509.subject: O=Widgits,ST=Some-State,C=AU", "plugin:x"] }));
  assert.deepEqual(signers.kind === "identities" && signers.identities.map((rule) => rule.kind), ["subset", "subset", "foreign"]);
});

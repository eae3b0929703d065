/** A verifier with a list of revocations that this version cannot read: no signature counts where a gate enforces revocation. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Policy } from "../../src/core/policy.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { evaluate } from "../../src/evaluate.ts";
import { decodePolicy } from "../../src/policy/countersign/document.ts";
import { policyOfSigners } from "../../src/policy/policy-signers.ts";
import { withBeliefs } from "../../src/policy/verifier/beliefs.ts";
import { decodeVerifier } from "../../src/policy/verifier/document.ts";
import type { Verifier } from "../../src/policy/verifier/verifier.ts";
import { makeSigningWorld, NOW } from "./signing-world.ts";

const world = await makeSigningWorld(["Ana"], ["shop"], ["robot"]);

const VERIFIER = `
apiVersion: countersign.dev/v1
kind: Verifier
roles:
  policySigners: { by: [ { certificate: { anchor: ca:acme, subject: { C: US, O: Acme, CN: Ana } } } ] }
  publishers: { by: [ { key: "SHA256:${"A".repeat(43)}" } ] }
revocations: { list: "oci://registry.acme.io/trust/revocations", maxAge: 24h }
`;

function decode(text: string): Promise<Verifier> {
  return decodeVerifier(Buffer.from(text), { source: "verifier.yaml", readFile: () => assert.fail("no file is named") });
}

function load(checks = ""): Promise<Policy> {
  const document = {
    apiVersion: "countersign.dev/v1",
    kind: "Policy",
    name: "shop",
    version: 1,
    products: { shop: { prod: "registry.example/app" } },
    people: { ana: { certificate: { anchor: "ca:acme", subject: { C: "US", O: "Acme", CN: "Ana" } } } },
    parties: { robot: { key: world.keyOf("robot") } },
    gates: {
      prod: { needs: [{ signature: { by: ["ana", "robot"], atLeast: 2 } }], ...(checks === "" ? {} : { checks: { revocation: checks } }) },
    },
  };
  return decodePolicy(Buffer.from(JSON.stringify(document)), { source: "shop.yaml" });
}

function judge(policy: Policy): Promise<Verdict> {
  const signed = world.pool.filter(
    ({ signed: { product, isExpired, isAnchored, key } }) => product === "shop" && !isExpired && (isAnchored || key !== undefined),
  );
  const store = world.show(signed);
  return evaluate(parseReference(`registry.example/app@${world.digest}`), { policy, store, trust: world.trust, clock: { now: () => NOW } });
}

function codesOf({ signatures }: Verdict): readonly string[] {
  return signatures.flatMap(({ findings }) => findings.filter(({ check }) => check === "revocation").map(({ code }) => code));
}

test("signatures with a certificate and by a bare key may both be revoked", async () => {
  const policy = await load();
  const without = await judge(withBeliefs(policy, await decode(VERIFIER.replace(/\nrevocations.*/, ""))));
  assert.deepEqual([without.outcome, codesOf(without)], ["pass", ["revocation/not-revocable", "revocation/not-revocable"]]);
  const verdict = await judge(withBeliefs(policy, await decode(VERIFIER)));
  assert.deepEqual([verdict.outcome, codesOf(verdict)], ["unknown", ["revocation/list-unread", "revocation/list-unread"]]);
});

test("a gate that only logs revocation, or skips it, passes, and says so", async () => {
  const verifier = await decode(VERIFIER);
  for (const [action, relaxation] of [
    ["log", /revocation is only logged: oci:\/\/registry\.acme\.io\/trust\/revocations.* says what is revoked/],
    ["skip", /revocation was not checked/],
  ] as const) {
    const verdict = await judge(withBeliefs(await load(action), verifier));
    assert.equal(verdict.outcome, "pass");
    assert.match(verdict.relaxations.join("\n"), relaxation);
  }
});

test("who may sign policies may be revoked too", async () => {
  const { policySigners, ...verifier } = await decode(VERIFIER);
  assert.ok(policySigners !== undefined);
  assert.equal((await judge(policyOfSigners(policySigners))).outcome, "pass");
  assert.equal((await judge(withBeliefs(policyOfSigners(policySigners), verifier))).outcome, "unknown");
});

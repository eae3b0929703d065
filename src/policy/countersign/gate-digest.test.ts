import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePolicy } from "./document.ts";
import { gateDigestsOf } from "./gate-digest.ts";

const POLICY = `
apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
products: { "shop/{app}": { build: "ghcr.io/acme/{app}", prod: "registry.acme.io/{app}" } }
people:
  ana: { certificate: { anchor: "ca:acme", subject: { CN: Ana, O: Acme, C: US } } }
  bo: { certificate: { anchor: "ca:acme", subject: { CN: Bo, O: Acme, C: US } } }
parties:
  ci: { certificate: { anchor: "ca:acme", subject: { CN: "ci-{app}", O: Acme, C: US } } }
  release: { people: [ana] }
gates:
  build: { needs: [ { signature: { by: ci } } ] }
  prod: { after: build, approve: { by: release, valid: 72h } }
rules: [ { name: odd, gate: prod, expr: "true", message: Always } ]
`;

async function digests(edit: (text: string) => string = (text) => text): Promise<{ gateDigest: string; gateTerms: string }> {
  const text = edit(POLICY);
  const { loaded } = await decodePolicy(new TextEncoder().encode(text), { source: "policy.yaml" });
  return gateDigestsOf(loaded)("prod");
}

test("what does not change what the gate asks does not change its digest", async () => {
  const before = await digests();
  const edits: readonly ((text: string) => string)[] = [
    (text) => text.replace("version: 1", "version: 9"),
    (text) => text.replace("valid: 72h", "valid: 3d"),
    (text) => text.replace("message: Always", "message: Whenever"),
    (text) => text.replace("people: [ana]", "people: [ana, bo]"),
    (text) => text.replace("CN: Ana", "CN: Anna"),
    (text) => text.replace("gates:", "gates:\n  other: { needs: [ { image: { user: nonroot } } ] }"),
  ];
  for (const edit of edits) {
    assert.notEqual(edit(POLICY), POLICY);
    assert.deepEqual(await digests(edit), before);
  }
});

test("another machine is another digest on the same terms, at the gates after it too", async () => {
  const [before, after] = [await digests(), await digests((text) => text.replace('CN: "ci-{app}"', 'CN: "robot-{app}"'))];
  assert.notEqual(after.gateDigest, before.gateDigest);
  assert.equal(after.gateTerms, before.gateTerms);
});

test("whatever changes what is asked changes both", async () => {
  const before = await digests();
  const edits: readonly ((text: string) => string)[] = [
    (text) => text.replace("valid: 72h", "valid: 71h"),
    (text) => text.replace("by: release", "by: [ana, bo]"),
    (text) => text.replace("by: release", "by: [ana, bo], atLeast: 2"),
    (text) => text.replace('expr: "true"', 'expr: "now > timestamp(\\"2020-01-01T00:00:00Z\\")"'),
    (text) => text.replace("signature: { by: ci }", "signature: { by: ci, maxAge: 9d }"),
    (text) => text.replace("after: build, ", ""),
    (text) => text.replace("valid: 72h }", "valid: 72h }, stay: { superseded: 30d }"),
  ];
  for (const edit of edits) {
    assert.notEqual(edit(POLICY), POLICY);
    const after = await digests(edit);
    assert.notEqual(after.gateDigest, before.gateDigest);
    assert.notEqual(after.gateTerms, before.gateTerms);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { CountersignError } from "../core/errors.ts";
import { documentFormOf } from "./document-form.ts";
import { parsePolicyLocation } from "./policy-location.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

test("a policy is a file, a file with its digest, or an artifact", () => {
  assert.deepEqual(parsePolicyLocation("shop.yaml"), { kind: "file", path: "shop.yaml" });
  assert.deepEqual(parsePolicyLocation("a@b/shop.yaml"), { kind: "file", path: "a@b/shop.yaml" });
  assert.deepEqual(parsePolicyLocation("a@sha256:x/shop.yaml"), { kind: "file", path: "a@sha256:x/shop.yaml" });
  assert.deepEqual(parsePolicyLocation(`/p/shop.yaml@${DIGEST}`), { kind: "file", path: "/p/shop.yaml", digest: DIGEST });
  const reference = { kind: "registry", registry: "registry.example", repository: "policies/shop" };
  assert.deepEqual(parsePolicyLocation("oci://registry.example/policies/shop"), {
    kind: "registry",
    reference: { ...reference, tag: "latest" },
  });
  assert.deepEqual(parsePolicyLocation(`oci://registry.example/policies/shop@${DIGEST}`), {
    kind: "registry",
    reference: { ...reference, digest: DIGEST },
  });
});

for (const [text, code] of [
  ["shop.yaml@sha256:abc", "reference/invalid-digest"],
  [`shop.yaml@sha512:${"a".repeat(128)}`, "reference/invalid-digest"],
  ["oci://oci:folder", "reference/invalid"],
  ["oci://registry.example", "reference/invalid"],
] as const) {
  test(`"${text.slice(0, 30)}" names no policy`, () => {
    assert.throws(
      () => parsePolicyLocation(text),
      (error) => error instanceof CountersignError && error.code === code,
    );
  });
}

const FORMS: readonly (readonly [text: string, form: "countersign" | "notary" | "neither"])[] = [
  ["apiVersion: countersign.dev/v1\nkind: Policy\n", "countersign"],
  ["# a comment\n---\nname: shop\nkind: Policy\n", "countersign"],
  ['{"apiVersion": "countersign.dev/v1", "kind": "Policy"}', "countersign"],
  ["{kind: Policy}", "countersign"],
  ['{"version": "1.0", "kind": "Policy"}', "countersign"],
  ["kind: Deployment", "countersign"],
  ['{"version": "1.0", "trustPolicies": []}', "notary"],
  ['\n {"kind": "Policy", "trustPolicies": []}', "notary"],
  ['{"version": "1.0", "trustPol', "notary"],
  ["{}", "notary"],
  ["", "neither"],
  ["[]", "neither"],
  ["-----BEGIN CERTIFICATE-----", "neither"],
  ["name: shop\nproducts: {}\n", "neither"],
];

function formOf(text: string): string {
  return documentFormOf(Buffer.from(text), { source: "trustpolicy.json" });
}

for (const [text, form] of FORMS) {
  test(`${JSON.stringify(text)} is read as ${form}`, () => {
    if (form !== "neither") return assert.equal(formOf(text), form);
    assert.throws(
      () => formOf(text),
      (error) => error instanceof CountersignError && error.code === "policy/invalid" && error.message.includes("neither"),
    );
  });
}

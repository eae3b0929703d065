/** Every field of a policy's tests and of a recorded image: what it is for, what it holds, and an example. */
import { type ObjectShape, TEXT } from "../countersign/field.ts";

const CASE = "cases: [ { name: two managers, image: fx/api.json, at: 2026-09-01T10:00Z, gate: prod, expect: pass } ]";

/** What can be made to go wrong while a case is judged. */
export const FAULTS = ["listing-cut-off", "listing-unreachable", "unfetchable", "revocations-down"] as const;

type ObjectName = "policyTest" | "testCase" | "recordedImage";

export const TEST_OBJECTS: Readonly<Record<ObjectName, ObjectShape>> = {
  policyTest: {
    title: "a policy's tests",
    summary: "Recorded images, and what the policy must answer about them.",
    example: "kind: PolicyTest, policy, and cases",
    fields: {
      apiVersion: {
        summary: "The version of the format.",
        value: { kind: "text", allowed: ["countersign.dev/v1"] },
        example: "apiVersion: countersign.dev/v1",
      },
      kind: {
        summary: "What the document is.",
        value: { kind: "text", allowed: ["PolicyTest"] },
        isRequired: true,
        example: "kind: PolicyTest",
      },
      policy: { summary: "The policy's file, from the tests' folder on.", value: TEXT, isRequired: true, example: "policy: shop.yaml" },
      cases: {
        summary: "The questions, each with its answer.",
        value: { kind: "list", of: { kind: "object", object: "testCase" } },
        isRequired: true,
        example: CASE,
      },
    },
  },
  testCase: {
    title: "a case",
    summary: "One question, and what the answer must be.",
    example: "{ name: two managers, image: fx/api.json, at: 2026-09-01T10:00Z, gate: prod, expect: pass }",
    fields: {
      name: { summary: "What the case is about; no two have the same.", value: TEXT, isRequired: true, example: CASE },
      image: { summary: "The recorded image's file, from the tests' folder on.", value: TEXT, isRequired: true, example: CASE },
      at: { summary: "The moment: `2026-09-01T10:00Z`. Without it, now.", value: TEXT, example: CASE },
      gate: { summary: "The gate that is asked; without it the repository says which.", value: TEXT, example: CASE },
      faults: {
        summary:
          "What goes wrong meanwhile: the list of what hangs on the image is cut off, or does not come, or what it names cannot be fetched; or the list of revocations does not come.",
        value: { kind: "list", of: { kind: "text", allowed: FAULTS } },
        example: "cases: [ { name: cut off, image: fx/api.json, faults: [listing-cut-off], expect: unknown } ]",
      },
      expect: {
        summary: "The answer.",
        value: { kind: "text", allowed: ["pass", "deny", "unknown"] },
        isRequired: true,
        example: CASE,
      },
      because: {
        summary: "A code of what stands in the way; not of a pass.",
        value: TEXT,
        example: "cases: [ { name: old scan, image: fx/api.json, expect: deny, because: evidence/too-old } ]",
      },
    },
  },
  recordedImage: {
    title: "a recorded image",
    summary:
      "An image with all that hangs on it, and the repository that it is asked about at: `countersign copy REF oci-archive:FILE` makes the archive.",
    example: '{ kind: RecordedImage, image: "oci-archive:api.tar", as: registry.acme.io/api }',
    fields: {
      apiVersion: {
        summary: "The version of the format.",
        value: { kind: "text", allowed: ["countersign.dev/v1"] },
        example: "apiVersion: countersign.dev/v1",
      },
      kind: {
        summary: "What the document is.",
        value: { kind: "text", allowed: ["RecordedImage"] },
        isRequired: true,
        example: "kind: RecordedImage",
      },
      image: {
        summary: "A layout or archive, from this file's folder on, and which of its images.",
        value: { kind: "text", pattern: "^oci(-archive)?:" },
        isRequired: true,
        example: 'image: "oci-archive:api.tar"',
      },
      as: { summary: "The repository, as the policy lists it.", value: TEXT, isRequired: true, example: "as: registry.acme.io/api" },
      bases: {
        summary:
          "Files of other recorded images, from this file's folder on: those that it was built on, each asked about at its own repository where a gate has bases pass another. A base that is not among them leaves the answer open.",
        value: { kind: "list", of: TEXT },
        example: '{ kind: RecordedImage, image: "oci-archive:api.tar", as: registry.acme.io/api, bases: [ node.json ] }',
      },
    },
  },
};

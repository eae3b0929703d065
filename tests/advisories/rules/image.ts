/** Rules that hold a signature or statement to the image that it is about. */
import type { Rule } from "./rule.ts";

export const IMAGE_RULES: readonly Rule[] = [
  {
    name: "a signature is about this image by digest, size and type",
    changes: [{ file: "src/checks/subject.ts", from: "if (other !== undefined) {", to: "if (false) {" }],
    test: { file: "src/checks/checks.test.ts", name: "subject: digest, size and media type must all be equal" },
    tells: "subject/mismatch",
  },
  {
    name: "a bundle is about the image that it names",
    changes: [{ file: "src/checks/subject.ts", from: "if (other !== undefined) {", to: "if (false) {" }],
    test: { file: "tests/advisories/evidence.test.ts", name: "a bundle of another image, moved here, counts for nothing (CVE-2026-22703)" },
    tells: "subject/mismatch",
  },
  {
    name: "a statement's subject is this image's digest",
    changes: [{ file: "src/evidence/examine-evidence.ts", from: "if (!isAbout(statement, about.subject)) {", to: "if (false) {" }],
    test: {
      file: "tests/advisories/evidence.test.ts",
      name: "a statement about another image counts for nothing, though one who is asked has signed its artifact",
    },
    tells: "evidence/subject",
  },
  {
    name: "a signature's manifest refers to the image",
    changes: [{ file: "src/judging/examine.ts", from: "if (carried.subject?.digest !== options.subject.digest) {", to: "if (false) {" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "manifest of another subject (manifest/subject)" },
    tells: "manifest/subject",
  },
  {
    name: "a statement's manifest refers to the image",
    changes: [
      { file: "src/evidence/examine-evidence.ts", from: "if (attached.subject.digest !== options.subject.digest)", to: "if (false)" },
    ],
    test: {
      file: "tests/advisories/needs.test.ts",
      name: "what a listing hands out for an image is held against what it refers to by itself (CVE-2023-33959)",
    },
    tells: "manifest/subject",
  },
  {
    name: "metadata that is asked for is signed",
    changes: [{ file: "src/checks/annotations.ts", from: "if (signed === value) continue;", to: "continue;" }],
    test: {
      file: "src/checks/checks.test.ts",
      name: "annotations: every one that is asked for must be there with its value, and others may be",
    },
    tells: "subject/annotation-missing",
  },
  {
    name: "a signature is for this product and no other",
    changes: [{ file: "src/checks/product.ts", from: "if (signed !== undefined) {", to: "if (false) {" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "a signature that says another product (identity/product-other)" },
    tells: "identity/product-other",
  },
  {
    name: "one who signs for several products says for which",
    changes: [{ file: "src/checks/product.ts", from: "if (found.every(({ isOfProduct }) => isOfProduct)) {", to: "if (true) {" }],
    test: {
      file: "tests/advisories/policy.test.ts",
      name: "what a manifest or listing says of itself, unsigned, makes no signature one of another product (kyverno#16336)",
    },
    tells: "identity/product-not-signed",
  },
];

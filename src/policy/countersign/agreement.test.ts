import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as holds, asyncProperty, constantFrom } from "fast-check";
import { CountersignError } from "../../core/errors.ts";
import { decodePolicy } from "./document.ts";
import { overlaps, parseTemplate, type Template } from "./template.ts";

function parse(text: string): Template {
  return parseTemplate(text, (state) => assert.fail(state));
}

/** A policy with a product for each repository. */
function policyOf(repositories: readonly Template[]): string {
  const products = repositories.map(({ text, variables }, index): [string, unknown] => [
    [`p${index}`, ...variables.map((name) => `{${name}}`)].join("/"),
    { prod: text },
  ]);
  return JSON.stringify({
    apiVersion: "countersign.dev/v1",
    kind: "Policy",
    name: "shop",
    version: 1,
    products: Object.fromEntries(products),
    parties: { ci: { key: `SHA256:${"A".repeat(43)}` } },
    gates: { prod: { needs: [{ signature: { by: "ci" } }] } },
    sharedSigner: true,
  });
}

const SEGMENTS = array(constantFrom("a", "b", "{}", "a{}", "{}-b", "{...}"), { minLength: 1, maxLength: 4 });

/** With names for the variables, and one spread at most. */
const REPOSITORY = SEGMENTS.map((segments) => {
  const spread = segments.indexOf("{...}");
  const named = segments.map((segment, index) =>
    segment === "{...}" && index !== spread ? `{v${index}}` : segment.replace("{", () => `{v${index}`),
  );
  return parse(["r.example", ...named].join("/"));
});

test("products are refused exactly if two of them overlap, whatever their number and order", async () => {
  await holds(
    asyncProperty(array(REPOSITORY, { minLength: 2, maxLength: 5 }), async (repositories) => {
      const expected = repositories.some((one, index) => repositories.slice(0, index).some((other) => overlaps(other, one)));
      const refused = await decodePolicy(Buffer.from(policyOf(repositories)), { source: "shop.yaml" }).then(
        () => false,
        (error: unknown) => {
          assert.ok(error instanceof CountersignError && /may be one of/.test(error.message), String(error));
          return true;
        },
      );
      assert.equal(refused, expected, repositories.map(({ text }) => text).join("  "));
    }),
    { numRuns: 500 },
  );
});

/** A list of tags is bounded, and stays on its host. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { hasCode, REPOSITORY, startRemote } from "../../../tests/fixtures/remote-repository.ts";
import { LIMITS } from "../../core/limits.ts";
import { createHttpClient } from "../../net/http-client.ts";
import type { Answer, RunningRegistry } from "../../testing/registry-server.ts";
import { Registry, RepositoryApi } from "./api.ts";
import { listTags } from "./tags.ts";

/** `next` is the target of the page's link. */
function page(tags: unknown, next?: string): Partial<Answer> {
  return {
    status: 200,
    headers: { "content-type": "application/json", ...(next === undefined ? {} : { link: `<${next}>; rel="next"` }) },
    body: Buffer.from(JSON.stringify({ name: REPOSITORY, tags })),
  };
}

async function list(
  context: TestContext,
  answer: (number: number) => Partial<Answer>,
): Promise<{ readonly registry: RunningRegistry; readonly tags: Promise<readonly string[]> }> {
  let number = 0;
  const registry = await startRemote(context, { tamper: () => answer(++number) });
  const client = createHttpClient();
  context.after(() => client.close());
  return { registry, tags: listTags(new RepositoryApi(new Registry({ registry: registry.host, client }), REPOSITORY), {}) };
}

test("tags of all pages, and nothing that is no text", async (context) => {
  const { tags } = await list(context, (number) => (number === 1 ? page(["a", 7, null], "?n=1000&last=a") : page(["b"])));
  assert.deepEqual(await tags, ["a", "b"]);
});

for (const nothing of [null, []]) {
  test(`a repository whose tags are ${JSON.stringify(nothing)} has none`, async (context) => {
    assert.deepEqual(await (await list(context, () => page(nothing))).tags, []);
  });
}

for (const { name, code, answer } of [
  { name: "pages in a circle", code: "store/too-large", answer: () => page(["a"], "?n=1000") },
  { name: "pages without end", code: "store/too-large", answer: (number: number) => page(["a"], `?page=${number}`) },
  {
    name: "more tags than any repository has, on one page",
    code: "store/too-large",
    answer: () => page(Array.from({ length: LIMITS.tagListEntries + 1 }, () => "a")),
  },
  {
    name: "more tags than any repository has, on several pages",
    code: "store/too-large",
    answer: (number: number) =>
      page(
        Array.from({ length: LIMITS.tagListEntries }, () => "a"),
        `?page=${number}`,
      ),
  },
  { name: "more bytes than a list may have", code: "store/too-large", answer: () => page(["a".repeat(LIMITS.listingBytes)]) },
  { name: "a next page on another host", code: "store/invalid-answer", answer: () => page(["a"], "//169.254.169.254/latest") },
  ...[{}, { tags: "many" }, { tags: {} }, [], { errors: [{ code: "TOOMANYREQUESTS" }] }].map((body) => ({
    name: `no list: ${JSON.stringify(body)}`,
    code: "store/invalid-answer",
    answer: () => ({ status: 200, body: Buffer.from(JSON.stringify(body)) }),
  })),
  { name: "no JSON", code: "store/invalid-answer", answer: () => ({ status: 200, body: Buffer.from("<html>") }) },
]) {
  test(`${name}: ${code}`, async (context) => {
    const { registry, tags } = await list(context, answer);
    await assert.rejects(tags, hasCode(code));
    assert.ok(registry.requests.length <= LIMITS.listingPages);
  });
}

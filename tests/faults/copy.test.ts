/** A copy through a network that fails in every way at every request: all arrives, or it is said, and the tag is not moved. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { copy } from "../../src/copy.ts";
import { CountersignError } from "../../src/core/errors.ts";
import { inParallel } from "../../src/core/in-parallel.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Store } from "../../src/core/store.ts";
import { createHttpClient } from "../../src/net/http-client.ts";
import { openMemoryStore } from "../../src/registry/memory.ts";
import { openRemoteStore } from "../../src/registry/remote/store.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { type Fault, type FaultProxy, type OnRequest, startFaultProxy } from "../fixtures/fault-proxy.ts";
import { everythingAt, pushRichImage } from "../fixtures/rich-image.ts";

const FAULTS: Readonly<Record<string, Fault>> = {
  "is reset before": { kind: "reset", when: "before" },
  "is reset after": { kind: "reset", when: "after" },
  "is cut in its header": { kind: "cut", part: "header", bytes: 20 },
  "is cut in its body": { kind: "cut", part: "body", bytes: 1 },
  "has another bit": { kind: "flip", at: 5 },
  "is answered 503": { kind: "answer", status: 503 },
  "is answered 500 in HTML": { kind: "answer", status: 500, headers: { "content-type": "text/html" }, body: "<html>" },
  "is not found": { kind: "answer", status: 404 },
};
const AT_ONCE = 8;
/** Of all the cases some that lie evenly between; others the next time. */
const MOST = 60;

function openStore(context: TestContext, host: string, repository: string): Store {
  const client = createHttpClient({ silenceMs: 2_000, patience: { tries: 3, firstPauseMs: 1, withinMs: 5_000 } });
  context.after(() => client.close());
  return openRemoteStore({ registry: host, repository, client });
}

for (const side of ["source", "destination"] as const) {
  for (const often of ["once", "from then on"] as const) {
    test(`at the ${side}, ${often}`, async (context) => {
      const registry = await startRegistry({ referrersApi: false });
      context.after(() => registry.close());
      const plain = openStore(context, registry.host, "team/app");
      await pushRichImage(plain, "v1");
      const wanted = await everythingAt(plain, { tag: "v1" });
      let place = 0;

      async function attempt(onRequest: OnRequest): Promise<Attempt> {
        const repository = `copied/to-${place++}`;
        const proxy = await startFaultProxy(registry.port, onRequest);
        const through = openStore(context, proxy.host, side === "source" ? "team/app" : repository);
        const memory = openMemoryStore();
        const [from, to] = side === "source" ? [through, memory] : [plain, through];
        const seen = side === "source" ? memory : openStore(context, registry.host, repository);
        let code: string | undefined;
        try {
          await copy(parseReference("127.0.0.1:1/from:v1"), parseReference("127.0.0.1:2/to:v1"), { from, to, concurrency: 2 });
        } catch (error) {
          assert.ok(error instanceof CountersignError, String(error));
          assert.equal(error.exit, 4, error.message);
          code = error.code;
        }
        await proxy.close();
        const there = await seen.resolve({ tag: "v1" }).catch(() => undefined);
        return { code, proxy, copied: there === undefined ? undefined : await withoutNotes(seen) };
      }

      const { proxy } = await attempt(() => undefined);
      const count = proxy.requests.length;
      const cases = Object.entries(FAULTS).flatMap(([name, fault]) =>
        Array.from({ length: count }, (_, at) => ({ name, fault, at: at + 1 })),
      );
      const stride = Math.ceil(cases.length / MOST);
      const first = Math.floor(Math.random() * stride);
      const chosen = cases.filter((_, index) => index % stride === first);
      await inParallel(chosen, AT_ONCE, async ({ name, fault, at }) => {
        const { code, copied } = await attempt(({ number }) =>
          number === at || (often === "from then on" && number > at) ? fault : undefined,
        );
        const what = `${name}, request ${at}`;
        if (code === undefined) assert.ok(copied !== undefined, what);
        // Where a registry says that something is not there, it is not copied, and nobody can know better.
        const mayLie = name === "is not found" && side === "source";
        if (copied !== undefined && !mayLie) assert.deepEqual(copied, { ...wanted, notes: [] }, what);
        if (often === "once" && !["is not found", "has another bit"].includes(name)) assert.equal(code, undefined, what);
      });
      context.diagnostic(`${count} requests, ${chosen.length} faults`);
    });
  }
}

interface Attempt {
  /** Of the error, if there was one. */
  readonly code: string | undefined;
  readonly proxy: FaultProxy;
  /** What is there under the tag, if it is. */
  readonly copied: object | undefined;
}

async function withoutNotes(store: Store): Promise<object> {
  return { ...(await everythingAt(store, { tag: "v1" })), notes: [] };
}

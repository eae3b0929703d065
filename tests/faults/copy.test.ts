/** A copy through a network that fails in every way at every request: all arrives, or it is said, and the tag is not moved. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { copy } from "../../src/copy.ts";
import { CountersignError } from "../../src/core/errors.ts";
import { inParallel } from "../../src/core/in-parallel.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Store } from "../../src/core/store.ts";
import { createHttpClient, type HttpClientOptions } from "../../src/net/http-client.ts";
import { openMemoryStore } from "../../src/registry/memory.ts";
import { openRegistry } from "../../src/registry/remote/store.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { type FaultProxy, type OnRequest, startFaultProxy } from "../fixtures/fault-proxy.ts";
import { everythingAt, isThere, pushRichImage } from "../fixtures/rich-image.ts";
import { CALM, ONCE, type OneFault } from "./faults.ts";

/** What is not there is believed: nobody can know better. */
const NOT_FOUND: OneFault = { name: "404", fault: { kind: "answer", status: 404 } };
const FAULTS = [...ONCE, NOT_FOUND];
const AT_ONCE = 8;
/** Of all the cases some that lie evenly between; others the next time. */
const MOST = 60;

const PATIENCE = { tries: 3, firstPauseMs: 1, withinMs: 600_000 };

interface Place {
  readonly host: string;
  readonly repository: string;
  readonly http?: HttpClientOptions | undefined;
}

function openStore(context: TestContext, { host, repository, http }: Place): Store {
  const client = createHttpClient({ patience: PATIENCE, ...(http ?? CALM) });
  context.after(() => client.close());
  return openRegistry({ registry: host, client }).repository(repository);
}

for (const side of ["source", "destination"] as const) {
  for (const often of ["once", "from then on"] as const) {
    test(`at the ${side}, ${often}`, async (context) => {
      const registry = await startRegistry({ referrersApi: false });
      context.after(() => registry.close());
      const plain = openStore(context, { host: registry.host, repository: "team/app" });
      await pushRichImage(plain, "v1");
      const wanted = await everythingAt(plain, { tag: "v1" });
      let place = 0;

      async function attempt(onRequest: OnRequest, http?: HttpClientOptions): Promise<Attempt> {
        const repository = `copied/to-${place++}`;
        const proxy = await startFaultProxy(registry.port, onRequest);
        const through = openStore(context, { host: proxy.host, repository: side === "source" ? "team/app" : repository, http });
        const memory = openMemoryStore();
        const [from, to] = side === "source" ? [through, memory] : [plain, through];
        const seen = side === "source" ? memory : openStore(context, { host: registry.host, repository });
        let code: string | undefined;
        let isComplete = false;
        try {
          const report = await copy(parseReference("127.0.0.1:1/from:v1"), parseReference("127.0.0.1:2/to:v1"), {
            from,
            to,
            concurrency: 2,
          });
          isComplete = report.complete;
        } catch (error) {
          assert.ok(error instanceof CountersignError, String(error));
          assert.equal(error.exit, 4, error.message);
          code = error.code;
        }
        await proxy.close();
        const copied = (await isThere(seen, { tag: "v1" })) ? await withoutNotes(seen) : undefined;
        return { code, isComplete, proxy, copied };
      }

      const { proxy } = await attempt(() => undefined);
      const count = proxy.requests.length;
      const cases = FAULTS.flatMap((one) => Array.from({ length: count }, (_, at) => ({ one, at: at + 1 })));
      const stride = Math.ceil(cases.length / MOST);
      const first = Math.floor(Math.random() * stride);
      const chosen = cases.filter((_, index) => index % stride === first);
      await inParallel(chosen, AT_ONCE, async ({ one, at }) => {
        const { code, isComplete, copied } = await attempt(
          ({ number }) => (number === at || (often === "from then on" && number > at) ? one.fault : undefined),
          // What lasts is not mended by asking often.
          often === "once" || one.http === undefined ? one.http : { ...one.http, patience: PATIENCE },
        );
        const what = `${one.name}, request ${at}`;
        // The other way round the answer to the last request may be lost.
        if (code === undefined) assert.ok(copied !== undefined, what);
        // The tag is there: all of it is there too, unless it was said that it is not, or that it never was.
        const mayBeLess = side === "source" && (one === NOT_FOUND || (code === undefined && !isComplete));
        if (copied !== undefined && !mayBeLess) assert.deepEqual(copied, { ...wanted, notes: [] }, what);
        if (often === "once" && one !== NOT_FOUND && one.mayStayUnknown !== true)
          assert.deepEqual([code, isComplete], [undefined, true], what);
      });
      context.diagnostic(`${count} requests, ${chosen.length} faults`);
    });
  }
}

interface Attempt {
  /** Of the error, if there was one. */
  readonly code: string | undefined;
  readonly isComplete: boolean;
  readonly proxy: FaultProxy;
  /** What is there under the tag, if it is. */
  readonly copied: object | undefined;
}

async function withoutNotes(store: Store): Promise<object> {
  return { ...(await everythingAt(store, { tag: "v1" })), notes: [] };
}

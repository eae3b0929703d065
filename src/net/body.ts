/** Bodies that are too large to be held: sent as they are read, and read as they come. */
import type { ClientRequest, IncomingMessage } from "node:http";
import { CountersignError } from "../core/errors.ts";
import { failure, networkFailure } from "./network-failure.ts";

/** What is sent as it is read. It is opened anew each time that the request is sent. */
export interface StreamedBody {
  readonly length: number;
  open(): AsyncIterable<Uint8Array>;
}

/**
 * Sends the body no faster than it is taken. Returns early where the exchange has ended meanwhile; throws what the body
 * throws. Bytes beyond the length that was announced would be read as the next request, so none is sent.
 */
export async function sendBody(
  sending: ClientRequest,
  body: StreamedBody,
  watch: { readonly isOver: () => boolean; readonly pass: () => void },
): Promise<void> {
  let left = body.length;
  for await (const chunk of body.open()) {
    if (watch.isOver()) return;
    left -= chunk.length;
    if (left < 0) break;
    watch.pass();
    if (!sending.write(chunk)) await drained(sending);
  }
  if (left !== 0) throw new RangeError(`a body of ${body.length} bytes has ${left < 0 ? "more" : "fewer"}`);
  sending.end();
}

/** Until more can be sent, or nothing can be any more. Called for every chunk of a large body, so it makes no signal and no error. */
function drained(sending: ClientRequest): Promise<void> {
  return new Promise((done) => {
    const settle = (): void => {
      sending.off("drain", settle).off("close", settle);
      done();
    };
    if (sending.destroyed) done();
    else sending.on("drain", settle).on("close", settle);
  });
}

interface Reading {
  readonly maxBytes: number;
  readonly silenceMs: number;
  readonly signal: AbortSignal | undefined;
  readonly action: string;
  readonly url: URL;
}

/** The body as it comes. Only the other side's silence counts: a reader may take its time. Leaving early ends the connection. */
export async function* readChunks(incoming: IncomingMessage, reading: Reading): AsyncGenerator<Uint8Array, void> {
  const { maxBytes, silenceMs, signal, action, url } = reading;
  let isAwaited = false;
  let length = 0;
  const silence = setTimeout(() => {
    if (isAwaited) incoming.destroy(failure("store/unreachable", action, `nothing came for ${silenceMs} ms`));
  }, silenceMs);
  const onAbort = (): void => void incoming.destroy(failure("job/aborted", action, "the job was stopped", { cause: signal?.reason }));
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  try {
    const chunks = incoming[Symbol.asyncIterator]();
    for (;;) {
      isAwaited = true;
      silence.refresh();
      const { done, value } = await chunks.next();
      isAwaited = false;
      if (done === true) return;
      length += (value as Uint8Array).length;
      if (length > maxBytes) throw failure("store/too-large", action, `the answer is longer than the ${maxBytes} bytes that it may have`);
      yield value as Uint8Array;
    }
  } catch (error) {
    throw error instanceof CountersignError ? error : networkFailure(error, action, url);
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener("abort", onAbort);
    if (!incoming.complete) incoming.destroy();
  }
}

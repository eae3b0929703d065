/** What networks and proxies do to a request, for every test that does it to each request of a command. */
import type { HttpClientOptions } from "../../src/net/http-client.ts";
import type { Fault } from "../fixtures/fault-proxy.ts";

/** Long enough for a busy machine, where only a fault should end an exchange. */
export const CALM: HttpClientOptions = { silenceMs: 120_000, deadlineMs: 240_000 };
/** Short where silence is the fault, and asking often, lest a busy machine be taken for it; an upload has a deadline alone. */
const HASTY: HttpClientOptions = { silenceMs: 1_000, deadlineMs: 2_000, patience: { tries: 20, firstPauseMs: 1, withinMs: 600_000 } };
/** For what is not mended by asking often. */
export const RESIGNED: HttpClientOptions = { ...CALM, patience: { tries: 2, firstPauseMs: 1, withinMs: 600_000 } };

export interface OneFault {
  readonly name: string;
  readonly fault: Fault;
  readonly http?: HttpClientOptions;
  /** A listing of the referrers API has no digest, so that damage to it is seen and not mended. */
  readonly mayStayUnknown?: boolean;
  /** It happens to the body, and does nothing to an answer that has none. */
  readonly hasBody?: boolean;
  /** Only before our own registry: there it is quick, and what is behind the proxy does not matter to it. */
  readonly isOwnOnly?: boolean;
}

/** What happens to one request, and is mended by asking again. */
export const ONCE: readonly OneFault[] = [
  { name: "late", isOwnOnly: true, fault: { kind: "delay", ms: 30 } },
  { name: "reset, not forwarded", fault: { kind: "reset", when: "before" } },
  { name: "reset, answer lost", fault: { kind: "reset", when: "after" } },
  { name: "never answered", isOwnOnly: true, fault: { kind: "black-hole" }, http: HASTY },
  { name: "cut before the first byte", isOwnOnly: true, fault: { kind: "cut", part: "header", bytes: 0 } },
  { name: "cut in the header", isOwnOnly: true, fault: { kind: "cut", part: "header", bytes: 20 } },
  { name: "cut in the body", fault: { kind: "cut", part: "body", bytes: 1 } },
  { name: "slow", isOwnOnly: true, fault: { kind: "slow", pieces: 30, everyMs: 1 } },
  { name: "damaged", fault: { kind: "flip", at: 0 }, mayStayUnknown: true },
  { name: "503", fault: { kind: "answer", status: 503 } },
  {
    name: "502 in HTML",
    isOwnOnly: true,
    fault: { kind: "answer", status: 502, headers: { "content-type": "text/html" }, body: "<html>Bad gateway" },
  },
  { name: "429", isOwnOnly: true, fault: { kind: "answer", status: 429, headers: { "retry-after": "0" } } },
];

/** What happens to every request that it is for, and does not end. */
export const FOR_EVER: readonly OneFault[] = [
  { name: "reset", fault: { kind: "reset", when: "before" } },
  { name: "cut in the body", fault: { kind: "cut", part: "body", bytes: 1 }, hasBody: true },
  { name: "never answered", isOwnOnly: true, fault: { kind: "black-hole" }, http: { ...RESIGNED, silenceMs: 100 } },
  {
    name: "slow",
    isOwnOnly: true,
    fault: { kind: "slow", pieces: 30, everyMs: 20 },
    http: { ...RESIGNED, deadlineMs: 250 },
    hasBody: true,
  },
  { name: "500", fault: { kind: "answer", status: 500 } },
  { name: "429", fault: { kind: "answer", status: 429, headers: { "retry-after": "0" } } },
  { name: "429 for an hour", isOwnOnly: true, fault: { kind: "answer", status: 429, headers: { "retry-after": "3600" } } },
];

/** The story of an image as people read it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HistoryReport } from "../../history.ts";
import type { HistoryEvent } from "../../showing/history-events.ts";
import { renderHistory } from "./history.ts";
import type { Style } from "./style.ts";

const same = (text: string): string => text;
const plain: Style = { good: same, bad: same, unsure: same, dim: same, bold: same };
const DIGEST = `sha256:${"a".repeat(64)}`;

function eventBy(who: Pick<HistoryEvent, "person" | "signer" | "outcome">, at: string): HistoryEvent {
  return { ...who, at, proof: "claim", kind: "signature", digest: DIGEST, signature: DIGEST };
}

test("what those have done who are known is shown, however much strangers hang up", () => {
  const strangers = Array.from({ length: 300 }, () => eventBy({ signer: "CN=x", outcome: "does-not-count" }, "2099-01-01T00:00:00Z"));
  const report: HistoryReport = {
    apiVersion: "countersign.dev/v1",
    kind: "History",
    reference: "prod.acme.io/api",
    policy: { form: "countersign", name: "shop", version: "1", digest: DIGEST, trust: "pinned" },
    judgedAt: "2026-09-01T12:00:00Z",
    gates: [],
    events: [eventBy({ person: "eva", outcome: "counts" }, "2026-09-01T10:00:00Z"), ...strangers],
    exceptions: [],
    kept: [],
    complete: true,
    notes: [],
  };
  const lines = renderHistory(report, plain).split("\n");
  assert.equal(lines[1], "  101 other events: --output json shows them");
  assert.match(lines[2] ?? "", /eva .*signed it/);
  assert.equal(lines.length, 202);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { clockRoot, createToken, goodToken, type TokenPlan } from "../../tests/vectors/timestamp.ts";
import type { CheckContext } from "../core/check.ts";
import { parseDigest } from "../core/digest.ts";
import type { Signature } from "../core/signature.ts";
import { actionsOf, LEVELS } from "../policy/notary/levels.ts";
import { checkKeyTime } from "./bare-key.ts";
import { proveTime } from "./timestamp.ts";

const VALUE = Buffer.from("the value of a signature");
const KEY = { fingerprint: `SHA256:${"A".repeat(43)}`, algorithm: "Ed25519" };
const STORE = { type: "tsa", name: "clock" } as const;
const digest = parseDigest(`sha256:${"0".repeat(64)}`);

function token(genTime: string, change: (plan: TokenPlan) => void = () => undefined): Uint8Array {
  const plan = { ...goodToken(), genTime };
  change(plan);
  return createToken(plan, VALUE);
}

function signature(...timestamps: readonly Uint8Array[]): Signature {
  const claimed = { subject: { digest }, timeScheme: "signer", scheme: "DSSEv1", annotations: {} } as const;
  return { claimed, signedBytes: VALUE, value: VALUE, chain: [], timestamps };
}

function context(now: string, { trustsClock = true } = {}): CheckContext {
  return {
    subject: { mediaType: "a/b", digest, size: 1 },
    now: new Date(now),
    anchors: [],
    authorities: trustsClock ? [{ certificate: clockRoot(goodToken()), store: STORE }] : [],
    rules: {
      actions: actionsOf(LEVELS.strict),
      trustStores: trustsClock ? [STORE] : [],
      signers: { kind: "members", members: [] },
      verifyTimestamp: "afterCertExpiry",
    },
  };
}

const MAY = "20250501080000Z";
const JUNE = "20250601080000Z";

test("of several timestamps the earliest that holds is what is proven", () => {
  const other = createToken(goodToken(), Buffer.from("another"));
  for (const order of [
    [other, token(JUNE), token(MAY)],
    [token(MAY), token(JUNE), other],
  ]) {
    const proven = proveTime(signature(...order), context("2025-07-01T00:00:00Z"));
    assert.ok("interval" in proven);
    assert.deepEqual(proven.interval.to, new Date("2025-05-01T08:00:00Z"));
  }
});

test("the envelope may be stamped in place of the value, where a format says so", () => {
  const envelope = Buffer.from("an envelope that holds the value");
  const stamped = createToken({ ...goodToken(), genTime: MAY }, envelope);
  const now = context("2025-07-01T00:00:00Z");
  const proven = proveTime({ ...signature(stamped), stampedEnvelope: envelope }, now);
  assert.ok("interval" in proven);
  for (const other of [signature(stamped), { ...signature(stamped), stampedEnvelope: Buffer.from("another") }]) {
    const seen = proveTime(other, now);
    assert.ok("code" in seen && seen.code === "time/timestamp-other");
  }
});

test("where none holds, the first one's fault is told", () => {
  const faults = [
    [[], "time/timestamp-missing"],
    [[createToken(goodToken(), Buffer.from("another")), Uint8Array.of(0x30, 0)], "time/timestamp-other"],
    [[token(JUNE)], "time/clock-behind"],
  ] as const;
  for (const [timestamps, code] of faults) {
    const seen = proveTime(signature(...timestamps), context("2025-05-01T00:00:00Z"));
    assert.ok("code" in seen);
    assert.equal(seen.code, code);
  }
});

test("a bare key: a timestamp proves when it signed, a bad one stops nothing, one of later says that the clock is wrong", () => {
  const now = "2025-07-01T00:00:00Z";
  const proven = checkKeyTime(KEY, signature(token(MAY)), context(now));
  assert.equal(proven.code, "time/timestamped");
  const time = "2025-05-01T08:00:00.000Z";
  assert.deepEqual(proven.detail, { from: time, to: time, authority: "CN=Test Clock,O=Clocks,C=US", store: "tsa:clock" });
  assert.equal(checkKeyTime(KEY, signature(), context(now)).code, "time/valid");
  const bad = checkKeyTime(KEY, signature(Uint8Array.of(0x30, 0)), context(now));
  assert.equal(bad.code, "time/valid");
  assert.match(bad.message, /its timestamp was of no use/);
  assert.equal(checkKeyTime(KEY, signature(token(JUNE)), context("2025-05-01T00:00:00Z")).code, "time/clock-behind");
  // Nobody is believed about time.
  assert.equal(checkKeyTime(KEY, signature(token(MAY)), context(now, { trustsClock: false })).code, "time/valid");
});

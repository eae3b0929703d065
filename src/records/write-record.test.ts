/** A record that no verifier could read is not signed, so that no tag moves by it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../core/digest.ts";
import { OCI_MANIFEST } from "../core/media-types.ts";
import type { Policy } from "../core/policy.ts";
import { parseReference } from "../core/reference.ts";
import type { Signer } from "../core/signer.ts";
import type { Store } from "../core/store.ts";
import type { Verdict } from "../core/verdict.ts";
import type { VerifiedImage } from "../verify.ts";
import { RecordWriter } from "./write-record.ts";

const DIGEST = digestOf(Buffer.from("image"));
const AT = "2026-11-25T10:00:00Z";
const HEAD = { policyChain: DIGEST, policy: "shop", product: "shop", gate: "prod", gateDigest: DIGEST, repository: "prod.example/api" };

function verdictOf(signatures: number): Verdict {
  const counted = Array.from({ length: signatures }, (_, at) => ({ signature: digestOf(Buffer.from(`${at}`)) }));
  return { judgedAt: AT, relaxations: [], requirements: [{ counted }] } as unknown as Verdict;
}

function refuse(): never {
  throw new Error("something was signed or written");
}

function writer(): RecordWriter {
  const untouched = new Proxy({}, { get: refuse });
  return new RecordWriter(
    {
      reference: parseReference(`build.example/api@${DIGEST}`),
      descriptor: { mediaType: OCI_MANIFEST, digest: DIGEST, size: 5 },
      verdict: verdictOf(1),
    } as VerifiedImage,
    parseReference("prod.example/api:1"),
    {
      clock: { now: () => new Date(AT) },
      policy: { digest: DIGEST } as unknown as Policy,
      head: HEAD,
      store: untouched as Store,
      signer: untouched as Signer,
    },
  );
}

function entered(signatures: number): Promise<unknown> {
  return writer().entered(verdictOf(signatures), { replaces: undefined, lifts: [] });
}

test("a record of more evidence than anybody reads is refused before anything is signed", async () => {
  await assert.rejects(entered(4_097), {
    code: "usage/invalid",
    message: /record the promotion to "prod\.example\/api:1": nobody could read/,
  });
  await assert.rejects(entered(4_096), { message: "something was signed or written" });
});

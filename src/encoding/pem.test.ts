import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Malformed } from "../core/malformed.ts";
import { decodePem, encodePem } from "./pem.ts";

const block = "-----BEGIN CERTIFICATE-----\nAAEC\nAwQ=\n-----END CERTIFICATE-----\n";

function refused(text: string): void {
  assert.throws(
    () => decodePem(text),
    (error) => error instanceof Malformed && error.code === "base64/invalid",
    JSON.stringify(text),
  );
}

test("blocks are found in order, whatever text stands around them", () => {
  const text = `Bag Attributes\n  friendlyName: x\nsubject=C = US\n---\n${block}\nissuer=…\n${block.replaceAll("CERTIFICATE", "EC PRIVATE KEY")}bye`;
  const blocks = decodePem(text);
  assert.deepEqual(
    blocks.map(({ label }) => label),
    ["CERTIFICATE", "EC PRIVATE KEY"],
  );
  assert.deepEqual(
    blocks.map(({ bytes }) => [...bytes]),
    [
      [0, 1, 2, 3, 4],
      [0, 1, 2, 3, 4],
    ],
  );
  assert.deepEqual(decodePem("no block at all"), []);
});

test("Windows line ends, a byte order mark, blank ends of lines and indented base64 are tolerated", () => {
  assert.equal(decodePem(`\uFEFF${block.replaceAll("\n", "\r\n")}`).length, 1);
  assert.equal(decodePem(block.replace("AAEC", "  AAEC \t")).length, 1);
});

test("the headers of an old encrypted key are kept apart from its base64", () => {
  const headers = { "Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00112233445566778899AABBCCDDEEFF" };
  const [decoded] = decodePem(encodePem("RSA PRIVATE KEY", Uint8Array.of(1, 2, 3), headers));
  assert.deepEqual({ ...decoded?.headers }, headers);
  assert.deepEqual([...(decoded?.bytes ?? [])], [1, 2, 3]);
});

test("what is broken is refused, so that no part of a file is lost unseen", () => {
  refused(block.replace("-----END CERTIFICATE-----\n", ""));
  refused(block.replace("END CERTIFICATE", "END PRIVATE KEY"));
  refused(block.replace("AAEC", "AA!C"));
  refused(block.replace("AAEC", "AAEC\nComment"));
  refused(block.replace("AwQ=", "AwR="));
  refused(block.replace("AwQ=", "AwQ"));
  refused(block.replace("AAEC\nAwQ=\n", ""));
  refused(block.replace("-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE----"));
  refused(block.replace("-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----"));
  refused("-----END CERTIFICATE-----\n");
  refused(block.replace("AAEC", "Proc-Type: 4,ENCRYPTED\nAAEC"));
  refused(block.replace("AAEC", "A: 1\nA: 2\n\nAAEC"));
  refused(`${"x".repeat(1_048_577)}`);
});

test("what is encoded decodes to the same, and random text never does harm", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
      assert.deepEqual([...(decodePem(encodePem("X", bytes))[0]?.bytes ?? [])], [...bytes]);
    }),
  );
  const pieces = fc.array(fc.constantFrom("-----BEGIN X-----", "-----END X-----", "\n", "AAAA", "=", ":", " ", "-----", "a: b"), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(pieces, (text) => {
      try {
        decodePem(text.join(""));
      } catch (error) {
        assert.ok(error instanceof Malformed, String(error));
      }
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { createToken, goodToken } from "../../../tests/vectors/timestamp.ts";
import { createKeyPair } from "../key-pair.ts";
import { PURPOSE_OIDS } from "../oids.ts";
import { type Certificate, decodeCertificate } from "../x509/certificate.ts";
import { checkTimestampingChain } from "../x509/chain.ts";
import { createCertificate } from "../x509/create.ts";
import { basicConstraints, extendedKeyUsage, keyUsage } from "../x509/extension-writer.ts";
import type { Extension } from "../x509/extensions.ts";
import { nameOf } from "../x509/name.ts";
import { findPaths } from "./path.ts";
import { verifyTimestamp } from "./verify.ts";

const keys = await createKeyPair("ec-256");

/** All have one key, so that any name may issue any other. */
function issue(subject: string, issuer: string, extensions: readonly Extension[] = authority(), serial: bigint = 1n): Certificate {
  return decodeCertificate(
    createCertificate({
      subject: nameOf({ CN: subject }),
      issuer: nameOf({ CN: issuer }),
      publicKey: keys.publicKey,
      signingKey: keys.privateKey,
      notBefore: new Date("2025-01-01T00:00:00Z"),
      notAfter: new Date("2035-01-01T00:00:00Z"),
      serial,
      extensions,
    }),
  );
}

function authority(pathLength?: number): readonly Extension[] {
  return [basicConstraints({ ca: true, ...(pathLength === undefined ? {} : { pathLength }) }), keyUsage(["keyCertSign"], false)];
}

const CLOCK = [keyUsage(["digitalSignature"], false), extendedKeyUsage([PURPOSE_OIDS.timeStamping], true)];

const root = issue("root", "root");
const between = issue("between", "root");
const clock = issue("clock", "between", CLOCK);

function names(paths: Iterable<readonly Certificate[]>): readonly string[] {
  return Array.from(paths, (path) => path.map(({ subject }) => subject.rdns[0]?.[0]?.value).join(" "));
}

test("a path leads through what came along to an anchor, the shortest first", () => {
  const stranger = issue("stranger", "stranger");
  const found = (certificates: readonly Certificate[], anchors: readonly Certificate[]): readonly string[] =>
    names(findPaths(clock, { between: certificates, anchors }));
  assert.deepEqual(found([stranger, between, clock], [root]), ["clock between root"]);
  assert.deepEqual(found([between, root], [root]), ["clock between root"]);
  assert.deepEqual(found([between, root], [between, root]), ["clock between"]);
  assert.deepEqual(found([], [clock]), ["clock"]);
  assert.deepEqual(found([], [root]), []);
  assert.deepEqual(found([between, root], [stranger]), []);
});

test("certificates that have all issued each other end the search, and not the machine", () => {
  const ring = Array.from({ length: 16 }, (_, index) => issue("between", "between", authority(), BigInt(index + 2)));
  assert.deepEqual(names(findPaths(clock, { between: ring, anchors: [root] })), []);
  assert.deepEqual(names(findPaths(clock, { between: [...ring, between], anchors: [root] })).slice(0, 1), ["clock between root"]);
});

test("the profile of a path: an authority issues, within its length, and for timestamps if it says for what", () => {
  checkTimestampingChain([clock, between, root]);
  const limited = (...purposes: readonly string[]): Certificate => issue("between", "root", [...authority(), extendedKeyUsage(purposes)]);
  checkTimestampingChain([clock, limited(PURPOSE_OIDS.timeStamping), root]);
  checkTimestampingChain([clock, limited(PURPOSE_OIDS.any), root]);
  const refused = [
    [[clock, limited(PURPOSE_OIDS.codeSigning), root], "certificate/extended-key-usage"],
    [[clock, issue("between", "root", CLOCK), root], "certificate/not-ca"],
    [[clock, issue("between", "root", [basicConstraints({ ca: true }), keyUsage(["digitalSignature"])]), root], "certificate/key-usage"],
    [[clock, between, issue("root", "root", authority(0))], "certificate/path-length"],
  ] as const;
  for (const [[leaf, ...others], code] of refused) assert.throws(() => checkTimestampingChain([leaf, ...others]), { code });
});

test("of two certificates of one authority the one that was valid counts", () => {
  const plan = goodToken();
  const signature = Buffer.from("a signature");
  const expired = { ...plan.root, notAfter: new Date("2025-01-02T00:00:00Z") };
  const roots: Uint8Array[] = [];
  // Two roots of one name and key, of which one had run out.
  for (const one of [expired, plan.root]) {
    createToken({ ...plan, root: one, certificates: ({ root: der }) => (roots.push(der), []) }, signature);
  }
  const token = createToken(plan, signature);
  const [past = new Uint8Array(), valid = new Uint8Array()] = roots;
  for (const anchors of [
    [past, valid],
    [valid, past],
  ]) {
    const { chain } = verifyTimestamp(token, { signatureValue: signature, anchors });
    assert.deepEqual(chain.at(-1)?.der, Uint8Array.from(valid));
  }
  assert.throws(() => verifyTimestamp(token, { signatureValue: signature, anchors: [past] }), { code: "time/timestamp-authority" });
});

/** Timestamps from the command line: what signing asks for, and what outlives a certificate because of it. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { isObject } from "../../src/core/descriptor.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { encodePem } from "../../src/encoding/pem.ts";
import { nameOf } from "../../src/pki/x509/name.ts";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { pushImage } from "../../src/testing/image.ts";
import { type Query, rejected, startClock } from "../fixtures/clock-server.ts";
import { findFaults } from "../json-schema.ts";
import { startScene } from "./policy-scene.ts";
import { countersign, type Said } from "./terminal.ts";

const { folder, registry, opened } = await startScene();
const clock = await startClock();
const CONFIG = join(folder, "config");
const ROOT = join(folder, "clock.pem");
const HOUR = 3_600_000;
const AT = { now: new Date(), later: new Date(Date.now() + 72 * HOUR) };

const chain = await createTestChain({ subject: nameOf({ C: "US", O: "Acme", CN: "ci" }) });
const pem = (...certificates: readonly Uint8Array[]): string => certificates.map((der) => encodePem("CERTIFICATE", der)).join("");

function place(path: string, content: string): string {
  const file = join(folder, path);
  mkdirSync(join(file, ".."), { recursive: true, mode: 0o700 });
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

place("config/truststore/x509/ca/acme/root.pem", pem(...chain.certificates.slice(-1)));
place("config/truststore/x509/tsa/clock/root.pem", pem(clock.root));
place("clock.pem", pem(clock.root));
const KEY = place("ci.key", String(chain.leafKey.export({ type: "pkcs8", format: "pem" })));
const CERT = place("ci.pem", pem(...chain.certificates));
const POLICY = place(
  "config/policy.yaml",
  `apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
products: { shop/api: { build: "${registry.host}/shop/api" } }
parties: { ci: { certificate: { anchor: "ca:acme", subject: { C: US, O: Acme, CN: ci } } } }
gates: { build: { needs: [ { signature: { by: ci } } ] } }
`,
);
const VERIFIER =
  'apiVersion: countersign.dev/v1\nkind: Verifier\nwitnesses:\n  clock: { operator: acme, timestamp: { store: "tsa:clock" } }\n';

afterEach(() => {
  clock.reply = undefined;
});
after(() => clock.close());

let images = 0;
async function pushed(): Promise<string> {
  const repository = `${registry.host}/shop/api`;
  const files = [{ path: "app", bytes: Buffer.from(`image ${(images += 1)}`) }];
  const { digest } = await pushImage(await opened.openStore(parseReference(repository)), { files });
  return `${repository}@${digest}`;
}

function sign(reference: string, ...words: readonly string[]): Promise<Said> {
  return countersign(["sign", reference, "--key", KEY, "--cert", CERT, "--policy", POLICY, "--config", CONFIG, ...words]);
}

function verify(reference: string, at: Date, ...words: readonly string[]): Promise<Said> {
  return countersign(["verify", reference, "--policy", POLICY, "--config", CONFIG, "--at", at.toISOString(), ...words]);
}

function expect(said: Said, code: number): Said {
  assert.equal(said.code, code, `${said.stdout}${said.stderr}`);
  return said;
}

async function verdictOf(reference: string, at: Date): Promise<Verdict> {
  const document = (await verify(reference, at, "--output", "json")).json();
  assert.deepEqual(findFaults(document), []);
  return document as Verdict;
}

const STAMPED = ["--timestamp-url", clock.url, "--timestamp-root", ROOT] as const;

for (const format of ["notary-jws", "notary-cose"]) {
  test(`${format}: with a witness a stamped signature outlives its certificate`, async () => {
    const reference = await pushed();
    const signed = expect(await sign(reference, "--format", format, ...STAMPED, "--output", "json"), 0).json();
    assert.deepEqual(findFaults(signed), []);
    const [written] =
      isObject(signed) && Array.isArray(signed["signatures"]) ? (signed["signatures"] as { timestamp?: { to: string } }[]) : [];
    assert.ok(written?.timestamp !== undefined);

    place("config/verifier.yaml", VERIFIER);
    const today = await verdictOf(reference, AT.now);
    assert.equal(today.outcome, "pass");
    // Nothing that the answer rests on ends.
    assert.equal(today.validUntil, undefined);
    const later = await verdictOf(reference, AT.later);
    assert.equal(later.outcome, "pass");
    const [signature] = later.signatures;
    assert.equal(signature?.proven?.time?.authority, "CN=Test Clock,O=Clocks,C=US");
    assert.equal(signature?.proven?.time?.to, written.timestamp.to);
    assert.equal(signature?.proven?.time?.operator, "acme");
    assert.equal(signature?.proven?.validUntil, undefined);
    const { stdout } = expect(await verify(reference, AT.later), 0);
    assert.match(stdout, new RegExp(`signed ${written.timestamp.to.replaceAll(".", "\\.")} \\(timestamped by acme\\)`));

    place("config/verifier.yaml", "apiVersion: countersign.dev/v1\nkind: Verifier\n");
    const alone = await verdictOf(reference, AT.now);
    assert.equal(alone.outcome, "pass");
    assert.equal(alone.signatures[0]?.proven?.time, undefined);
    assert.ok(Date.parse(alone.validUntil?.enter ?? "") < AT.later.getTime());
    const denied = await verdictOf(reference, AT.later);
    assert.equal(denied.outcome, "deny");
    const expired = denied.signatures[0]?.findings.find(({ code }) => code === "time/certificate-expired");
    assert.match(expired?.message ?? "", /a timestamp of CN=Test Clock,O=Clocks,C=US \(claimed\), and verifier\.yaml names no witness/);
    assert.match(expired?.remedy ?? "", /trust add tsa:NAME TSAROOT.*under `witnesses` in verifier\.yaml/);
  });
}

test("an attestation tells its timestamp, as a signature does", async () => {
  const document = place("review.json", "{}");
  const words = ["--predicate", document, "--type", "https://acme.io/review/v1", "--key", KEY, "--cert", CERT, "--config", CONFIG];
  const attest = async (...more: readonly string[]): Promise<Said> =>
    expect(await countersign(["attest", await pushed(), ...words, ...STAMPED, ...more]), 0);
  assert.match((await attest()).stdout, /timestamped \S+Z by CN=Test Clock,O=Clocks,C=US/);
  const written = (await attest("--output", "json")).json();
  assert.deepEqual(findFaults(written), []);
  assert.match(JSON.stringify(written), /"timestamp":\{"from":[^}]*"authority":"CN=Test Clock,O=Clocks,C=US"/);
});

test("with a witness, what was never stamped ends with its certificate", async () => {
  place("config/verifier.yaml", VERIFIER);
  const reference = await pushed();
  expect(await sign(reference), 0);
  const today = await verdictOf(reference, AT.now);
  assert.equal(today.outcome, "pass");
  assert.ok(today.validUntil !== undefined);
  const { signatures, outcome } = await verdictOf(reference, AT.later);
  assert.equal(outcome, "deny");
  const time = signatures[0]?.findings.find(({ check }) => check === "time");
  assert.equal(time?.code, "time/timestamp-missing");
  assert.match(time.message, /was valid until/);
  assert.match(time.remedy ?? "", /--timestamp-url/);
});

test("without --timestamp-root the verifier's witnesses are believed, and nobody where there are none", async () => {
  place("config/verifier.yaml", VERIFIER);
  const reference = await pushed();
  const { stdout } = expect(await sign(reference, "--timestamp-url", clock.url), 0);
  assert.match(stdout, /timestamped \S+Z by CN=Test Clock,O=Clocks,C=US/);
  const inspected = expect(await countersign(["inspect", reference]), 0);
  assert.match(inspected.stdout, /timestamp +\S+Z, says CN=Test Clock,O=Clocks,C=US/);
  place("config/verifier.yaml", "apiVersion: countersign.dev/v1\nkind: Verifier\n");
  const { stderr } = expect(await sign(reference, "--timestamp-url", clock.url), 2);
  assert.match(stderr, /--timestamp-root FILE/);
});

const DOCTOR = ["doctor", "--config", CONFIG];

test("doctor says once that the configuration cannot be read", async () => {
  place("config/verifier.yaml", `${VERIFIER}bogus: 1\n`);
  const { stdout } = expect(await countersign(DOCTOR), 3);
  assert.equal(stdout.split("bogus is not a field").length, 2, stdout);
  place("config/verifier.yaml", VERIFIER);
});

test("doctor tells the witnesses, and one whose roots are not there", async () => {
  place("config/verifier.yaml", VERIFIER);
  assert.match((await countersign(DOCTOR)).stdout, /✓ witnesses +clock of acme is believed about time, by tsa:clock/);
  place("config/verifier.yaml", VERIFIER.replace("tsa:clock", "tsa:other"));
  const said = expect(await countersign(DOCTOR), 3);
  assert.match(said.stdout, /✗ witnesses .*tsa:other/);
  const { stderr } = expect(await verify(await pushed(), AT.now), 3);
  assert.match(stderr, /trust\/store-missing/);
  place("config/verifier.yaml", VERIFIER);
});

test("if no authority gives a token nothing is written, and why is told of each", async () => {
  const reference = await pushed();
  clock.reply = rejected;
  const said = expect(await sign(reference, "--timestamp-url", "http://127.0.0.1:9/", ...STAMPED), 4);
  assert.match(said.stderr, /timestamp\/unavailable/);
  assert.match(said.stderr, /127\.0\.0\.1:9.*; .*its status is rejection/);
  const tree = expect(await countersign(["tree", reference]), 0);
  assert.doesNotMatch(tree.stdout, /signature/);
});

test("the next authority is asked where one fails", async () => {
  const asked: Query[] = [];
  clock.reply = (query) => {
    asked.push(query);
    return asked.length === 1 ? rejected() : { status: 500, type: "text/plain", body: Buffer.from("no") };
  };
  const other = await startClock();
  try {
    const reference = await pushed();
    expect(await sign(reference, "--timestamp-url", clock.url, "--timestamp-url", other.url, "--timestamp-root", ROOT), 0);
    assert.equal(asked.length, 1);
    assert.equal(other.queries.length, 1);
  } finally {
    await other.close();
  }
});

const ASKED_WRONGLY: Readonly<Record<string, readonly [words: readonly string[], code: number, state: RegExp]>> = {
  "a root and nobody to ask": [["--timestamp-root", ROOT], 2, /add --timestamp-url URL/],
  "no URL": [["--timestamp-url", "clock.example", "--timestamp-root", ROOT], 2, /is no URL of HTTP/],
  "a URL with a password": [["--timestamp-url", "http://a:secret@clock.example", "--timestamp-root", ROOT], 2, /must not hold a password/],
  "a root that is none": [["--timestamp-url", clock.url, "--timestamp-root", CERT], 2, /is not a self-signed root/],
  "a root that is a key": [["--timestamp-url", clock.url, "--timestamp-root", KEY], 2, /holds a PRIVATE KEY/],
  "no network": [["--offline", ...STAMPED], 4, /--offline was given/],
};

for (const [what, [words, code, state]] of Object.entries(ASKED_WRONGLY)) {
  test(`refused: ${what}`, async () => {
    const { stderr } = expect(await sign(await pushed(), ...words), code);
    assert.match(stderr, state);
    assert.doesNotMatch(stderr, /secret/);
  });
}

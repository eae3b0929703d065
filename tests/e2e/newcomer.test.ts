/** What somebody meets who pastes what he was told, or types what is nearly right. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { encodePem } from "../../src/encoding/pem.ts";
import { PURPOSE_OIDS } from "../../src/pki/oids.ts";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { openLayout } from "../../src/registry/layout.ts";
import { pushImage } from "../../src/testing/image.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { findFaults } from "../json-schema.ts";
import { countersign, type Said, type TerminalOptions } from "./terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-newcomer-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string): string => join(folder, name);

function run(args: readonly string[], options: TerminalOptions = {}): Promise<Said> {
  return countersign([...args, "--config", file("config")], options);
}

async function ok(args: readonly string[], options: TerminalOptions = {}): Promise<Said> {
  const said = await run(args, options);
  assert.equal(said.code, 0, `${args.join(" ")}\n${said.stdout}${said.stderr}`);
  return said;
}

async function bareImage(name: string): Promise<{ readonly image: string; readonly layout: string }> {
  const layout = `oci:${file(name)}`;
  const { digest } = await pushImage(openLayout(file(name), { create: true }), {
    files: [{ path: "app", bytes: Buffer.from(name) }],
    tag: "v1",
  });
  return { image: `${layout}@${digest}`, layout };
}

/** By a key and an authority of its own, both of the image's name. */
async function signedImage(name: string): Promise<string> {
  const { image } = await bareImage(name);
  await ok(["cert", "test", name]);
  await ok(["sign", image, "--key", name]);
  return image;
}

test("a subject is refused that no certificate can hold, or that is still to be filled in", async () => {
  await ok(["key", "generate", "subject"]);
  for (const [subject, why] of [
    ["C=ŕœ, ST=WA, O=Acme, CN=x", /C is a country's code of two letters/],
    ["C=us, ST=WA, O=Acme, CN=x", /two letters/],
    ["C=USA, ST=WA, O=Acme, CN=x", /two letters/],
    ["C=…, ST=…, O=…, CN=…", /C is still to be filled in/],
    ["C=US, ST=WA, O=..., CN=x", /O is still to be filled in/],
    ["C=US, ST=WA, O=, CN=x", /O has no value/],
  ] as const) {
    for (const args of [
      ["cert", "request", "subject"],
      ["cert", "test", "never"],
    ]) {
      const said = await run([...args, "--subject", subject]);
      assert.deepEqual([said.code, said.stdout], [2, ""], subject);
      assert.match(said.stderr, why);
    }
  }
  assert.match((await ok(["cert", "test", "unicode", "--subject", "C=DE, ST=WA, O=Ünïcode… 💡, CN=x"])).stdout, /O=Ünïcode… 💡/);
});

test("a request asks for what the profile needs, and says what the authority must set", async () => {
  const { stdout, stderr } = await ok(["cert", "request", "subject", "--subject", "C=US, ST=WA, O=Acme, CN=x"]);
  assert.match(stdout, /^-----BEGIN CERTIFICATE REQUEST-----[^]*-----END CERTIFICATE REQUEST-----\n$/);
  assert.match(stderr, /^next:[^]*codeSigning[^]*countersign --config \S+ key import subject --cert chain\.pem\n$/);
});

test("root and identity that are both strange are advised about at once, in JSON as in text", async () => {
  const image = await signedImage("both");
  await ok(["cert", "test", "others", "--trust"]);
  const args = ["verify", image, "--trust-store", "ca:others", "--trusted-identity", "x509.subject: C=DE, ST=BE, O=Other"];
  const said = await run(args);
  assert.equal(said.code, 1);
  assert.match(said.stdout, /try: .*trust add ca:others root-[0-9a-f]{12}\.pem`\. .*add --trusted-identity 'x509\.subject: CN=both,/);
  const document = (await run([...args, "--output", "json"])).json();
  assert.deepEqual(findFaults(document), []);
  const text = JSON.stringify(document);
  assert.ok(text.includes(`${image} --root sha256:`), text);
  assert.doesNotMatch(text, /SIGNATURE|ROOTFILE|STORE|IDENTITY|REF\b/);
  assert.ok(text.includes(`countersign --config ${file("config")} trust add ca:others root-`), text);

  // A document is mended where it is written.
  const statement = { name: "all", registryScopes: ["*"], signatureVerification: { level: "strict" }, trustStores: ["ca:both"] };
  const policy = { version: "1.0", trustPolicies: [{ ...statement, trustedIdentities: ["x509.subject: C=DE, ST=BE, O=Other"] }] };
  writeFileSync(file("both.json"), JSON.stringify(policy));
  await ok(["trust", "add", "ca:both", file("config/keys/both.root.pem")]);
  const denied = await run(["verify", image, "--policy", file("both.json"), "--as", "r.example/a"]);
  assert.match(denied.stdout, /add "x509\.subject: CN=both,[^"]+" to the policy's trustedIdentities\./);
});

test("with several keys to choose from, none is chosen", async () => {
  const { image } = await bareImage("unsigned");
  for (const name of ["key1", "key2"]) await ok(["cert", "test", name]);
  const said = await run(["verify", image, "--trust-store", "ca:others", "--trusted-identity", "*"]);
  assert.equal(said.code, 1);
  assert.match(said.stdout, /If it is yours .*--key KEY` \(`countersign --config \S+ key list`/);
});

test("a trust store that is not there is answered with those that are, and never with the wrong root", async () => {
  for (const args of [
    ["trust", "show", "ca:nope"],
    ["trust", "remove", "ca:nope"],
    ["trust", "remove", "ca:nope", "--all"],
  ]) {
    const said = await run(args);
    assert.equal(said.code, 3);
    assert.match(said.stderr, /try: countersign --config \S+ trust list$/m);
  }
  const { image } = await bareImage("nowhere");
  const said = await run(["verify", image, "--trust-store", "ca:nope", "--trusted-identity", "*"]);
  assert.equal(said.code, 3);
  assert.match(said.stderr, /try: countersign --config \S+ trust add ca:nope ROOTFILE$/m);
});

test("doctor and cert show judge at the time that was asked for, and say what has run out", async () => {
  await ok(["cert", "test", "brief", "--days", "1", "--trust"]);
  const chain = file("config/keys/brief.crt");
  const later = new Date(Date.now() + 10 * 86_400_000).toISOString();
  assert.match((await ok(["cert", "show", chain])).stdout, /✓ can sign images/);
  assert.match((await ok(["cert", "show", chain, "--at", later])).stdout, /– cannot sign images .*expired at .*time\/certificate-expired/);
  const { signing } = (await ok(["cert", "show", chain, "--at", "2020-01-01", "--output", "json"])).json() as {
    readonly signing: { readonly code: string };
  };
  assert.equal(signing.code, "time/certificate-not-yet-valid");
  assert.match((await ok(["key", "list"])).stdout, /^brief +EC-256 +can sign/m);
  assert.match((await ok(["key", "list", "--at", later])).stdout, /^brief .*its certificate for CN=brief,.* expired at/m);
  assert.match((await run(["doctor"])).stdout, /✓ keys +brief \(EC-256\) can sign[^]*✓ trust stores +ca:brief holds 1 certificate$/m);
  const said = await run(["doctor", "--at", later]);
  assert.equal(said.code, 3);
  assert.match(said.stdout, /✗ keys +brief: its certificate for CN=brief,.* expired at/);
  assert.match(said.stdout, /✗ trust stores +ca:brief holds 1 certificate, 1 of them not valid: CN=Countersign test root.* expired at/);
});

test("doctor fails where verify would stop; policy check says so and passes", async () => {
  const statement = { name: "all", registryScopes: ["*"], signatureVerification: { level: "strict" }, trustedIdentities: ["*"] };
  writeFileSync(file("stops.json"), JSON.stringify({ version: "1.0", trustPolicies: [{ ...statement, trustStores: ["ca:absent"] }] }));
  const checked = await ok(["policy", "check", file("stops.json")]);
  assert.match(checked.stdout, /verify on this machine would stop there: .*try: countersign --config \S+ trust add ca:absent ROOTFILE/);
  const env = { COUNTERSIGN_POLICY: file("stops.json") };
  const { image } = await bareImage("stopped");
  assert.equal((await run(["verify", image], { env })).code, 3);
  const said = await run(["doctor"], { env });
  assert.equal(said.code, 3);
  assert.match(said.stdout, /✗ policy .*names ca:absent.*\n +try: countersign --config \S+ trust add ca:absent ROOTFILE/);
  assert.doesNotMatch(said.stdout, /stops\.json can be used/);
});

test("doctor looks at a registry of which only the host is named", async (context) => {
  const registry = await startRegistry();
  const closed = await startRegistry({ htpasswd: { alice: "s3cret" } });
  context.after(() => Promise.all([registry.close(), closed.close()]));
  const said = await run(["doctor", registry.host]);
  assert.match(said.stdout, new RegExp(`✓ registry +${registry.host} answers \\(\\d+ ms\\)\n✓ clock`));
  assert.match((await run(["doctor", closed.host])).stdout, /✓ registry .* answers, and wants credentials/);
  const verify = await run(["verify", registry.host, "--trust-store", "ca:others", "--trusted-identity", "*"]);
  assert.equal(verify.code, 2);
  assert.match(verify.stderr, /it is a registry's host.*\n {2}try: \S+\/repository:tag; `countersign --config \S+ doctor 127/);
  assert.equal((await run(["doctor", registry.host, "--repair"])).code, 2);
});

test("a key that is not there is said before --yes is asked for", async () => {
  const said = await run(["key", "remove", "nope"]);
  assert.equal(said.code, 3);
  assert.match(said.stderr, /there is none of that name/);
  assert.equal((await run(["key", "remove", "subject"])).code, 2);
});

test("a wrong passphrase is answered in words, with what to do", async () => {
  await ok(["key", "generate", "locked", "--encrypt"], { env: { COUNTERSIGN_PASSPHRASE: "right" } });
  const args = ["cert", "request", "locked", "--subject", "C=US, ST=WA, O=A"];
  const said = await run(args, { isTerminal: true, answers: ["wrong"] });
  assert.equal(said.code, 3);
  assert.match(said.stderr, /the passphrase is wrong.*\n {2}try: run the command again and type it anew/);
  assert.doesNotMatch(said.stderr, /because:|routines|wrong"|right/);
});

test("a certificate that does not fit is told once, with a way out that is not the same again", async () => {
  await ok(["cert", "test", "fits"]);
  await ok(["key", "generate", "unfit"]);
  const stranger = await run(["key", "import", "unfit", "--cert", file("config/keys/fits.crt")]);
  assert.equal(stranger.code, 3);
  assert.ok(stranger.stderr.includes(`cert show ${file("config/keys/fits.crt")}\` shows what this one is`), stranger.stderr);
  // A root alone: an authority's certificate is no signer's.
  const args = ["key", "import", "copy", "--key", file("config/keys/fits.key"), "--cert", file("config/keys/fits.root.pem")];
  assert.match((await run(args)).stderr, /belongs to another key/);
  const { certificates, leafKey } = await createTestChain({ purposes: [PURPOSE_OIDS.timeStamping] });
  writeFileSync(file("bad.pem"), certificates.map((der) => encodePem("CERTIFICATE", der)).join(""));
  writeFileSync(file("bad.key"), leafKey.export({ type: "pkcs8", format: "pem" }));
  const bad = await run(["key", "import", "bad", "--key", file("bad.key"), "--cert", file("bad.pem")]);
  assert.match(bad.stderr, /extended key usage.*\n {2}try: it is for timestamps/);
  assert.doesNotMatch(bad.stderr, /because:/);
});

test("a private key is no root", async () => {
  const said = await run(["trust", "add", "ca:key", file("config/keys/subject.key")]);
  assert.equal(said.code, 2);
  assert.match(said.stderr, /PRIVATE KEY.*\n {2}try: name a file with the root's certificate in it/);
});

test("throw-away roots can be told apart, and an older one that is still trusted is mentioned", async () => {
  const first = await ok(["cert", "test", "again", "--trust"]);
  assert.doesNotMatch(first.stderr, /note:/);
  assert.match((await ok(["trust", "show", "ca:again"])).stdout, /CN=Countersign test root of again,/);
  await ok(["key", "remove", "again", "--yes"]);
  const second = await ok(["cert", "test", "again", "--trust"]);
  assert.match(second.stderr, /note: ca:again trusts 1 other certificate as well.*countersign --config \S+ trust show ca:again/);
});

test("an option that would not be followed is refused", async () => {
  const { image } = await bareImage("options");
  await ok(["cert", "test", "options"]);
  for (const mode of ["api", "tag"]) {
    const said = await run(["sign", image, "--key", "options", "--referrers", mode]);
    assert.equal(said.code, 2);
    assert.match(said.stderr, /only a registry lists signatures in more than one way/);
  }
  await ok(["sign", image, "--key", "options", "--referrers", "auto"]);
  const args = ["--as", "r.example/b", "--trust-store", "ca:others", "--trusted-identity", "*"];
  const said = await run(["verify", "r.example/a:1", ...args]);
  assert.equal(said.code, 2);
  assert.match(said.stderr, /judged by the name of its own repository/);
  assert.equal((await run(["verify", image, ...args])).code, 1);
});

test("what is wrong with a layout is answered with what the layout has", async () => {
  const { image, layout } = await bareImage("lay");
  const wrong = await run(["tree", `${layout}:v2`]);
  assert.equal(wrong.code, 4);
  assert.match(wrong.stderr, /no entry of the index has that name.*\n {2}try: name one of its tags: v1$/m);
  const absent = await run(["tree", `oci:${file("nodir")}:v1`]);
  assert.equal(absent.code, 4);
  assert.match(absent.stderr, /nodir": it is not there.*\n {2}try: check the path\n$/);
  const typed = await run(["tree", "./lay:v1"]);
  assert.equal(typed.code, 2);
  assert.match(typed.stderr, /try: oci:\.\/lay:v1$/m);
  const before = process.cwd();
  process.chdir(folder);
  try {
    const args = ["tree", "lay:v1", "--offline"];
    assert.match(
      (await run(args, { isTerminal: true })).stderr,
      /^lay:v1 is docker\.io\/library\/lay:v1; the folder that is here is oci:lay:v1$/m,
    );
  } finally {
    process.chdir(before);
  }
  // A tree tells the two envelopes apart.
  await ok(["sign", image, "--key", "options", "--format", "notary-jws", "--format", "notary-cose"]);
  const shown = (await ok(["tree", image])).stdout;
  for (const format of ["notary-jws", "notary-cose"]) assert.match(shown, new RegExp(`─ signature, ${format}\n[│ ]+sha256:`));
  assert.deepEqual(findFaults((await ok(["tree", image, "--output", "json"])).json()), []);
});

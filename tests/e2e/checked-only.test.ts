/** What a policy asks for and this version only checks: the answer stays open by name, and every command that looks at the policy says so. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isObject } from "../../src/core/descriptor.ts";
import { openLayout } from "../../src/registry/layout.ts";
import { pushImage } from "../../src/testing/image.ts";
import { findFaults } from "../json-schema.ts";
import { countersign, type Said } from "./terminal.ts";

let folder = "";
let image = "";
const AS = ["--as", "registry.acme.io/shop"];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-checked-only-"));
  const store = await openLayout(join(folder, "image"), { create: true });
  const { digest } = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }], tag: "1.0" });
  image = `oci:${join(folder, "image")}@${digest}`;
  for (const [name, more] of [
    ["ci", ["--trust"]],
    ["ana", ["--trust"]],
  ] as const)
    await expect(["cert", "test", name, "--subject", `C=US, ST=WA, O=Acme, CN=${name}`, ...more], 0);
  await expect(["sign", image, "--key", "ci"], 0);
});

after(() => rm(folder, { recursive: true, force: true }));

const APPROVE = ", approve: { by: ana, valid: 72h }, stay: { superseded: 30d }";

function policyWith(gate: string, more = ""): string {
  return `apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
products: { shop: { prod: registry.acme.io/shop } }
people: { ana: { certificate: { anchor: "ca:ana", subject: { C: US, ST: WA, O: Acme, CN: ana } } } }
parties: { ci: { certificate: { anchor: "ca:ci", subject: { C: US, ST: WA, O: Acme, CN: ci } } } }
gates: { prod: { needs: [ { signature: { by: ci${more} } } ]${gate} } }
exceptions: { by: ana, for: [signature], max: 30d }
breakGlass: { by: ana, waive: [signature], max: 4h, afterwards: { by: ana, within: 24h }, stayMax: 7d }
`;
}

function run(...args: readonly string[]): Promise<Said> {
  return countersign([...args, "--config", join(folder, "config")]);
}

async function expect(args: readonly string[], code: number): Promise<Said> {
  const said = await run(...args);
  assert.equal(said.code, code, `${args.join(" ")}\n${said.stdout}${said.stderr}`);
  return said;
}

async function write(text: string): Promise<string> {
  const path = join(folder, "shop.yaml");
  await writeFile(path, text);
  return path;
}

/** The one document of an answer, which fits its schema. */
function documentOf(said: Said): Readonly<Record<string, unknown>> {
  const document = said.json();
  assert.deepEqual(findFaults(document), []);
  assert.ok(isObject(document));
  return document;
}

test("where a gate asks for approvals and there is none the answer is no, and says who could give one", async () => {
  const policy = await write(policyWith(APPROVE));
  const said = await expect(["verify", image, ...AS, "--policy", policy], 1);
  assert.match(said.stdout, /^✗ deny /);
  assert.match(said.stdout, /✓ signature {3}ci/);
  assert.match(said.stdout, /✗ approvals {3}0 of 1\n {6}still able to approve: ana/);
  assert.match(said.stdout, /try: Let ana approve it: `countersign .* approve .* --gate prod`/);
  const verdict = documentOf(await expect(["verify", image, ...AS, "--policy", policy, "--output", "json"], 1));
  const requirements = verdict["requirements"] as readonly Readonly<Record<string, unknown>>[];
  assert.deepEqual(
    requirements.map(({ kind, name, outcome }) => [kind, name, outcome]),
    [
      ["signature", "signature", "pass"],
      ["approval", "approvals", "deny"],
    ],
  );
  assert.equal(verdict["validUntil"], undefined);
  await expect(["verify", image, ...AS, "--policy", await write(policyWith(""))], 0);
  // What an exception could cover is denied as ever.
  await expect(["verify", image, ...AS, "--policy", await write(policyWith("").replace("by: ci }", "by: ana }"))], 1);
});

test("a signature that is too old, or whose name is not read, is told where it stands", async () => {
  const hour = await write(policyWith("", ", maxAge: 1h"));
  const later = new Date(Date.now() + 7_800_000).toISOString();
  const old = await expect(["verify", image, ...AS, "--policy", hour, "--at", later], 1);
  assert.match(old.stdout, /✗ signature\/too-old: it was signed at \S+, 2 h ago; 1 h are allowed/);
  const young = await expect(["verify", image, ...AS, "--policy", hour, "--output", "json"], 0);
  const { validUntil } = documentOf(young) as { validUntil?: { enter: string } };
  assert.ok(Date.parse(validUntil?.enter ?? "") <= Date.now() + 3_600_000);
  const named = await expect(["verify", image, ...AS, "--policy", await write(policyWith("", ", signedAs: docker.io/vendor/shop"))], 1);
  assert.match(named.stdout, /✗ identity\/name-not-signed: it is not known to be docker\.io\/vendor\/shop/);
});

test("every command that looks at the policy tells of approvals", async () => {
  const policy = await write(policyWith(APPROVE));
  await expect(["policy", "check", policy], 0);
  const explained = await expect(["policy", "explain", image, ...AS, "--policy", policy], 0);
  assert.match(explained.stdout, /and approval by ana, valid for 72h/);
  const whoCan = await expect(["policy", "who-can", policy], 0);
  assert.match(whoCan.stdout, /ci and ana\n/);
  documentOf(await expect(["policy", "who-can", policy, "--output", "json"], 0));
  const exported = await expect(["policy", "export", policy, "--out", join(folder, "exported")], 0);
  assert.match(`${exported.stdout}${exported.stderr}`, /gate prod: it asks for approvals, and only signatures can be asked for: refused/);
});

test("a list of revocations that cannot be read leaves every answer open, and doctor says so", async () => {
  const policy = await write(policyWith(""));
  const config = join(folder, "config");
  await mkdir(config, { recursive: true });
  const verifier = join(config, "verifier.yaml");
  await writeFile(
    verifier,
    `apiVersion: countersign.dev/v1
kind: Verifier
roles: { publishers: { by: [ { key: "SHA256:${"A".repeat(43)}" } ] } }
revocations: { list: "oci://registry.acme.io/trust/revocations", maxAge: 24h }
`,
  );
  try {
    const said = await expect(["verify", image, ...AS, "--policy", policy], 4);
    assert.match(said.stdout, /\? revocation\/list-unread: oci:\/\/registry\.acme\.io\/trust\/revocations\S* says what is revoked/);
    assert.match(said.stderr, /warning: revocations of .*no signature counts where a gate enforces revocation/);
    const logged = await write(policyWith(", checks: { revocation: log }"));
    assert.match((await expect(["verify", image, ...AS, "--policy", logged], 0)).stdout, /note: revocation is only logged/);
    const doctor = await run("doctor");
    assert.match(doctor.stdout, /✗ revocations .*is not read by this version/);
  } finally {
    await rm(verifier);
  }
});

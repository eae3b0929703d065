/** What `policy export --to containers` writes, read by skopeo: its strict reader takes the file, and refuses what is not signed. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { countersign } from "../e2e/terminal.ts";
import { findFaults } from "../json-schema.ts";
import { runProgram } from "../fixtures/programs.ts";
import { RealPlaces } from "../fixtures/real-places.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-containers-"));
const places = new RealPlaces();

before(() => places.start());
after(async () => {
  await places.close();
  rmSync(folder, { recursive: true, force: true });
});

function policyFor(host: string): string {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = JSON.stringify(publicKey.export({ type: "spki", format: "pem" }));
  return `
apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
products:
  signed: { keys: "${host}/signed" }
  named: { named: "${host}/named" }
  two: { two: "${host}/two" }
  both: { keys: "${host}/both", named: "${host}/both" }
people:
  ana: { certificate: { anchor: "ca:acme", subject: { CN: Ana } } }
  bo: { key: "SHA256:${"A".repeat(43)}" }
parties:
  ci: { key: ${pem} }
gates:
  keys: { needs: [ { signature: { by: ci } } ] }
  named: { needs: [ { signature: { by: ana } } ] }
  two: { needs: [ { signature: { by: [ci, bo] } } ] }
`;
}

for (const program of ["docker-registry", "olareg"] as const) {
  test(`skopeo reads the exported policy, and refuses unsigned images of ${program}`, async (context) => {
    const place = places.open(context, program, "skopeo");
    if (place === undefined) return;
    const file = join(folder, `${program}.yaml`);
    const out = join(folder, program);
    writeFileSync(file, policyFor(place.host));
    const exported = await countersign(["policy", "export", "--out", out, file, "--output", "json"], { env: { HOME: folder } });
    assert.equal(exported.code, 0, exported.stderr);
    assert.deepEqual(findFaults(exported.json()), []);
    const losses = (exported.json() as { readonly losses: readonly { readonly name: string; readonly message: string }[] }).losses;
    const lossOf = (repository: string): string => losses.find(({ name }) => name === `${place.host}/${repository}`)?.message ?? "";
    assert.match(lossOf("named"), /gate named: ana is not known by a key/);
    assert.match(lossOf("two"), /any 1 of \{bo, ci\} have to sign/);
    assert.match(lossOf("both"), /several gates \(keys, named\)/);
    assert.equal(lossOf("signed"), "");
    const registries = readFileSync(join(out, "registries.d", "countersign.yaml"), "utf8");
    assert.deepEqual(JSON.parse(registries), { docker: { [`${place.host}/signed`]: { "use-sigstore-attachments": true } } });

    const policy = join(out, "policy.json");
    const copy = async (
      repository: string,
      options: readonly string[],
    ): Promise<{ readonly code: number | null; readonly stderr: string }> => {
      await place.image(repository);
      const [source, target] = [`docker://${place.host}/${repository}:v1`, `dir:${join(folder, `${program}-${repository}`)}`];
      return runProgram("skopeo", [...options, "copy", "--src-tls-verify=false", source, target], { env: { HOME: folder } });
    };
    const strict = ["--policy", policy, "--registries.d", join(out, "registries.d")];
    for (const repository of ["named", "two", "both", "unlisted"]) {
      assert.match((await copy(repository, strict)).stderr, /rejected by policy/, repository);
    }
    // Nobody has signed it, or this skopeo was built without Sigstore: either is a refusal, and neither is of the file.
    const unsigned = await copy("signed", strict);
    assert.notEqual(unsigned.code, 0);
    assert.match(unsigned.stderr, /Source image rejected/);
    // Without the policy nothing is in the way.
    assert.equal((await copy("named", ["--insecure-policy"])).code, 0);
    assert.ok(existsSync(join(folder, `${program}-named`, "manifest.json")));

    const again = await countersign(["policy", "export", "--out", out, file], { env: { HOME: folder } });
    assert.match(again.stderr, /file\/exists/);
    writeFileSync(policy, readFileSync(policy, "utf8").replace('"default"', '"unknown": [], "default"'));
    assert.match((await copy("named", strict)).stderr, /Unknown key/);
  });
}

function writeNotary(level: string, scope: string): string {
  const trust = level === "skip" ? {} : { trustStores: ["ca:acme"], trustedIdentities: ["*"] };
  const statement = { name: "one", registryScopes: [scope], signatureVerification: { level }, ...trust };
  const file = join(folder, `${level}.json`);
  writeFileSync(file, JSON.stringify({ version: "1.0", trustPolicies: [statement] }));
  return file;
}

async function dockerOf(file: string): Promise<unknown> {
  const said = await countersign(["policy", "export", file], { env: { HOME: folder } });
  return (said.json() as { readonly transports: { readonly docker: unknown } }).transports.docker;
}

test("a Notary trust policy is refused too, but for one that lets everything pass everywhere", async () => {
  assert.deepEqual(await dockerOf(writeNotary("strict", "r.example/app")), { "r.example/app": [{ type: "reject" }] });
  assert.deepEqual(await dockerOf(writeNotary("skip", "r.example/app")), { "r.example/app": [{ type: "reject" }] });
  assert.deepEqual(await dockerOf(writeNotary("skip", "*")), { "": [{ type: "insecureAcceptAnything" }] });
});

/** `copy` between the two registries, both ways: what we, notation and cosign signed at the source, each verifies at the destination. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { createNotationHome } from "../fixtures/notation-home.ts";
import { type Ran, runProgram } from "../fixtures/programs.ts";
import { RealPlaces, REGISTRY_PROGRAMS } from "../fixtures/real-places.ts";

const home = createNotationHome();
const places = new RealPlaces();

before(async () => {
  await places.start();
  const chain = await createTestChain();
  home.addKey("own", chain);
  home.trust("test", chain);
  home.policy();
});

after(async () => {
  await places.close();
  home.remove();
});

async function expectSuccess(running: Promise<Ran>): Promise<Ran> {
  const ran = await running;
  assert.equal(ran.code, 0, `${ran.stdout}${ran.stderr}`);
  return ran;
}

const cosign = (...args: readonly string[]): Promise<Ran> =>
  expectSuccess(runProgram("cosign", args, { env: { ...home.env, COSIGN_PASSWORD: "only-for-tests" }, cwd: home.folder }));

const WAYS = REGISTRY_PROGRAMS.flatMap((from) => REGISTRY_PROGRAMS.filter((to) => to !== from).map((to) => ({ from, to })));

for (const { from, to } of WAYS) {
  test(`from ${from} to ${to}: notation and Countersign verify both signatures there, and a layout in between changes nothing`, async (context) => {
    const source = places.open(context, from, "notation");
    const destination = places.open(context, to);
    if (source === undefined || destination === undefined) return;
    const { reference, descriptor } = await source.image(`from-${from}/notation`);
    await expectSuccess(home.built("sign", reference, "--key", "own", "--format", "notary-cose"));
    await expectSuccess(home.notation("sign", "--insecure-registry", "--force-referrers-tag=false", "--key", "own", reference));

    const layout = `oci:${join(home.folder, `layout-${from}`)}`;
    await expectSuccess(home.built("copy", reference, `${layout}:v1`));
    await expectSuccess(home.built("copy", `${layout}@${descriptor.digest}`, `${destination.host}/from-${from}/notation:v1`));
    const copied = `${destination.host}/from-${from}/notation@${descriptor.digest}`;
    await expectSuccess(home.notation("verify", "--insecure-registry", copied));
    await expectSuccess(home.built("verify", copied));
    const listed = await expectSuccess(home.notation("list", "--insecure-registry", copied));
    assert.equal(listed.stdout.match(/sha256:[0-9a-f]{64}/g)?.filter((digest) => digest !== descriptor.digest).length, 2, listed.stdout);
  });

  test(`from ${from} to ${to}: cosign verifies its own signatures there, the bundle and the tag`, async (context) => {
    const source = places.open(context, from, "cosign");
    const destination = places.open(context, to);
    if (source === undefined || destination === undefined) return;
    const prefix = `cosign-${from}`;
    await cosign("generate-key-pair", "--output-key-prefix", prefix);
    await cosign("signing-config", "create", "--out", `${prefix}.json`);
    const forms = {
      bundle: ["--signing-config", `${prefix}.json`],
      tag: ["--use-signing-config=false", "--new-bundle-format=false", "--tlog-upload=false"],
    };
    for (const [form, options] of Object.entries(forms)) {
      const { reference, descriptor } = await source.image(`from-${from}/${form}`);
      await cosign("sign", "-y", "--key", `${prefix}.key`, ...options, "--allow-http-registry", reference);
      await expectSuccess(home.built("copy", reference, `${destination.host}/from-${from}/${form}:v1`));
      const copied = `${destination.host}/from-${from}/${form}@${descriptor.digest}`;
      const verify = ["verify", "--key", `${prefix}.pub`, "--insecure-ignore-tlog", "--allow-http-registry"];
      await cosign(...verify, ...(form === "tag" ? ["--new-bundle-format=false"] : []), copied);
    }
  });
}

/** Attacks on signed policies by whoever may write where they are kept: an older one, another of the same version, one beside the chain. */
import assert from "node:assert/strict";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, suite, type TestContext, test } from "node:test";
import { generateKeyPairSync } from "node:crypto";
import { digestOf } from "../../src/core/digest.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Store } from "../../src/core/store.ts";
import { versionTag, writePolicyArtifact } from "../../src/policy/policy-artifact.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { createPolicyWorld, type PolicyMachine, policyText } from "../fixtures/policy-world.ts";
import { runProgram } from "../fixtures/programs.ts";
import { findFaults } from "../json-schema.ts";
import { needsPrograms } from "../real/programs.ts";
import { startDockerRegistry, startOlareg } from "../real/registries.ts";
import type { Said } from "./terminal.ts";

const LAUNCHER = new URL("../../src/cli/launcher.ts", import.meta.url).pathname;
const world = await createPolicyWorld();
after(() => world.close());

interface Place {
  /** As `--policy` has it. */
  readonly text: string;
  readonly repository: string;
  readonly store: Store;
  /** What `policy sign` answers; by a machine of its own, unless told. */
  sign(text: string, options?: { readonly on?: PolicyMachine; readonly tag?: string }): Promise<Said>;
  /** What an attacker who may write the registry does: the tag leads to what is there for this document. */
  turn(version: number, text: string): Promise<void>;
}

async function placeAt(repository: string): Promise<Place> {
  const store = await world.opened.openStore(parseReference(repository));
  return {
    text: `oci://${repository}`,
    repository,
    store,
    sign: (text, { on = world.machine(), tag = "latest" } = {}) =>
      on.run("policy", "sign", world.write(text), `oci://${repository}:${tag}`, ...world.ana),
    turn: async (version, text) => {
      const { descriptor, bytes } = await store.resolve({ tag: tagOf([version, text]) });
      await store.pushManifest(descriptor, bytes, { tag: "latest" });
    },
  };
}

let places = 0;

async function newPlace(context: TestContext): Promise<Place> {
  const registry = await startRegistry();
  context.after(() => registry.close());
  return placeAt(`${registry.host}/policies/shop-${(places += 1)}`);
}

function expect(said: Said, code: number, because = /^/): Said {
  assert.equal(said.code, code, `${said.stdout}${said.stderr}`);
  assert.match(said.stderr, because);
  return said;
}

const V1 = policyText(1);
const V2 = policyText(2, { after: V1 });
const V3 = policyText(3, { after: V2 });
const OTHER_V2 = policyText(2, { after: V1, note: "another" });

/** Signed beside the chain: for a moment the tag leads back. */
async function signBeside(place: Place, before: readonly [number, string], text: string): Promise<void> {
  await place.turn(...before);
  const said = await place.sign(text);
  assert.ok(said.code === 0 || /policy\/forked/.test(said.stderr), said.stderr);
}

function tagOf([version, text]: readonly [number, string]): string {
  return versionTag({ version, digest: digestOf(Buffer.from(text)) });
}

/** Its own tag leads to something else. */
async function hide(place: Place, hidden: readonly [number, string], by: readonly [number, string]): Promise<void> {
  const { descriptor, bytes } = await place.store.resolve({ tag: tagOf(by) });
  await place.store.pushManifest(descriptor, bytes, { tag: tagOf(hidden) });
}

// Each has a registry and machines of its own, and waits most of the time for the registry to list what was pushed.
suite("signed policies, and what is remembered of them", { concurrency: true }, () => {
  for (const [program, start] of [
    ["docker-registry", () => startDockerRegistry({ storage: "inmemory" })],
    ["olareg", startOlareg],
  ] as const) {
    // The attack on gittuf, CVE-2026-44544.
    test(`${program}: an older signed policy is refused once a newer one was seen, by every later process, and by nobody who has seen neither`, async (context) => {
      if (!needsPrograms(context, program)) return;
      const registry = await start();
      context.after(() => registry.close());
      const place = await placeAt(`${registry.host}/policies/shop`);
      for (const text of [V1, V2]) expect(await place.sign(text), 0);
      const machine = world.machine();
      expect(await machine.judge(place.text), 0);
      await place.turn(1, V1);
      const refused = expect(await machine.judge(place.text), 3, /policy\/rolled-back/);
      assert.match(refused.stderr, /it is version 1, and version 2 has been seen on this machine/);
      assert.ok(refused.stderr.includes(`remove "${machine.floors()[0]}"`), refused.stderr);
      // A process of its own, as after a restart.
      const image = `oci:${join(world.folder, "image")}:1`;
      const args = [LAUNCHER, "verify", image, "--as", "registry.example/shop", "--policy", place.text, "--output", "json"];
      const restarted = await runProgram(process.execPath, args, { env: { ...machine.env }, cwd: machine.home });
      assert.equal(restarted.code, 3, restarted.stderr);
      assert.equal((JSON.parse(restarted.stdout) as { readonly code: string }).code, "policy/rolled-back");
      assert.deepEqual(findFaults(JSON.parse(restarted.stdout)), []);

      const fresh = world.machine();
      expect(await fresh.judge(place.text), 0);
      fresh.configure(`policies:\n  shop: { source: "${place.text}", minimumVersion: 2 }\n`);
      expect(await fresh.judge(), 3, /version 1, .* 2 or later/);

      await place.turn(2, V2);
      expect(await machine.judge(place.text), 0);
      expect(await machine.judge(place.text, "--offline"), 4, /store\/offline/);
      expect(await place.sign(V3), 0);
      expect(await machine.judge(place.text), 0);
    });
  }

  test("whoever looks at an older policy, or asks about another time, is told; neither is remembered", async (context) => {
    const place = await newPlace(context);
    for (const text of [V1, V2]) expect(await place.sign(text), 0);
    const machine = world.machine();
    // Looking is not judging: a person may look at one that is not yet in use.
    expect(await machine.run("policy", "show", place.text), 0);
    const later = new Date(Date.now() + 60_000).toISOString();
    expect(await machine.judge(place.text, "--at", later), 0);
    assert.throws(() => machine.floors());
    expect(await machine.judge(place.text), 0);
    const [file = ""] = machine.floors();
    const floor = readFileSync(file, "utf8");
    await place.turn(1, V1);
    const shown = expect(
      await machine.run("policy", "show", place.text),
      0,
      /warning: .*version 2 has been seen on this machine: it judges nothing/,
    );
    assert.equal(shown.stdout, V1);
    expect(await machine.run("policy", "explain", "registry.example/shop", "--policy", place.text), 0);
    expect(await machine.judge(place.text, "--at", later), 0, /version 2 has been seen .* it judges because --at asks about another time/);
    assert.equal(readFileSync(file, "utf8"), floor);
    expect(await machine.judge(place.text), 3, /policy\/rolled-back/);
  });

  test("two documents of one version: the one that was seen first holds, and so does all that follows it", async (context) => {
    const place = await newPlace(context);
    for (const text of [V1, V2]) expect(await place.sign(text), 0);
    const machine = world.machine();
    expect(await machine.judge(place.text), 0);
    await signBeside(place, [1, V1], OTHER_V2);
    expect(await machine.judge(place.text), 3, /another version 2 than the one .*policy\/forked/);
    expect(await world.machine().judge(place.text), 0);
    // The next one follows the other.
    const next = policyText(3, { after: OTHER_V2 });
    expect(await place.sign(next), 0);
    expect(await machine.judge(place.text), 3, /version 3, and does not follow the version 2 .*policy\/forked/);
    // So does one that is further away, as those between show.
    const fourth = policyText(4, { after: next });
    expect(await place.sign(fourth), 0);
    expect(await machine.judge(place.text), 3, /version 4, and does not follow the version 2 .*policy\/forked/);
    // Where the registry holds back what is between, that is said.
    await hide(place, [3, next], [1, V1]);
    expect(await machine.judge(place.text), 0, /could not be seen whether version 4 follows the version 2 .*: those between are not there/);
    await place.turn(2, V2);
    expect(await machine.judge(place.text), 3, /policy\/rolled-back/);
  });

  test("several versions that a machine has missed are followed back, and a policy that was begun anew is none of them", async (context) => {
    const place = await newPlace(context);
    const V4 = policyText(4, { after: V3 });
    expect(await place.sign(V1), 0);
    const machine = world.machine();
    expect(await machine.judge(place.text), 0);
    for (const text of [V2, V3, V4]) expect(await place.sign(text), 0);
    const followed = expect(await machine.judge(place.text), 0);
    assert.equal(followed.stderr, "");
    const [file = ""] = machine.floors();
    const floor = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, unknown>>;
    assert.deepEqual([floor["version"], floor["digest"], floor["chain"]], [4, digestOf(Buffer.from(V4)), digestOf(Buffer.from(V1))]);
    assert.deepEqual([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777], [0o600, 0o700]);

    const anew = policyText(9, { note: "anew" });
    await (await placeAt(place.repository)).sign(anew, { tag: "anew" });
    expect(await machine.judge(`${place.text}:anew`), 3, /version 9, and does not follow .*policy\/forked/);
    rmSync(file);
    expect(await machine.judge(`${place.text}:anew`), 0);
  });

  test("a floor is of one name in one repository", async (context) => {
    const [place, elsewhere] = [await newPlace(context), await newPlace(context)];
    for (const text of [V1, V2]) expect(await place.sign(text), 0);
    expect(await elsewhere.sign(V1), 0);
    expect(await elsewhere.sign(policyText(1, { name: "other" }), { tag: "other" }), 0);
    const machine = world.machine();
    for (const named of [place.text, elsewhere.text, `${elsewhere.text}:other`]) expect(await machine.judge(named), 0);
    assert.equal(machine.floors().length, 3);
  });

  test("a pin and a floor: what is pinned judges, also if it is older, and no other; a pin raises nothing", async (context) => {
    const place = await newPlace(context);
    expect(await place.sign(V1), 0);
    const machine = world.machine();
    const pin = (text: string): void => machine.configure(`pins: { shop: "${digestOf(Buffer.from(text))}" }\n`);
    pin(V1);
    expect(await machine.judge(place.text), 0);
    expect(await place.sign(V2), 0);
    expect(await machine.judge(place.text), 3, /policy\/changed/);
    const [file = ""] = machine.floors();
    assert.match(readFileSync(file, "utf8"), /"version": 1,/);
    pin(V2);
    expect(await machine.judge(place.text), 0);
    assert.match(readFileSync(file, "utf8"), /"version": 2,/);
    await place.turn(1, V1);
    expect(await machine.judge(place.text), 3, /policy\/changed/);
    machine.configure();
    const refused = expect(await machine.judge(place.text), 3, /policy\/rolled-back/);
    // The remedy can be pasted.
    const [, pasted = ""] = /`(pins: [^`]+)`/.exec(refused.stderr) ?? [];
    machine.configure(`${pasted}\n`);
    expect(await machine.judge(place.text), 0, /it is version 1, and version 2 has been seen .* it judges because its digest is pinned/);
    assert.match(readFileSync(file, "utf8"), /"version": 2,/);
  });

  test("a floor that cannot be read is set up wrongly, and never passed over; one that cannot be written is told, and keeps nobody from reading", async (context) => {
    const place = await newPlace(context);
    expect(await place.sign(V1), 0);
    const machine = world.machine();
    expect(await machine.judge(place.text), 0);
    const [file = ""] = machine.floors();
    const good = readFileSync(file, "utf8");
    const faults: Readonly<Record<string, string>> = {
      empty: "",
      cut: good.slice(0, good.length / 2),
      "of another kind": good.replace("PolicyFloor", "Floor"),
      "of another policy": good.replace('"shop"', '"shops"'),
      "of another place": good.replace("/policies/", "/policy/"),
      "without a version": good.replace('"version": 1', '"version": "1"'),
      "version 0": good.replace('"version": 1', '"version": 0'),
      "without a digest": good.replace('"digest": "sha256:', '"digest": "sha256:0'),
      "too large": good.padEnd(5000),
    };
    for (const [what, text] of Object.entries(faults)) {
      writeFileSync(file, text);
      const said = expect(await machine.judge(place.text), 3, /config\/invalid/);
      assert.ok(said.stderr.includes(file) && said.stderr.includes("remove"), `${what}: ${said.stderr}`);
      expect(await machine.judge(place.text, "--at", new Date(Date.now() + 60_000).toISOString()), 3, /config\/invalid/);
      expect(await machine.run("policy", "show", place.text), 3, /config\/invalid/);
    }
    rmSync(file);
    mkdirSync(file);
    expect(await machine.judge(place.text), 3, /config\/invalid/);
    rmSync(file, { recursive: true });
    expect(await machine.judge(place.text), 0);

    const state = join(machine.home, ".local");
    rmSync(state, { recursive: true });
    writeFileSync(state, "in its place");
    expect(
      await machine.judge(place.text),
      0,
      /warning: .*version 1 cannot be remembered, .* is not a folder; COUNTERSIGN_STATE names another/,
    );
    const requests = await machine.run("policy", "sign", world.write(V2), `${place.text}:latest`, ...world.ana);
    expect(requests, 3, /config\/invalid[^]*try: COUNTERSIGN_STATE/);
    expect(await place.sign(V2), 0);
  });

  test("doctor tells whose memory it is, whether it can be written, and which part of it cannot be read", async (context) => {
    const place = await newPlace(context);
    expect(await place.sign(V1), 0);
    const machine = world.machine();
    const doctor = async (code: number, says: RegExp): Promise<void> =>
      assert.match(expect(await machine.run("doctor"), code).stdout, says);
    const state = join(machine.home, ".local", "state", "countersign");
    await doctor(0, /✓ state +\S+countersign can be written, and remembers no signed policies$/m);
    assert.ok(!existsSync(state), "doctor makes nothing");
    expect(await machine.judge(place.text), 0);
    await doctor(0, /✓ state .* remembers one signed policy$/m);
    const [file = ""] = machine.floors();
    const good = readFileSync(file, "utf8");
    for (const [text, why] of [
      [good.slice(0, 40), /✗ state +"\S+\.json" cannot be used: .*\n +try: check who may read and write it; or remove it/],
      [good.replace("/policies/", "/policy/"), /cannot be used: it is of another policy/],
      [good.replace('"name": "shop"', '"name": 1'), /cannot be used: it does not say of which policy it is/],
    ] as const) {
      writeFileSync(file, text);
      await doctor(3, why);
    }
    writeFileSync(file, good);
    for (const folder of [state, dirname(file)]) {
      chmodSync(folder, 0o770);
      await doctor(3, /✗ state +\S+ is not yours alone: .*\n +try: chmod go-w \S+/);
      chmodSync(folder, 0o700);
    }
    rmSync(join(machine.home, ".local"), { recursive: true });
    writeFileSync(join(machine.home, ".local"), "in its place");
    await doctor(3, /✗ state +\S+ cannot be made: "\S+\.local" is not a folder, .*\n +try: COUNTERSIGN_STATE/);
    // Who asks for no signed policy needs no memory.
    rmSync(machine.verifier);
    await doctor(0, /– state +\S+ cannot be made: /);
  });

  test("what others may write is no memory: in the working tree nothing is remembered, nor believed", async (context) => {
    const place = await newPlace(context);
    expect(await place.sign(V1), 0);
    const machine = world.machine();
    const project = join(machine.home, "project");
    mkdirSync(join(project, ".git"), { recursive: true });
    const image = `oci:${join(world.folder, "image")}:1`;
    const run = (...args: readonly string[]): Promise<{ readonly code: number | null; readonly stderr: string }> =>
      runProgram(process.execPath, [LAUNCHER, ...args], {
        env: { ...machine.env, COUNTERSIGN_STATE: join(project, "state") },
        cwd: project,
      });
    const judged = await run("verify", image, "--as", "registry.example/shop", "--policy", place.text);
    assert.equal(judged.code, 0, judged.stderr);
    assert.match(judged.stderr, /cannot be remembered.* lies in the working tree/);
    assert.ok(!existsSync(join(project, "state")));
    const signed = await run("policy", "sign", world.write(V2), `${place.text}:latest`, ...world.ana);
    assert.equal(signed.code, 3, signed.stderr);
    // Nor are signatures that rest on trust stores which others may write.
    cpSync(join(machine.home, ".config/notation/truststore"), join(project, "truststore"), { recursive: true });
    machine.configure(`trustStores: ${join(project, "truststore")}\n`);
    const args = ["verify", image, "--as", "registry.example/shop", "--policy", place.text];
    const unpinned = await runProgram(process.execPath, [LAUNCHER, ...args], { env: { ...machine.env }, cwd: project });
    assert.equal(unpinned.code, 0, unpinned.stderr);
    assert.match(unpinned.stderr, /the policy counts as unpinned/);
    assert.throws(() => machine.floors());
  });

  test("an unsigned policy, and one of a file, raises nothing", async (context) => {
    const place = await newPlace(context);
    const machine = world.machine();
    expect(await place.sign(V1), 0);
    machine.configure("", { atLeast: 2 });
    expect(await machine.judge(place.text), 3, /policy\/unsigned/);
    expect(await machine.judge(world.write(policyText(7))), 0);
    assert.throws(() => machine.floors());
  });

  test("whoever signs remembers too, and is refused where the registry shows him something older", async (context) => {
    const place = await newPlace(context);
    const machine = world.machine();
    for (const text of [V1, V2]) expect(await place.sign(text, { on: machine }), 0);
    await place.turn(1, V1);
    expect(await place.sign(OTHER_V2, { on: machine }), 3, /policy\/forked/);
    expect(await place.sign(V3, { on: machine }), 3, /it does not succeed version 1, which is there/);
    await place.turn(2, V2);
    expect(await place.sign(V3, { on: machine }), 0);
    // Where the tag was removed, too: what it held is remembered.
    expect(await place.sign(policyText(1, { note: "begun anew" }), { on: machine, tag: "fresh" }), 3, /policy\/rolled-back/);
  });

  test("what verifiers could not read is not signed: key files beside it, a tag that holds something else, another time", async (context) => {
    const place = await newPlace(context);
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    writeFileSync(join(world.folder, "ci.pub"), pem);
    const key = `{ key: { file: ci.pub, sha256: "${digestOf(Buffer.from(pem)).slice(7)}" } }`;
    const withFile = V1.replace(/\{ certificate: .* \} \} \}$/m, () => key);
    assert.notEqual(withFile, V1);
    const machine = world.machine();
    expect(await machine.run("policy", "check", world.write(withFile)), 0);
    expect(await place.sign(withFile), 3, /policy\/invalid/);
    await assert.rejects(place.store.tags(), /404|not/);
    expect(await machine.run("policy", "sign", world.write(V1), place.text, ...world.ana, "--at", "2026-01-01T00:00:00Z"), 2, /--at/);
    expect(await place.sign(V1), 0);
    for (const document of ["a: b: c", "kind: Policy", "[]"]) {
      const { blobs, manifest } = writePolicyArtifact(Buffer.from(document));
      for (const { descriptor, bytes } of blobs) await place.store.pushBlob(descriptor, bytes);
      await place.store.pushManifest(manifest.descriptor, manifest.bytes, { tag: "latest" });
      expect(await place.sign(V1), 3, /its document is no Countersign policy .*policy\/invalid/);
    }
  });

  test("who cannot see whether others sign the same version is told, and so is who waits beside them", async (context) => {
    let isListed = true;
    const registry = await startRegistry({
      tamper: ({ url }) => (url.includes("/tags/list") && !isListed ? { status: 404, body: Buffer.from("none") } : undefined),
    });
    context.after(() => registry.close());
    const place = await placeAt(`${registry.host}/policies/unlisted`);
    expect(await place.sign(V1), 0);
    isListed = false;
    const signed = expect(await place.sign(V2), 0, /warning: whether somebody signs another version 2 could not be found out/);
    assert.match(signed.stdout, /version 2 is signed/);
    isListed = true;
    const [machine, other] = [world.machine(), world.machine()];
    for (const one of [machine, other]) one.configure("", { atLeast: 2 });
    expect(await place.sign(policyText(3, { after: V2, note: "of one" }), { on: machine }), 0);
    const beside = await place.sign(V3, { on: other });
    assert.match(expect(beside, 0, /warning: another version 3 of policy "shop" waits for signatures too: oci:/).stdout, /1 of 2/);
    // Neither is what a verifier would use.
    machine.configure();
    expect(await machine.judge(place.text), 0);
  });

  test("a registry that takes a signature and does not list it, as where it removes what has no tag, is told apart from a missing signer", async (context) => {
    let listings = Number.NaN;
    const registry = await startRegistry({
      tamper: ({ method, url }) => {
        if (method === "PUT" && /\/manifests\/sha256:/.test(url)) listings = 0;
        if (!/\/referrers\//.test(url) || !((listings += 1) > 1)) return undefined;
        return {
          body: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [] })),
        };
      },
    });
    context.after(() => registry.close());
    const place = await placeAt(`${registry.host}/policies/forgetful`);
    const said = expect(
      await place.sign(V1),
      4,
      /the registry does not list the signature that it has just taken, sha256:.* \(store\/incomplete\)/,
    );
    assert.match(said.stderr, /take the repository of policies out of that rule/);
  });

  test("a policy is brought to another tag by its successor, and to another place with its predecessor", async (context) => {
    const place = await newPlace(context);
    for (const text of [V1, V2]) expect(await place.sign(text), 0);
    expect(await place.sign(V3, { tag: "staging" }), 0);
    const elsewhere = await newPlace(context);
    const orphan = expect(await elsewhere.sign(V3), 3, /the version before it, sha256:[0-9a-f]+, is not there/);
    assert.match(orphan.stderr, /countersign copy OLD/);
    const copied = await world.machine().run("copy", `${place.repository}:latest`, `${elsewhere.repository}:latest`);
    expect(copied, 0);
    expect(await elsewhere.sign(V3), 0);
    const machine = world.machine();
    expect(await machine.judge(elsewhere.text), 0);
    // Who signed the version before has signed which chain it is.
    assert.match(readFileSync(machine.floors()[0] ?? "", "utf8"), new RegExp(`"chain": "${digestOf(Buffer.from(V1))}"`));
  });

  test("the history tells versions and signers, back to the first; what is missing is told, with exit 4", async (context) => {
    const place = await newPlace(context);
    for (const text of [V1, V2, V3]) expect(await place.sign(text), 0);
    const machine = world.machine();
    const shown = expect(await machine.run("policy", "show", place.text, "--history"), 0);
    assert.match(
      shown.stdout,
      /✓ version 3 [^]*CN=ana,O=Acme,C=US \(ca:ana\) {2}says signed 20[^]*✓ version 2 [^]*✓ version 1 [^]*first version sha256:/,
    );
    machine.configure(`policies:\n  shop: { source: "${place.text}" }\n`);
    const json = expect(await machine.run("policy", "show", "--history", "--output", "json"), 0).json() as {
      readonly versions: readonly { readonly version: number; readonly digest: string }[];
      readonly chain: string;
    };
    assert.deepEqual(findFaults(json), []);
    assert.deepEqual(
      json.versions.map(({ version, digest }) => [version, digest]),
      [V3, V2, V1].map((text, at) => [3 - at, digestOf(Buffer.from(text))]),
    );
    assert.equal(json.chain, digestOf(Buffer.from(V1)));
    const answer = (await machine.run("policy", "show", place.text, "--output", "json")).json();
    assert.deepEqual(findFaults(answer), []);
    assert.equal((answer as { readonly chain: string }).chain, json.chain);
    await signBeside(place, [1, V1], OTHER_V2);
    await place.turn(3, V3);
    await hide(place, [2, V2], [2, OTHER_V2]);
    const cut = expect(await machine.run("policy", "show", "shop", "--history", "--output", "json"), 4).json();
    assert.deepEqual(findFaults(cut), []);
    assert.deepEqual((cut as { readonly missing: object }).missing, { version: 2, digest: digestOf(Buffer.from(V2)) });
    machine.configure("", { atLeast: 2 });
    const short = expect(await machine.run("policy", "show", place.text, "--history"), 1);
    assert.match(short.stdout, /✗ version 3 [^]*not signed by those who may sign policies today/);
    expect(await machine.run("policy", "show", world.write(V1), "--history"), 2, /a file has only the one/);
    expect(await machine.run("policy", "show", `${place.text}:none`, "--history"), 4, /store\/not-found/);
  });

  test("the history shows what waits for more signatures", async (context) => {
    const place = await newPlace(context);
    const machine = world.machine();
    machine.configure("", { atLeast: 2 });
    const put = (text: string, who: readonly string[]): Promise<Said> =>
      machine.run("policy", "sign", world.write(text), `${place.text}:latest`, ...who);
    for (const who of [world.ana, world.bo]) expect(await put(V1, who), 0);
    expect(await put(V2, world.ana), 0);
    const shown = expect(await machine.run("policy", "show", place.text, "--history"), 0);
    assert.match(shown.stdout, /… version 2 [^]*waits for signatures: 1 of 2, CN=ana[^]*✓ version 1 /);
    const json = expect(await machine.run("policy", "show", place.text, "--history", "--output", "json"), 0).json();
    assert.deepEqual(findFaults(json), []);
    assert.equal((json as { readonly waiting: readonly { readonly version: number }[] }).waiting[0]?.version, 2);
  });

  test("whoever compares, or asks who can open, or looks at the history, is told that verify refuses this version", async (context) => {
    const place = await newPlace(context);
    for (const text of [V1, V2]) expect(await place.sign(text), 0);
    const machine = world.machine();
    expect(await machine.judge(place.text), 0);
    await place.turn(1, V1);
    const seen = /version 2 has been seen on this machine: it judges nothing here/;
    expect(await machine.run("policy", "diff", place.text, world.write(V2)), 0, seen);
    expect(await machine.run("policy", "who-can", "--policy", place.text), 0, seen);
    const history = (): Promise<Said> => machine.run("policy", "show", place.text, "--history");
    assert.match(expect(await history(), 0).stdout, seen);
    assert.deepEqual(findFaults((await machine.run("policy", "show", place.text, "--history", "--output", "json")).json()), []);
    machine.configure(`policies:\n  shop: { source: "${place.text}", minimumVersion: 7 }\n`);
    assert.match(expect(await history(), 0).stdout, /it is version 1, and verifier\.yaml asks for 7 or later: it judges nothing here/);
  });
});

/** People say yes and no at a gate, by certificates and by a bare key, on every kind of registry: what is signed, refused, asked and told. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { digestOf, parseDigest } from "../../src/core/digest.ts";
import { OCI_EMPTY, OCI_MANIFEST } from "../../src/core/media-types.ts";
import type { Verdict, Word } from "../../src/core/verdict.ts";
import { parseReference } from "../../src/core/reference.ts";
import { encodeJson } from "../../src/encoding/json.ts";
import { openArchive } from "../../src/registry/archive.ts";
import { pushImage } from "../../src/testing/image.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { type ApprovalWorld, createApprovalWorld } from "../fixtures/approval-world.ts";
import { findFaults } from "../json-schema.ts";
import { needsPrograms } from "../real/programs.ts";
import { startDockerRegistry, startOlareg } from "../real/registries.ts";
import { countersign, type Said } from "./terminal.ts";

const registry = await startRegistry();
const worlds: ApprovalWorld[] = [];
after(async () => {
  for (const world of worlds) world.close();
  await registry.close();
});

async function worldFor(approve?: string): Promise<ApprovalWorld> {
  const world = await createApprovalWorld({ host: registry.host, ...(approve === undefined ? {} : { approve }) });
  worlds.push(world);
  return world;
}

/** Made by the first test that asks for it, whichever that is. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

function documentOf(said: Said): Record<string, unknown> {
  const document = said.json();
  assert.deepEqual(findFaults(document), []);
  return document as Record<string, unknown>;
}

async function verdictOf(world: ApprovalWorld, image: string): Promise<Verdict> {
  const said = await world.run(["verify", image, "--gate", "prod", "--output", "json"]);
  assert.deepEqual(findFaults(said.json()), []);
  return said.json() as Verdict;
}

function wordsIn({ requirements }: Verdict): readonly Word[] {
  return requirements.find(({ kind }) => kind === "approval")?.words ?? [];
}

/** The digest of what was signed. */
async function speak(world: ApprovalWorld, name: string, image: string, ...words: readonly string[]): Promise<string> {
  const said = await world.expect(0, "approve", image, "--gate", "prod", ...world.keyOf(name), "--yes", "--output", "json", ...words);
  return String(documentOf(said)["statement"]);
}

for (const { name, start, program } of [
  { name: "the registry of the tests", start: () => startRegistry(), program: undefined },
  { name: "docker-registry", start: () => startDockerRegistry(), program: "docker-registry" },
  { name: "olareg", start: () => startOlareg(), program: "olareg" },
]) {
  test(`two of three approve, one by a certificate and one by a bare key: ${name}`, async (context) => {
    if (program !== undefined && !needsPrograms(context, program)) return;
    const there = await start();
    const world = await createApprovalWorld({ host: there.host });
    context.after(async () => {
      world.close();
      await there.close();
    });
    const image = await world.image();
    await world.expect(1, "verify", image, "--gate", "prod");
    await speak(world, "ana", image, "--ticket", "SHOP-41");
    const short = await world.expect(1, "verify", image, "--gate", "prod");
    assert.match(
      short.stdout,
      /✗ approvals {3}1 of 2\n {6}ana {3}approved \S+, until \S+\n {12}ticket: SHOP-41\n {6}still able to approve: bo, finn\n/,
    );
    assert.match(short.stdout, /try: .*countersign .*approve \S+@sha256:[0-9a-f]{64} --gate prod/);
    // Pasted as it stands, with whoever's key.
    const [, pasted = ""] = /try: [^`]*`countersign ([^`]*)`/.exec(short.stdout) ?? [];
    const said = await countersign([...pasted.split(" "), ...world.keyOf("finn"), "--yes"]);
    assert.equal(said.code, 0, `${pasted}\n${said.stdout}${said.stderr}`);
    assert.match((await world.expect(0, "verify", image, "--gate", "prod")).stdout, /✓ approvals {3}2 of 2/);

    // The same by files that somebody else brings, twice at once.
    const other = await world.image();
    const files = ["ana", "finn"].map((who) => join(world.folder, `${who}.out`));
    for (const [at, who] of ["ana", "finn"].entries())
      await world.expect(0, "approve", other, "--gate", "prod", ...world.keyOf(who), "--yes", "--out", files[at] ?? "");
    await Promise.all([0, 1].map(() => world.expect(0, "attach", other, ...files)));
    assert.equal(wordsIn(await verdictOf(world, other)).length, 2);
    await world.expect(0, "verify", other, "--gate", "prod");
  });
}

const ordinary = once(() => worldFor());

test("one person's words: count once, however often they are said, and the later one replaces the earlier", async () => {
  const world = await ordinary();
  const image = await world.image();
  const first = await speak(world, "ana", image);
  const second = documentOf(
    await world.expect(0, "approve", image, "--gate", "prod", ...world.keyOf("ana"), "--yes", "--output", "json", "--expires", "1h"),
  );
  assert.deepEqual(second["supersedes"], [first]);
  const verdict = await verdictOf(world, image);
  assert.equal(verdict.outcome, "deny");
  const codes = wordsIn(verdict).map(({ counts, because = [] }) => [counts, ...because.map(({ code }) => code)].join(" "));
  assert.deepEqual(codes.toSorted(), ["false approvals/superseded", "true"]);
});

test("one person's words: a rejection holds against everybody else, until it is taken back by an approval", async () => {
  const world = await ordinary();
  const image = await world.image();
  const rejection = await speak(world, "ana", image, "--reject", "--reason", "the migration is not tested");
  for (const other of ["bo", "finn"]) await speak(world, other, image);
  const denied = await world.expect(1, "verify", image, "--gate", "prod");
  assert.match(denied.stdout, /ana {4}rejected \S+\n {13}reason: the migration is not tested\n/);
  assert.ok(denied.stdout.includes(rejection), "whoever overrules it needs its digest");
  await speak(world, "ana", image);
  await world.expect(0, "verify", image, "--gate", "prod");
});

test("one person's words: a withdrawal takes an approval back", async () => {
  const world = await ordinary();
  const image = await world.image();
  for (const name of ["ana", "bo"]) await speak(world, name, image);
  await world.expect(0, "verify", image, "--gate", "prod");
  await speak(world, "bo", image, "--withdraw");
  await world.expect(1, "verify", image, "--gate", "prod");
});

test("one person's words: hostile texts are told escaped wherever they are shown", async () => {
  const world = await ordinary();
  const image = await world.image();
  await speak(world, "ana", image, "--reason", "fine\u001b[2J\u202e", "--ticket", "SHOP-1\u0007");
  for (const command of [
    ["verify", image, "--gate", "prod", "--explain"],
    ["inspect", image],
    ["tree", image],
  ]) {
    const { stdout } = await world.run(command);
    // eslint-disable-next-line no-control-regex -- these are what must not be there
    assert.doesNotMatch(stdout, /[\u001b\u202e\u0007]/);
  }
  for (const command of ["inspect", "tree"]) documentOf(await world.expect(0, command, image, "--output", "json"));
  assert.match((await world.run(["inspect", image])).stdout, /reason {2,}fine\\u\{1b\}\[2J\\u\{202e\}/);
});

test("a rejection by another is overruled by one person more than the gate asks for, and every verdict tells it", async () => {
  const world = await worldFor("{ by: release, atLeast: 1, valid: 72h }");
  const image = await world.image();
  const rejection = await speak(world, "ana", image, "--reject", "--reason", "not tested");
  const unknown = await world.expect(
    2,
    "approve",
    image,
    "--gate",
    "prod",
    ...world.keyOf("bo"),
    "--yes",
    "--overrule",
    "sha256:00000000",
    "--reason",
    "tested now",
  );
  assert.match(unknown.stderr, /sha256:[0-9a-f]{64} by ana/);
  await speak(world, "bo", image, "--overrule", rejection, "--reason", "tested now");
  await world.expect(1, "verify", image, "--gate", "prod");
  await speak(world, "finn", image, "--overrule", rejection.slice(0, 20), "--reason", "tested now");
  const said = await world.expect(0, "verify", image, "--gate", "prod");
  assert.match(said.stdout, /does not count: approvals\/overruled: bo and finn have overruled it \(rejected/);
});

const refusals = once(async () => {
  const world = await worldFor();
  const refused = async (code: number, ...words: readonly string[]): Promise<Said> =>
    world.expect(code, "approve", ...words, "--gate", "prod", "--yes");
  const isUntouched = async (image: string): Promise<void> => assert.deepEqual(wordsIn(await verdictOf(world, image)), []);
  return { world, refused, isUntouched };
});

test("nothing is signed: where the needs are not met, unless despite that, which counts once they are", async () => {
  const { world, refused, isUntouched } = await refusals();
  const image = await world.image({ unsigned: true });
  const said = await refused(1, image, ...world.keyOf("ana"));
  assert.match(said.stdout, /^✗ deny .*\n {2}✗ build: signature .*(\n.*)*✗ nothing was signed: the needs are not met/);
  await isUntouched(image);
  const document = documentOf(await refused(1, image, ...world.keyOf("ana"), "--output", "json"));
  assert.equal(document["outcome"], "refused");
  for (const name of ["ana", "bo"]) await speak(world, name, image, "--despite", "--reason", "the scan comes later");
  await world.expect(1, "verify", image, "--gate", "prod");
  await world.expect(0, "sign", image, ...world.keyOf("ci"));
  await world.expect(0, "verify", image, "--gate", "prod");
});

test("nothing is signed: for whoever is not asked", async () => {
  const { world, refused, isUntouched } = await refusals();
  const image = await world.image();
  assert.match(
    (await refused(3, image, ...world.keyOf("eva"))).stderr,
    /eva is not asked; gate prod asks release .*\(approval\/not-a-member\)/,
  );
  assert.match(
    (await refused(3, image, ...world.keyOf("mallory"))).stderr,
    /the policy knows nobody by CN=mallory.*\(approval\/not-a-member\)/,
  );
  assert.match(
    (await refused(3, image, ...world.keyOf("eva"), "--reject", "--reason", "not tested")).stderr,
    /Cannot reject .*approval\/not-a-member/,
  );
  await isUntouched(image);
});

test("nothing is signed: by a policy that nobody vouches for", async () => {
  const { world, refused, isUntouched } = await refusals();
  const image = await world.image();
  const other = join(world.folder, "other.yaml");
  writeFileSync(
    other,
    `# another\n${"apiVersion: countersign.dev/v1\nkind: Policy\n"}name: other\nversion: 1
products: { shop/api: { prod: "${world.prod}" } }
people: { finn: { key: "SHA256:${"A".repeat(43)}" } }
parties: { ci: { certificate: { anchor: "ca:ci", subject: { C: US, O: Acme, CN: ci } } } }
gates: { prod: { needs: [ { signature: { by: ci } } ], approve: { by: [finn], valid: 1h } } }
`,
  );
  assert.match(
    (await refused(3, image, ...world.keyOf("finn"), "--policy", other)).stderr,
    /neither signed nor pinned \(policy\/unpinned\)\n {2}try: .*policy trust/,
  );
  await isUntouched(image);
});

test("nothing is signed: at a gate that asks for no approvals, or that there is not, or for no key", async () => {
  const { world, refused } = await refusals();
  const image = await world.image();
  const asked = await world.expect(2, "approve", image, "--gate", "build", ...world.keyOf("ana"), "--yes");
  assert.match(asked.stderr, /gate build asks for no approvals \(approval\/not-asked\)/);
  assert.match((await world.expect(2, "approve", image, "--gate", "prd", ...world.keyOf("ana"), "--yes")).stderr, /did you mean prod/);
  assert.match((await refused(2, image)).stderr, /no key was given/);
  assert.match((await world.expect(2, "approve", image, ...world.keyOf("ana"))).stderr, /no gate was named/);
  assert.match((await refused(2, image, ...world.keyOf("ana"), "--reject", "--despite")).stderr, /--despite means nothing with --reject/);
  for (const option of [["--reject"], ["--despite"], ["--overrule", "sha256:00000000"]]) {
    for (const reason of [[], ["--reason", " "]]) {
      const said = await refused(2, image, ...world.keyOf("ana"), ...option, ...reason);
      assert.match(said.stderr, /without a reason helps nobody \(usage\/invalid\)\n {2}try: --reason TEXT/);
    }
  }
});

test("nothing is signed: that nobody could read", async () => {
  const { world, refused, isUntouched } = await refusals();
  const image = await world.image();
  for (const [option, text, state] of [
    ["--reason", "x".repeat(5000), /predicate\.reason has over 4096 characters \(usage\/invalid\)/],
    ["--ticket", "", /predicate\.ticket is empty/],
  ] as const) {
    assert.match((await refused(2, image, ...world.keyOf("ana"), option, text)).stderr, state);
    assert.match((await refused(2, image, ...world.keyOf("ana"), option, text, "--disown", "a".repeat(40))).stderr, state);
  }
  await isUntouched(image);
});

test("nothing is signed: of a tag that may move before anybody has seen what it names", async () => {
  const { world, isUntouched } = await refusals();
  const image = await world.image({ tag: "2.0" });
  const tagged = `${world.prod}:2.0`;
  for (const isTerminal of [false, true]) {
    const said = await world.run(["approve", tagged, "--gate", "prod", ...world.keyOf("ana"), "--yes"], { isTerminal });
    assert.equal(said.code, 2);
    assert.match(
      said.stderr,
      /a digest is wanted.*\(usage\/digest-wanted\)\n {2}try: .*countersign .*approve \S+@sha256:… --gate prod .*--key/,
    );
  }
  await isUntouched(image);
});

test("nothing is signed: without a terminal unless --yes is given", async () => {
  const { world, isUntouched } = await refusals();
  const image = await world.image();
  const said = await world.expect(2, "approve", image, "--gate", "prod", ...world.keyOf("ana"));
  assert.match(said.stderr, /nobody at a terminal to ask[^\n]*\n {2}try: .*--yes/);
  await isUntouched(image);
});

const atTerminal = once(() => worldFor());

test("at a terminal: the person sees how the gate stands and what is replaced, and is asked", async () => {
  const world = await atTerminal();
  const image = await world.image({ tag: "3.0" });
  const ask = (answer: string, ...words: readonly string[]): Promise<Said> =>
    world.run(["approve", `${world.prod}:3.0`, "--gate", "prod", ...world.keyOf("ana"), ...words], {
      isTerminal: true,
      answers: [answer],
    });
  const no = await ask("no");
  assert.equal(no.code, 4, no.stderr);
  assert.match(no.stderr, /✗ deny .*(\n.*)*you are ana: approved as shop\/api at gate prod, in \S+(\n.*)*Approve this image\? Type yes/);
  assert.deepEqual(wordsIn(await verdictOf(world, image)), []);
  const yes = await ask("yes");
  assert.equal(yes.code, 0, yes.stderr);
  assert.match((await ask("yes")).stderr, /it replaces what you said at \S+ \(approved\); the evidence is what you saw then/);
  assert.match((await ask("yes", "--reject", "--reason", "not tested")).stderr, /Reject this image\? Type yes/);
});

test("whoever has approved at an earlier gate is told that he does not count", async () => {
  const world = await worldFor();
  await world.trust(
    `apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
products: { shop/api: { prod: "${world.prod}" } }
people:
  ana: { certificate: { anchor: "ca:ana", subject: { C: US, O: Acme, CN: ana } } }
  bo: { certificate: { anchor: "ca:bo", subject: { C: US, O: Acme, CN: bo } } }
parties: { ci: { certificate: { anchor: "ca:ci", subject: { C: US, O: Acme, CN: ci } } } }
gates:
  qa: { needs: [ { signature: { by: ci } } ], approve: { by: [ana, bo], valid: 72h } }
  prod: { after: qa, approve: { by: [ana, bo], not: [ { approver-of: qa } ], valid: 72h } }
`,
  );
  const image = await world.image();
  const approve = (code: number, name: string, gate: string): Promise<Said> =>
    world.expect(code, "approve", image, "--gate", gate, ...world.keyOf(name), "--yes");
  assert.match((await approve(1, "bo", "prod")).stdout, /qa: approvals/);
  await approve(0, "ana", "qa");
  assert.match(
    (await approve(3, "ana", "prod")).stderr,
    /it would not count, as far as is known: ana has approved it at gate qa \(approvals\/approver-of\)/,
  );
  await approve(0, "bo", "prod");
  await world.expect(0, "verify", image, "--gate", "prod");
});

test("several images are approved together, each for itself", async () => {
  const world = await worldFor();
  const [good, bad] = [await world.image(), await world.image({ unsigned: true })];
  const words = [good, bad, "--gate", "prod", ...world.keyOf("ana")];
  assert.match((await world.expect(2, "approve", ...words)).stderr, /name one, or add --yes/);
  const document = documentOf(await world.expect(1, "approve", ...words, "--yes", "--output", "json"));
  assert.equal(document["kind"], "ApprovalList");
  const items = document["items"] as readonly { readonly outcome: string }[];
  assert.deepEqual(
    items.map(({ outcome }) => outcome),
    ["signed", "refused"],
  );
});

test("the help has the command", async () => {
  assert.match((await countersign(["help", "approve"])).stdout, /--overrule <digest>/);
});

const unpushed = once(async () => {
  const world = await worldFor();
  const image = await world.image();
  const [bundle, archive] = [join(world.folder, "finn.json"), join(world.folder, "ana.tar")];
  const out = (code: number, name: string, file: string): Promise<Said> =>
    world.expect(code, "approve", image, "--gate", "prod", ...world.keyOf(name), "--yes", "--out", file, "--output", "json");

  const [finn, ana] = [documentOf(await out(0, "finn", bundle)), documentOf(await out(0, "ana", archive))];
  return { world, image, bundle, archive, out, finn, ana };
});

test("what somebody signs who may not push: is a file, a bundle by a bare key and an archive by a certificate, and nothing is pushed", async () => {
  const { world, image, bundle, archive, out, finn, ana } = await unpushed();
  assert.deepEqual(
    [finn["file"], ana["file"]],
    [
      { path: bundle, form: "bundle" },
      { path: archive, form: "oci-archive" },
    ],
  );
  assert.deepEqual(wordsIn(await verdictOf(world, image)), []);
  assert.match((await out(2, "finn", bundle)).stderr, /file\/exists/);
  assert.match((await out(2, "ana", archive)).stderr, /file\/exists/);
});

test("what somebody signs who may not push: is attached as its signer would have pushed it, once, however many bring it at the same time", async () => {
  const { world, image, bundle, archive, finn, ana } = await unpushed();
  const attachAll = (): Promise<Said> => world.expect(0, "attach", image, bundle, archive, "--output", "json");
  const said = await Promise.all([attachAll(), attachAll(), attachAll()]);
  for (const one of said) documentOf(one);
  const again = documentOf(await attachAll())["attached"] as readonly { isHeld: boolean }[];
  assert.deepEqual(
    again.map(({ isHeld }) => isHeld),
    [true, true],
  );
  const verdict = await verdictOf(world, image);
  assert.equal(verdict.outcome, "pass");
  assert.deepEqual(
    wordsIn(verdict)
      .map(({ statement }) => statement)
      .toSorted(),
    [finn["statement"], ana["statement"]].toSorted(),
  );
});

test("what somebody signs who may not push: is refused at another image, and where it was changed or is nothing that anybody signed", async () => {
  const { world, image, bundle, archive } = await unpushed();
  const other = await world.image();
  for (const file of [bundle, archive]) assert.match((await world.expect(2, "attach", other, file)).stderr, /\(document\/other-subject\)/);
  const spoilt = join(world.folder, "spoilt.json");
  writeFileSync(
    spoilt,
    readFileSync(bundle, "utf8").replace(/"payload":"(.)/, (_, first: string) => `"payload":"${first === "e" ? "f" : "e"}`),
  );
  const plain = join(world.folder, "plain.json");
  writeFileSync(plain, "{}");
  const [list, tar] = [join(world.folder, "list.json"), join(world.folder, "junk.tar")];
  writeFileSync(list, "[]");
  writeFileSync(tar, Buffer.alloc(1024));
  for (const file of [list, tar])
    assert.match(
      (await world.expect(2, "attach", image, file)).stderr,
      /no bundle, and no OCI archive that can be read.*\(document\/invalid\)/,
    );
  for (const file of [spoilt, plain])
    assert.match((await world.expect(2, "attach", image, file)).stderr, /Cannot attach .*\(document\/invalid\)/);
  assert.match((await world.expect(2, "attach", image, join(world.folder, "absent.json"))).stderr, /file\/not-found/);
  assert.deepEqual(wordsIn(await verdictOf(world, other)), []);
});

test("what somebody signs who may not push: brings nothing along that is no signature of it", async () => {
  const { world, image } = await unpushed();
  const laden = join(world.folder, "laden.tar");
  await world.expect(0, "copy", image, `oci-archive:${laden}`);
  const store = openArchive(laden);
  const [signature] = (await store.referrers(parseDigest(image.slice(image.indexOf("sha256:"))))).referrers;
  assert.ok(signature !== undefined);
  const { mediaType, digest, size } = signature;
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: "application/x-stowaway",
    config: { mediaType: OCI_EMPTY, digest: digestOf(Buffer.from("{}")), size: 2 },
    layers: [],
    subject: { mediaType, digest, size },
  });
  const stowaway = { mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length };
  await store.pushBlob({ mediaType: OCI_EMPTY, digest: digestOf(Buffer.from("{}")), size: 2 }, Buffer.from("{}"));
  await store.attach([{ descriptor: stowaway, bytes }], { subject: { mediaType, digest, size } });
  await store.commit();
  const refused = await world.expect(2, "attach", image, laden);
  assert.ok(refused.stderr.includes(`${stowaway.digest} in it is no signature`), refused.stderr);
});

const edited = once(async () => {
  const world = await worldFor();
  const first = readFileSync(world.policy, "utf8");
  const image = await world.image();
  for (const name of ["ana", "finn"]) await speak(world, name, image);
  return { world, first, image };
});

test("a pinned policy that is edited: keeps its approvals where it is trusted again, and says by which version they are told", async () => {
  const { world, first, image } = await edited();
  await world.trust(`${first}# a remark\n`);
  await world.trust(`${first}# another\n`);
  assert.equal((await verdictOf(world, image)).outcome, "pass");
  const said = await world.expect(0, "policy", "trust", world.policy, "--yes", "--output", "json");
  assert.equal(documentOf(said)["chain"], digestOf(Buffer.from(first)));
  assert.match(said.stderr, /approvals name its first version: sha256:[0-9a-f]{64}, that of the policy which was pinned here before/);
  assert.match(
    readFileSync(join(world.config, "verifier.yaml"), "utf8"),
    /: \{ digest: sha256:[0-9a-f]{64}, chain: sha256:[0-9a-f]{64}, past: \[ .* \] \}\n$/,
  );
});

test("a pinned policy that is edited: loses what it asked otherwise: an approval of before is of another gate", async () => {
  const { world, first, image } = await edited();
  await world.trust(first.replace("atLeast: 2, valid: 72h", "atLeast: 2, valid: 48h"));
  const verdict = await verdictOf(world, image);
  assert.equal(verdict.outcome, "deny");
  assert.deepEqual(
    wordsIn(verdict).map(({ because = [] }) => because.map(({ code }) => code)),
    [["approvals/gate-changed"], ["approvals/gate-changed"]],
  );
});

test("a pinned policy that is edited: is another one on a machine that has never seen the first, until it is told which that was", async () => {
  const { world, first, image } = await edited();
  await world.trust(first);
  const second = `${first.replace("version: 1\n", `version: 2\nprevious: "${digestOf(Buffer.from(first))}"\n`)}`;
  writeFileSync(join(world.config, "verifier.yaml"), "apiVersion: countersign.dev/v1\nkind: Verifier\n");
  writeFileSync(world.policy, second);
  const warned = await world.expect(0, "policy", "trust", world.policy, "--yes");
  assert.match(warned.stderr, /warning: with which version it began is not known/);
  assert.equal((await verdictOf(world, image)).outcome, "unknown");
  const refused = await world.expect(3, "approve", image, "--gate", "prod", ...world.keyOf("bo"), "--yes");
  assert.match(refused.stderr, /\(policy\/no-chain\)\n {2}try: countersign .*policy trust FILE --first DIGEST/);
  // Nor does it become the first because a third one follows it.
  await world.trust(`${second}# a remark\n`);
  assert.equal((await verdictOf(world, image)).outcome, "unknown");
  await world.expect(0, "policy", "trust", world.policy, "--yes", "--first", digestOf(Buffer.from(first)));
  assert.equal((await verdictOf(world, image)).outcome, "pass");
});

test("what waits for somebody: images before a gate that need no more than people, and are not there yet", async () => {
  const world = await worldFor();
  const push = async (repository: string, tag: string, content: string): Promise<string> => {
    const store = await world.opened.openStore(parseReference(repository));
    const { digest } = await pushImage(store, { tag, files: [{ path: "app", bytes: Buffer.from(content) }] });
    return `${repository}@${digest}`;
  };
  const ready = await push(world.build, "1.0", "ready");
  await push(world.build, "latest", "ready");
  const unsigned = await push(world.build, "0.9", "unsigned");
  const entered = await push(world.build, "0.8", "entered");
  await push(world.prod, "0.8", "entered");
  for (const image of [ready, entered]) await world.expect(0, "sign", image, ...world.keyOf("ci"));
  const pending = async (...words: readonly string[]): Promise<Record<string, unknown>> =>
    documentOf(await world.expect(0, "approve", "--pending", "--output", "json", ...words));
  const waiting = [{ image: ready, tags: ["1.0", "latest"], gate: "prod", product: "shop/api", approvals: { counted: 0, atLeast: 2 } }];
  const report = await pending("--as-person", "ana");
  assert.deepEqual(report["waiting"], waiting);
  assert.deepEqual(report["repositories"], [world.build]);
  assert.ok(String(report["notes"]).includes(`${unsigned} does not wait for people alone`), String(report["notes"]));
  assert.deepEqual((await pending(...world.keyOf("finn")))["waiting"], waiting);
  assert.deepEqual((await pending("--as-person", "eva"))["waiting"], []);
  const said = await world.expect(0, "approve", "--pending", ...world.keyOf("finn"));
  const [, pasted = ""] = /^ +(countersign .*approve .*)$/m.exec(said.stdout) ?? [];
  await world.expect(
    0,
    ...pasted
      .split(" ")
      .slice(1)
      .filter((word, at, all) => word !== "--config" && all[at - 1] !== "--config"),
    "--yes",
  );
  assert.deepEqual((await pending("--as-person", "finn"))["waiting"], []);
  assert.deepEqual((await pending("--as-person", "ana", world.prod))["waiting"], []);
  const elsewhere = await world.expect(2, "approve", "--pending", "--as-person", "finn", "registry.example/other");
  assert.match(elsewhere.stderr, /lists no product at registry\.example\/other for gate prod/);
  assert.match((await world.expect(2, "approve", "--pending", "--as-person", "nobody")).stderr, /--as-person ana, or --as-person bo/);
  assert.match((await world.expect(2, "approve", "--pending")).stderr, /nobody says for whom/);
  const [many, text] = [join(world.folder, "many.yaml"), readFileSync(world.policy, "utf8")];
  writeFileSync(
    many,
    text
      .replace("shop/api:", '"shop/{name}":')
      .replace("people:\n", "sharedSigner: true\npeople:\n")
      .replace("/build/api", "/build/{name}")
      .replace("/prod/api", "/prod/{name}"),
  );
  const open = await world.expect(2, "approve", "--pending", "--as-person", "finn", "--policy", many);
  assert.match(open.stderr, /build\/\{name\} has a variable, .*: name yours, as countersign approve --pending \S+\/build\/NAME\b/);
});

/** The commands that answer people about policies: init, explain, who-can, diff, export. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isObject } from "../../src/core/descriptor.ts";
import { parseReference } from "../../src/core/reference.ts";
import { pushImage } from "../../src/testing/image.ts";
import { policyText } from "../fixtures/policy-world.ts";
import { findFaults } from "../json-schema.ts";
import { startScene } from "./policy-scene.ts";
import { countersign, type Said, type TerminalOptions } from "./terminal.ts";

const { folder, registry, opened } = await startScene();

const file = (name: string): string => join(folder, name);

/** In a configuration of its own. */
function at(config: string): (args: readonly string[], options?: TerminalOptions) => Promise<Said> {
  return (args, options = {}) => countersign([...args, "--config", file(config)], options);
}

function expect(said: Said, code: number): Said {
  assert.equal(said.code, code, `${said.stdout}${said.stderr}`);
  return said;
}

/** The one document of an answer, which fits its schema. */
function documentOf(said: Said): Readonly<Record<string, unknown>> {
  const document = said.json();
  assert.deepEqual(findFaults(document), []);
  assert.ok(isObject(document));
  return document;
}

async function pushed(repository: string, text: string): Promise<string> {
  const reference = parseReference(`${registry.host}/${repository}`);
  const { digest } = await pushImage(await opened.openStore(reference), { files: [{ path: "app", bytes: Buffer.from(text) }] });
  return `${registry.host}/${repository}@${digest}`;
}

function write(name: string, text: string): string {
  writeFileSync(file(name), text);
  return file(name);
}

test("from nothing to a verdict: a key, a policy by init, its signature passes and a stranger's is denied", async () => {
  const run = at("fresh");
  const repository = `${registry.host}/payments/api`;
  const out = file("fresh.yaml");
  const nothing = expect(await run(["policy", "init", repository, "--out", out]), 3);
  assert.match(nothing.stderr, /there is no key[^]*try: countersign --config \S+ cert test NAME --trust/);
  await run(["cert", "test", "stranger"]);
  const untrusted = expect(await run(["policy", "init", repository, "--out", out]), 3);
  assert.match(
    untrusted.stderr,
    /key stranger: no trust store holds its root[^]*try: countersign --config \S+ trust add ca:stranger \S+root\.pem/,
  );
  await run(["cert", "test", "zoe"]);
  const both = expect(await run(["policy", "init", repository, "--out", out]), 3);
  assert.match(both.stderr, /who could sign: key stranger: no trust store holds its root; key zoe: no trust store holds its root/);
  assert.ok(!existsSync(out));

  await run(["cert", "test", "ci", "--trust"]);
  const made = expect(await run(["policy", "init", `${repository}:1.4`, "--out", out]), 0);
  assert.match(made.stdout, /gate build asks for a signature by ci\n/);
  assert.match(made.stderr, /note: key zoe: no trust store holds its root; try: countersign --config \S+ trust add ca:zoe \S+root\.pem/);
  const text = readFileSync(out, "utf8");
  assert.match(text, /^# A Countersign policy[^]*countersign policy trust/);
  expect(await run(["policy", "check", out]), 0);
  assert.match(expect(await run(["policy", "init", repository, "--out", out]), 2).stderr, /file\/exists[^]*--force/);
  assert.equal(readFileSync(out, "utf8"), text);
  assert.equal(documentOf(await run(["policy", "init", repository, "--out", out, "--force", "--output", "json"]))["kind"], "PolicyInit");

  const [signed, strange] = [await pushed("payments/api", "signed"), await pushed("payments/api", "strange")];
  expect(await run(["sign", signed, "--key", "ci", "--policy", out]), 0);
  expect(await run(["sign", strange, "--key", "stranger", "--policy", out]), 0);
  expect(await run(["verify", signed, "--policy", out]), 0);
  expect(await run(["verify", strange, "--policy", out]), 1);
  const unlisted = await pushed("elsewhere/tool", "unlisted");
  const { stderr: without } = expect(await run(["sign", unlisted, "--key", "ci", "--policy", out]), 0);
  assert.match(
    without,
    /names no product: .*; it does not count at a gate where[^\n]*\n {2}try: if it should, add \S+elsewhere\/tool to a product/,
  );
});

test("init takes repositories and signers of notation's trust policy, each for its own repositories alone", async () => {
  const run = at("notation");
  await run(["cert", "test", "ci", "--trust", "--subject", "C=US, ST=WA, O=Acme, OU=Build, CN=ci"]);
  const statement = {
    registryScopes: ["r.example/api", "r.example/web"],
    signatureVerification: { level: "strict" },
    trustStores: ["ca:ci"],
  };
  const policy = {
    version: "1.0",
    trustPolicies: [
      { ...statement, name: "ours", trustedIdentities: ["x509.subject: C=US, ST=WA, O=Acme"] },
      { ...statement, name: "theirs", registryScopes: ["r.example/theirs"], trustedIdentities: ["x509.subject: C=DE, ST=BE, O=Other"] },
    ],
  };
  expect(await run(["policy", "import", write("trustpolicy.json", JSON.stringify(policy))]), 0);
  const made = expect(await run(["policy", "init", "--out", file("notation.yaml"), "--output", "json"]), 0);
  const { products, gates, signers } = documentOf(made);
  assert.deepEqual(products, [
    { name: "api", repository: "r.example/api", gate: "build" },
    { name: "web", repository: "r.example/web", gate: "build" },
    { name: "theirs", repository: "r.example/theirs", gate: "build-2" },
  ]);
  assert.deepEqual(gates, [
    { name: "build", by: ["ci"] },
    { name: "build-2", by: ["Other"] },
  ]);
  // The key's whole subject stands where the statement was content with a part of it.
  assert.match(JSON.stringify(signers), /"OU","value":"Build"/);
  expect(await run(["policy", "check", file("notation.yaml")]), 0);
});

function of(statement: string): string {
  return `the statement "${statement}" of notation's trust policy`;
}

test("init says what it leaves out of notation's trust policy, in the file and beside the answer", async () => {
  const run = at("losses");
  for (const name of ["ci", "dev"]) await run(["cert", "test", name, "--trust"]);
  const policy = {
    version: "1.0",
    trustPolicies: [
      {
        name: "loose\u202e",
        registryScopes: ["r.example/build/api", "r.example/prod/api"],
        signatureVerification: { level: "permissive", override: { revocation: "skip" }, verifyTimestamp: "afterCertExpiry" },
        trustStores: ["ca:ci", "signingAuthority:other", "tsa:clock"],
        trustedIdentities: ["*"],
      },
      { name: "unseen", registryScopes: ["r.example/unseen"], signatureVerification: { level: "skip" } },
      {
        name: "plugin",
        registryScopes: ["r.example/web", "q.example/web"],
        signatureVerification: { level: "audit" },
        trustStores: ["ca:ci"],
        trustedIdentities: ["plugin.id: x"],
      },
      {
        name: "rest",
        registryScopes: ["*"],
        signatureVerification: { level: "strict" },
        trustStores: ["ca:ci"],
        trustedIdentities: ["x509.subject: C=US, ST=WA, O=Acme"],
      },
    ],
  };
  expect(await run(["policy", "import", write("losses.json", JSON.stringify(policy))]), 0);
  const said = expect(await run(["policy", "init", "--out", file("losses.yaml")]), 0);
  const loose = of(String.raw`loose\u{202e}`);
  const notes = [
    `${loose} does not enforce expiry, time, revocation, and here that is enforced unless the gate has checks: { expiry: log, time: log, revocation: skip }`,
    `${loose} takes timestamps of tsa:clock (verifyTimestamp afterCertExpiry), which this policy does not name`,
    `${loose} trusts signingAuthority:other, and here nobody is named whose certificate leads there`,
    `${loose} accepts everybody under its trust stores, and here ci alone`,
    `${of("unseen")} has level skip: its images pass unseen, and here ci or dev must have signed them`,
    `${of("plugin")} only logs who has signed, and here nobody else's signature counts`,
    `${of("plugin")} does not enforce expiry, time, revocation, and here that is enforced unless the gate has checks: { expiry: log, time: log, revocation: log }`,
    `${of("plugin")} accepts "plugin.id: x", whom nothing here can name: the keys of this machine stand in that place (ci or dev)`,
    `${of("rest")} is for every repository that no other one names, and this policy for those alone that it lists`,
    "r.example/build/api (gate build) and r.example/prod/api (gate prod) are taken for places of one product, api; where a gate is to follow another, give it after: GATE",
    "web (r.example/web) and q-example/web (q.example/web) are products of their own; places of one image belong under one product, each for a gate of its own",
    "any one of ci, dev alone opens the gate build: take out who should not, or write atLeast: 2 where two are to sign",
  ];
  const text = readFileSync(file("losses.yaml"), "utf8");
  const shown = notes.map((note) => note.replace("gate build:", "gate build-2:"));
  assert.deepEqual(text.match(/(?<=^# {3}- ).*/gm), shown);
  assert.deepEqual(said.stderr.match(/(?<=^note: ).*/gm)?.slice(0, notes.length), shown);
  assert.match(text, /^ {2}api: \{ build: "r\.example\/build\/api", prod: "r\.example\/prod\/api" \}$/m);

  const narrow = await run([
    "policy",
    "init",
    "r.example/other",
    "r.example/web",
    "--out",
    file("losses.yaml"),
    "--force",
    "--output",
    "json",
  ]);
  const left = documentOf(expect(narrow, 0))["notes"] as readonly string[];
  assert.ok(left.includes(`${loose} is for r.example/build/api, r.example/prod/api too, which this policy does not list`));
  assert.ok(left.includes(`${of("plugin")} is for q.example/web too, which this policy does not list`));
  assert.ok(
    left.includes(
      `${of("rest")} accepts "x509.subject: C=US, ST=WA, O=Acme" as a part of the subject, and here the whole subject is compared`,
    ),
  );
});

test("what init proposes next is pasted as it stands, and ends in a pass", async () => {
  const run = at("next");
  await run(["cert", "test", "ci", "--trust"]);
  const repository = `${registry.host}/next/api`;
  const { digest } = await pushImage(await opened.openStore(parseReference(repository)), {
    files: [{ path: "app", bytes: Buffer.from("next") }],
    tag: "latest",
  });
  const bare = expect(await run(["policy", "init", repository, "--out", file("next.yaml"), "--force"]), 0);
  assert.match(bare.stdout, /countersign --config \S+ sign \S+\/next\/api@DIGEST --key ci/);
  assert.match(bare.stderr, /note: DIGEST is what `countersign tree \S+\/next\/api:TAG` shows/);
  const untold = expect(await run(["policy", "init", `${repository}:none`, "--out", file("next.yaml"), "--force"]), 0);
  assert.match(untold.stdout, /sign \S+\/next\/api@DIGEST --key ci[^]*verify \S+\/next\/api:none /);
  for (const given of [`${repository}:latest`, `${repository}@${digest}`]) {
    const made = expect(await run(["policy", "init", given, "--out", file("next.yaml"), "--force", "--output", "json"]), 0);
    const { next } = documentOf(made) as { readonly next: readonly string[] };
    assert.equal(next.length, 3);
    for (const line of next) {
      const [program, ...words] = line.split(" ");
      assert.equal(program, "countersign");
      if (words.includes("sign")) assert.ok(line.includes(`@${digest} `), line);
      expect(await countersign(words), 0);
    }
  }
});

test("a pass that a rule may end at any moment says so", async () => {
  const run = at("next");
  const policy = file("ruled.yaml");
  const rule = "rules: [ { name: year, gate: build, expr: 'now.getFullYear() > 2000', message: Not then } ]";
  writeFileSync(policy, `${readFileSync(file("next.yaml"), "utf8")}\n${rule}\n`);
  const said = expect(await run(["verify", `${registry.host}/next/api:latest`, "--policy", policy]), 0);
  assert.match(said.stdout, /holds now: the rule year may answer otherwise in a moment/);
  assert.doesNotMatch(said.stdout, /holds until/);
});

test("check says that the commonest reports of tests name no image", async () => {
  const run = at("tested");
  const [asked, asserted] = ["test: { by: ci }", "test: { by: ci, asserted: { by: ci } }"].map((need, index) => {
    const path = file(`tested-${index}.yaml`);
    writeFileSync(path, policyText(1).replace("signature: { by: ci }", need));
    return path;
  });
  assert.match(expect(await run(["policy", "check", asked ?? ""]), 0).stdout, /note: "build" asks for a test result, and JUnit and TAP/);
  assert.doesNotMatch(expect(await run(["policy", "check", asserted ?? ""]), 0).stdout, /JUnit/);
});

test("init asks for the repository at a terminal and nowhere else, and takes no folder", async () => {
  const run = at("asked");
  await run(["cert", "test", "ci", "--trust"]);
  assert.match(expect(await run(["policy", "init"]), 2).stderr, /nobody said in which repository/);
  assert.match(expect(await run(["policy", "init", "oci:somewhere:v1"]), 2).stderr, /does not say which repository/);
  expect(await run(["policy", "init", "--out", file("asked.yaml")], { isTerminal: true, answers: ["r.example/team/app"] }), 0);
  assert.match(readFileSync(file("asked.yaml"), "utf8"), /team\/app: \{ build: "r\.example\/team\/app" \}/);
});

const SHOP = `
apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 3
sharedSigner: true
products:
  shop/{app}: { build: "build.acme.io/{app}", prod: "prod.acme.io/{app}", audit: "prod.acme.io/{app}" }
people:
  eva: { certificate: { anchor: "ca:acme", subject: { CN: Eva, O: Acme } } }
  finn: { certificate: { anchor: "ca:acme", subject: { CN: Finn, O: Acme } } }
  gus: { oidc: { issuer: "https://login.acme.io", subject: "8d1c" }, key: "SHA256:${"A".repeat(43)}" }
parties:
  ci: { certificate: { anchor: "ca:build", subject: { CN: ci, O: Acme } } }
  scanner: { key: "SHA256:${"B".repeat(42)}A" }
  release: { people: [eva, finn, gus] }
gates:
  build: { needs: [ { signature: { by: ci } } ] }
  prod: { after: build, needs: [ { signature: { by: release, atLeast: 2 } }, { signature: { by: scanner } } ] }
  audit: { after: build, checks: { expiry: log } }
`;

test("explain says which policy, product and gates judge, what they ask, and what is missing here", async () => {
  const run = at("explain");
  const shop = write("shop.yaml", SHOP);
  const said = expect(await run(["policy", "explain", "build.acme.io/api:1", "--policy", shop]), 0);
  assert.match(said.stdout, /is judged\n {2}policy {4}\S+shop\.yaml {2}shop version 3 {2}unpinned {2}sha256:/);
  assert.match(said.stdout, /--policy names it\n/);
  assert.match(said.stdout, /product {3}shop\/api {3}shop\/\{app\} with app = api\n/);
  assert.match(said.stdout, /build asks for a signature by ci\n[^]*machine {3}ci is CN=ci, O=Acme under ca:build\n/);
  assert.match(said.stdout, /what ci signs must name the product shop\/api/);
  assert.match(said.stdout, /try: countersign --config \S+ trust add ca:build ROOTFILE$/m);

  const prod = documentOf(
    expect(await run(["policy", "explain", "prod.acme.io/api", "--gate", "prod", "--policy", shop, "--output", "json"]), 0),
  );
  assert.equal(prod["answer"], "judged");
  assert.deepEqual(prod["gates"], [
    { name: "build", asks: ["a signature by ci"], relaxed: {} },
    { name: "prod", asks: ["signatures by 2 different signers of release (eva, finn, gus)", "a signature by scanner"], relaxed: {} },
  ]);
  const several = documentOf(expect(await run(["policy", "explain", "prod.acme.io/api", "--policy", shop, "--output", "json"]), 0));
  assert.deepEqual([several["answer"], several["remedy"]], ["gate-wanted", "--gate prod, or --gate audit"]);
  const mistyped = documentOf(expect(await run(["policy", "explain", "biuld.acme.io/api", "--policy", shop, "--output", "json"]), 0));
  assert.deepEqual([mistyped["answer"], mistyped["nearest"]], ["not-listed", "build.acme.io/{app}"]);
  const layout = documentOf(expect(await run(["policy", "explain", "oci:folder", "--policy", shop, "--output", "json"]), 0));
  assert.deepEqual([layout["answer"], layout["remedy"]], ["not-listed", "--as REGISTRY/REPOSITORY"]);
  const named = documentOf(
    expect(await run(["policy", "explain", "oci:folder", "--as", "build.acme.io/api", "--policy", shop, "--output", "json"]), 0),
  );
  assert.equal(named["answer"], "judged");
  assert.match(expect(await run(["policy", "explain", "build.acme.io/api"]), 3).stderr, /policy\/none/);
});

const NOTARY_ALL = JSON.stringify({
  version: "1.0",
  trustPolicies: [
    {
      name: "all",
      registryScopes: ["*"],
      signatureVerification: { level: "audit" },
      trustStores: ["ca:acme"],
      trustedIdentities: ["x509.subject: C=US, ST=WA, O=Acme"],
    },
  ],
});

test("explain says of a Notary trust policy what its statement asks, and why it judges", async () => {
  const run = at("explain-notary");
  expect(await run(["policy", "import", write("all.json", NOTARY_ALL)]), 0);
  const said = expect(await run(["policy", "explain", "r.example/app"]), 0);
  assert.match(said.stdout, /it is the installed trust policy, and none is named or configured\n/);
  assert.match(
    said.stdout,
    /all asks for a signature by x509\.subject: C=US, ST=WA, O=Acme, with certificates of ca:acme\n[^]*only logged: authenticity, identity/,
  );
  assert.match(expect(await run(["policy", "who-can"]), 2).stderr, /a Notary trust policy, which has no people and parties/);
});

const KEYED = (letter: string): string => `{ key: "SHA256:${letter.repeat(42)}A" }`;

const RELEASE = `
apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
products:
  shop: { build: "build.acme.io/shop", prod: "prod.acme.io/shop" }
people:
  ana: ${KEYED("A")}
  bo: ${KEYED("B")}
  eva: ${KEYED("C")}
  finn: ${KEYED("D")}
  gus: { certificate: { anchor: "ca:acme", subject: { CN: Gus, O: Acme } } }
parties:
  ci: ${KEYED("F")}
  security: { people: [ana, bo] }
  release: { people: [ana, eva, finn, gus] }
forges: { github: { git: [ { ssh: "SHA256:${"L".repeat(42)}A" } ] } }
gates:
  build:
    needs: [ { provenance: { by: [ci, eva], builder: "https://ci.acme.io", source: "git+https://git.acme.io/shop", ref: refs/heads/main } } ]
    approve: { by: security, valid: 7d }
  prod: { after: build, approve: { by: release, atLeast: 2, not: [author, builder, approver-of: build], valid: 72h } }
exceptions: { by: security, for: [provenance], max: 30d }
breakGlass: { by: finn, waive: [approvals], max: 4h, afterwards: { by: release, within: 24h }, stayMax: 7d }
`;

const BELIEVED = `
apiVersion: countersign.dev/v1
kind: Verifier
witnesses: { acme-tsa: { operator: acme, timestamp: { store: "tsa:acme" } } }
roles:
  policySigners: { by: [ ${KEYED("G")}, ${KEYED("H")} ], atLeast: 2 }
  promoters: { by: [ ${KEYED("I")} ], trustRecords: true }
  summaryIssuers: { by: [ ${KEYED("J")}, ${KEYED("F")} ] }
`;

function golden(name: string): string {
  return readFileSync(join(import.meta.dirname, name), "utf8");
}

test("who-can tells every way to open a gate: exceptions, breaking the glass, verdicts and records that are taken", async () => {
  const shop = write("release.yaml", RELEASE);
  const told = async (run: ReturnType<typeof at>): Promise<string> => {
    const { stdout } = expect(await run(["policy", "who-can", "--gate", "prod", shop]), 0);
    return stdout.replaceAll(folder, "DIR").split("\n").slice(1).join("\n");
  };
  assert.equal(await told(at("who-can-alone")), golden("who-can-ways.golden"));
  mkdirSync(join(folder, "who-can-believed"), { recursive: true });
  writeFileSync(join(folder, "who-can-believed", "verifier.yaml"), BELIEVED);
  const run = at("who-can-believed");
  assert.equal(await told(run), golden("who-can-believed.golden"));
  const { gates } = documentOf(expect(await run(["policy", "who-can", shop, "--output", "json"]), 0)) as {
    readonly gates: readonly { readonly gate: string; readonly size: number; readonly others: readonly { readonly by: string }[] }[];
  };
  assert.deepEqual(
    gates.map(({ gate, size, others }) => [gate, size, others.map(({ by }) => by)]),
    [
      ["build", 1, ["exception", "breakGlass", "summary", "record"]],
      // An exception of provenance is of no use where it has to tell who has written it.
      ["prod", 1, ["breakGlass", "exception+breakGlass", "summary", "record"]],
    ],
  );
  // One key suffices, and whoever asks is told which.
  const checked = expect(await run(["policy", "check", shop]), 0).stdout;
  assert.match(checked, /note: "prod" is opened by one alone: SHA256:J+A or SHA256:I+A\n/);
  assert.match(checked, /warning: gates\.prod\.approve\.not\[0\] cannot tell what is written at github by ana, eva, finn, gus: /);
  const explained = expect(await run(["policy", "explain", "prod.acme.io/shop:1", "--gate", "prod", "--policy", shop]), 0).stdout;
  assert.match(explained, /by no .*author, .*, valid for 72h; whose the commits are that github signs, it says\n/);
});

test("who-can tells the fewest for each gate, who is behind them, and who stands above the policy", async () => {
  const run = at("who-can");
  const shop = write("shop.yaml", SHOP);
  const said = expect(await run(["policy", "who-can", "--gate", "prod", shop]), 0);
  const [head = "", ...lines] = said.stdout.replaceAll(folder, "DIR").split("\n");
  assert.match(head, /^DIR\/shop\.yaml {2}shop version 3 {2}unpinned {2}sha256:[0-9a-f]{64}$/);
  assert.equal(lines.join("\n"), readFileSync(join(import.meta.dirname, "who-can.golden"), "utf8"));
  const document = documentOf(expect(await run(["policy", "who-can", shop, "--output", "json"]), 0));
  assert.deepEqual(
    (document["gates"] as readonly Readonly<Record<string, unknown>>[]).map(({ gate, size }) => [gate, size]),
    [
      ["build", 1],
      ["prod", 3],
      ["audit", 1],
    ],
  );
  assert.match(expect(await run(["policy", "who-can", "--gate", "pord", shop]), 2).stderr, /no gate of that name[^]*--gate prod/);
  const checked = expect(await run(["policy", "check", shop]), 0);
  assert.match(checked.stdout, /note: "build" is opened by one alone: ci\n/);
  assert.doesNotMatch(checked.stdout, /"prod" is opened by one/);
});

test("show lets no document drive a terminal or reorder its lines, and pipes its bytes as they are", async () => {
  const run = at("show");
  // What YAML allows; JSON allows controls of the terminal too.
  const yaml = `# \u202e gates: {}\r\n${SHOP}# the end`;
  const notary = NOTARY_ALL.replace('"all"', '"all\u009b1A\u007f"');
  const shown = {
    [yaml]: `# \\u{202e} gates: {}\n${SHOP}# the end\n`,
    [notary]: `${NOTARY_ALL.replace('"all"', String.raw`"all\u{9b}1A\u{7f}"`)}\n`,
  };
  for (const [text, seen] of Object.entries(shown)) {
    const policy = write("driving", text);
    assert.equal(expect(await run(["policy", "show", "--policy", policy], { isTTY: true }), 0).stdout, seen);
    assert.equal(expect(await run(["policy", "show", "--policy", policy]), 0).stdout, readFileSync(policy, "latin1"));
    const json = expect(await run(["policy", "show", "--policy", policy, "--output", "json"]), 0);
    assert.deepEqual(documentOf(json)["document"], text === yaml ? yaml : JSON.parse(notary));
    assert.doesNotMatch(json.stdout, /[\u007f\u009b\u202e]/);
  }
});

test("diff tells what has changed in meaning, and marks the gate that is easier to open", async () => {
  const run = at("diff");
  const [old, now] = [
    write("old.yaml", SHOP),
    write("new.yaml", SHOP.replace("version: 3", "version: 4").replace("atLeast: 2", "atLeast: 1")),
  ];
  const said = expect(await run(["policy", "diff", old, now]), 0);
  assert.match(
    said.stdout,
    /gate prod\n {2}~ needs {2}signature of any 2 of \{eva, finn, gus\} → signature of any 1 of \{eva, finn, gus\}\n/,
  );
  assert.match(said.stdout, /who can open\n {2}prod {3}4 → 3 {3}easier\n {6}ci and eva and scanner open it, and did not before\n/);
  assert.equal(documentOf(await run(["policy", "diff", old, now, "--output", "json"]))["same"], false);
  const same = expect(
    await run(["policy", "diff", old, write("same.yaml", `# a comment\n${SHOP.replace("[eva, finn, gus]", "[gus, finn, eva]")}`)]),
    0,
  );
  assert.match(same.stdout, /the two mean the same\n$/);
});

test("export refuses what containers cannot ask for, and names each loss", async () => {
  const run = at("export");
  const said = expect(await run(["policy", "export", write("shop.yaml", SHOP)]), 0);
  assert.deepEqual(said.json(), { default: [{ type: "reject" }], transports: { docker: {} } });
  assert.match(said.stderr, /lost: build\.acme\.io\/\{app\}: a pattern cannot be asked about/);
  const document = documentOf(await run(["policy", "export", file("shop.yaml"), "--to", "containers", "--output", "json"]));
  assert.ok((document["losses"] as readonly unknown[]).length >= 4);
});

test("check tells every mistake with its place and what to write, also as a document", async () => {
  const run = at("mistakes");
  const broken = SHOP.replace("after: build, needs", "after: biuld, needs")
    .replace("by: ci }", "by: cii }")
    .replace('audit: "prod', 'adit: "prod');
  const path = write("broken.yaml", broken);
  const { stderr } = expect(await run(["policy", "check", path]), 3);
  assert.match(stderr, /line \d+, column \d+: products\S* names the gate "adit"[^\n]* \(and 2 more\)[^]*try: write audit;/);
  assert.match(stderr, /also: line \d+, column \d+: gates\.build\S+ names "cii"[^\n]*\n {4}try: write ci\n/);
  assert.match(stderr, /also: line \d+, column \d+: gates\.prod\.after names the gate "biuld"[^\n]*\n {4}try: write build\n/);
  const { problems } = documentOf(expect(await run(["policy", "check", path, "--output", "json"]), 3));
  assert.deepEqual(
    (problems as readonly Readonly<Record<string, unknown>>[]).map(({ remedy }) => remedy),
    ["write audit", "write ci", "write build"],
  );
});

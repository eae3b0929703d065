/** `--manifests` over a registry: every image judged once at its gate, every place told, and nothing passed over. */
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ExitCode } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { evaluate } from "../evaluate.ts";
import { createHttpClient } from "../net/http-client.ts";
import { openRegistry } from "../registry/remote/store.ts";
import { pushImage } from "../testing/image.ts";
import { type RunningRegistry, startRegistry } from "../testing/registry-server.ts";
import { findFaults } from "../../tests/json-schema.ts";
import { deployedGate } from "./deployed-gate.ts";
import { toFailure } from "./failure.ts";
import type { Io } from "./io.ts";
import { main } from "./main.ts";
import { withSetup } from "./open-setup.ts";
import { globalOptions } from "./options.ts";
import { parseCommandLine } from "./parse.ts";
import { knownOf } from "./render/remedy.ts";
import { fillVerdict } from "./render/verdict-remedies.ts";
import { type ManifestJudge, verifyManifests } from "./verify-manifests.ts";

const fixtures = fileURLToPath(new URL("../../tests/fixtures/manifests/", import.meta.url));
/** Of the policy and the verifier's configuration, what says which gate judges where. */
const POLICY = {
  form: "countersign",
  name: "shop",
  gates: ["test", "prod", "internal"].map((name) => ({ name, actions: undefined, trustStores: [], places: [] })),
} as const;
const SOURCE = "/etc/countersign/verifier.yaml";
const TRUST = { trustStores: ["ca:test"], trustedIdentities: ["*"] };
/** Those of the fixtures that are signed; `shop/report` is there and not signed, the others are not there. */
const SIGNED = ["shop/api:1.4", "shop/base:1", "shop/migrate:7", "shop/model:2", "base/envoy:1.31"];

let folder = "";
let registry: RunningRegistry;
const digests = new Map<string, string>();

interface Said {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

async function collect(work: (io: Io) => Promise<ExitCode>, stdin = ""): Promise<Said> {
  let stdout = "";
  let stderr = "";
  const code = await work({
    stdout: { write: (text) => (stdout += String(text)) },
    stderr: { write: (text) => (stderr += String(text)) },
    stdin: (async function* () {
      yield stdin;
    })(),
    env: {},
    isTerminal: false,
  });
  return { code, stdout, stderr };
}

/** As `commands/verify.ts` does it; what is thrown is shown as `main` shows it. */
function verify(
  args: readonly string[],
  { gateOf = () => undefined, stdin = "" }: { readonly gateOf?: ManifestJudge["gateOf"]; readonly stdin?: string } = {},
): Promise<Said> {
  return collect(async (io) => {
    const parsed = parseCommandLine(["verify", ...args, "--config", join(folder, "config")]);
    assert.ok(parsed.kind === "call");
    const global = globalOptions(parsed.values);
    const known = knownOf(parsed.command, { words: parsed.words, config: global.config, values: parsed.values });
    const call = { words: parsed.words, values: parsed.values, global, io, known };
    try {
      return await withSetup(call, async (opened) => {
        const policy = await opened.loadPolicy(TRUST);
        const { trust, clock, concurrency, timeoutMs } = opened;
        return verifyManifests(call, parsed.values.text("manifests") ?? "", {
          gateOf,
          judge: async (reference, { signal }) =>
            fillVerdict(
              await evaluate(reference, { store: await opened.openStore(reference), policy, trust, clock, concurrency, signal }),
              known,
            ),
          concurrency,
          timeoutMs,
        });
      });
    } catch (error) {
      const failure = toFailure(error, { known });
      io.stderr.write(`${failure.code}: ${failure.message}\ntry: ${failure.remedy}`);
      return failure.exit;
    }
  }, stdin);
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-manifests-"));
  registry = await startRegistry();
  const client = createHttpClient();
  const remote = openRegistry({ registry: registry.host, client, credentials: async () => undefined, trustsRealm: async () => false });
  const made = await collect((io) => main(["cert", "test", "--trust", "--config", join(folder, "config")], io));
  assert.equal(made.code, 0, made.stderr);
  for (const name of [...SIGNED, "shop/report:12"]) {
    const [repository = "", tag = ""] = name.split(":");
    const store = remote.repository(repository);
    const { digest } = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from(name) }], tag });
    digests.set(name, digest);
    if (!SIGNED.includes(name)) continue;
    const args = ["sign", `${registry.host}/${repository}@${digest}`, "--key", "test", "--config", join(folder, "config")];
    const said = await collect((io) => main(args, io));
    assert.equal(said.code, 0, said.stderr);
  }
  client.close();
  await cp(fixtures, join(folder, "manifests"), { recursive: true });
  for (const file of ["cluster/jobs/nightly.yml", "compose/compose.yaml", "unknown/knative.yaml"]) await localise(file);
});

after(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

/** The fixtures name `registry.example`. */
async function localise(file: string): Promise<void> {
  const path = join(folder, "manifests", file);
  await writeFile(path, (await readFile(path, "utf8")).replaceAll("registry.example", registry.host));
}

function deployment(name: string, image: string, namespace = "shop"): string {
  const template = { spec: { containers: [{ name, image }] } };
  return `${JSON.stringify({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace }, spec: { template } })}\n`;
}

async function write(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const place = join(folder, name);
  for (const [file, text] of Object.entries(files)) {
    await mkdir(join(place, file, ".."), { recursive: true });
    await writeFile(join(place, file), text);
  }
  return place;
}

const image = (name: string): string => `${registry.host}/${name}`;
const pinned = (name: string): string => `${registry.host}/${name.split(":")[0]}@${digests.get(name)}`;

/** As the golden texts have it: places of this run, and what a signature says of its time, are left out. */
function golden(said: Said): string {
  return said.stdout
    .replaceAll(registry.host, "registry.example")
    .replaceAll(`${join(folder, "manifests")}/`, "")
    .replaceAll(folder, "FOLDER")
    .replaceAll(/sha256:[0-9a-f]{64}/g, "sha256:…")
    .replaceAll(/   says signed \S+/g, "")
    .replaceAll(/  holds until \S+/g, "  holds until …");
}

test("each image once, pinned, with every place; an image that is not signed is a no", async () => {
  const place = await write("twice", {
    "a.yaml": deployment("a", image("shop/api:1.4")),
    "deep/er/b.yml": `${deployment("b", image("shop/api:1.4"))}---\n${deployment("c", image("shop/base:1"))}`,
    "note.txt": "image: not/a/manifest:1",
    ".git/config.yaml": "image: not/ours:1",
  });
  const said = await verify(["--manifests", place, "--output", "json"]);
  assert.equal(said.code, 0, said.stderr);
  const answer = JSON.parse(said.stdout) as {
    outcome: string;
    items: { image: string; where: { file: string; name: string }[]; verdict: { subject: { pinned: string } } }[];
  };
  assert.deepEqual(findFaults(answer), []);
  assert.equal(answer.outcome, "pass");
  assert.deepEqual(
    answer.items.map((item) => [item.image, item.where.map(({ file, name }) => [file, name]), item.verdict.subject.pinned]),
    [
      [
        image("shop/api:1.4"),
        [
          [join(place, "a.yaml"), "a"],
          [join(place, "deep/er/b.yml"), "b"],
        ],
        pinned("shop/api:1.4"),
      ],
      [image("shop/base:1"), [[join(place, "deep/er/b.yml"), "c"]], pinned("shop/base:1")],
    ],
  );
  await write("twice", { "d.json": deployment("d", image("shop/report:12")) });
  assert.equal((await verify(["--manifests", place])).code, 1);
});

test("the text, golden: a deny, a place that was not judged, and the sum", async () => {
  const denied = await verify(["--manifests", join(folder, "manifests/cluster/jobs")]);
  assert.equal(denied.code, 1);
  assert.equal(
    golden(denied),
    `✗ deny  registry.example/shop/report@sha256:…   by the options of this command
  ✗ signature   signature/none: the image has no signature
  try: If it is yours and as you built it: \`countersign --config FOLDER/config sign registry.example/shop/report@sha256:… --key KEY\` (\`countersign --config FOLDER/config key list\` shows your keys). Else find out who pushed it.
  in cluster/jobs/nightly.yml:15   CronJob shop/nightly   spec.jobTemplate.spec.template.spec.containers[0].image
  in cluster/jobs/nightly.yml:26   Job import-   spec.template.spec.containers[0].image
1 image: 0 pass, 1 deny, 0 cannot tell
`,
  );
});

test("a kind that is not known, a chart, a kustomization, a link, a template: told, exit 4, unless allowed", async () => {
  const place = await write("odd", { "a.yaml": deployment("a", image("shop/api:1.4")), "template.yaml": "a: {{ .Values.x }}\n" });
  for (const name of ["unknown/knative.yaml", "chart", "overlay"]) {
    await cp(join(folder, "manifests", name), join(place, name), { recursive: true });
  }
  await symlink(join(place, "a.yaml"), join(place, "link.yaml"));
  await symlink(place, join(place, "round"));
  const said = await verify(["--manifests", place, "--output", "json"]);
  assert.equal(said.code, 4);
  const answer = JSON.parse(said.stdout) as {
    outcome: string;
    items: unknown[];
    notJudged: { where: { file: string }; reason: string; remedy: string }[];
  };
  assert.deepEqual(findFaults(answer), []);
  assert.deepEqual([answer.outcome, answer.items.length], ["unknown", 1]);
  const seen = new Set(answer.notJudged.map(({ where, reason }) => `${where.file.slice(place.length + 1)} ${reason}`));
  assert.deepEqual(
    [...seen],
    [
      "chart elsewhere",
      "link.yaml unreadable",
      "overlay elsewhere",
      "template.yaml unresolved",
      "unknown/knative.yaml unknown-kind",
      "unknown/knative.yaml elsewhere",
    ],
  );
  assert.equal(
    answer.notJudged[0]?.remedy,
    `helm template ${join(place, "chart")} | countersign --config ${join(folder, "config")} verify --manifests -`,
  );
  const allowed = await verify(["--manifests", place, "--unsafe-allow-unjudged"]);
  assert.equal(allowed.code, 0);
  assert.match(allowed.stdout, /not judged {2}\S+\/link\.yaml\n {2}it was not read: it is a symbolic link, which is not followed\n/);
  assert.match(allowed.stdout, /1 image: 1 pass, 0 deny, 0 cannot tell; \d+ places not judged\n$/);
});

test("what is not judged never hides a deny, and allowing it allows nothing else", async () => {
  const place = await write("both", { "a.yaml": deployment("a", image("shop/report:12")), "b.yaml": "image: x/y:1\n" });
  assert.equal((await verify(["--manifests", place])).code, 1);
  const gone = await write("gone", { "a.yaml": deployment("a", image("shop/none:1")) });
  assert.equal((await verify(["--manifests", gone, "--unsafe-allow-unjudged"])).code, 4);
});

test("stdin, a Compose file, and --output ref: stdout holds only what may be used", async () => {
  const compose = await readFile(join(folder, "manifests/compose/compose.yaml"), "utf8");
  const own = compose.replace(/  cache:[\s\S]*?(?=  batch:)/, "");
  const said = await verify(["--manifests", "-", "--output", "ref"], { stdin: own });
  assert.equal(said.code, 4);
  assert.equal(said.stdout, `${pinned("shop/api:1.4")}\n${pinned("shop/base:1")}\n`);
  assert.match(said.stderr, /not judged {2}127\.0\.0\.1:\d+\/shop\/web:\$\{WEB_VERSION:-latest\}\n.*\n {2}in stdin:16 {3}service web/);
  assert.match(said.stderr, /try: docker compose config \| countersign --config \S+ verify --manifests -/);
});

test("jsonl: a line an image and a line a place that was not judged", async () => {
  const place = await write("lines", {
    "a.yaml": deployment("a", image("shop/api:1.4")),
    "b.yaml": deployment("b", image("shop/none:1")),
    "c.yaml": "image: x/y:1\n",
  });
  const said = await verify(["--manifests", place, "--output", "jsonl"]);
  assert.equal(said.code, 4);
  const lines = said.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { kind: string; verdict?: { kind: string } });
  for (const line of lines) assert.deepEqual(findFaults(line), []);
  assert.deepEqual(
    lines.map(({ kind, verdict }) => [kind, verdict?.kind]).toSorted(),
    [
      ["ManifestVerdict", "Error"],
      ["ManifestVerdict", "Verdict"],
      ["NotJudged", undefined],
    ].toSorted(),
  );
});

test("the place tells the gate: one image at two gates is judged twice, and none is judged where no place has a gate", async () => {
  const place = await write("gates", {
    "a.yaml": deployment("a", image("shop/api:1.4"), "shop") + "---\n" + deployment("b", image("shop/api:1.4"), "ops"),
  });
  const deploy = [
    { cluster: "*", namespaces: ["shop"], gate: "prod", line: 4 },
    { cluster: "*", namespaces: ["ops"], gate: "internal", line: 4 },
  ];
  const gateOf = deployedGate(POLICY, { source: SOURCE, deploy });
  const said = await verify(["--manifests", place, "--output", "json"], { gateOf });
  const { items } = JSON.parse(said.stdout) as { items: { gate: string; where: { namespace: string }[] }[] };
  assert.deepEqual(
    items.map(({ gate, where }) => [gate, where.map(({ namespace }) => namespace)]),
    [
      ["prod", ["shop"]],
      ["internal", ["ops"]],
    ],
  );
  const asked = registry.requests.length;
  const lab = await write("lab", { "z.yaml": deployment("c", image("shop/api:1.4"), "lab") });
  const none = await verify(["--manifests", lab], { gateOf });
  assert.deepEqual([none.code, none.stdout, registry.requests.length], [3, "", asked]);
  assert.match(none.stderr, /^deploy\/no-gate: Cannot judge "\S+" in "\S+z\.yaml": nothing says which gate namespace "lab" asks for/);
  const homeless = await write("homeless", { "a.yaml": deployment("d", image("shop/api:1.4")).replace(',"namespace":"shop"', "") });
  const lost = await verify(["--manifests", homeless], { gateOf });
  assert.deepEqual([lost.code, lost.stdout, registry.requests.length], [3, "", asked]);
  assert.match(
    lost.stderr,
    /: it stands in no namespace, which could say at which gate\ntry: --gate NAME, or --namespace NAME for the deploy table, or set metadata\.namespace$/,
  );
  await writeFile(join(homeless, "b.yaml"), `services: { web: { image: "${image("shop/api:1.4")}" } }\n`);
  const two = await verify(["--manifests", homeless], { gateOf });
  assert.match(two.stderr, /in "\S+a\.yaml": it stands in no namespace[^]*; images without a gate are also in "\S+b\.yaml"\n/);
  const placed = await verify(["--manifests", homeless, "--output", "json"], {
    gateOf: deployedGate(POLICY, { source: SOURCE, namespace: "shop", deploy }),
  });
  assert.deepEqual(
    (JSON.parse(placed.stdout) as { items: { gate: string; where: unknown[] }[] }).items.map(({ gate, where }) => [gate, where.length]),
    [["prod", 2]],
  );
  assert.equal(
    (
      await verify(["--manifests", homeless], {
        gateOf: deployedGate({ ...POLICY, form: "notary" }, { source: SOURCE, deploy }),
      })
    ).code,
    0,
  );
});

test("an image without a gate is told with the reason and its places, the others are judged, and that is no yes", async () => {
  const place = await write("some", {
    "a.yaml": deployment("a", image("shop/api:1.4"), "lab") + "---\n" + deployment("b", image("shop/api:1.4"), "lab"),
    "b.yaml": deployment("c", image("shop/api:1.4"), "shop"),
    "c.yaml": deployment("d", image("shop/api:1.4")).replace(',"namespace":"shop"', ""),
  });
  const gateOf = deployedGate(POLICY, { source: SOURCE, deploy: [{ cluster: "*", namespaces: ["shop"], gate: "prod", line: 4 }] });
  const said = await verify(["--manifests", place, "--output", "json", "--unsafe-allow-unjudged"], { gateOf });
  assert.equal(said.code, 3);
  const answer = JSON.parse(said.stdout) as {
    outcome: string;
    items: { gate: string; where: { name: string }[]; verdict: { outcome?: string; code?: string; message?: string; remedy?: string } }[];
  };
  assert.deepEqual(findFaults(answer), []);
  assert.equal(answer.outcome, "unknown");
  assert.deepEqual(
    answer.items.map(({ gate, where, verdict }) => [gate, where.map(({ name }) => name), verdict.outcome ?? verdict.code]),
    [
      ["prod", ["c"], "pass"],
      ["", ["a", "b"], "deploy/no-gate"],
      ["", ["d"], "deploy/no-gate"],
    ],
  );
  assert.match(answer.items[1]?.verdict.message ?? "", /a\.yaml": nothing says which gate namespace "lab" asks for$/);
  assert.match(answer.items[2]?.verdict.remedy ?? "", /^--gate NAME, or --namespace NAME/);
  const refs = await verify(["--manifests", place, "--output", "ref"], { gateOf });
  assert.deepEqual([refs.code, refs.stdout], [3, `${pinned("shop/api:1.4")}\n`]);
  assert.match(
    refs.stderr,
    /cannot tell {2}\S+\/shop\/api:1\.4\n[^]*namespace "lab"[^]*in \S+a\.yaml:1 {3}Deployment lab\/a[^]*in no namespace/,
  );
  await write("some", { "d.yaml": deployment("e", image("shop/report:12"), "shop") });
  assert.equal((await verify(["--manifests", place], { gateOf })).code, 1, "a deny is worse");
  await write("some", { "d.yaml": deployment("e", image("shop/none:1"), "shop") });
  assert.equal((await verify(["--manifests", place], { gateOf })).code, 4, "what could not be found out is worse");
});

test("a file that names an image a hundred thousand times is judged", async () => {
  const container = `{image: "${image("shop/api:1.4")}"}`;
  const pod = `apiVersion: v1\nkind: Pod\nspec: {containers: [${Array.from({ length: 35_000 }, () => container).join(",")}]}\n`;
  const said = await verify(["--manifests", "-"], { stdin: Array.from({ length: 4 }, () => pod).join("---\n") });
  assert.equal(said.code, 0, said.stderr);
  assert.match(said.stdout, /and 139995 more places: --explain shows them\n1 image: 1 pass/);
});

test("a namespace whose gate depends on the cluster has none before the cluster is named", async () => {
  const place = await write("clusters", { "a.yaml": deployment("a", image("shop/api:1.4"), "shop") });
  const deploy = [
    { cluster: "*", namespaces: ["shop", "ops"], gate: "test", line: 4 },
    { cluster: "live", namespaces: ["shop"], gate: "prod", line: 4 },
  ];
  const gates = async (cluster?: string): Promise<Said> =>
    verify(["--manifests", place, "--output", "json"], { gateOf: deployedGate(POLICY, { source: SOURCE, cluster, deploy }) });
  const open = await gates();
  assert.deepEqual([open.code, open.stdout], [3, ""]);
  assert.match(open.stderr, /the gate of namespace "shop" depends on the cluster\ntry: say which cluster: --cluster live$/);
  for (const [cluster, gate] of [
    ["live", "prod"],
    ["lab", "test"],
  ] as const) {
    assert.equal((JSON.parse((await gates(cluster)).stdout) as { items: { gate: string }[] }).items[0]?.gate, gate);
  }
  const only = deployedGate(POLICY, { source: SOURCE, cluster: "lab", deploy: deploy.slice(1) });
  assert.match((await verify(["--manifests", place], { gateOf: only })).stderr, /in cluster "lab", only in live\n/);
});

test("a row whose gate the policy does not have ends all, and names its line and the gates that there are", async () => {
  const place = await write("mistyped", { "a.yaml": deployment("a", image("shop/api:1.4"), "shop") });
  const asked = registry.requests.length;
  const deploy = [{ cluster: "*", namespaces: ["shop"], gate: "internl", line: 7 }];
  const said = await verify(["--manifests", place], { gateOf: deployedGate(POLICY, { source: SOURCE, deploy }) });
  assert.deepEqual([said.code, said.stdout, registry.requests.length], [3, "", asked]);
  assert.match(
    said.stderr,
    /^deploy\/no-gate: Cannot judge .*: line 7 of "\/etc\/countersign\/verifier\.yaml" asks for gate "internl", which the policy shop does not have \(did you mean internal\?\)\ntry: write a gate of the policy there: test, prod, internal$/,
  );
});

test("where no image was judged, allowing what was not judged is no yes", async () => {
  const place = await write("none", { "a.yaml": "image: x/y:1\n" });
  assert.equal((await verify(["--manifests", place, "--unsafe-allow-unjudged"])).code, 4);
});

test("--output ref prints an image once: named by tag and by digest, and at two gates", async () => {
  const byDigest = pinned("shop/api:1.4");
  const place = await write("once", {
    "a.yaml": [deployment("a", image("shop/api:1.4"), "shop"), deployment("b", byDigest, "shop"), deployment("c", byDigest, "ops")].join(
      "---\n",
    ),
  });
  const deploy = [
    { cluster: "*", namespaces: ["shop"], gate: "prod", line: 4 },
    { cluster: "*", namespaces: ["ops"], gate: "internal", line: 4 },
  ];
  const said = await verify(["--manifests", place, "--output", "ref"], { gateOf: deployedGate(POLICY, { source: SOURCE, deploy }) });
  assert.deepEqual([said.code, said.stdout], [0, `${byDigest}\n`]);
});

test("what was not judged is tried again with the policy, the gate and the cluster of this command", async () => {
  const place = await write("again", { "template.yaml": "a: {{ .Values.x }}\n" });
  const options = ["--gate", "prod", "--cluster", "live", "--policy", "my shop.yaml"];
  const said = await verify(["--manifests", place, ...options]);
  assert.match(
    said.stdout,
    /try: helm template \. \| countersign \S+ \S+ verify --gate prod --cluster live --policy 'my shop\.yaml' --manifests -\n/,
  );
});

test("nothing to judge is no yes: an empty folder, no folder, an empty stdin, a file that is too large", async () => {
  const empty = await write("empty", { "a.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: { name: x }\n" });
  for (const args of [
    ["--manifests", empty],
    ["--manifests", join(folder, "nowhere")],
    ["--manifests", "-"],
  ]) {
    assert.equal((await verify(args)).code, 2, args.join(" "));
  }
  const large = await write("large", { "a.yaml": `# ${"x".repeat(LIMITS.deploymentFileBytes)}` });
  assert.equal((await verify(["--manifests", large])).code, 4);
});

test("a reference beside the manifests is refused", async () => {
  for (const more of [["x/y:1"], ["--from", "list"], ["--as", "x/y"]]) {
    assert.equal((await verify(["--manifests", folder, ...more])).code, 2, more.join(" "));
  }
});

test("what is about manifests is refused without them, and not passed over", async () => {
  for (const [option, ...value] of [["--cluster", "prod"], ["--unsafe-allow-unjudged"]] as const) {
    const said = await collect((io) => main(["verify", image("shop/api:1.4"), option, ...value, "--config", join(folder, "config")], io));
    assert.deepEqual([said.code, said.stdout], [2, ""], option);
    assert.match(said.stderr, new RegExp(`^Cannot use ${option} without --manifests.* \\(usage/invalid\\)`));
  }
});

test("what a manifest says cannot drive a terminal", async () => {
  const place = await write("escape", {
    "a.yaml": 'apiVersion: v1\nkind: "\\x1b[31mX"\nmetadata: { name: "\\u202e" }\nimage: "x\\x1b[0m"\n',
  });
  for (const output of ["text", "json"]) {
    const said = await verify(["--manifests", place, "--output", output]);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(said.stdout, /\u001b|\u202e|\\u001b/);
    assert.match(said.stdout, /u\{1b\}/);
  }
});

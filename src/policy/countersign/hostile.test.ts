import assert from "node:assert/strict";
import { test } from "node:test";
import {
  array,
  assert as holds,
  asyncProperty,
  boolean,
  constantFrom,
  dictionary,
  integer,
  letrec,
  nat,
  oneof,
  option,
  property,
  string,
  uint8Array,
} from "fast-check";
import { POLICY } from "../../../tests/fixtures/countersign-policy.ts";
import { CountersignError } from "../../core/errors.ts";
import type { Identity } from "../../core/policy.ts";
import { type CountersignPolicy, decodePolicy } from "./document.ts";
import { OBJECTS } from "./fields.ts";
import { MAX_GATES } from "./gates.ts";

/** Loads, or refuses as a policy is refused; anything else is a fault of ours. */
async function loadOrRefuse(bytes: Uint8Array): Promise<CountersignPolicy | undefined> {
  try {
    return await decodePolicy(bytes, { source: "shop.yaml", readFile: () => new Uint8Array(3) });
  } catch (error) {
    assert.ok(error instanceof CountersignError && error.code === "policy/invalid", String(error));
    assert.doesNotMatch(`${error.message}${error.remedy}`, /[\p{Cc}\p{Cf}]/u);
    return undefined;
  }
}

const WORDS = [
  ...Object.values(OBJECTS).flatMap(({ fields }) => Object.keys(fields)),
  "CN",
  "shop/{app}",
  "__proto__",
  "constructor",
  "prod",
];
const VALUES = [
  "countersign.dev/v1",
  "Policy",
  "ca:acme",
  "shop/{app}",
  "r.example/{app}",
  "r.example/{a...}",
  "prod",
  "ana",
  "",
  "{",
  "a@b",
  "CN=a",
];

const { node: NODE } = letrec<{ node: unknown }>((tie) => ({
  node: oneof(
    { depthSize: "medium", withCrossShrink: true },
    constantFrom(...VALUES),
    string({ unit: "binary", maxLength: 8 }),
    integer({ min: -1, max: 3 }),
    boolean(),
    constantFrom(null, 1.5, "123"),
    array(tie("node"), { maxLength: 4 }),
    dictionary(oneof(constantFrom(...WORDS), string({ maxLength: 5 })), tie("node"), { maxKeys: 5 }),
  ),
}));

test("no document, however it is built, is answered with anything but a policy or a refusal", async () => {
  await holds(
    asyncProperty(dictionary(constantFrom(...Object.keys(OBJECTS.policy.fields)), NODE), async (document) => {
      await loadOrRefuse(Buffer.from(JSON.stringify({ apiVersion: "countersign.dev/v1", kind: "Policy", ...document })));
    }),
    { numRuns: 500 },
  );
});

test("nor one in which something was put in another place", async () => {
  const document = JSON.parse(
    JSON.stringify({
      apiVersion: "countersign.dev/v1",
      kind: "Policy",
      name: "shop",
      version: 1,
      products: { "shop/{app}": { prod: "r.example/{app}" } },
      people: { ana: { certificate: { anchor: "ca:acme", subject: { CN: "Ana" } } }, bo: { key: `SHA256:${"A".repeat(43)}` } },
      parties: { release: { people: ["ana", "bo"] } },
      gates: { prod: { needs: [{ signature: { by: "release", atLeast: 2 } }], checks: { expiry: "log" } } },
    }),
  ) as unknown;
  assert.notEqual(await loadOrRefuse(Buffer.from(JSON.stringify(document))), undefined);
  /** The value with its part at `at`, counted in the order of the document, replaced. */
  const replaced = (value: unknown, at: { left: number }, part: unknown): unknown => {
    if (at.left-- === 0) return part;
    if (Array.isArray(value)) return value.map((item) => replaced(item, at, part));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, replaced(item, at, part)]));
  };
  await holds(
    asyncProperty(nat(30), NODE, async (at, part) => {
      await loadOrRefuse(Buffer.from(JSON.stringify(replaced(document, { left: at }, part))));
    }),
    { numRuns: 1000 },
  );
});

test("nor bytes of any kind, nor a policy with some of its bytes changed", async () => {
  const bytes = Buffer.from(POLICY);
  const noise = uint8Array({ maxLength: 6 });
  await holds(
    asyncProperty(nat(bytes.length), nat(12), noise, async (at, cut, put) => {
      await loadOrRefuse(Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]));
    }),
    { numRuns: 500 },
  );
  await holds(
    asyncProperty(uint8Array({ maxLength: 200 }), async (some) => void (await loadOrRefuse(some))),
    { numRuns: 200 },
  );
});

test("a chain of as many gates as a policy may have is no deeper than one", async () => {
  const gates = Array.from({ length: MAX_GATES }, (_, index) => `  g${index}: { after: g${index + 1} }`).join("\n");
  const chain = POLICY.replace("gates:\n", `gates:\n${gates}\n  g${MAX_GATES}: { after: build }\n`);
  await assert.rejects(decodePolicy(Buffer.from(chain), { source: "shop.yaml" }), /gates has over 300 gates/);
  const fewer = chain.replace(/ {2}g[0-4]: .*\n/g, "");
  const selection = (await loadOrRefuse(Buffer.from(fewer)))?.select("ghcr.io/acme/api", "g5");
  assert.equal(selection?.kind === "gate" && selection.before.length, MAX_GATES - 4);
  const ring = fewer.replace(`g${MAX_GATES}: { after: build }`, `g${MAX_GATES}: { after: g5 }`);
  await assert.rejects(decodePolicy(Buffer.from(ring), { source: "shop.yaml" }), /gates\.g5 comes after itself: g5 after g6 after .*…/);
});

test("a hundred thousand complaints are one refusal", async () => {
  const names = Array.from({ length: 150_000 }, (_, index) => `n${index}`);
  const bytes = Buffer.from(POLICY.replace("by: ci }", `by: [${names.join()}] }`));
  await assert.rejects(decodePolicy(bytes, { source: "shop.yaml" }), /names "n0", which is no party or person \(and 149999 more\)$/);
});

test("every repository and gate has an answer, and what is filled in is a name of a repository", async () => {
  const text = POLICY.replace("people:\n", '  base/{team}/{path...}: { base: "r.example/{team}-x/{path...}" }\npeople:\n').replace(
    "\ngates:\n",
    '\n  spiffe: { certificate: { anchor: ca:b, san: { uri: "spiffe://acme.io/{team}/{path...}/end" } } }\ngates:\n  base: { needs: [ { signature: { by: spiffe } } ] }\n',
  );
  const policy = await decodePolicy(Buffer.from(text), { source: "shop.yaml" });
  const segment = oneof(
    constantFrom("a", "b.c", "a-x", "..", "", "A", "{app}", "a,O=b", "a\n", "%2f"),
    string({ unit: "binary", maxLength: 4 }),
  );
  const repository = oneof(
    array(segment, { maxLength: 3 }).map((parts) => ["ghcr.io/acme", ...parts].join("/")),
    array(segment, { maxLength: 4 }).map((parts) => ["r.example", ...parts].join("/")),
    string({ unit: "binary" }),
  );
  const gate = option(oneof(constantFrom("build", "prod", "base"), string()), { nil: undefined });
  holds(
    property(repository, gate, (place, name) => {
      const selection = policy.select(place, name);
      if (selection.kind !== "gate") return assert.notEqual(selection.message, "");
      assert.match(selection.product ?? "", /^(shop\/[a-z0-9._-]+|base\/[a-z0-9._-]+(\/[a-z0-9._-]+)+)$/);
      const signers = selection.rules?.signers;
      for (const { identities } of signers?.kind === "members" ? signers.members : []) identities.forEach(checkFilled);
    }),
    { numRuns: 2000 },
  );
});

/** Only names of repositories stand where the variables stood. */
function checkFilled(identity: Identity): void {
  if (identity.kind !== "certificate") return assert.fail(identity.kind);
  const { is } = identity;
  if (is.kind === "subject") {
    const commonName = is.pairs.find(({ type }) => type === "CN")?.value ?? "";
    return assert.match(commonName, /^(Ana|Bo|ci-[a-z0-9]+([._-]+[a-z0-9]+)*)$/);
  }
  if (is.kind === "san") return assert.match(is.value, /^spiffe:\/\/acme\.io(\/[a-z0-9]+([._-]+[a-z0-9]+)*){2,}\/end$/);
  return assert.fail(is.kind);
}
